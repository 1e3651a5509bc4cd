"""The LSTM that keeps only its forget gate."""

import torch
from torch.nn import functional as F

from .base import Cell, finite_number


class JANET(Cell):
    """Forget-gate-only LSTM: just another network.

    ::

        s_t = W_f x_t + U_f h_{t-1} + b_f
        c̃_t = tanh(W_c x_t + U_c h_{t-1} + b_c)
        c_t = σ(s_t) ⊙ c_{t-1} + (1 - σ(s_t - β)) ⊙ c̃_t
        h_t = c_t

    One gate both forgets and lets in; β > 0 lets in a little more than is forgotten, and β = 0
    is the plain leaky average. `gates` names σ(s_t) "forget", 1 - σ(s_t - β) "input" and c̃_t
    "cell". The rows of the parameters are in the order forget, cell.

    A unit with a constant forget gate σ(b_f) remembers for about 1 + exp(b_f) steps, so the chrono
    initialisation draws b_f as log u, u uniform from 1 to `max_time_span` - 1: the units' memories
    then cover the spans from 2 steps to `max_time_span` evenly. The other biases begin at zero.

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units.
    max_time_span : float, default=50
        The longest span to be remembered, in time steps, at least 2: about the number of steps of
        a sequence.
    beta : float, default=1.0
        The β of the equations; 1 is the paper's.

    References
    ----------
    van der Westhuizen, J. and Lasenby, J. (2018). The unreasonable effectiveness of the forget
    gate. arXiv:1804.04849.

    Tallec, C. and Ollivier, Y. (2018). Can recurrent neural networks warp time? ICLR (the chrono
    initialisation).

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import JANET
    >>> outputs, (h,) = JANET(4, 5, max_time_span=20)(torch.zeros(2, 3, 4))
    >>> outputs.shape, h.shape
    (torch.Size([2, 3, 5]), torch.Size([2, 5]))
    """

    n_gates = 2

    def __init__(self, input_size, hidden_size, *, max_time_span=50, beta=1.0):
        super().__init__(input_size, hidden_size)
        self.max_time_span = finite_number("max_time_span", max_time_span)
        if max_time_span < 2:
            raise ValueError(f"max_time_span must be at least 2 time steps, got {max_time_span}")
        self.beta = finite_number("beta", beta)
        self.chrono_initialize()

    @torch.no_grad()
    def chrono_initialize(self):
        """Draw the forget gate's biases from the time spans to be remembered, zero the others."""
        self.bias_ih_l0.zero_()
        self.bias_hh_l0.zero_()
        self.bias_ih_l0[: self.hidden_size].uniform_(1, self.max_time_span - 1).log_()

    def activate(self, wx, state):
        (h,) = state
        s, c = (wx + F.linear(h, self.weight_hh_l0, self.bias_hh_l0)).chunk(2, dim=-1)
        return {
            "forget": torch.sigmoid(s),
            "input": 1 - torch.sigmoid(s - self.beta),
            "cell": torch.tanh(c),
        }

    def advance(self, gates, state):
        (h,) = state
        h = gates["forget"] * h + gates["input"] * gates["cell"]
        return h, (h,)

    def kernel(self):
        beta = self.bias_ih_l0.new_full((1, self.hidden_size), self.beta)
        return "JANET", self.kernel_weights() | {"extra": beta}

    def extra_repr(self):
        return f"{super().extra_repr()}, max_time_span={self.max_time_span}, beta={self.beta}"
