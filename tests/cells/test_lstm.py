import numpy as np
import pytest
import torch

from tsrnn.cells import LSTM, LSTMP


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def test_the_state_follows_the_equations_gate_by_gate():
    torch.manual_seed(0)
    cell = LSTM(3, 5, forget_bias=0.7).double()
    inputs = np.random.default_rng(0).normal(size=(2, 6, 3))
    w_ih, w_hh, b_ih, b_hh = (p.detach().numpy() for p in cell.parameters())
    (w_ii, w_if, w_ig, w_io), (w_hi, w_hf, w_hg, w_ho) = np.split(w_ih, 4), np.split(w_hh, 4)
    b_i, b_f, b_g, b_o = np.split(b_ih + b_hh, 4)

    h = c = np.zeros((2, 5))
    for t in range(6):
        x = inputs[:, t]
        i = sigmoid(x @ w_ii.T + h @ w_hi.T + b_i)
        f = sigmoid(x @ w_if.T + h @ w_hf.T + b_f + 0.7)
        g = np.tanh(x @ w_ig.T + h @ w_hg.T + b_g)
        o = sigmoid(x @ w_io.T + h @ w_ho.T + b_o)
        c = f * c + i * g
        h = o * np.tanh(c)

    _, (actual_h, actual_c) = cell(torch.from_numpy(inputs))
    np.testing.assert_allclose(actual_h.detach().numpy(), h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(actual_c.detach().numpy(), c, rtol=0, atol=1e-12)


def test_a_step_of_tensorflows_basic_lstm_cell_is_a_step_with_forget_bias_one():
    rng = np.random.default_rng(1)
    # BasicLSTMCell: i, j, f, o = split([x, h] @ kernel + bias), forget_bias=1.0 added to f.
    kernel, bias = rng.normal(size=(3 + 5, 20)), rng.normal(size=20)
    x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 5)), rng.normal(size=(2, 5))
    i, j, f, o = np.split(np.concatenate([x, h], axis=1) @ kernel + bias, 4, axis=1)
    new_c = c * sigmoid(f + 1.0) + sigmoid(i) * np.tanh(j)
    new_h = np.tanh(new_c) * sigmoid(o)

    def torch_order(columns):
        i, j, f, o = np.split(columns, 4, axis=-1)
        return torch.from_numpy(np.concatenate([i, f, j, o], axis=-1).T.copy())

    cell = LSTM(3, 5, forget_bias=1.0).double()
    cell.load_state_dict(
        {
            "weight_ih_l0": torch_order(kernel[:3]),
            "weight_hh_l0": torch_order(kernel[3:]),
            "bias_ih_l0": torch_order(bias),
            "bias_hh_l0": torch.zeros(20),
        }
    )
    output, state = cell.step(torch.from_numpy(x), (torch.from_numpy(h), torch.from_numpy(c)))
    np.testing.assert_allclose(output.detach().numpy(), new_h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(state[0].detach().numpy(), new_h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(state[1].detach().numpy(), new_c, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("cell_class", "own"), [(LSTM, {}), (LSTMP, {"proj_size": 2})])
def test_forget_bias_is_the_same_as_a_larger_bias_and_leaves_the_state_dict_alone(cell_class, own):
    torch.manual_seed(2)
    cell = cell_class(3, 4, forget_bias=1.5, **own)
    shifted = cell.state_dict()
    shifted["bias_hh_l0"] = shifted["bias_hh_l0"].clone()
    shifted["bias_hh_l0"][4:8] += 1.5
    plain = cell_class(3, 4, **own)
    plain.load_state_dict(shifted)
    inputs = torch.randn(2, 6, 3)
    torch.testing.assert_close(cell(inputs), plain(inputs), rtol=0, atol=1e-6)


def test_a_large_forget_bias_keeps_the_cell_state():
    cell = LSTM(3, 4, forget_bias=50.0)
    state = (torch.zeros(2, 4), torch.randn(2, 4))
    gates = cell.gates(torch.randn(2, 3), state)
    torch.testing.assert_close(gates["forget"], torch.ones(2, 4))


def test_lstmp_feeds_back_the_projected_output():
    torch.manual_seed(3)
    cell = LSTMP(3, 4, proj_size=2).double()
    inputs = np.random.default_rng(3).normal(size=(2, 6, 3))
    w_ih, w_hh, b_ih, b_hh, w_hr = (p.detach().numpy() for p in cell.parameters())
    h, c = np.zeros((2, 2)), np.zeros((2, 4))
    for t in range(6):
        i, f, g, o = np.split(inputs[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = (sigmoid(o) * np.tanh(c)) @ w_hr.T

    outputs, (actual_h, actual_c) = cell(torch.from_numpy(inputs))
    np.testing.assert_allclose(outputs[:, -1].detach().numpy(), h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(actual_h.detach().numpy(), h, rtol=0, atol=1e-12)
    np.testing.assert_allclose(actual_c.detach().numpy(), c, rtol=0, atol=1e-12)


def test_lstmp_projects_to_half_of_its_units_unless_told():
    assert LSTMP(3, 9).output_size == 4


@pytest.mark.filterwarnings("error")
def test_lstmp_runs_without_a_warning():
    assert LSTMP(3, 4, proj_size=2)(torch.zeros(1, 2, 3))[0].shape == (1, 2, 2)
