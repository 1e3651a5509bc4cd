"""SequenceNetwork hands out its state, and sequences of any lengths get the answers they get alone."""

import pytest
import torch
from torch import nn

from tsrnn.cells import GRU, LSTM
from tsrnn.nn import DotProductAttention, PerStep
from tsrnn.nn import regression as module
from tsrnn.nn.regression import SequenceNetwork, answer_sequences, gather, pools


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def make(cell=LSTM, **params):
    return SequenceNetwork(cell, cardinalities=(0, 3), n_targets=2, hidden_size=5, **params).eval()


def make_rows(n):
    return torch.stack([torch.randn(n), torch.randint(0, 4, (n,)).float()], 1)


def test_it_is_recurrent_layers_and_a_linear_layer():
    network = make(num_layers=2)
    reference = nn.LSTM(1 + network.columns.tables["1"].embedding_dim, 5, 2, batch_first=True)
    reference.load_state_dict(network.recurrent.state_dict())
    rows = make_rows(7)[None]
    codes = network.columns.tables["1"](rows[:, :, 1].long())
    expected, _ = reference(torch.cat([rows[:, :, :1], codes], 2))
    torch.testing.assert_close(network(rows)[0], network.linear(expected))


@pytest.mark.parametrize("cell", [LSTM, GRU])
def test_a_sequence_may_be_cut_anywhere(cell):
    network, rows = make(cell), make_rows(9)[None]
    whole, end = network(rows)
    first, state = network(rows[:, :4])
    second, state = network(rows[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(state, end)


@pytest.mark.parametrize("head", [PerStep, DotProductAttention])
def test_sequences_of_any_lengths_are_answered_as_alone(head, monkeypatch):
    """Also where they are more than go side by side, and longer than is answered at once."""
    monkeypatch.setattr(module, "_SIDE_BY_SIDE", 3)
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    network = make(head=head)
    lengths = torch.tensor([3, 11, 1, 4, 8, 5, 12])
    starts = lengths.cumsum(0) - lengths
    flat = make_rows(int(lengths.sum()))
    answers = answer_sequences(network, flat, starts, lengths)
    for i, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        alone, _ = network(flat[None, start : start + length])
        part = answers[start : start + length] if head is PerStep else answers[i]
        torch.testing.assert_close(part, alone[0], rtol=1e-5, atol=1e-6)


def test_gather_pads_with_real_rows():
    rows, real = gather(torch.arange(6.0)[:, None], torch.tensor([0, 4]), torch.tensor([4, 2]))
    assert rows[:, :, 0].tolist() == [[0, 1, 2, 3], [4, 5, 5, 5]]
    assert real.tolist() == [[True] * 4, [True, True, False, False]]


def test_a_head_pools_or_does_not():
    assert pools(DotProductAttention)
    assert not pools(PerStep)
    with pytest.raises(TypeError, match="head=3 must be a class"):
        pools(3)
