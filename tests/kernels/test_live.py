"""A row by itself comes out of the compiled layers as out of their cells, whatever the cell and the sizes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tsrnn import kernels
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import Recurrent

CELLS = [
    (RNN, {}),
    (RNN, {"nonlinearity": "relu"}),
    (LSTM, {}),
    (LSTM, {"forget_bias": 1.0}),
    (LSTMP, {}),
    (LSTMP, {"proj_size": 1}),
    (PeepholeLSTM, {}),
    (JANET, {"beta": 0.5}),
    (GRU, {}),
]
every_cell = pytest.mark.parametrize(("cls", "own"), CELLS, ids=lambda part: str(part)[-30:])
size = st.integers(1, 40)


def problem(cls, own, input_size, hidden_size, n_layers=1, n_outputs=2, seed=0):
    """Layers, a linear layer, a row and a state before it."""
    torch.manual_seed(seed)
    layers = Recurrent(cls, input_size, hidden_size, num_layers=n_layers, **own)
    linear = torch.nn.Linear(layers.output_size, n_outputs)
    state = tuple(tuple(map(torch.randn_like, cell.initial_state(1))) for cell in layers.cells)
    return layers, linear, torch.randn(1, input_size), state


def compiled(layers, linear, x, state):
    cells = [cell.kernel() for cell in layers.cells]
    answer, state = kernels.answer(cells, linear.weight, linear.bias, x, state)
    return [torch.from_numpy(answer), *(part for layer in state for part in layer)]


def exact(layers, linear, x, state):
    """The same from the cells' own equations in float64."""
    layers, linear = layers.double(), linear.double()
    with kernels.disabled(), torch.no_grad():
        doubled = [tuple(part.double() for part in layer) for layer in state]
        outputs, after = layers(x.double()[None], doubled)
        answer = linear(outputs)[0, 0]
    layers.float()
    linear.float()
    return [answer, *(part for layer in after for part in layer)]


def assert_close(got, expected):
    for a, b in zip(got, expected, strict=True):
        scale = max(1.0, float(b.detach().abs().max()))
        np.testing.assert_allclose(a.detach(), b.detach(), rtol=0, atol=3e-6 * scale)


@every_cell
@settings(max_examples=10, deadline=None)
@given(
    input_size=size, hidden_size=st.integers(2, 40), n_layers=st.integers(1, 3),
    n_outputs=st.integers(1, 7), seed=size,
)  # fmt: skip
def test_answer_and_state_are_the_cells(
    cls, own, input_size, hidden_size, n_layers, n_outputs, seed
):
    parts = problem(cls, own, input_size, hidden_size, n_layers, n_outputs, seed)
    assert_close(compiled(*parts), exact(*parts))


@every_cell
def test_the_state_before_the_row_stays_as_it_is(cls, own):
    *parts, state = problem(cls, own, 3, 5)
    before = [part.clone() for part in state[0]]
    compiled(*parts, state)
    assert all(map(torch.equal, state[0], before))


def test_weights_are_read_where_they_lie():
    layers, linear, x, state = problem(GRU, {}, 3, 5)
    compiled(layers, linear, x, state)
    with torch.no_grad():
        layers.cells[0].weight_hh_l0.mul_(-1)
        # Every second number of a larger tensor.
        linear.weight.data = torch.randn(2, 10)[:, ::2]
    assert_close(compiled(layers, linear, x, state), exact(layers, linear, x, state))


def test_what_is_missing_stays_missing():
    layers, linear, x, state = problem(GRU, {}, 3, 5)
    x[0, 1] = float("nan")
    answer, (h,) = compiled(layers, linear, x, state)
    assert answer.isnan().all()
    assert h.isnan().all()


@pytest.mark.parametrize("n", [2, 5])
def test_steps_one_by_one_are_a_sweep(n):
    layers, linear, _, state = problem(GRU, {}, 3, 5, n_layers=2)
    rows = torch.randn(1, n, 3)
    with torch.no_grad():
        outputs, last = layers(rows, state)
        for t in range(n):
            answer, *after = compiled(layers, linear, rows[:, t], state)
            state = tuple((h,) for h in after)
        assert_close([answer, *after], [linear(outputs[0, -1]), *(h for (h,) in last)])
