"""Checks of the parameters that estimators share, each naming the parameter, its value and what it may be."""

import numbers

import numpy as np
import torch

from tsrnn.training.devices import resolve_device

_WHOLE = {
    "hidden_size": "units",
    "num_layers": "layers",
    "max_epochs": "epochs",
    "batch_size": "rows of a batch",
}
_SHARES = ("dropout", "validation_fraction")


def check_network_parameters(p):
    """Check the parameters of a recurrent network and of its training, given by name.

    Parameters
    ----------
    p : dict
        hidden_size, num_layers, dropout, max_epochs, batch_size, lr, lr_schedule, optimizer, max_grad_norm,
        early_stopping, validation_fraction, callbacks, device; others are left alone.

    Returns
    -------
    torch.device
        The device that `device` names.

    Raises
    ------
    TypeError, ValueError
    """
    for name, of in _WHOLE.items():
        check_whole(name, p[name], f"a whole number of {of}, at least 1")
    for name in _SHARES:
        check_number(name, p[name], "at least 0 and below 1")
        if not 0 <= p[name] < 1:
            raise ValueError(f"{name}={p[name]!r} must be at least 0 and below 1.")
    for name in ("lr", "max_grad_norm"):
        if name == "max_grad_norm" and p[name] is None:
            continue
        check_number(name, p[name], "above 0")
        if not p[name] > 0:
            raise ValueError(f"{name}={p[name]!r} must be above 0.")
    check_choice("lr_schedule", p["lr_schedule"], ("onecycle", None))
    check_optimizer(p["optimizer"])
    if not isinstance(p["early_stopping"], bool | np.bool_):
        check_whole(
            "early_stopping", p["early_stopping"], "True, False, or a whole number of epochs"
        )
    if p["early_stopping"] and p["validation_fraction"] == 0:
        raise ValueError(
            f"early_stopping={p['early_stopping']!r} goes by the validation loss, but validation_fraction=0 holds "
            "nothing out; set validation_fraction above 0, or early_stopping=False."
        )
    check_callbacks(p["callbacks"])
    return resolve_device(p["device"])


def check_whole(name, value, meaning):
    """Refuse what is no whole number, or below 1."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} must be {meaning}.")
    if value < 1:
        raise ValueError(f"{name}={value!r} must be {meaning}.")


def check_number(name, value, meaning):
    """Refuse what is no number."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} must be a number {meaning}.")


def check_flag(name, value):
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value!r} must be True or False.")


def check_choice(name, value, allowed):
    """Refuse what is not one of the allowed values."""
    if not any(value is a or (isinstance(a, str) and value == a) for a in allowed):
        raise ValueError(
            f"{name}={value!r} is unknown; use one of {', '.join(map(repr, allowed))}."
        )


def check_optimizer(optimizer):
    """Refuse what is no class of torch.optim."""
    if not (isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer)):
        raise TypeError(
            f"optimizer={optimizer!r} must be a class of torch.optim, such as torch.optim.Adam."
        )


def check_callbacks(callbacks):
    """Refuse what is no list of skorch callbacks, each by itself or with a name."""
    if callbacks is None:
        return
    if not isinstance(callbacks, list | tuple):
        raise TypeError(f"callbacks={callbacks!r} must be a list of skorch callbacks, or None.")
    for given in callbacks:
        callback = given[1] if isinstance(given, tuple) and len(given) == 2 else given
        if not hasattr(callback, "on_train_begin"):
            raise TypeError(
                f"callbacks holds {given!r}, which is no skorch callback; its classes inherit from "
                "skorch.callbacks.Callback."
            )
