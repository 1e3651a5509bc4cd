from functools import partial

import pytest
import torch
from torch import nn

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, Cell, PeepholeLSTM, validate_cell


class Average(nn.Module):
    """The running mean of the inputs: the least that keeps the contract."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.output_size = input_size

    def forward(self, inputs, state=None):
        batch, time, size = inputs.shape
        total, count = state or (inputs.new_zeros(batch, size), inputs.new_zeros(batch))
        totals = total[:, None] + inputs.cumsum(1)
        counts = count[:, None] + torch.arange(1, time + 1)
        return totals / counts[..., None], (totals[:, -1], counts[:, -1])


class NotAModule:
    def __init__(self, input_size, hidden_size):
        pass


class NoSizes(nn.Module):
    pass


class NoOutputSize(Average):
    def __init__(self, input_size, hidden_size):
        nn.Module.__init__(self)


class OutputSizeZero(Average):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.output_size = 0


class WrongOutputSize(Average):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.output_size = hidden_size


class TimeFirst(Average):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return outputs.transpose(0, 1), state


class OutputsAlone(Average):
    def forward(self, inputs, state=None):
        return super().forward(inputs, state)[0]


class OutputsInAList(Average):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return list(outputs), state


class StateAlone(Average):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return outputs, state[0]


class StateOfNumbers(Average):
    def forward(self, inputs, state=None):
        outputs, _ = super().forward(inputs)
        return outputs, (0.0,)


class StateWithLayers(Average):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs)
        return outputs, tuple(tensor.unsqueeze(0) for tensor in state)


class GrowingState(Average):
    def forward(self, inputs, state=None):
        outputs, _ = super().forward(inputs)
        kept = inputs if state is None else torch.cat([state[0], inputs], dim=1)
        return outputs, (kept,)


class TakesNoState(Average):
    def forward(self, inputs):
        return super().forward(inputs)


class TakesStateAlways(Average):
    def forward(self, inputs, state):
        return super().forward(inputs, state)


class OfEvenSizes(Average):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        assert input_size % 2 == 0, "odd"


class NoGates(Cell):
    pass


@pytest.mark.parametrize("cell", [RNN, LSTM, LSTMP, PeepholeLSTM, JANET, GRU, Average])
def test_a_cell_that_keeps_the_contract_passes(cell):
    validate_cell(cell)


def test_own_arguments_may_be_given_or_bound():
    validate_cell(GRU, reset_after=False)
    validate_cell(partial(GRU, reset_after=False))


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        ("lstm", TypeError, "cell must be a class such as tsrnn.cells.LSTM, got 'lstm'"),
        (None, TypeError, "cell must be a class such as tsrnn.cells.LSTM, got None"),
        (LSTM(2, 3), TypeError, r"cell must be a class, not an instance of one: pass LSTM"),
        (NotAModule, TypeError, "NotAModule must be a subclass of torch.nn.Module"),
        (NoSizes, TypeError, r"NoSizes must be built as NoSizes\(input_size, hidden_size\)"),
        (OfEvenSizes, TypeError, r"OfEvenSizes\(input_size, hidden_size\): AssertionError: odd"),
        (NoGates, TypeError, "NoGates must set n_gates, the number of blocks in its weights"),
        (partial(LSTM, bias=1), TypeError, r"LSTM must be built as LSTM\(.*, bias=1\).*'bias'"),
        (torch.nn.LSTM, TypeError, "torch.nn.LSTM is a stack of layers.*use tsrnn.cells.LSTM"),
        (NoOutputSize, TypeError, "NoOutputSize must have an attribute output_size.*it has None"),
        (OutputSizeZero, TypeError, "must have an attribute output_size.*it has 0"),
        (WrongOutputSize, ValueError, r"outputs .*here \(4, 5, 8\), got \(4, 5, 3\)"),
        (TimeFirst, ValueError, r"\(batch, time, output_size\), here \(4, 5, 3\), got \(5, 4, 3\)"),
        (OutputsAlone, TypeError, r"return the pair \(outputs, state\), got Tensor"),
        (OutputsInAList, TypeError, "outputs of OutputsInAList must be a tensor, got list"),
        (StateAlone, TypeError, "state of StateAlone must be a tuple of tensors, got Tensor"),
        (StateOfNumbers, TypeError, "state of StateOfNumbers must be a tuple of tensors"),
        (StateWithLayers, ValueError, r"with 4 rows it has the shapes \[\(1, 4, 3\), \(1, 4\)\]"),
        (GrowingState, ValueError, r"keep its shapes.*from \[\(4, 5, 3\)\] to \[\(4, 10, 3\)\]"),
        (TakesNoState, ValueError, "the state that it had returned it raised TypeError"),
        (TakesStateAlways, ValueError, "and no state it raised TypeError"),
    ],
)
def test_a_broken_point_is_named(cell, error, message):
    with pytest.raises(error, match=message):
        validate_cell(cell)


def test_an_argument_that_the_cell_does_not_have_is_named():
    with pytest.raises(TypeError, match=r"LSTM\(input_size, hidden_size, colour='red'\).*'colour'"):
        validate_cell(LSTM, colour="red")


def test_a_value_that_the_cell_refuses_keeps_the_cells_own_message():
    with pytest.raises(ValueError, match="proj_size must be less than hidden_size=4, got 6"):
        validate_cell(LSTMP, hidden_size=4, proj_size=6)


def test_the_callers_random_state_is_left_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    validate_cell(LSTM)
    assert torch.equal(torch.get_rng_state(), before)
