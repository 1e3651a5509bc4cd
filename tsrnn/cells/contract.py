"""The cell contract, as far as one cheap forward pass can tell."""

import numbers
from functools import partial

import torch
from torch import nn

from tsrnn.generators import seeded


def validate_cell(cell, input_size=3, hidden_size=8, **own):
    """Raise an error that says which point of the cell contract a class breaks.

    Builds the cell once and runs it twice on a few zeros; the global random state is left as it
    was. `tsrnn.testing.check_cell` tests the rest of the contract.

    Parameters
    ----------
    cell : class
        The class to be checked.
    input_size, hidden_size : int
        The sizes to build it with.
    **own
        The cell's own arguments.

    Raises
    ------
    TypeError
        If `cell` is not a class of torch modules that is built and called as the contract says.
    ValueError
        If it answers in the wrong shapes, or refuses its arguments.

    Examples
    --------
    >>> from tsrnn.cells import LSTM, validate_cell
    >>> validate_cell(LSTM, forget_bias=1.0)
    >>> validate_cell("lstm")
    Traceback (most recent call last):
        ...
    TypeError: cell must be a class such as tsrnn.cells.LSTM, got 'lstm'
    """
    with seeded(0), torch.no_grad():
        module = build(cell, input_size, hidden_size, own)
        name = type(module).__name__
        batch, time = 4, 5
        inputs = torch.zeros(batch, time, input_size)
        state = None
        for _ in range(2):
            before = state
            outputs, state = answer(module, inputs, state)
            check_outputs(name, outputs, (batch, time, module.output_size))
            check_state(name, state, batch, before)


def build(cell, input_size, hidden_size, own):
    """Return a module built from the class, or say why there is none.

    Parameters
    ----------
    cell : class
    input_size, hidden_size : int
    own : dict
        The cell's own arguments.

    Returns
    -------
    module : torch.nn.Module
        In eval mode, with an `output_size`.
    """
    if isinstance(cell, nn.Module):
        name = type(cell).__name__
        raise TypeError(f"cell must be a class, not an instance of one: pass {name}, not {name}()")
    if not callable(cell):
        raise TypeError(f"cell must be a class such as tsrnn.cells.LSTM, got {cell!r}")
    if isinstance(cell, partial) and not cell.args:
        cell, own = cell.func, cell.keywords | own
    name = getattr(cell, "__name__", repr(cell))
    try:
        module = cell(input_size, hidden_size, **own)
    except ValueError:
        raise
    except Exception as error:
        call = ", ".join(["input_size", "hidden_size", *(f"{k}={v!r}" for k, v in own.items())])
        why = error if isinstance(error, TypeError) else f"{type(error).__name__}: {error}"
        raise TypeError(f"{name} must be built as {name}({call}): {why}") from error
    if not isinstance(module, nn.Module):
        raise TypeError(f"{name} must be a subclass of torch.nn.Module")
    if isinstance(module, nn.RNNBase):
        raise TypeError(f"torch.nn.{name} is a stack of layers, not a cell: use tsrnn.cells.{name}")
    size = getattr(module, "output_size", None)
    if not isinstance(size, numbers.Integral) or size < 1:
        raise TypeError(
            f"{name} must have an attribute output_size, the number of features of one output "
            f"step, an integer of at least 1; it has {size!r}"
        )
    return module.eval()


def answer(module, inputs, state):
    """Return the pair that the cell's forward answers with, or say why there is none.

    Parameters
    ----------
    module : torch.nn.Module
    inputs : torch.Tensor (batch, time, input_size)
    state : tuple of torch.Tensor or None

    Returns
    -------
    outputs, state : object
        Not yet checked.
    """
    name = type(module).__name__
    shape = tuple(inputs.shape)
    try:
        pair = module(inputs) if state is None else module(inputs, state)
    except Exception as error:
        given = "no state" if state is None else "the state that it had returned"
        raise ValueError(
            f"{name}.forward(inputs, state=None) must accept inputs of the shape (batch, time, "
            f"input_size) with or without a state; with inputs {shape} and {given} it raised "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(
            f"{name}.forward must return the pair (outputs, state), got {type(pair).__name__}"
        )
    return pair


def check_outputs(name, outputs, expected):
    """Check that the outputs are one tensor (batch, time, output_size).

    Parameters
    ----------
    name : str
        Name of the cell.
    outputs : object
    expected : tuple of int
    """
    if not isinstance(outputs, torch.Tensor):
        raise TypeError(f"outputs of {name} must be a tensor, got {type(outputs).__name__}")
    if tuple(outputs.shape) != expected:
        raise ValueError(
            f"outputs of {name} must have the shape (batch, time, output_size), here {expected}, "
            f"got {tuple(outputs.shape)}"
        )


def check_state(name, state, batch, before):
    """Check that the state is a tuple of tensors (batch, ...) whose shapes do not change.

    Parameters
    ----------
    name : str
        Name of the cell.
    state : object
    batch : int
    before : tuple of torch.Tensor or None
        The state that was given to the cell.
    """
    if not isinstance(state, tuple) or not all(isinstance(s, torch.Tensor) for s in state):
        raise TypeError(f"state of {name} must be a tuple of tensors, got {type(state).__name__}")
    shapes = [tuple(tensor.shape) for tensor in state]
    if any(shape[:1] != (batch,) for shape in shapes):
        raise ValueError(
            f"state of {name} must hold tensors (batch, ...), one row for each row of the inputs: "
            f"with {batch} rows it has the shapes {shapes}"
        )
    if before is not None and shapes != [tuple(tensor.shape) for tensor in before]:
        raise ValueError(
            f"state of {name} must keep its shapes from step to step; it went from "
            f"{[tuple(tensor.shape) for tensor in before]} to {shapes}"
        )
