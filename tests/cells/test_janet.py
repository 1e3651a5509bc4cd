import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tsrnn.cells import JANET


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_the_state_follows_the_papers_equations(beta):
    torch.manual_seed(0)
    cell = JANET(3, 5, beta=beta).double()
    with torch.no_grad():
        cell.bias_hh_l0.normal_()
    inputs = np.random.default_rng(0).normal(size=(2, 6, 3))
    w_ih, w_hh, b_ih, b_hh = (p.detach().numpy() for p in cell.parameters())
    (w_f, w_c), (u_f, u_c) = np.split(w_ih, 2), np.split(w_hh, 2)
    b_f, b_c = np.split(b_ih + b_hh, 2)

    h = np.zeros((2, 5))
    for t in range(6):
        s = inputs[:, t] @ w_f.T + h @ u_f.T + b_f
        candidate = np.tanh(inputs[:, t] @ w_c.T + h @ u_c.T + b_c)
        h = sigmoid(s) * h + (1 - sigmoid(s - beta)) * candidate

    outputs, (actual,) = cell(torch.from_numpy(inputs))
    np.testing.assert_allclose(actual.detach().numpy(), h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(outputs[:, -1].detach().numpy(), h, rtol=0, atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(max_time_span=st.floats(2, 1e4), seed=st.integers(0, 2**16))
def test_chrono_initialisation_spreads_the_memories_up_to_the_longest_span(max_time_span, seed):
    torch.manual_seed(seed)
    n_units = 2000
    biases = JANET(1, n_units, max_time_span=max_time_span).bias_ih_l0.detach()
    spans = np.sort(biases[:n_units].double().exp().numpy())
    assert spans[0] >= 1 - 1e-5
    assert spans[-1] <= (max_time_span - 1) * (1 + 1e-5)
    # Uniform from 1 to max_time_span - 1: the largest gap to the line of a uniform sample of
    # this size exceeds 0.06 once in a million draws (Kolmogorov-Smirnov).
    line = 1 + (max_time_span - 2) * (np.arange(n_units) + 0.5) / n_units
    assert np.abs(spans - line).max() <= 0.06 * (max_time_span - 2) + 1e-3


def test_chrono_initialisation_zeroes_every_other_bias():
    cell = JANET(2, 4, max_time_span=30)
    assert not cell.bias_ih_l0[4:].any()
    assert not cell.bias_hh_l0.any()
    assert cell.bias_ih_l0[:4].all()


def test_a_unit_remembers_for_its_span():
    cell = JANET(1, 1, max_time_span=100, beta=0.0)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.bias_ih_l0[0] = np.log(99.0)
    outputs, _ = cell(torch.zeros(1, 100, 1), (torch.ones(1, 1),))
    assert outputs[0, -1, 0].item() == pytest.approx(np.exp(-1), abs=2e-3)
