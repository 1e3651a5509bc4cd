"""Checks of a forecaster's parameters, all before any training, each naming the parameter and what it may be."""

import math
from numbers import Integral, Real

import numpy as np
import torch
from torch import nn

from tsrnn.cells import validate_cell
from tsrnn.nn.losses import LOSSES
from tsrnn.training import resolve_device
from tsrnn.transforms import TRANSFORMS

#: What is counted, and the most of it that is not a slip of the finger.
_WHOLE = {
    "horizon": ("steps", None),
    "window_size": ("rows", None),
    "season_length": ("steps", 1_000_000),
    "segment_size": ("rows", None),
    "batch_size": ("windows", None),
    "epoch_size": ("windows", None),
    "hidden_size": ("units", 10_000),
    "num_layers": ("layers", 100),
    "n_estimators": ("networks", 10_000),
    "max_epochs": ("epochs", None),
}
_AUTO = {"horizon", "window_size", "season_length", "segment_size", "batch_size", "epoch_size"}
_CHOICES = {
    "transform": TRANSFORMS,
    "normalization": ("auto", "standard", "last", None),
    "skip": ("auto", "seasonal", "linear", None),
    "channels": ("auto", "independent", "joint"),
    "lr_schedule": ("onecycle", None),
}


def check_parameters(p):
    """Check every parameter of a forecaster, given by name.

    Returns
    -------
    torch.device
        The device that `device` names.

    Raises
    ------
    TypeError
        Where a value is of a kind that the parameter cannot take.
    ValueError
        Where a value is out of range or unknown, or does not go with another one.
    """
    for name, (unit, most) in _WHOLE.items():
        _check_whole(name, p[name], unit, most)
    for name, allowed in _CHOICES.items():
        _check_choice(name, p[name], allowed)
    for name in ("dropout", "validation_fraction"):
        _check_number(
            name, p[name], "a number of at least 0 and below 1", lambda value: 0 <= value < 1
        )
    _check_number("lr", p["lr"], "a finite number above 0", lambda value: 0 < value < math.inf)
    if p["max_grad_norm"] is not None:
        _check_number(
            "max_grad_norm",
            p["max_grad_norm"],
            "a number above 0, or None",
            lambda value: value > 0,
        )
    _check_loss(p["loss"], p["quantiles"])
    _check_optimizer(p["optimizer"])
    _check_early_stopping(p["early_stopping"], p["validation_fraction"])
    _check_callbacks(p["callbacks"])
    _check_random_state(p["random_state"])
    _check_flags(p["warm_start"], p["verbose"])
    validate_cell(p["cell"])
    if not isinstance(p["device"], str | torch.device):
        raise TypeError(
            f"device={_short(p['device'])} must be a name, such as 'auto', 'cpu' or 'cuda'."
        )
    return resolve_device(p["device"])


def check_levels(quantiles):
    """Return quantile levels as an ascending list, or raise."""
    try:
        levels = sorted(float(q) for q in np.atleast_1d(quantiles))
    except (TypeError, ValueError):
        raise TypeError(
            f"quantiles={_short(quantiles)} must be a list of numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."
        ) from None
    if not levels or not all(0 < q < 1 for q in levels) or len(set(levels)) < len(levels):
        raise ValueError(
            f"quantiles={_short(quantiles)} must be different numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."
        )
    return levels


def _check_whole(name, value, unit, most=None, before=""):
    if name in _AUTO:
        if isinstance(value, str) and value == "auto":
            return
        before = "'auto' or "
    allowed = f"{before}a whole number of {unit}, {f'from 1 to {most}' if most else 'at least 1'}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        kind = ValueError if name in _AUTO and isinstance(value, str) else TypeError
        raise kind(f"{name}={_short(value)} must be {allowed}.")
    if value < 1 or (most and value > most):
        raise ValueError(f"{name}={value!r} must be {allowed}.")


def _check_choice(name, value, allowed):
    if isinstance(value, str) or value is None:
        if value not in allowed:
            raise ValueError(f"{name}={value!r} is unknown; use one of {_listed(allowed)}.")
    else:
        raise TypeError(f"{name}={_short(value)} must be one of {_listed(allowed)}.")


def _check_number(name, value, allowed, fits):
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}={_short(value)} must be {allowed}.")
    if not fits(value):
        raise ValueError(f"{name}={value!r} must be {allowed}.")


def _check_loss(loss, quantiles):
    module = "a torch.nn.Module that is called with (forecast, target)"
    if isinstance(loss, type) and issubclass(loss, nn.Module):
        raise TypeError(
            f"loss is the class {loss.__name__}; give an instance, loss={loss.__name__}()."
        )
    if not isinstance(loss, str | nn.Module):
        raise TypeError(f"loss={_short(loss)} must be one of {_listed(LOSSES)}, or {module}.")
    if isinstance(loss, str) and loss not in LOSSES:
        raise ValueError(f"loss={loss!r} is unknown; use one of {_listed(LOSSES)}, or {module}.")
    if quantiles is not None:
        check_levels(quantiles)
        if loss != "quantile":
            raise ValueError(
                f"quantiles={_short(quantiles)} are the levels of loss='quantile', but loss={_short(loss)}; set "
                "loss='quantile', or give the levels to forecast(quantiles=...) instead."
            )


def _check_optimizer(optimizer):
    base = torch.optim.Optimizer
    if not (isinstance(optimizer, type) and issubclass(optimizer, base)) or optimizer is base:
        raise TypeError(
            f"optimizer={_short(optimizer)} must be a class of torch.optim, such as torch.optim.Adam."
        )


def _check_early_stopping(early_stopping, validation_fraction):
    if not isinstance(early_stopping, bool | np.bool_):
        _check_whole("early_stopping", early_stopping, "epochs", before="True, False or ")
    if early_stopping and validation_fraction == 0:
        raise ValueError(
            f"early_stopping={early_stopping!r} goes by the validation loss, but validation_fraction=0 holds no rows "
            "out; set validation_fraction above 0, or early_stopping=False."
        )


def _check_callbacks(callbacks):
    if callbacks is None:
        return
    if not isinstance(callbacks, list | tuple):
        raise TypeError(
            f"callbacks={_short(callbacks)} must be a list of skorch callbacks, or None."
        )
    for callback in callbacks:
        is_named = (
            isinstance(callback, tuple) and len(callback) == 2 and isinstance(callback[0], str)
        )
        if not hasattr(callback[1] if is_named else callback, "on_train_begin"):
            raise TypeError(
                f"callbacks holds {_short(callback)}, which is no skorch callback; its classes inherit from "
                "skorch.callbacks.Callback."
            )


def _check_random_state(random_state):
    allowed = "None, a whole number of at least 0, or a numpy RandomState or Generator"
    if random_state is None or isinstance(
        random_state, np.random.RandomState | np.random.Generator
    ):
        return
    if not isinstance(random_state, Integral):
        raise TypeError(f"random_state={_short(random_state)} must be {allowed}.")
    if random_state < 0:
        raise ValueError(f"random_state={random_state!r} must be {allowed}.")


def _check_flags(warm_start, verbose):
    if not isinstance(warm_start, bool | np.bool_):
        raise TypeError(f"warm_start={_short(warm_start)} must be True or False.")
    if not isinstance(verbose, Integral | np.bool_):
        raise TypeError(f"verbose={_short(verbose)} must be 0 or 1.")
    if verbose < 0:
        raise ValueError(f"verbose={verbose!r} must be 0 or 1.")


def _short(value):
    """Return what a value looks like in one line."""
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"<{type(value).__name__}>"


def _listed(allowed):
    return ", ".join(repr(a) for a in allowed)
