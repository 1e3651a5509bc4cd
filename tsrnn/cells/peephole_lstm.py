"""The LSTM whose gates see the cell state."""

import torch
from torch.nn import functional as F

from .base import Cell


class PeepholeLSTM(Cell):
    """Long short-term memory with peephole connections (FC-LSTM).

    ::

        i_t = σ(W_xi x_t + W_hi h_{t-1} + w_ci ⊙ c_{t-1} + b_i)      input gate
        f_t = σ(W_xf x_t + W_hf h_{t-1} + w_cf ⊙ c_{t-1} + b_f)      forget gate
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ tanh(W_xc x_t + W_hc h_{t-1} + b_c)
        o_t = σ(W_xo x_t + W_ho h_{t-1} + w_co ⊙ c_t + b_o)          output gate
        h_t = o_t ⊙ tanh(c_t)

    The output gate sees the new cell state, the others the old one. Each peephole matrix of the
    paper is diagonal, and kept here as a vector: `weight_ci_l0`, `weight_cf_l0`, `weight_co_l0`.
    The other parameters are those of torch.nn.LSTM, each b the sum of its two biases.

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units.

    References
    ----------
    Graves, A. (2013). Generating sequences with recurrent neural networks. arXiv:1308.0850,
    equations 7 to 11.

    Gers, F. A. and Schmidhuber, J. (2000). Recurrent nets that time and count. IJCNN.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import PeepholeLSTM
    >>> outputs, (h, c) = PeepholeLSTM(4, 5)(torch.zeros(2, 3, 4))
    >>> outputs.shape, h.shape, c.shape
    (torch.Size([2, 3, 5]), torch.Size([2, 5]), torch.Size([2, 5]))
    """

    n_gates = 4
    state_names = ("hidden_state", "cell_state")

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.weight_ci_l0 = self.new_parameter(self.hidden_size)
        self.weight_cf_l0 = self.new_parameter(self.hidden_size)
        self.weight_co_l0 = self.new_parameter(self.hidden_size)

    def activate(self, wx, state):
        h, c = state
        i, f, g, o = (wx + F.linear(h, self.weight_hh_l0, self.bias_hh_l0)).chunk(4, dim=-1)
        gates = {
            "input": torch.sigmoid(i + self.weight_ci_l0 * c),
            "forget": torch.sigmoid(f + self.weight_cf_l0 * c),
            "cell": torch.tanh(g),
        }
        c = next_cell_state(gates, c)
        gates["output"] = torch.sigmoid(o + self.weight_co_l0 * c)
        return gates

    def advance(self, gates, state):
        _, c = state
        c = next_cell_state(gates, c)
        h = gates["output"] * torch.tanh(c)
        return h, (h, c)

    def kernel(self):
        peepholes = torch.stack([self.weight_ci_l0, self.weight_cf_l0, self.weight_co_l0])
        return "PEEPHOLE", self.kernel_weights() | {"extra": peepholes}


def next_cell_state(gates, c):
    """Return c_t from the gates and c_{t-1}.

    Parameters
    ----------
    gates : dict of str to torch.Tensor (batch, hidden_size)
    c : torch.Tensor (batch, hidden_size)

    Returns
    -------
    c : torch.Tensor (batch, hidden_size)
    """
    return gates["forget"] * c + gates["input"] * gates["cell"]
