"""RNN, LSTM, LSTMP and GRU are torch.nn's, parameter for parameter and number for number."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tsrnn.cells import GRU, LSTM, LSTMP, RNN, Cell

SIZE = 6
PAIRS = [
    pytest.param(RNN, torch.nn.RNN, {}, id="RNN-tanh"),
    pytest.param(RNN, torch.nn.RNN, {"nonlinearity": "relu"}, id="RNN-relu"),
    pytest.param(LSTM, torch.nn.LSTM, {}, id="LSTM"),
    pytest.param(LSTMP, torch.nn.LSTM, {"proj_size": 2}, id="LSTMP"),
    pytest.param(GRU, torch.nn.GRU, {}, id="GRU"),
]
FUSED = [
    (RNN, {}),
    (RNN, {"nonlinearity": "relu"}),
    (LSTM, {}),
    (LSTM, {"forget_bias": 1.0}),
    (LSTMP, {"proj_size": 2}),
    (LSTMP, {"proj_size": 3, "forget_bias": -0.5}),
    (GRU, {}),
]


def states_like(state):
    return tuple(torch.randn_like(tensor) for tensor in state)


def torch_state(state):
    """The state as torch.nn takes it: (layers, batch, size), bare unless there are two."""
    layers = tuple(tensor.unsqueeze(0) for tensor in state)
    return layers if len(layers) > 1 else layers[0]


def gradients(module, outputs, state):
    """Gradients of a sum that weighs every output and every state differently."""
    generator = torch.Generator().manual_seed(0)
    loss = sum(
        (tensor * torch.randn(tensor.shape, generator=generator)).sum()
        for tensor in (outputs, *state)
    )
    names = [name for name, _ in module.named_parameters()]
    return dict(zip(names, torch.autograd.grad(loss, module.parameters()), strict=True))


@pytest.mark.parametrize(("cell_class", "torch_class", "own"), PAIRS)
def test_parameters_have_torchs_names_shapes_and_order(cell_class, torch_class, own):
    actual, expected = (c(4, SIZE, **own).state_dict() for c in (cell_class, torch_class))
    assert list(actual) == list(expected)
    assert [w.shape for w in actual.values()] == [w.shape for w in expected.values()]


@pytest.mark.parametrize(
    ("cell_class", "torch_class"),
    [(RNN, torch.nn.RNN), (LSTM, torch.nn.LSTM), (GRU, torch.nn.GRU)],
)
def test_the_same_seed_draws_torchs_own_initial_weights(cell_class, torch_class):
    torch.manual_seed(0)
    expected = torch_class(4, SIZE).state_dict()
    torch.manual_seed(0)
    actual = cell_class(4, SIZE).state_dict()
    assert all(torch.equal(actual[name], expected[name]) for name in expected)


def test_the_initial_weights_of_a_projection_have_torchs_bound():
    weights = LSTMP(40, 100, proj_size=30).state_dict()
    assert all(0.09 < weight.abs().max() <= 0.1 for weight in weights.values())


@pytest.mark.parametrize(("cell_class", "torch_class", "own"), PAIRS)
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_outputs_states_and_gradients_are_torchs(
    cell_class, torch_class, own, with_state, batch_first
):
    torch.manual_seed(1)
    cell = cell_class(4, SIZE, **own)
    layer = torch_class(4, SIZE, batch_first=batch_first, **own)
    layer.load_state_dict(cell.state_dict())
    inputs = torch.randn(3, 9, 4)
    state = states_like(cell.initial_state(3)) if with_state else None

    outputs, end = cell(inputs, state)
    expected, expected_end = layer(
        inputs if batch_first else inputs.transpose(0, 1), torch_state(state) if state else None
    )
    expected = expected if batch_first else expected.transpose(0, 1)
    expected_end = expected_end if isinstance(expected_end, tuple) else (expected_end,)
    expected_end = tuple(tensor[0] for tensor in expected_end)

    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(end, expected_end, rtol=0, atol=1e-6)
    torch.testing.assert_close(
        gradients(cell, outputs, end),
        gradients(layer, expected, expected_end),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize(("cell_class", "torch_class", "own"), PAIRS)
def test_a_state_dict_of_torch_loads_and_goes_back(cell_class, torch_class, own):
    torch.manual_seed(2)
    given_weights = torch_class(4, SIZE, **own).state_dict()
    cell = cell_class(4, SIZE, **own)
    cell.load_state_dict(given_weights)
    back = torch_class(4, SIZE, **own)
    back.load_state_dict(cell.state_dict())
    assert all(torch.equal(back.state_dict()[name], given_weights[name]) for name in given_weights)


@settings(deadline=None, max_examples=40)
@given(
    fused=st.sampled_from(FUSED),
    batch=st.integers(1, 4),
    time=st.integers(1, 7),
    input_size=st.integers(1, 5),
    with_state=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_the_fused_run_is_the_equations_of_step(fused, batch, time, input_size, with_state, seed):
    cell_class, own = fused
    torch.manual_seed(seed)
    cell = cell_class(input_size, SIZE, **own).double()
    inputs = torch.randn(batch, time, input_size, dtype=torch.float64)
    zeros = cell.initial_state(batch)
    state = states_like(zeros) if with_state else None

    outputs, end = cell(inputs, state)
    expected, expected_end = Cell.forward(cell, inputs, state)
    by_hand, stepped = [], state or zeros
    for x in inputs.unbind(1):
        output, stepped = cell.step(x, stepped)
        by_hand.append(output)

    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(end, expected_end, rtol=0, atol=1e-12)
    torch.testing.assert_close(outputs, torch.stack(by_hand, dim=1), rtol=0, atol=1e-12)
    torch.testing.assert_close(end, stepped, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        gradients(cell, outputs, end),
        gradients(cell, expected, expected_end),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize(("cell_class", "own"), FUSED)
def test_inputs_and_states_need_not_be_contiguous(cell_class, own):
    torch.manual_seed(3)
    cell = cell_class(4, SIZE, **own)
    inputs = torch.randn(7, 4, 3).permute(2, 0, 1)
    state = tuple(tensor.t().contiguous().t() for tensor in states_like(cell.initial_state(3)))
    assert not inputs.is_contiguous()
    assert not state[0].is_contiguous()
    expected = cell(inputs.contiguous(), tuple(tensor.contiguous() for tensor in state))
    torch.testing.assert_close(cell(inputs, state), expected, rtol=0, atol=0)
