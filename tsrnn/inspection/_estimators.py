"""What the inspections share: the estimator inside a search or pipeline, and what its recurrent layers are given."""

import torch
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from tsrnn.cells import Cell
from tsrnn.nn import Recurrent


def innermost(estimator, X):
    """Return the fitted estimator inside a search or a Pipeline, and X as it reaches it.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    """
    check_is_fitted(estimator)
    if hasattr(estimator, "best_estimator_"):
        return innermost(estimator.best_estimator_, X)
    if isinstance(estimator, Pipeline):
        if len(estimator.steps) > 1:
            X = estimator[:-1].transform(X)
        return innermost(estimator.steps[-1][1], X)
    return estimator, X


def refuse(estimator, accepted):
    """Raise TypeError: the estimator is none of those that are accepted."""
    raise TypeError(f"estimator must be {accepted}, got {type(estimator).__name__}.")


def recurrent_of(module):
    """Return the first recurrent layers of a network."""
    return next(part for part in module.modules() if isinstance(part, Recurrent))


def overhear(recurrent, run):
    """Run something, and return what recurrent layers were given meanwhile.

    Parameters
    ----------
    recurrent : tsrnn.nn.Recurrent
    run : callable
        Called without arguments.

    Returns
    -------
    list of torch.Tensor (batch, time, size)
        One for each call of the layers.
    """
    heard = []
    hook = recurrent.register_forward_pre_hook(lambda layers, given: heard.append(given[0]))
    try:
        run()
    finally:
        hook.remove()
    return [tensor.detach() for tensor in heard]


@torch.no_grad()
def trace(recurrent, inputs):
    """Run recurrent layers step by step, and return every gate and state.

    Parameters
    ----------
    recurrent : tsrnn.nn.Recurrent
    inputs : torch.Tensor (batch, time, size)

    Returns
    -------
    list of dict of str to torch.Tensor (batch, time, units)
        One for each layer. In a bidirectional layer the units of the reversed cell come second, as in its outputs.
    """
    layers = []
    for layer in range(recurrent.num_layers):
        first = layer * recurrent.num_directions
        runs = [_run_cell(recurrent.cells[first], inputs)]
        if recurrent.num_directions == 2:
            outputs, values = _run_cell(recurrent.cells[first + 1], inputs.flip(1))
            values = {name: value.flip(1) for name, value in values.items()}
            runs.append((outputs.flip(1), values))
        inputs = torch.cat([outputs for outputs, _ in runs], dim=2)
        layers.append({name: torch.cat([v[name] for _, v in runs], 2) for name in runs[0][1]})
    return layers


def _run_cell(cell, inputs):
    """Return the outputs of a cell, and its gates and states by name, all (batch, time, units)."""
    state = _first_state(cell, inputs)
    outputs, steps = [], []
    for x in inputs.unbind(1):
        gates = cell.gates(x, state) if hasattr(cell, "gates") and state is not None else {}
        output, state = cell(x[:, None]) if state is None else cell(x[:, None], state)
        names = getattr(cell, "state_names", None) or [f"state_{i}" for i in range(len(state))]
        outputs.append(output)
        states = {name: s.flatten(1) for name, s in zip(names, state, strict=True)}
        steps.append({name: gate.flatten(1) for name, gate in gates.items()} | states)
    values = {
        name: torch.stack(
            [step.get(name, value.new_full(value.shape, torch.nan)) for step in steps], 1
        )
        for name, value in steps[-1].items()
    }
    return torch.cat(outputs, 1), values


def _first_state(cell, inputs):
    """Return the state before the first step; None where a class that is not ours keeps another one than zeros."""
    if isinstance(cell, Cell):
        return cell.initial_state(len(inputs), inputs.device, inputs.dtype)
    first = inputs[:, :1]
    output, state = cell(first)
    zeros = tuple(torch.zeros_like(tensor) for tensor in state)
    return zeros if torch.allclose(cell(first, zeros)[0], output, atol=1e-6) else None
