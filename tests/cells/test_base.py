import copy
import math
import pickle

import numpy as np
import pytest
import torch

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, Cell, PeepholeLSTM
from tsrnn.nn import LastOutput
from tsrnn.nn.bodies import StepBody

CELLS = [
    pytest.param(RNN, {}, id="RNN"),
    pytest.param(RNN, {"nonlinearity": "relu"}, id="RNN-relu"),
    pytest.param(LSTM, {"forget_bias": 1.0}, id="LSTM"),
    pytest.param(LSTMP, {"proj_size": 2}, id="LSTMP"),
    pytest.param(PeepholeLSTM, {}, id="PeepholeLSTM"),
    pytest.param(JANET, {"max_time_span": 9}, id="JANET"),
    pytest.param(GRU, {}, id="GRU"),
    pytest.param(GRU, {"reset_after": False}, id="GRU-reset-before"),
]


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_gradients_of_every_weight_input_and_state_are_those_of_finite_differences(cell_class, own):
    torch.manual_seed(0)
    cell = cell_class(2, 3, **own).double()
    names = [name for name, _ in cell.named_parameters()]
    weights = [p.detach().clone().requires_grad_() for p in cell.parameters()]
    inputs = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    state = [torch.randn_like(s).requires_grad_() for s in cell.initial_state(2)]

    def run(inputs, *rest):
        state, weights = rest[: len(cell.state_names)], rest[len(cell.state_names) :]
        call = torch.func.functional_call
        named = dict(zip(names, weights, strict=True))
        outputs, state = call(cell, named, (inputs, tuple(state)))
        return outputs, *state

    assert torch.autograd.gradcheck(run, (inputs, *state, *weights))


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_step_advances_with_the_gates_that_gates_shows(cell_class, own):
    torch.manual_seed(1)
    cell = cell_class(2, 3, **own)
    x = torch.randn(4, 2)
    state = tuple(torch.randn_like(s) for s in cell.initial_state(4))
    gates = cell.gates(x, state)
    assert all(gate.shape == (4, 3) for gate in gates.values())
    torch.testing.assert_close(cell.step(x, state), cell.advance(gates, state), rtol=0, atol=0)
    torch.testing.assert_close(
        cell(x.unsqueeze(1), state)[1], cell.step(x, state)[1], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_a_live_step_is_a_step_of_the_whole_sequence(cell_class, own):
    torch.manual_seed(0)
    cell, inputs = cell_class(2, 3, **own), torch.randn(1, 9, 2)
    with torch.inference_mode():
        outputs, end = cell(inputs)
        live, state = [], None
        for x in inputs.split(1, dim=1):
            output, state = cell(x, state)
            live.append(output)
    torch.testing.assert_close(torch.cat(live, dim=1), outputs, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(state, end, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_copies_and_pickles_answer_alike_and_share_no_weight(cell_class, own):
    torch.manual_seed(2)
    cell = cell_class(2, 3, **own)
    inputs = torch.randn(2, 5, 2)
    expected = cell(inputs)
    for twin in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        torch.testing.assert_close(twin(inputs), expected, rtol=0, atol=0)
        with torch.no_grad():
            twin.weight_ih_l0.zero_()
    torch.testing.assert_close(cell(inputs), expected, rtol=0, atol=0)


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_a_state_has_one_tensor_for_each_of_its_names_and_the_first_is_the_output(cell_class, own):
    cell = cell_class(2, 3, **own)
    outputs, state = cell(torch.randn(2, 5, 2))
    assert len(state) == len(cell.state_names)
    assert torch.equal(state[0], outputs[:, -1])


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_the_initial_state_is_zeros_in_the_dtype_of_the_inputs(cell_class, own):
    cell = cell_class(2, 3, **own).double()
    inputs = torch.randn(2, 5, 2, dtype=torch.float64)
    zeros = cell.initial_state(2)
    assert all(tensor.dtype == torch.float64 and not tensor.any() for tensor in zeros)
    torch.testing.assert_close(cell(inputs), cell(inputs, zeros), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("cell", "gates"),
    [
        (RNN(2, 3), ["candidate"]),
        (LSTM(2, 3), ["cell", "forget", "input", "output"]),
        (LSTMP(2, 3), ["cell", "forget", "input", "output"]),
        (PeepholeLSTM(2, 3), ["cell", "forget", "input", "output"]),
        (JANET(2, 3), ["cell", "forget", "input"]),
        (GRU(2, 3), ["candidate", "reset", "update"]),
    ],
)
def test_gates_are_named_by_their_role(cell, gates):
    assert sorted(cell.gates(torch.zeros(1, 2), cell.initial_state(1))) == gates


# --- equations that a subclass changes ------------------------------------------------------------


def halved(gates):
    return {name: gate / 2 for name, gate in gates.items()}


def with_another_activate(cell_class):
    class Own(cell_class):
        def activate(self, wx, state):
            return halved(super().activate(wx, state))

    return Own


def with_another_advance(cell_class):
    class Own(cell_class):
        def advance(self, gates, state):
            _, new = super().advance(gates, state)
            new = tuple(0.7 * a + 0.3 * b for a, b in zip(new, state, strict=True))
            return new[0], new

    return Own


def with_another_gates(cell_class):
    class Own(cell_class):
        def gates(self, x, state):
            return halved(super().gates(x, state))

    return Own


def with_another_step(cell_class):
    class Own(cell_class):
        def step(self, x, state):
            return super().step(x / 2, state)

    return Own


def with_a_mixin(cell_class):
    class Mixin:
        def activate(self, wx, state):
            return halved(super().activate(wx, state))

    class Own(Mixin, cell_class):
        pass

    return Own


def with_a_changed_parent(cell_class):
    class Own(with_another_activate(cell_class)):
        pass

    return Own


def by_steps(cell, inputs):
    """What a loop of `step` makes of inputs."""
    outputs, state = [], cell.initial_state(len(inputs))
    for x in inputs.unbind(1):
        output, state = cell.step(x, state)
        outputs.append(output)
    return torch.stack(outputs, dim=1), state


@pytest.mark.parametrize(
    "change",
    [
        with_another_activate,
        with_another_advance,
        with_another_gates,
        with_another_step,
        with_a_mixin,
        with_a_changed_parent,
    ],
)
@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_a_subclass_runs_and_learns_by_the_equations_that_it_changes(cell_class, own, change):
    torch.manual_seed(3)
    cell, inputs = change(cell_class)(3, 4, **own), torch.randn(2, 6, 3)
    (outputs, state), (expected, last) = cell(inputs), by_steps(cell, inputs)
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(state, last, rtol=0, atol=1e-6)
    counts, parameters = torch.randn_like(outputs), list(cell.parameters())
    gradients, wanted = (
        torch.autograd.grad((counts * answer).sum(), parameters) for answer in (outputs, expected)
    )
    torch.testing.assert_close(gradients, wanted, rtol=1e-5, atol=1e-6)
    parent = cell_class(3, 4, **own)
    parent.load_state_dict(cell.state_dict())
    assert not torch.allclose(parent(inputs)[0], outputs, atol=1e-3)


def test_a_mixin_beside_another_subclass_changes_the_equations_of_the_cell_between():
    class Own(LSTMP, with_another_activate(LSTM)):
        pass

    cell, inputs = Own(3, 4), torch.randn(2, 6, 3)
    torch.testing.assert_close(cell(inputs), by_steps(cell, inputs), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("cell_class", "own"), CELLS)
def test_a_subclass_with_the_same_equations_stays_as_fast(cell_class, own):
    class Named(cell_class):
        def extra_repr(self):
            return "mine"

    assert Named.run is cell_class.run
    assert Named.kernel is cell_class.kernel


def test_a_way_to_run_that_a_class_writes_for_its_own_equations_is_kept():
    class Own(with_another_activate(LSTM)):
        def run(self, inputs, state):
            return by_steps(self, inputs.flip(1))

    torch.manual_seed(0)
    cell, inputs = Own(3, 4), torch.randn(2, 6, 3)
    torch.testing.assert_close(cell(inputs), by_steps(cell, inputs.flip(1)))


def test_a_cell_that_runs_as_no_kernel_does_has_none():
    class Backwards(GRU):
        def run(self, inputs, state):
            return super().run(inputs.flip(1), state)

    torch.manual_seed(0)
    cell, inputs = Backwards(3, 4), torch.randn(2, 6, 3)
    torch.testing.assert_close(cell(inputs), by_steps(cell, inputs.flip(1)), rtol=0, atol=1e-6)


def test_a_cell_with_a_forward_of_its_own_is_not_read_by_its_last_state():
    class Tripled(GRU):
        def forward(self, inputs, state=None):
            outputs, state = super().forward(inputs, state)
            return 3 * outputs, state

    torch.manual_seed(0)
    body = StepBody(
        Tripled, 4, {}, input_size=2, future_size=0, output_size=1, n_quantiles=1,
        n_kinds=1, window_size=6, horizon=1, head=LastOutput,
    )  # fmt: skip
    rows = torch.randn(3, 6, 2)
    outputs, _ = body.recurrent(rows)
    expected = body.linear(outputs[:, -1])[:, :, None, None]
    torch.testing.assert_close(body(rows, rows[:, :, :0]), expected)


def test_sizes_of_numpys_integer_types_are_accepted():
    assert LSTM(np.int64(2), np.int32(3))(torch.zeros(1, 1, 2))[0].shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: GRU(0, 3), ValueError, "input_size must be at least 1, got 0"),
        (lambda: GRU(2, 3.0), TypeError, "hidden_size must be an integer, got 3.0"),
        (lambda: GRU(2, True), TypeError, "hidden_size must be an integer, got True"),
        (lambda: RNN(2, 3, nonlinearity="sin"), ValueError, "'sin'"),
        (lambda: LSTM(2, 3, forget_bias="1"), TypeError, "forget_bias must be a number, got '1'"),
        (lambda: LSTMP(2, 3, proj_size=3), ValueError, "less than hidden_size=3, got 3"),
        (lambda: LSTMP(2, 3, proj_size=0), ValueError, "proj_size must be at least 1, got 0"),
        (lambda: JANET(2, 3, max_time_span=1), ValueError, "max_time_span must be at least 2"),
        (lambda: LSTMP(2, 1), ValueError, "hidden_size of a projection must be at least 2, got 1"),
        (
            lambda: LSTM(2, 3, forget_bias=math.nan),
            ValueError,
            "forget_bias must be finite, got nan",
        ),
        (lambda: JANET(2, 3, max_time_span=math.inf), ValueError, "max_time_span must be finite"),
        (lambda: JANET(2, 3, beta=None), TypeError, "beta must be a number, got None"),
        (lambda: RNN(2, 3, nonlinearity=["relu"]), ValueError, r"got \['relu'\]"),
        (lambda: GRU(2, 3, reset_after="no"), TypeError, "reset_after must be True or False"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("shape", [(5, 2), (1, 5, 3), (1, 0, 2)])
def test_inputs_of_a_wrong_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(batch, time, input_size=2\).*got \("):
        GRU(2, 3)(torch.zeros(shape))


def test_a_state_that_is_no_tuple_is_refused():
    with pytest.raises(TypeError, match=r"state of GRU must be a tuple .*got Tensor"):
        GRU(2, 3)(torch.zeros(1, 5, 2), torch.zeros(1, 3))


def test_a_state_of_the_wrong_shapes_is_refused():
    with pytest.raises(ValueError, match=r"\[\(4, 3\), \(4, 3\)\], got \[\(1, 3\)\]"):
        LSTM(2, 3)(torch.zeros(4, 5, 2), (torch.zeros(1, 3),))


def test_a_subclass_without_equations_says_which_method_it_lacks():
    class Empty(Cell):
        n_gates = 1

    with pytest.raises(NotImplementedError, match=r"Empty must define activate\(wx, state\)"):
        Empty(2, 3)(torch.zeros(1, 1, 2))
