"""The gated recurrent unit, with either place of its reset gate."""

import torch
from torch.nn import functional as F

from .base import Cell
from .fused import run_fused


class GRU(Cell):
    """Gated recurrent unit.

    ::

        r_t = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)                 reset gate
        z_t = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)                 update gate
        n_t = tanh(W_in x_t + b_in + r_t ⊙ (W_hn h_{t-1} + b_hn))      candidate, reset after
        n_t = tanh(W_in x_t + b_in + W_hn (r_t ⊙ h_{t-1}) + b_hn)      candidate, reset before
        h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}

    **Where the reset gate acts.** The paper resets the state before the product with W_hn
    (`reset_after=False`). cuDNN, torch and Keras reset after it (`reset_after=True`), so that the
    three products with h_{t-1} are one. The two are different networks: weights trained for one
    are wrong for the other.

    **Which way the update gate points.** Here, as in Cho et al. and torch, z_t = 1 keeps the old
    state. Chung et al. write h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ n_t, where z_t = 1 replaces it.
    The networks are the same: since 1 - σ(a) = σ(-a), weights move from one convention to the
    other by changing the sign of W_iz, b_iz, W_hz and b_hz.

    Parameters have torch.nn.GRU's names and values, gates in the order r, z, n, and with
    `reset_after=True` `forward` runs torch's fused recurrence.

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units.
    reset_after : bool, default=True
        Whether the reset gate acts after the matrix product (torch) or before it (the paper).

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP, equations 5 to 8.

    Chung, J., Gulcehre, C., Cho, K. and Bengio, Y. (2014). Empirical evaluation of gated recurrent
    neural networks on sequence modeling. arXiv:1412.3555.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import GRU
    >>> outputs, (h,) = GRU(4, 5, reset_after=False)(torch.zeros(2, 3, 4))
    >>> outputs.shape, h.shape
    (torch.Size([2, 3, 5]), torch.Size([2, 5]))
    """

    n_gates = 3

    def __init__(self, input_size, hidden_size, *, reset_after=True):
        super().__init__(input_size, hidden_size)
        if not isinstance(reset_after, bool):
            raise TypeError(f"reset_after must be True or False, got {reset_after!r}")
        self.reset_after = reset_after

    def activate(self, wx, state):
        (h,) = state
        x_rz, x_n = wx.split([2 * self.hidden_size, self.hidden_size], dim=-1)
        w_rz, w_n = self.weight_hh_l0.split([2 * self.hidden_size, self.hidden_size])
        b_rz, b_n = self.bias_hh_l0.split([2 * self.hidden_size, self.hidden_size])
        r, z = torch.sigmoid(x_rz + F.linear(h, w_rz, b_rz)).chunk(2, dim=-1)
        h_n = r * F.linear(h, w_n, b_n) if self.reset_after else F.linear(r * h, w_n, b_n)
        return {"reset": r, "update": z, "candidate": torch.tanh(x_n + h_n)}

    def advance(self, gates, state):
        (h,) = state
        z = gates["update"]
        h = (1 - z) * gates["candidate"] + z * h
        return h, (h,)

    def run(self, inputs, state):
        if not self.reset_after:
            return super().run(inputs, state)
        weights = [self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0]
        return run_fused(torch.gru, inputs, state, weights)

    def kernel(self):
        return ("GRU", self.kernel_weights()) if self.reset_after else None

    def extra_repr(self):
        return f"{super().extra_repr()}, reset_after={self.reset_after}"
