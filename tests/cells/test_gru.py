import numpy as np
import pytest
import torch

from tsrnn.cells import GRU


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize("reset_after", [True, False])
def test_the_state_follows_the_equations_of_either_reset(reset_after):
    torch.manual_seed(0)
    cell = GRU(3, 5, reset_after=reset_after).double()
    inputs = np.random.default_rng(0).normal(size=(2, 6, 3))
    w_ih, w_hh, b_ih, b_hh = (p.detach().numpy() for p in cell.parameters())
    (w_ir, w_iz, w_in), (w_hr, w_hz, w_hn) = np.split(w_ih, 3), np.split(w_hh, 3)
    (b_ir, b_iz, b_in), (b_hr, b_hz, b_hn) = np.split(b_ih, 3), np.split(b_hh, 3)

    h = np.zeros((2, 5))
    for t in range(6):
        x = inputs[:, t]
        r = sigmoid(x @ w_ir.T + b_ir + h @ w_hr.T + b_hr)
        z = sigmoid(x @ w_iz.T + b_iz + h @ w_hz.T + b_hz)
        if reset_after:
            n = np.tanh(x @ w_in.T + b_in + r * (h @ w_hn.T + b_hn))
        else:
            n = np.tanh(x @ w_in.T + b_in + (r * h) @ w_hn.T + b_hn)
        h = (1 - z) * n + z * h

    _, (actual,) = cell(torch.from_numpy(inputs))
    np.testing.assert_allclose(actual.detach().numpy(), h, rtol=0, atol=1e-12)


def test_the_two_resets_are_two_networks():
    torch.manual_seed(1)
    after, before = GRU(3, 5), GRU(3, 5, reset_after=False)
    before.load_state_dict(after.state_dict())
    inputs = torch.randn(2, 6, 3)
    assert (after(inputs)[0] - before(inputs)[0]).abs().max() > 1e-3


def test_changing_the_sign_of_the_update_gates_weights_gives_the_other_convention():
    torch.manual_seed(2)
    cell = GRU(3, 5)
    weights = cell.state_dict()
    flipped = {name: tensor.clone() for name, tensor in weights.items()}
    for tensor in flipped.values():
        tensor[5:10] *= -1
    other = GRU(3, 5)
    other.load_state_dict(flipped)
    x, state = torch.randn(2, 3), (torch.randn(2, 5),)
    # Chung et al.: z = 1 takes the candidate.
    gates = other.gates(x, state)
    expected = (1 - gates["update"]) * state[0] + gates["update"] * gates["candidate"]
    torch.testing.assert_close(cell.step(x, state)[0], expected)


def test_an_update_gate_of_one_keeps_the_old_state():
    cell = GRU(3, 5)
    with torch.no_grad():
        cell.bias_ih_l0[5:10] = 50.0
    h = torch.randn(2, 5)
    torch.testing.assert_close(cell.step(torch.randn(2, 3), (h,))[0], h)
