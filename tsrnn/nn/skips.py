"""Skips: what is added to a forecast network's output, so that it need not learn what is known without it.

Shapes: N series in a batch; W window_size; H horizon; c targets of each.
"""

import math

import torch
from torch import nn

from tsrnn.kernels import NO_CHANGE

#: What the linear map counts at first among the forecasts that are mixed.
_FIRST = 0.9


def skip_of(kind, window_size, horizon, lag, lags):
    """Return the skip of a network.

    Parameters
    ----------
    kind : {"seasonal", "linear", "mixture", None}
    window_size, horizon : int
    lag : int
        Rows that are repeated, at first.
    lags : tuple of int
        Rows whose repetitions a mixture begins with; without any, or in a window of one row, it is the linear skip
        alone.
    """
    # In a window of one row nothing changes, by which maps could be mixed.
    if kind == "mixture" and lags and window_size > 1:
        return MixedSkip(window_size, horizon, lag, lags)
    if kind in ("mixture", "linear"):
        return LinearSkip(window_size, horizon, lag)
    return None if kind is None else SeasonalSkip(lag, horizon)


class SeasonalSkip(nn.Module):
    """The window's last season, repeated over the horizon."""

    def __init__(self, lag, horizon):
        super().__init__()
        self.lag = lag
        self.repeats = -(-horizon // lag)
        self.horizon = horizon

    def forward(self, z, share=1.0):
        """Map (N, W, c) to (N, H, c); there is nothing that training added, to keep a share of."""
        return z[:, -self.lag :].repeat(1, self.repeats, 1)[:, : self.horizon]


class LinearSkip(nn.Module):
    """A linear map from the window to the horizon: a start, at first the repeated season, and what training adds to it.

    References
    ----------
    Zeng, Chen, Zhang, Xu (2023). Are Transformers Effective for Time Series Forecasting? AAAI (NLinear).
    """

    def __init__(self, window_size, horizon, lag):
        super().__init__()
        self.lag = lag
        self.register_buffer("start_weight", _repeating(window_size, horizon, lag))
        self.register_buffer("start_bias", torch.zeros(horizon, 1))
        self.weight = nn.Parameter(torch.zeros(horizon, window_size))
        self.bias = nn.Parameter(torch.zeros(horizon, 1))

    def forward(self, z, share=1.0):
        """Map (N, W, c) to (N, H, c), with a share of what training added."""
        weight, bias = self.weight, self.bias
        if share != 1:
            weight, bias = share * weight, share * bias
        return (self.start_weight + weight) @ z + (self.start_bias + bias)

    def start_anew(self):
        """Let the start be the repeated season again; what training added stays."""
        horizon, window_size = self.start_weight.shape
        self.start_weight.copy_(_repeating(window_size, horizon, self.lag))
        self.start_bias.zero_()

    def move_start(self, weight, bias):
        """Add to the start: `weight` (H, W) and `bias` (H, 1)."""
        self.start_weight += weight
        self.start_bias += bias


class MixedSkip(LinearSkip):
    """Linear maps of the window, mixed by how well the window repeats itself: to each window its own.

    Series of a panel differ in what forecasts them: some repeat the day before, some the week. The first map is the
    `LinearSkip`, the others start as repetitions of some lags. How much each counts is told by the mean absolute change
    over each lag, within the window.

    Parameters
    ----------
    window_size, horizon, lag : int
        Of the `LinearSkip`.
    lags : tuple of int
        Each below `window_size`.
    hidden_size : int, default=16
        Units between the changes and the weights of the maps.

    References
    ----------
    Bates, Granger (1969). The Combination of Forecasts. Operational Research Quarterly 20(4).

    Ni, Lin, Wang, Fanti (2024). Mixture-of-Linear-Experts for Long-term Time Series Forecasting. AISTATS.
    """

    def __init__(self, window_size, horizon, lag, lags, hidden_size=16):
        super().__init__(window_size, horizon, lag)
        self.horizon = horizon
        self.changes_over = sorted({1, *lags})
        repeating = [_repeating(window_size, horizon, each) for each in lags]
        self.maps = nn.Parameter(torch.cat(repeating))  # (K·H, W)
        self.hidden = nn.Linear(len(self.changes_over), hidden_size)
        self.gate = nn.Linear(hidden_size, 1 + len(lags))
        # All windows begin with the same mixture.
        nn.init.zeros_(self.gate.weight)
        nn.init.zeros_(self.gate.bias)
        with torch.no_grad():
            self.gate.bias[0] = math.log(len(lags) * _FIRST / (1 - _FIRST))

    def forward(self, z, share=1.0):
        """Map (N, W, c) to (N, H, c), with a share of what training added to the start."""
        linear = super().forward(z)
        others = (self.maps @ z).unflatten(1, (-1, self.horizon))  # (N, K, H, c)
        asked = self.gate(torch.tanh(self.hidden(self.changes(z))))  # (N, c, 1 + K)
        counts = torch.softmax(asked, -1).transpose(1, 2)[:, :, None]  # (N, 1 + K, 1, c)
        mixed = counts[:, 0] * linear + (counts[:, 1:] * others).sum(1)
        if share == 1:
            return mixed
        start = super().forward(z, 0.0)
        return start + share * (mixed - start)

    def changes(self, z):
        """Return the logarithm of the mean absolute change over each lag and over one row, (N, c, lags)."""
        longest, n_rows = self.changes_over[-1], z.shape[1]
        each = []
        for lag in self.changes_over:
            n = min(longest, n_rows - lag)
            each.append((z[:, -n:] - z[:, -n - lag : -lag]).abs().mean(1))
        return torch.log(torch.stack(each, 2) + NO_CHANGE)


def _repeating(window_size, horizon, lag):
    """Return the map (H, W) that repeats the last `lag` rows."""
    step = torch.arange(horizon)
    weight = torch.zeros(horizon, window_size)
    weight[step, window_size - lag + step % lag] = 1.0
    return weight
