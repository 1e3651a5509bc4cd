"""The long short-term memory, with a forget gate."""

import torch
from torch.nn import functional as F

from .base import Cell, finite_number
from .fused import run_fused


class LSTM(Cell):
    """Long short-term memory.

    ::

        i_t = σ(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)                   input gate
        f_t = σ(W_if x_t + b_if + W_hf h_{t-1} + b_hf + forget_bias)     forget gate
        g_t = tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)                cell gate
        o_t = σ(W_io x_t + b_io + W_ho h_{t-1} + b_ho)                   output gate
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        h_t = o_t ⊙ tanh(c_t)

    Parameters have torch.nn.LSTM's names and values, gates in the order i, f, g, o, and `forward`
    runs torch's fused recurrence.

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units.
    forget_bias : float, default=0.0
        A constant added inside the forget gate, so that a new cell remembers. It is no parameter
        and no part of the state dict. TensorFlow's BasicLSTMCell uses 1.0, torch none.

    References
    ----------
    Hochreiter, S. and Schmidhuber, J. (1997). Long short-term memory. Neural Computation, 9(8),
    1735-1780.

    Gers, F. A., Schmidhuber, J. and Cummins, F. (2000). Learning to forget: continual prediction
    with LSTM. Neural Computation, 12(10), 2451-2471.

    Jozefowicz, R., Zaremba, W. and Sutskever, I. (2015). An empirical exploration of recurrent
    network architectures. ICML (on the bias of the forget gate).

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import LSTM
    >>> outputs, (h, c) = LSTM(4, 5, forget_bias=1.0)(torch.zeros(2, 3, 4))
    >>> outputs.shape, h.shape, c.shape
    (torch.Size([2, 3, 5]), torch.Size([2, 5]), torch.Size([2, 5]))
    """

    n_gates = 4
    state_names = ("hidden_state", "cell_state")

    def __init__(self, input_size, hidden_size, *, forget_bias=0.0):
        super().__init__(input_size, hidden_size)
        self.forget_bias = finite_number("forget_bias", forget_bias)

    def activate(self, wx, state):
        h, _ = state
        i, f, g, o = (wx + F.linear(h, self.weight_hh_l0, self.bias_hh_l0)).chunk(4, dim=-1)
        return {
            "input": torch.sigmoid(i),
            "forget": torch.sigmoid(f + self.forget_bias),
            "cell": torch.tanh(g),
            "output": torch.sigmoid(o),
        }

    def advance(self, gates, state):
        _, c = state
        c = gates["forget"] * c + gates["input"] * gates["cell"]
        h = gates["output"] * torch.tanh(c)
        return h, (h, c)

    def run(self, inputs, state):
        return run_fused(torch.lstm, inputs, state, self.fused_weights())

    def kernel(self):
        weights = self.kernel_weights()
        if self.forget_bias:
            weights["bias_x"] = self.fused_weights()[2]
        return "LSTM", weights

    def fused_weights(self):
        """Return the weights for torch.lstm, `forget_bias` added to one of the biases.

        Returns
        -------
        weights : list of torch.Tensor
            In torch.nn's order.
        """
        bias = self.bias_ih_l0
        if self.forget_bias:
            i, f, g, o = bias.chunk(4)
            bias = torch.cat([i, f + self.forget_bias, g, o])
        return [self.weight_ih_l0, self.weight_hh_l0, bias, self.bias_hh_l0]

    def extra_repr(self):
        shown = super().extra_repr()
        return f"{shown}, forget_bias={self.forget_bias}" if self.forget_bias else shown
