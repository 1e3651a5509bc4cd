import threading

import pytest
import torch
from torch import nn

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, Cell, PeepholeLSTM
from tsrnn.testing import check_cell


class MGU(nn.Module):
    """The minimal gated unit, written by somebody who knows the contract alone.

    ::

        f_t = σ(W_f [h_{t-1}, x_t] + b_f)
        h̃_t = tanh(W_h [f_t ⊙ h_{t-1}, x_t] + b_h)
        h_t = (1 - f_t) ⊙ h_{t-1} + f_t ⊙ h̃_t

    References
    ----------
    Zhou, G.-B., Wu, J., Zhang, C.-L. and Zhou, Z.-H. (2016). Minimal gated unit for recurrent
    neural networks. International Journal of Automation and Computing, 13(3), 226-234.
    """

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.output_size = hidden_size
        self.forget = nn.Linear(input_size + hidden_size, hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)

    def step(self, x, h):
        f = torch.sigmoid(self.forget(torch.cat([h, x], dim=1)))
        return (1 - f) * h + f * torch.tanh(self.candidate(torch.cat([f * h, x], dim=1)))

    def initial_state(self, inputs):
        return (inputs.new_zeros(len(inputs), self.output_size),)

    def forward(self, inputs, state=None):
        (h,) = state or self.initial_state(inputs)
        outputs = []
        for x in inputs.unbind(1):
            h = self.step(x, h)
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h,)


class Noisy(MGU):
    def step(self, x, h):
        return super().step(x, h) + torch.randn_like(h)


class Infinite(MGU):
    def step(self, x, h):
        return super().step(x, h) / 0


class Forgetful(MGU):
    def forward(self, inputs, state=None):
        return super().forward(inputs)


class Clairvoyant(MGU):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return outputs + outputs.mean(dim=1, keepdim=True), state


class Crowded(MGU):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return outputs - outputs.mean(dim=0), state


class InPlace(MGU):
    def forward(self, inputs, state=None):
        (h,) = state or self.initial_state(inputs)
        outputs, (end,) = super().forward(inputs, (h.clone(),))
        with torch.no_grad():
            h.copy_(end)
        return outputs, (end,)


class DeadWeight(MGU):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.unused = nn.Linear(2, 2)


class Detached(MGU):
    def step(self, x, h):
        return super().step(x.detach(), h)


class Unpicklable(MGU):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.squash = lambda h: h

    def step(self, x, h):
        return self.squash(super().step(x, h))


class Uncopiable(MGU):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.lock = threading.Lock()


class Float32Only(MGU):
    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return outputs.float(), state


class CpuOnly(MGU):
    def initial_state(self, inputs):
        return (torch.zeros(len(inputs), self.output_size, dtype=inputs.dtype),)


class UnnamedGates(MGU):
    def gates(self, x, state):
        return [torch.sigmoid(self.forget(torch.cat([state[0], x], dim=1)))]


class TooManyNames(MGU):
    state_names = ("hidden_state", "cell_state")


class HalvedRun(GRU):
    """Answers many rows otherwise than one."""

    def run(self, inputs, state):
        outputs, state = super().run(inputs, state)
        return outputs / 2, state


class ChecksValues(MGU):
    """Looks at values, which the meta device does not have: legal, if slow."""

    def step(self, x, h):
        assert bool(x.isfinite().all())
        return super().step(x, h)


@pytest.mark.parametrize(
    ("cell", "own"),
    [
        (RNN, {}),
        (RNN, {"nonlinearity": "relu"}),
        (LSTM, {}),
        (LSTM, {"forget_bias": 1.0}),
        (LSTMP, {}),
        (LSTMP, {"proj_size": 3}),
        (PeepholeLSTM, {}),
        (JANET, {"max_time_span": 20}),
        (GRU, {}),
        (GRU, {"reset_after": False}),
        (MGU, {}),
        (ChecksValues, {}),
    ],
)
def test_a_cell_that_keeps_the_contract_passes(cell, own):
    check_cell(cell, **own)


def test_a_class_defined_in_a_function_passes():
    class Leaky(Cell):
        n_gates = 1

        def activate(self, wx, state):
            h = nn.functional.linear(state[0], self.weight_hh_l0, self.bias_hh_l0)
            return {"candidate": torch.tanh(wx + h)}

        def advance(self, gates, state):
            h = 0.5 * state[0] + 0.5 * gates["candidate"]
            return h, (h,)

    check_cell(Leaky)


def test_a_subclass_of_a_cell_of_the_library_with_its_own_equations_passes():
    class Coupled(LSTM):
        def activate(self, wx, state):
            gates = super().activate(wx, state)
            return gates | {"input": 1 - gates["forget"]}

    check_cell(Coupled)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (Noisy, "In eval mode the same inputs must give the same finite outputs and state."),
        (Infinite, "In eval mode the same inputs must give the same finite outputs and state."),
        (Forgetful, "A sequence cut in two, the state of the first part given to the second"),
        (
            HalvedRun,
            "forward must give the same outputs and state as step(x, state), row after row",
        ),
        (Clairvoyant, "Later inputs must never move earlier outputs."),
        (Crowded, "A row must get the same answer whatever other rows are in the batch."),
        (InPlace, "forward must leave its inputs and its state as they were."),
        (DeadWeight, "every parameter and the inputs. (none reaches unused.weight, unused.bias)"),
        (Detached, "Gradients must reach every parameter and the inputs. (none reaches inputs)"),
        (Unpicklable, "pickle must give back a cell with the same answers. ("),
        (Uncopiable, "copy.deepcopy must give a cell with the same answers. (TypeError: "),
        (Float32Only, "In float64 (cell.double()) the outputs and the state must be float64."),
        (CpuOnly, "The state must be made on the device of the inputs, not on the CPU."),
        (UnnamedGates, "gates(x, state) must return a dict of names to tensors (batch, ...)."),
        (TooManyNames, "state_names must hold one name for each tensor of the state."),
    ],
)
def test_a_broken_point_gets_its_sentence(cell, sentence):
    with pytest.raises(AssertionError) as raised:
        check_cell(cell)
    message = str(raised.value)
    assert message.startswith(f"{cell.__name__} breaks the cell contract:\n- ")
    assert sentence in message


@pytest.mark.parametrize(
    "cell",
    [Noisy, Forgetful, HalvedRun, Crowded, InPlace, DeadWeight, Unpicklable, CpuOnly, TooManyNames],
)
def test_a_cell_with_one_fault_gets_one_sentence(cell):
    with pytest.raises(AssertionError) as raised:
        check_cell(cell)
    assert str(raised.value).count("\n- ") == 1


def test_a_cell_that_cannot_be_built_gets_the_sentence_of_the_quick_check():
    with pytest.raises(AssertionError, match=r"MGU must be built as .*colour"):
        check_cell(MGU, colour="red")


def test_a_class_that_is_no_cell_gets_the_sentence_of_the_quick_check():
    with pytest.raises(AssertionError, match=r"torch.nn.GRU is a stack of layers"):
        check_cell(torch.nn.GRU)


def test_the_callers_random_state_is_left_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    check_cell(GRU)
    assert torch.equal(torch.get_rng_state(), before)
