"""The contract tests that you can run on your own classes."""

import copy
import io
import pickle

import torch

from tsrnn import cells, kernels
from tsrnn.generators import seeded

__all__ = ["check_cell"]


def check_cell(Cell, *, input_size=3, hidden_size=8, **own):
    """Test that a class keeps the cell contract, so that it works in any estimator.

    The contract: `Cell(input_size, hidden_size, **own)` is a torch module with an `output_size`;
    `forward(inputs, state=None)` takes inputs (batch, time, input_size) and returns outputs
    (batch, time, output_size) and the state, a tuple of tensors (batch, ...), which goes on where
    it stopped when it is given back. Optional, for inspection: `gates(x, state)`, a dict of
    tensors (batch, ...) by name, and `state_names`. Of a subclass of `tsrnn.cells.Cell`, `forward`
    must also be its `step`, repeated.

    Parameters
    ----------
    Cell : class
        The class to be tested.
    input_size, hidden_size : int
        The sizes to build it with.
    **own
        The cell's own arguments.

    Raises
    ------
    AssertionError
        If the contract is broken, with one sentence for each broken point.

    Examples
    --------
    The minimal gated unit in one class:

    >>> import torch
    >>> from torch import nn
    >>> from tsrnn.testing import check_cell
    >>> class MGU(nn.Module):
    ...     def __init__(self, input_size, hidden_size):
    ...         super().__init__()
    ...         self.output_size = hidden_size
    ...         self.forget = nn.Linear(input_size + hidden_size, hidden_size)
    ...         self.candidate = nn.Linear(input_size + hidden_size, hidden_size)
    ...
    ...     def forward(self, inputs, state=None):
    ...         (h,) = state or (inputs.new_zeros(len(inputs), self.output_size),)
    ...         outputs = []
    ...         for x in inputs.unbind(1):
    ...             f = torch.sigmoid(self.forget(torch.cat([h, x], dim=1)))
    ...             n = torch.tanh(self.candidate(torch.cat([f * h, x], dim=1)))
    ...             h = (1 - f) * h + f * n
    ...             outputs.append(h)
    ...         return torch.stack(outputs, dim=1), (h,)
    >>> check_cell(MGU)
    """
    try:
        cells.validate_cell(Cell, input_size, hidden_size, **own)
    except (TypeError, ValueError) as error:
        raise AssertionError(str(error)) from error
    with seeded(0):
        cell = Cell(input_size, hidden_size, **own).eval()
        inputs = torch.randn(4, 7, input_size)
        # Nothing else can be judged of a cell whose answers change by themselves.
        points = POINTS if is_deterministic(cell, inputs) else [is_deterministic]
        broken = [sentence for point in points if (sentence := verdict(point, cell, inputs))]
    if broken:
        name = type(cell).__name__
        raise AssertionError("\n- ".join([f"{name} breaks the cell contract:", *broken]))


def verdict(point, cell, inputs):
    """Return the sentence of a point if the cell breaks it.

    Parameters
    ----------
    point : callable
        One of `SENTENCES`; it returns True if the point is kept, else False or a detail.
    cell : torch.nn.Module
    inputs : torch.Tensor (batch, time, input_size)

    Returns
    -------
    sentence : str or None
    """
    try:
        with torch.set_grad_enabled(point is gradients_reach_everything):
            kept = point(cell, inputs)
    except Exception as error:
        kept = f"{type(error).__name__}: {error}"
    if kept is True:
        return None
    return f"{SENTENCES[point]} ({kept})" if kept else SENTENCES[point]


def is_deterministic(cell, inputs):
    return same(cell(inputs), cell(inputs))


def state_is_carried(cell, inputs):
    first, state = cell(inputs[:, :3])
    second, state = cell(inputs[:, 3:], state)
    return same(cell(inputs), (torch.cat([first, second], dim=1), state))


def forward_is_step_after_step(cell, inputs):
    if not isinstance(cell, cells.Cell) or type(cell).forward is not cells.Cell.forward:
        return True  # what another class calls `step`, or a forward of its own, is its own affair
    outputs, state = [], cell.initial_state(len(inputs), inputs.device, inputs.dtype)
    for x in inputs.unbind(1):
        output, state = cell.step(x, state)
        outputs.append(output)
    expected = torch.stack(outputs, dim=1), state
    with kernels.disabled():
        uncompiled = cell(inputs)
    return same(cell(inputs), expected) and same(uncompiled, expected)


