"""The Elman network: the state is fed back as it is, with no gate."""

import torch
from torch.nn import functional as F

from .base import Cell
from .fused import run_fused

NONLINEARITIES = {"tanh": torch.tanh, "relu": torch.relu}
FUSED = {"tanh": torch.rnn_tanh, "relu": torch.rnn_relu}


class RNN(Cell):
    """Elman's simple recurrent network.

    ::

        h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)        f = tanh or relu

    There is no gate: `gates` gives the new state itself, as "candidate".
    Parameters have torch.nn.RNN's names and values, and `forward` runs torch's fused recurrence.

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units.
    nonlinearity : {"tanh", "relu"}, default="tanh"
        The function f.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science, 14(2), 179-211.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import RNN
    >>> outputs, (h,) = RNN(4, 5)(torch.zeros(2, 3, 4))
    >>> outputs.shape, h.shape
    (torch.Size([2, 3, 5]), torch.Size([2, 5]))
    """

    n_gates = 1

    def __init__(self, input_size, hidden_size, *, nonlinearity="tanh"):
        if nonlinearity not in tuple(NONLINEARITIES):
            raise ValueError(f'nonlinearity must be "tanh" or "relu", got {nonlinearity!r}')
        super().__init__(input_size, hidden_size)
        self.nonlinearity = nonlinearity

    def activate(self, wx, state):
        (h,) = state
        f = NONLINEARITIES[self.nonlinearity]
        return {"candidate": f(wx + F.linear(h, self.weight_hh_l0, self.bias_hh_l0))}

    def advance(self, gates, state):
        h = gates["candidate"]
        return h, (h,)

    def run(self, inputs, state):
        weights = [self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0]
        return run_fused(FUSED[self.nonlinearity], inputs, state, weights)

    def kernel(self):
        return f"RNN_{self.nonlinearity.upper()}", self.kernel_weights()

    def extra_repr(self):
        return f"{super().extra_repr()}, nonlinearity={self.nonlinearity!r}"
