"""Regression of sequences: every row answered from the rows up to it, the state handed out to go on from.

    rows ─ encode ─ recurrent layers ─ head ─ linear ─ answers

Shapes: B sequences in a batch; L rows; C columns; T targets.
"""

import torch
from torch import nn

from tsrnn.nn.arguments import keeps_arguments
from tsrnn.nn.forecast import CovariateEncoder
from tsrnn.nn.heads import PerStep, length_mask, pools
from tsrnn.nn.layers import Recurrent
from tsrnn.threads import threads_for

#: Sequences that are answered side by side, and rows of each at once: bounds of memory, not of what is answered.
_SIDE_BY_SIDE, _AT_ONCE = 256, 512


@keeps_arguments
class SequenceNetwork(nn.Module):
    """Recurrent layers over the rows of sequences, a head and a linear layer on top.

    Like a cell, it takes a state and returns the next one, so that a sequence can be cut anywhere.

    Parameters
    ----------
    cell : class
        Recurrent cell, see `tsrnn.cells`.
    cardinalities : tuple of int
        One per column: 0 for a number, the number of categories for a code.
    n_targets : int
    hidden_size, num_layers, dropout : see `torch.nn.LSTM`
        `dropout` also comes before the linear layer.
    head : class
        `tsrnn.nn.PerStep` answers every row; a head that pools over time answers every sequence once.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import GRU
    >>> network = SequenceNetwork(GRU, cardinalities=(0, 0), n_targets=1, hidden_size=8)
    >>> answers, state = network(torch.zeros(4, 10, 2))
    >>> answers, state = network(torch.zeros(4, 5, 2), state)
    >>> answers.shape
    torch.Size([4, 5, 1])
    """

    def __init__(
        self,
        cell,
        *,
        cardinalities,
        n_targets,
        hidden_size=64,
        num_layers=1,
        dropout=0.0,
        head=PerStep,
    ):
        super().__init__()
        self.columns = CovariateEncoder(cardinalities, n_past=len(cardinalities))
        size = self.columns.past_size
        self.recurrent = Recurrent(cell, size, hidden_size, num_layers=num_layers, dropout=dropout)
        self.head = head(self.recurrent.output_size)
        self.per_row = not pools(head)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(self.head.output_size, n_targets)

    def forward(self, rows, state=None, lengths=None):
        """Answer.

        Parameters
        ----------
        rows : torch.Tensor (B, L, C)
            NaN is missing.
        state : tuple of cell states, optional
            The state before the first row, as it is returned.
        lengths : torch.Tensor (B,), int, optional
            Rows of each sequence; what lies beyond is padding.

        Returns
        -------
        answers : torch.Tensor (B, L, T), or (B, T) where the head pools
        state : tuple of cell states
            After row L, padding included: of use to those that are not padded.
        """
        outputs, state = self.recurrent(self.encode(rows), state)
        mask = None if lengths is None else length_mask(lengths, rows.shape[1])
        return self.linear(self.dropout(self.head(outputs, mask))), state

    def encode(self, rows):
        """Return rows (B, L, C) as the recurrent layers read them."""
        encoded, _ = self.columns(rows, rows[:, :0, :0])
        return encoded


def gather(flat, starts, lengths):
    """Gather sequences of rows from one flat tensor.

    Parameters
    ----------
    flat : torch.Tensor (rows, C)
    starts, lengths : torch.Tensor (B,), int64
        First row and number of rows of each.

    Returns
    -------
    rows : torch.Tensor (B, L, C)
        L is the greatest of the lengths.
    real : torch.Tensor (B, L), bool
        False where `rows` is padding, which repeats real rows.
    """
    real = length_mask(lengths, int(lengths.max()))
    steps = torch.arange(real.shape[1], device=flat.device)
    index = starts[:, None] + torch.minimum(steps, lengths[:, None] - 1)
    return flat[index], real


def first_rows(state, n_rows):
    """Return the state of the first `n_rows` sequences of a batch, cut off from what computed it."""
    return tuple(tuple(tensor[:n_rows].detach() for tensor in cell) for cell in state)


@torch.inference_mode()
def answer_sequences(network, flat, starts, lengths):
    """Answer sequences of any lengths, each from its first row on.

    Parameters
    ----------
    network : SequenceNetwork
    flat : torch.Tensor (rows, C)
        All sequences end to end, on the network's device.
    starts, lengths : torch.Tensor (n_sequences,), int64
        First row and number of rows of each.

    Returns
    -------
    answers : torch.Tensor (rows, T), or (n_sequences, T) where the head pools
    """
    with threads_for(network.eval(), min(len(starts), _SIDE_BY_SIDE)):
        return _answer(network, flat, starts, lengths)


def _answer(network, flat, starts, lengths):
    n = len(flat) if network.per_row else len(starts)
    answers = flat.new_zeros(n, network.linear.out_features)
    starts, lengths = starts.to(flat.device), lengths.to(flat.device)
    # The longest first: those that still run are the first rows of the state.
    for group in lengths.argsort(descending=True, stable=True).split(_SIDE_BY_SIDE):
        first, left, state = starts[group], lengths[group], None
        if not network.per_row:
            rows, _ = gather(flat, first, left)
            answers[group], _ = network(rows, lengths=left)
            continue
        while len(left):
            rows, real = gather(flat, first, left.clamp(max=_AT_ONCE))
            answer, state = network(rows, state)
            at = first[:, None] + torch.arange(rows.shape[1], device=flat.device)
            answers[at[real]] = answer[real]
            runs = int((left > _AT_ONCE).sum())
            first, left = first[:runs] + _AT_ONCE, left[:runs] - _AT_ONCE
            state = first_rows(state, runs)
    return answers