def outputs_are_causal(cell, inputs):
    later = inputs.clone()
    later[:, 4:] = torch.randn_like(later[:, 4:])
    return same(cell(inputs)[0][:, :4], cell(later)[0][:, :4])


def rows_are_independent(cell, inputs):
    outputs, state = cell(inputs)
    return same(cell(inputs[1:2]), (outputs[1:2], tuple(tensor[1:2] for tensor in state)))


def arguments_are_left_alone(cell, inputs):
    _, state = cell(inputs)
    before = inputs.clone(), tuple(tensor.clone() for tensor in state)
    cell(inputs, state)
    return same((inputs, state), before)


def gradients_reach_everything(cell, inputs):
    cell = copy.deepcopy(cell).train()
    inputs = inputs.clone().requires_grad_()
    outputs, _ = cell(inputs)
    # Weighted, so that no symmetry of the outputs cancels a gradient.
    (outputs * torch.randn_like(outputs)).sum().backward()
    wanted = {name: p for name, p in cell.named_parameters() if p.requires_grad}
    missed = [
        name
        for name, tensor in {**wanted, "inputs": inputs}.items()
        if tensor.grad is None or not tensor.grad.isfinite().all() or not tensor.grad.any()
    ]
    return f"none reaches {', '.join(missed)}" if missed else True


def deepcopy_works(cell, inputs):
    return same(cell(inputs), copy.deepcopy(cell)(inputs))


def pickle_works(cell, inputs):
    return same(cell(inputs), through_pickle(cell)(inputs))


def float64_works(cell, inputs):
    outputs, state = copy.deepcopy(cell).double()(inputs.double())
    return {tensor.dtype for tensor in (outputs, *state)} == {torch.float64}


def state_follows_the_device(cell, inputs):
    try:
        # The meta device has shapes and no values: a second device on every machine.
        outputs, state = copy.deepcopy(cell).to("meta")(inputs.to("meta"))
    except Exception as error:
        # Any other error is an operation that needs values, which says nothing about devices.
        return "expected device" not in str(error)
    return {tensor.device.type for tensor in (outputs, *state)} == {"meta"}


def gates_are_named(cell, inputs):
    if not hasattr(cell, "gates"):
        return True
    _, state = cell(inputs)
    gates = cell.gates(inputs[:, 0], state)
    return all(isinstance(name, str) and len(gate) == len(inputs) for name, gate in gates.items())


def state_is_named(cell, inputs):
    _, state = cell(inputs)
    return len(getattr(cell, "state_names", state)) == len(state)


SENTENCES = {
    is_deterministic: "In eval mode the same inputs must give the same finite outputs and state.",
    state_is_carried: "A sequence cut in two, the state of the first part given to the second, "
    "must give the same outputs and state as the whole.",
    forward_is_step_after_step: "forward must give the same outputs and state as step(x, state), "
    "row after row from initial_state.",
    outputs_are_causal: "Later inputs must never move earlier outputs.",
    rows_are_independent: "A row must get the same answer whatever other rows are in the batch.",
    arguments_are_left_alone: "forward must leave its inputs and its state as they were.",
    gradients_reach_everything: "Gradients must reach every parameter and the inputs.",
    deepcopy_works: "copy.deepcopy must give a cell with the same answers.",
    pickle_works: "pickle must give back a cell with the same answers.",
    float64_works: "In float64 (cell.double()) the outputs and the state must be float64.",
    state_follows_the_device: "The state must be made on the device of the inputs, not on the CPU.",
    gates_are_named: "gates(x, state) must return a dict of names to tensors (batch, ...).",
    state_is_named: "state_names must hold one name for each tensor of the state.",
}
POINTS = [point for point in SENTENCES if point is not is_deterministic]


def same(a, b):
    """Return whether two tensors, or tuples of tensors of any depth, are finite and equal.

    Parameters
    ----------
    a, b : torch.Tensor or tuple

    Returns
    -------
    equal : bool
        To float32's rounding.
    """
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a.isfinite().all()) and torch.allclose(a, b, rtol=1e-4, atol=1e-5)


def through_pickle(cell):
    """Return the cell pickled and unpickled.

    Its class is passed by, not looked up by name: a class defined inside a function or a notebook
    cell is judged by what its instances hold.

    Parameters
    ----------
    cell : torch.nn.Module

    Returns
    -------
    cell : torch.nn.Module
    """
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer)
    pickler.persistent_id = lambda item: "class" if item is type(cell) else None
    pickler.dump(cell)
    buffer.seek(0)
    unpickler = pickle.Unpickler(buffer)
    unpickler.persistent_load = lambda _: type(cell)
    return unpickler.load()
