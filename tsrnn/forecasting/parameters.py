"""Checks of a forecaster's parameters, all before any training, each naming the parameter and what it may be."""

import numbers

import numpy as np
import torch
from torch import nn

from tsrnn.cells import validate_cell
from tsrnn.nn.losses import LOSSES
from tsrnn.training import resolve_device
from tsrnn.transforms import TRANSFORMS

_WHOLE = {
    "horizon": "a whole number of steps, at least 1",
    "window_size": "a whole number of rows, at least 1",
    "season_length": "a whole number of steps, at least 1",
    "segment_size": "a whole number of rows, at least 1",
    "batch_size": "a whole number of windows, at least 1",
    "epoch_size": "a whole number of windows, at least 1",
    "hidden_size": "a whole number of units, at least 1",
    "num_layers": "a whole number of layers, at least 1",
    "n_estimators": "a whole number of networks, at least 1",
    "max_epochs": "a whole number of epochs, at least 1",
}
_AUTO = {"horizon", "window_size", "season_length", "segment_size", "batch_size", "epoch_size"}
_CHOICES = {
    "transform": TRANSFORMS,
    "normalization": ("auto", "standard", "last", None),
    "skip": ("auto", "seasonal", "linear", None),
    "channels": ("auto", "independent", "joint"),
    "lr_schedule": ("onecycle", None),
}
_BOUNDS = {
    "dropout": (0, 1, "at least 0 and below 1"),
    "validation_fraction": (0, 1, "at least 0 and below 1"),
}


def check_parameters(p):
    """Check every parameter of a forecaster, given by name.

    Returns
    -------
    torch.device
        The device that `device` names.

    Raises
    ------
    TypeError, ValueError
    """
    for name, meaning in _WHOLE.items():
        _check_whole(name, p[name], meaning)
    for name, allowed in _CHOICES.items():
        if not any(p[name] is a or (isinstance(a, str) and p[name] == a) for a in allowed):
            raise ValueError(f"{name}={p[name]!r} is unknown; use one of {_listed(allowed)}.")
    for name, (low, high, meaning) in _BOUNDS.items():
        if not _is_number(p[name]):
            raise TypeError(f"{name}={p[name]!r} must be a number, {meaning}.")
        if not low <= p[name] < high:
            raise ValueError(f"{name}={p[name]!r} must be {meaning}.")
    for name in ("lr", "max_grad_norm"):
        _check_positive(name, p[name], optional=name == "max_grad_norm")
    _check_loss(p["loss"], p["quantiles"])
    if not (isinstance(p["optimizer"], type) and issubclass(p["optimizer"], torch.optim.Optimizer)):
        raise TypeError(
            f"optimizer={p['optimizer']!r} must be a class of torch.optim, such as torch.optim.Adam."
        )
    if not isinstance(p["early_stopping"], bool | np.bool_):
        _check_whole("early_stopping", p["early_stopping"], "True, False, or a whole number of epochs")
    validate_cell(p["cell"])
    return resolve_device(p["device"])


def check_levels(quantiles):
    """Return quantile levels as an ascending list, or raise."""
    try:
        levels = sorted(float(q) for q in np.atleast_1d(quantiles))
    except (TypeError, ValueError):
        raise TypeError(f"quantiles={quantiles!r} must be numbers between 0 and 1.") from None
    if not levels or not all(0 < q < 1 for q in levels) or len(set(levels)) < len(levels):
        raise ValueError(f"quantiles={quantiles!r} must be different numbers above 0 and below 1.")
    return levels


def _check_whole(name, value, meaning):
    if name in _AUTO and isinstance(value, str) and value == "auto":
        return
    allowed = f"'auto' or {meaning}" if name in _AUTO else meaning
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        kind = ValueError if isinstance(value, str) else TypeError
        raise kind(f"{name}={value!r} must be {allowed}.")
    if value < 1:
        raise ValueError(f"{name}={value!r} must be {allowed}.")


def _check_positive(name, value, optional):
    if value is None and optional:
        return
    if not _is_number(value):
        raise TypeError(f"{name}={value!r} must be a number above 0" + (" or None." if optional else "."))
    if not value > 0:
        raise ValueError(f"{name}={value!r} must be above 0.")


def _check_loss(loss, quantiles):
    if not (isinstance(loss, nn.Module) or (isinstance(loss, str) and loss in LOSSES)):
        raise ValueError(
            f"loss={loss!r} is unknown; use one of {_listed(LOSSES)}, or a torch.nn.Module that is called "
            "with (forecast, target)."
        )
    if quantiles is not None:
        check_levels(quantiles)
        if loss != "quantile":
            raise ValueError(
                f"quantiles={quantiles!r} are the levels of loss='quantile', but loss={loss!r}; set "
                "loss='quantile', or leave quantiles out here and pass them to forecast(quantiles=...)."
            )


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _listed(allowed):
    return ", ".join(repr(a) for a in allowed)
