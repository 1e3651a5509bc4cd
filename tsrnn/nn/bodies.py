"""Bodies of forecast networks: what recurrent layers make of a window's rows, row by row or segment by segment.

Shapes: N windows; W window_size; H horizon; S segment_size; F numbers in a row; c targets; Q quantile levels.
"""

import torch
from torch import nn

from tsrnn import kernels
from tsrnn.cells.base import has_kernel
from tsrnn.nn.compiled import is_overheard, is_overheard_back, kernels_of
from tsrnn.nn.heads import LastOutput
from tsrnn.nn.layers import Recurrent


class StepBody(nn.Module):
    """The tutorials' network: recurrent layers over the rows, the last output (or another head), a linear layer."""

    def __init__(
        self, cell, hidden_size, layers, *, input_size, future_size, output_size, n_quantiles,
        n_kinds, window_size, horizon, head,
    ):  # fmt: skip
        super().__init__()
        self.shape = (horizon, output_size, n_quantiles)
        self.recurrent = Recurrent(cell, input_size, hidden_size, **layers)
        self.head = head(self.recurrent.output_size)
        self.ends_in_state = head is LastOutput and has_kernel(self.recurrent.cells[-1])
        size = self.head.output_size
        self.linear = nn.Linear(size + horizon * future_size, horizon * output_size * n_quantiles)
        self.kind = nn.Embedding(n_kinds, size) if n_kinds > 1 else None

    def forward(self, rows, known, kind=None):
        outputs, state = self.recurrent(rows)  # (N, W, hidden)
        # The state is the last output; taken from there, it leads back without a gradient for all the others.
        seen = state[-1][0] if self.ends_in_state else self.head(outputs)
        if kind is not None:
            seen = seen + self.kind(kind)
        if known.shape[2]:
            seen = torch.cat([seen, known.flatten(1)], 1)
        return self.linear(seen).view(-1, *self.shape)


class SegmentBody(nn.Module):
    """Recurrence over segments of rows; every future segment decoded at once from the last state.

    A segment of S rows is embedded by one linear layer and is one recurrent step, so that the recurrence takes W/S
    steps. To decode, the last state takes one more step for each future segment, whose input is the segment's learned
    position (and what is known of it): all in parallel, so no error feeds on another. What a head other than
    `LastOutput` makes of the past segments' outputs stands beside each decoded output.

    References
    ----------
    Lin, Lin, Wu, Zhao, Mo, Zhang (2023). SegRNN: Segment Recurrent Neural Network for Long-Term Time Series
    Forecasting. arXiv:2308.11200.
    """

    def __init__(
        self, cell, hidden_size, layers, *, segment_size, input_size, future_size, output_size,
        n_quantiles, n_kinds, window_size, horizon, head,
    ):  # fmt: skip
        super().__init__()
        self.segment_size = segment_size
        self.horizon = horizon
        self.output_shape = (output_size, n_quantiles)
        self.n_ahead = -(-horizon // segment_size)
        self.embed = nn.Linear(segment_size * input_size, hidden_size)
        self.recurrent = Recurrent(cell, hidden_size, hidden_size, **layers)
        self.position = nn.Parameter(torch.randn(self.n_ahead, hidden_size) * 0.1)
        self.kind = nn.Embedding(n_kinds, hidden_size) if n_kinds > 1 else None
        self.known = nn.Linear(segment_size * future_size, hidden_size) if future_size else None
        self.dropout = nn.Dropout(layers["dropout"])
        # The last state, from which the decoding starts, says all that the last output does.
        self.head = None if head is LastOutput else head(self.recurrent.output_size)
        features = self.recurrent.output_size + (self.head.output_size if self.head else 0)
        self.linear = nn.Linear(features, segment_size * output_size * n_quantiles)
        # The first forecast is the skip alone: training starts from the naive one and improves on it.
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, rows, known, kind=None):
        segments = self.cut(rows, front=True)  # (N, W/S, S·F)
        kernel = None if segments.requires_grad or is_overheard(self) else self.kernel()
        if kernel is not None and self.embed.weight.shape[1] == segments.shape[2]:
            recurrence, weights = kernel
            given = recurrence, segments, self.position, self.embed, weights
            features = kernels.decode(*given).flatten(0, 1)
        else:
            features = self._features(segments, known, kind)
        output = self.linear(self.dropout(features))  # (N·H/S, S·c·Q)
        return output.view(len(rows), -1, *self.output_shape)[:, : self.horizon]

    def kernel(self):
        """Return name and weights of the recurrence that is compiled with all around it; None where none is.

        What lies ahead must be the same for every window.
        """
        others = self.kind, self.known, self.head
        if any(part is not None for part in others) or type(self.embed) is not nn.Linear:
            return None
        if not kernels.usable(self.embed.weight, self.position):
            return None
        found = kernels_of(self.recurrent)
        if found is None or len(found) > 1 or is_overheard_back(self):
            return None
        sizes = self.embed.weight.shape[0], self.position.shape[1]
        return found[0] if sizes == (found[0][1]["x"].shape[1],) * 2 else None

    def _features(self, segments, known, kind):
        """Return what the layers make of each step ahead and, beside it, the head of the past, (N·H/S, features)."""
        outputs, state = self.recurrent(self._embed(segments))
        ahead = self.position.expand(len(segments), -1, -1)  # (N, H/S, hidden)
        if kind is not None:
            ahead = ahead + self.kind(kind)[:, None]
        if self.known is not None:
            ahead = ahead + torch.relu(self.known(self.cut(known, front=False)))
        steps, state = ahead.flatten(0, 1)[:, None], _repeat(state, self.n_ahead)
        features = self.recurrent(steps, state)[0][:, 0]
        if self.head is None:
            return features
        seen = self.head(outputs).repeat_interleave(self.n_ahead, 0)
        return torch.cat([features, seen], 1)

    def _embed(self, segments):
        layer = self.embed
        fits = type(layer) is nn.Linear and layer.weight.shape[1] == segments.shape[2]
        if fits and not segments.requires_grad and kernels.usable(segments, layer.weight):
            return kernels.embed(segments, layer.weight, layer.bias)
        return torch.relu(layer(segments))

    def cut(self, rows, *, front):
        """Cut (N, L, F) into whole segments (N, L/S, S·F); zeros fill the one that lacks rows."""
        lacking = -rows.shape[1] % self.segment_size
        if lacking:
            rows = nn.functional.pad(rows, (0, 0, lacking, 0) if front else (0, 0, 0, lacking))
        return rows.reshape(len(rows), -1, self.segment_size * rows.shape[2])


def _repeat(state, times):
    """Repeat every tensor of a nested state `times` times along the batch."""
    if isinstance(state, torch.Tensor):
        return state.repeat_interleave(times, 0)
    return tuple(_repeat(part, times) for part in state)
