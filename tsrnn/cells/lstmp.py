"""The LSTM whose output is projected to fewer features before it is fed back."""

import warnings

from torch.nn import functional as F

from .base import positive_integer
from .lstm import LSTM


class LSTMP(LSTM):
    """Long short-term memory with a recurrent projection layer.

    The gates and the cell state c_t are those of `LSTM`, of size `hidden_size`; the output is
    projected to `proj_size` features, and it is this projection that is fed back::

        m_t = o_t ⊙ tanh(c_t)
        h_t = W_hr m_t

    so that the gates see W_h· h_{t-1} with matrices of shape (hidden_size, proj_size).
    Parameters have the names and values of torch.nn.LSTM with its own `proj_size`, and `forward`
    runs torch's fused recurrence.

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units; at least 2.
    proj_size : int, optional
        Number of features of the output, less than `hidden_size`; half of it unless given.
    forget_bias : float, default=0.0
        A constant added inside the forget gate, as in `LSTM`.

    References
    ----------
    Sak, H., Senior, A. and Beaufays, F. (2014). Long short-term memory based recurrent neural
    network architectures for large vocabulary speech recognition. arXiv:1402.1128.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import LSTMP
    >>> outputs, (h, c) = LSTMP(4, 6, proj_size=2)(torch.zeros(2, 3, 4))
    >>> outputs.shape, h.shape, c.shape
    (torch.Size([2, 3, 2]), torch.Size([2, 2]), torch.Size([2, 6]))
    """

    def __init__(self, input_size, hidden_size, *, proj_size=None, forget_bias=0.0):
        super().__init__(input_size, hidden_size, forget_bias=forget_bias)
        if self.hidden_size < 2:
            raise ValueError(f"hidden_size of a projection must be at least 2, got {hidden_size}")
        proj_size = self.hidden_size // 2 if proj_size is None else proj_size
        self.output_size = positive_integer("proj_size", proj_size)
        if self.output_size >= self.hidden_size:
            raise ValueError(
                f"proj_size must be less than hidden_size={self.hidden_size}, got {proj_size}"
            )
        self.weight_hh_l0 = self.new_parameter(4 * self.hidden_size, self.output_size)
        self.weight_hr_l0 = self.new_parameter(self.output_size, self.hidden_size)

    def advance(self, gates, state):
        m, (_, c) = super().advance(gates, state)
        h = F.linear(m, self.weight_hr_l0)
        return h, (h, c)

    def run(self, inputs, state):
        with warnings.catch_warnings():
            # On a CPU torch says once that it uses its own implementation: nothing to act on.
            warnings.filterwarnings("ignore", message="LSTM with projections is not supported")
            return super().run(inputs, state)

    def kernel(self):
        recurrence, weights = super().kernel()
        return recurrence, weights | {"projection": self.weight_hr_l0}

    def fused_weights(self):
        return [*super().fused_weights(), self.weight_hr_l0]

    def extra_repr(self):
        return f"{super().extra_repr()}, proj_size={self.output_size}"
