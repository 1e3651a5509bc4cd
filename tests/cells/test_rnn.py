import numpy as np
import pytest
import torch

from tsrnn.cells import RNN


@pytest.mark.parametrize(
    ("nonlinearity", "f"), [("tanh", np.tanh), ("relu", lambda a: np.maximum(a, 0))]
)
def test_the_state_follows_elmans_equation(nonlinearity, f):
    torch.manual_seed(0)
    cell = RNN(3, 5, nonlinearity=nonlinearity).double()
    inputs = np.random.default_rng(0).normal(size=(2, 6, 3))
    w_ih, w_hh, b_ih, b_hh = (p.detach().numpy() for p in cell.parameters())

    h = np.zeros((2, 5))
    for t in range(6):
        h = f(inputs[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh)

    _, (actual,) = cell(torch.from_numpy(inputs))
    np.testing.assert_allclose(actual.detach().numpy(), h, rtol=0, atol=1e-12)


def test_a_step_of_tensorflows_basic_rnn_cell_is_a_step_of_this_one():
    rng = np.random.default_rng(1)
    # BasicRNNCell: output = new state = tanh([x, h] @ kernel + bias).
    kernel, bias = rng.normal(size=(3 + 5, 5)), rng.normal(size=5)
    x, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 5))
    expected = np.tanh(np.concatenate([x, h], axis=1) @ kernel + bias)

    cell = RNN(3, 5).double()
    cell.load_state_dict(
        {
            "weight_ih_l0": torch.from_numpy(kernel[:3].T),
            "weight_hh_l0": torch.from_numpy(kernel[3:].T),
            "bias_ih_l0": torch.from_numpy(bias),
            "bias_hh_l0": torch.zeros(5),
        }
    )
    output, (state,) = cell.step(torch.from_numpy(x), (torch.from_numpy(h),))
    np.testing.assert_allclose(output.detach().numpy(), expected, rtol=0, atol=1e-12)
    assert torch.equal(output, state)
