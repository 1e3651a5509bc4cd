import numpy as np
import torch

from tsrnn.cells import LSTM, PeepholeLSTM


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def test_the_state_follows_gravess_equations():
    torch.manual_seed(0)
    cell = PeepholeLSTM(3, 5).double()
    inputs = np.random.default_rng(0).normal(size=(2, 6, 3))
    w = {name: p.detach().numpy() for name, p in cell.named_parameters()}
    w_xi, w_xf, w_xc, w_xo = np.split(w["weight_ih_l0"], 4)
    w_hi, w_hf, w_hc, w_ho = np.split(w["weight_hh_l0"], 4)
    b_i, b_f, b_c, b_o = np.split(w["bias_ih_l0"] + w["bias_hh_l0"], 4)
    w_ci, w_cf, w_co = (np.diag(w[f"weight_c{gate}_l0"]) for gate in "ifo")

    h = c = np.zeros((2, 5))
    outputs = []
    for t in range(6):
        x = inputs[:, t]
        i = sigmoid(x @ w_xi.T + h @ w_hi.T + c @ w_ci.T + b_i)
        f = sigmoid(x @ w_xf.T + h @ w_hf.T + c @ w_cf.T + b_f)
        c = f * c + i * np.tanh(x @ w_xc.T + h @ w_hc.T + b_c)
        o = sigmoid(x @ w_xo.T + h @ w_ho.T + c @ w_co.T + b_o)
        h = o * np.tanh(c)
        outputs.append(h)

    actual, (_, actual_c) = cell(torch.from_numpy(inputs))
    np.testing.assert_allclose(actual.detach().numpy(), np.stack(outputs, 1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(actual_c.detach().numpy(), c, rtol=0, atol=1e-12)


def test_without_its_peepholes_it_is_the_lstm():
    torch.manual_seed(1)
    cell = PeepholeLSTM(3, 5)
    with torch.no_grad():
        for gate in "ifo":
            getattr(cell, f"weight_c{gate}_l0").zero_()
    lstm = LSTM(3, 5)
    lstm.load_state_dict(cell.state_dict(), strict=False)
    inputs = torch.randn(2, 6, 3)
    torch.testing.assert_close(cell(inputs), lstm(inputs), rtol=0, atol=1e-6)
