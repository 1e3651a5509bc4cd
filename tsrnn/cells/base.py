"""What the library's cells share: torch.nn's parameter names and a loop over time."""

import math
import numbers

import torch
from torch import nn
from torch.nn import functional as F

from tsrnn import kernels

#: The two ways that are faster than step after step, and the methods that say what they compute. A class keeps such a
#: way while these methods are those of the class that the way was written in.
_EQUATIONS = ("activate", "advance", "gates", "step")
_EQUATIONS_OF = {"run": _EQUATIONS, "kernel": (*_EQUATIONS, "run")}


class Cell(nn.Module):
    """A recurrence: the equations of one step, repeated over time.

    A subclass sets `n_gates` and `state_names` and writes its equations in two methods:
    `activate`, from the input's share of every gate to the gates, and `advance`, from the gates to
    the output and the next state. A subclass of one of the library's cells may change these methods,
    `gates` or `step`: it then runs step after step, and no longer what is compiled for its parent's
    equations. The parameters carry the names, shapes and initial distribution
    of a one-layer torch.nn layer, so that state dicts are exchanged freely.

    A cell need not inherit from this class: any `torch.nn.Module` class that keeps the cell
    contract works wherever a cell is asked for (see `tsrnn.testing.check_cell`).

    Parameters
    ----------
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units.

    Attributes
    ----------
    output_size : int
        Number of features of one output step: `hidden_size`, unless the cell projects its output.
    state_names : tuple of str
        Names of the tensors in the state, in order; the first one is the output itself.

    Examples
    --------
    >>> import torch
    >>> from torch.nn import functional as F
    >>> from tsrnn.cells import Cell
    >>> class LeakyUnit(Cell):
    ...     n_gates = 1
    ...     def activate(self, wx, state):
    ...         (h,) = state
    ...         wh = F.linear(h, self.weight_hh_l0, self.bias_hh_l0)
    ...         return {"candidate": torch.tanh(wx + wh)}
    ...     def advance(self, gates, state):
    ...         (h,) = state
    ...         h = 0.9 * h + 0.1 * gates["candidate"]
    ...         return h, (h,)
    >>> outputs, state = LeakyUnit(3, 5)(torch.zeros(2, 7, 3))
    >>> outputs.shape, len(state)
    (torch.Size([2, 7, 5]), 1)
    """

    n_gates: int
    state_names = ("hidden_state",)

    def __init__(self, input_size, hidden_size):
        super().__init__()
        if not hasattr(type(self), "n_gates"):
            raise TypeError(
                f"{type(self).__name__} must set n_gates, the number of blocks in its weights"
            )
        self.input_size = positive_integer("input_size", input_size)
        self.hidden_size = positive_integer("hidden_size", hidden_size)
        self.output_size = self.hidden_size
        rows = self.n_gates * self.hidden_size
        self.weight_ih_l0 = self.new_parameter(rows, self.input_size)
        self.weight_hh_l0 = self.new_parameter(rows, self.hidden_size)
        self.bias_ih_l0 = self.new_parameter(rows)
        self.bias_hh_l0 = self.new_parameter(rows)

    def new_parameter(self, *shape):
        """Return a parameter drawn as torch.nn draws its own, uniform in ±1/√hidden_size.

        Parameters
        ----------
        *shape : int
            Shape of the parameter.

        Returns
        -------
        parameter : torch.nn.Parameter
        """
        bound = self.hidden_size**-0.5
        return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))

    def initial_state(self, batch_size, device=None, dtype=None):
        """Return the state before the first step: zeros.

        Parameters
        ----------
        batch_size : int
            Number of rows.
        device, dtype : optional
            Those of the cell's parameters unless given.

        Returns
        -------
        state : tuple of torch.Tensor (batch_size, size)
            One tensor for each of `state_names`.
        """
        sizes = [self.output_size] + [self.hidden_size] * (len(self.state_names) - 1)
        zeros = self.weight_hh_l0.new_zeros
        return tuple(zeros(batch_size, size, device=device, dtype=dtype) for size in sizes)

    def activate(self, wx, state):
        """Return the gates, given the input's share of them and the state before the step.

        Parameters
        ----------
        wx : torch.Tensor (batch, n_gates * hidden_size)
            `weight_ih_l0 @ x + bias_ih_l0`.
        state : tuple of torch.Tensor (batch, size)

        Returns
        -------
        gates : dict of str to torch.Tensor (batch, hidden_size)
        """
        raise NotImplementedError(f"{type(self).__name__} must define activate(wx, state)")

    def advance(self, gates, state):
        """Return the output and the state after the step.

        Parameters
        ----------
        gates : dict of str to torch.Tensor (batch, hidden_size)
        state : tuple of torch.Tensor (batch, size)

        Returns
        -------
        output : torch.Tensor (batch, output_size)
        state : tuple of torch.Tensor (batch, size)
        """
        raise NotImplementedError(f"{type(self).__name__} must define advance(gates, state)")

    def gates(self, x, state):
        """Return the gates of one step, named by role.

        Parameters
        ----------
        x : torch.Tensor (batch, input_size)
            The input of the step.
        state : tuple of torch.Tensor (batch, size)
            The state before the step.

        Returns
        -------
        gates : dict of str to torch.Tensor (batch, hidden_size)
        """
        return self.activate(F.linear(x, self.weight_ih_l0, self.bias_ih_l0), state)

    def step(self, x, state):
        """Advance by one step.

        Parameters
        ----------
        x : torch.Tensor (batch, input_size)
            The input of the step.
        state : tuple of torch.Tensor (batch, size)
            The state before the step.

        Returns
        -------
        output : torch.Tensor (batch, output_size)
        state : tuple of torch.Tensor (batch, size)
        """
        return self.advance(self.gates(x, state), state)

    def forward(self, inputs, state=None):
        """Run over a batch of sequences.

        Parameters
        ----------
        inputs : torch.Tensor (batch, time, input_size)
        state : tuple of torch.Tensor (batch, size), optional
            The state before the first step; zeros unless given.

        Returns
        -------
        outputs : torch.Tensor (batch, time, output_size)
        state : tuple of torch.Tensor (batch, size)
            The state after the last step.

        Raises
        ------
        TypeError
            If `state` is not a tuple.
        ValueError
            If `inputs` or a tensor of `state` has the wrong shape.
        """
        self.check_inputs(inputs)
        is_live = len(inputs) == inputs.shape[1] == 1 and not torch.is_grad_enabled()
        if is_live or state is not None or type(self).initial_state is not Cell.initial_state:
            state = self.checked_state(inputs, state)
        if is_live:
            # A live step takes less time than to hand it to a kernel.
            output, state = self.step(inputs[:, 0], state)
            return output[:, None], state
        given = () if state is None else state
        kernel = self.kernel() if kernels.usable(inputs, self.weight_hh_l0, *given) else None
        if kernel is None:
            return self.run(inputs, self.checked_state(inputs, state))
        recurrence, weights = kernel
        return kernels.run(recurrence, inputs, state, weights)

    @property
    def shares_work(self):
        """Whether a kernel, not torch, shares a batch out among threads."""
        return kernels.usable(self.weight_hh_l0) and self.kernel() is not None

    def kernel(self):
        """Return the name of the compiled recurrence that does the same, and its weights; None where there is none.

        Returns
        -------
        recurrence : str
            Of `tsrnn.kernels.equations`.
        weights : dict of str to torch.Tensor
            See `tsrnn.kernels.autograd.run`.
        """
        return None

    def kernel_weights(self):
        """Return the weights that every kernel reads.

        Returns
        -------
        weights : dict of str to torch.Tensor
        """
        biases = {"bias_x": self.bias_ih_l0, "bias_h": self.bias_hh_l0}
        return {"x": self.weight_ih_l0, "h": self.weight_hh_l0, **biases}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for fast, equations in _EQUATIONS_OF.items():
            owner = next(base for base in cls.__mro__ if fast in vars(base))
            is_cell = issubclass(owner, Cell)  # a mix-in's own way is meant as it is
            if is_cell and any(getattr(cls, n) is not getattr(owner, n) for n in equations):
                setattr(cls, fast, getattr(Cell, fast))  # it was written for other equations

    def run(self, inputs, state):
        """Run over a batch of sequences without a kernel.

        Parameters
        ----------
        inputs : torch.Tensor (batch, time, input_size)
        state : tuple of torch.Tensor (batch, size)
            The state before the first step.

        Returns
        -------
        outputs, state : as of `forward`
        """
        step, cls = self.step, type(self)
        if cls.step is Cell.step and cls.gates is Cell.gates:
            # The input's share does not depend on the state: one product serves every step.
            inputs = F.linear(inputs, self.weight_ih_l0, self.bias_ih_l0)
            step = self._step_from_share
        outputs = []
        for x in inputs.unbind(1):
            output, state = step(x, state)
            outputs.append(output)
        return torch.stack(outputs, dim=1), state

    def _step_from_share(self, wx, state):
        return self.advance(self.activate(wx, state), state)

    def checked_state(self, inputs, state):
        """Return the state before the first step, after checking it and the inputs.

        Parameters
        ----------
        inputs : torch.Tensor (batch, time, input_size)
        state : tuple of torch.Tensor (batch, size) or None

        Returns
        -------
        state : tuple of torch.Tensor (batch, size)
        """
        self.check_inputs(inputs)
        zeros = self.initial_state(len(inputs), inputs.device, inputs.dtype)
        if state is None:
            return zeros
        names = ", ".join(self.state_names)
        if not isinstance(state, tuple):
            raise TypeError(
                f"state of {type(self).__name__} must be a tuple of tensors ({names}), "
                f"got {type(state).__name__}"
            )
        expected, given = ([tuple(tensor.shape) for tensor in s] for s in (zeros, state))
        if given != expected:
            raise ValueError(
                f"state of {type(self).__name__} ({names}) must have the shapes {expected}, "
                f"got {given}"
            )
        return state

    def check_inputs(self, inputs):
        """Raise an error where the inputs have the wrong shape.

        Parameters
        ----------
        inputs : torch.Tensor (batch, time, input_size)
        """
        if inputs.dim() != 3 or inputs.shape[1] == 0 or inputs.shape[2] != self.input_size:
            raise ValueError(
                f"inputs of {type(self).__name__} must have the shape (batch, time, input_size="
                f"{self.input_size}) with at least one time step, got {tuple(inputs.shape)}"
            )

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}"


def has_kernel(cell):
    """Return whether a cell is one of the library's recurrences, whose first state is its last output."""
    is_ours = isinstance(cell, Cell) and type(cell).forward is Cell.forward
    return is_ours and cell.kernel() is not None


def positive_integer(name, value):
    """Return `value` as an int, or raise an error that names the argument.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : int
        Any integer type, NumPy's included.

    Returns
    -------
    value : int

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is less than 1.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return int(value)


def finite_number(name, value):
    """Return a number, or raise an error that names the argument.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : int or float
        Any real type, NumPy's included.

    Returns
    -------
    value : int or float

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is infinite or NaN.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return value
