"""Checks of the parameters that estimators share, each naming the parameter, its value and what it may be."""

import inspect
import math
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch

from tsrnn.training.devices import resolve_device

#: What is counted, and the most of it that is not a slip of the finger.
_WHOLE = {
    "hidden_size": ("units", 10_000),
    "num_layers": ("layers", 100),
    "max_epochs": ("epochs", None),
    "batch_size": ("rows of a batch", None),
}
_OF_CLASSES = (
    torch.nn.CrossEntropyLoss, torch.nn.NLLLoss, torch.nn.MultiMarginLoss, torch.nn.MultiLabelMarginLoss,
)  # fmt: skip
#: What is settled when networks are built, by any of the estimators, and stays when training goes on.
_BUILT = (
    "cell", "stateful", "encoding", "horizon", "window_size", "target", "known_future", "season_length", "hidden_size",
    "num_layers", "bidirectional", "dropout", "embedding_size", "crf", "segment_size", "transform", "normalization",
    "skip", "channels", "head", "loss", "quantiles", "n_estimators", "chunk_size", "batch_size", "epoch_size",
    "optimizer", "max_grad_norm",
)  # fmt: skip


def check_network_parameters(p):
    """Check the parameters of a recurrent network and of its training, given by name.

    Parameters
    ----------
    p : dict
        hidden_size, num_layers, dropout, max_epochs, batch_size, lr, lr_schedule, optimizer, max_grad_norm,
        early_stopping, validation_fraction, callbacks, device, verbose; others are left alone.

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
        check_whole(name, p[name], f"a whole number of {unit}, {limits(most)}", most)
    for name in ("dropout", "validation_fraction"):
        check_number(name, p[name], "at least 0 and below 1", lambda value: 0 <= value < 1)
    check_number("lr", p["lr"], "above 0 and finite", lambda value: 0 < value < math.inf)
    if p["max_grad_norm"] is not None:
        check_number(
            "max_grad_norm", p["max_grad_norm"], "above 0, or None", lambda value: value > 0
        )
    check_choice("lr_schedule", p["lr_schedule"], ("cycles", "onecycle", None))
    check_optimizer(p["optimizer"])
    check_early_stopping(p["early_stopping"], p["validation_fraction"])
    check_callbacks(p["callbacks"])
    if not isinstance(p["verbose"], Integral | np.bool_):
        raise TypeError(f"verbose={in_short(p['verbose'])} must be 0 or 1.")
    if p["verbose"] < 0:
        raise ValueError(f"verbose={p['verbose']!r} must be 0 or 1.")
    if not isinstance(p["device"], str | torch.device):
        raise TypeError(
            f"device={in_short(p['device'])} must be a name, such as 'auto', 'cpu' or 'cuda'."
        )
    return resolve_device(p["device"])


def limits(most=None):
    """Say in words between which limits a whole number lies."""
    return f"from 1 to {most}" if most else "at least 1"


def check_whole(name, value, meaning, most=None):
    """Refuse what is no whole number, below 1, or above `most`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}={in_short(value)} must be {meaning}.")
    if value < 1 or (most and value > most):
        raise ValueError(f"{name}={value!r} must be {meaning}.")


def check_number(name, value, meaning, fits):
    """Refuse what is no number, or does not fit."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}={in_short(value)} must be a number {meaning}.")
    if not fits(value):
        raise ValueError(f"{name}={value!r} must be {meaning}.")


def check_flag(name, value):
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={in_short(value)} must be True or False.")


def check_choice(name, value, allowed, else_=""):
    """Refuse what is not one of the allowed names; `else_` says in words what else may be given."""
    listed = ", ".join(map(repr, allowed)) + else_
    if not isinstance(value, str | None):
        raise TypeError(f"{name}={in_short(value)} must be one of {listed}.")
    if value not in allowed:
        kind = ValueError if isinstance(value, str) or None in allowed else TypeError
        raise kind(f"{name}={value!r} is unknown; use one of {listed}.")


def check_loss(loss, names):
    """Refuse what is neither one of the names nor a module that takes forecasts and targets, both numbers."""
    name = getattr(loss, "__name__", type(loss).__name__)
    if isinstance(loss, type) and issubclass(loss, torch.nn.Module):
        raise TypeError(f"loss is the class {name}; give an instance, loss={name}().")
    if not isinstance(loss, torch.nn.Module):
        module = ", or a torch.nn.Module that is called with (forecast, target)"
        check_choice("loss", loss, names, module)
        return
    if isinstance(loss, _OF_CLASSES):
        raise ValueError(
            f"loss={name}() tells classes apart, but targets are numbers here; use one for numbers, such as "
            "torch.nn.HuberLoss()."
        )
    unlike = _unlike_call(loss.forward, None, None)
    if unlike:
        raise TypeError(
            f"loss={name} is called with (forecast, target), which its forward does not take: {unlike}; give a module "
            "that compares the two."
        )


def _unlike_call(function, *args, **kwargs):
    """Say in words why a function cannot be called so; an empty text where it can, or nobody knows."""
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    except ValueError:  # written in C, it keeps no signature
        return ""
    return ""


def check_optimizer(optimizer):
    """Refuse what is no class of torch.optim, or cannot be built and used as these are."""
    base = torch.optim.Optimizer
    is_class = isinstance(optimizer, type) and issubclass(optimizer, base)
    if not is_class or optimizer is base:
        raise TypeError(
            f"optimizer={in_short(optimizer)} must be a class of torch.optim, such as torch.optim.Adam."
        )
    unlike = _unlike_call(optimizer, [], lr=0.1)
    if unlike:
        raise TypeError(
            f"optimizer={optimizer.__name__} is built with (params, lr=...), which its __init__ does not take: "
            f"{unlike}; give a subclass of it that does."
        )
    if issubclass(optimizer, torch.optim.SparseAdam):
        raise ValueError(
            f"optimizer={optimizer.__name__} moves by sparse gradients alone, which no network here has; use "
            "torch.optim.Adam."
        )


def check_early_stopping(early_stopping, validation_fraction):
    """Refuse what is neither a flag nor a number of epochs, or has no loss to go by."""
    if isinstance(early_stopping, str) and early_stopping == "auto":
        return
    if not isinstance(early_stopping, bool | np.bool_):
        meaning = "'auto', True, False, or a whole number of epochs, at least 1"
        check_whole("early_stopping", early_stopping, meaning)
    if early_stopping and validation_fraction == 0:
        raise ValueError(
            f"early_stopping={early_stopping!r} goes by the validation loss, but validation_fraction=0 holds nothing "
            "out; set validation_fraction above 0, or early_stopping=False."
        )


def check_callbacks(callbacks):
    """Refuse what is no list of skorch callbacks, each by itself or with a name."""
    if callbacks is None:
        return
    if not isinstance(callbacks, list | tuple):
        raise TypeError(
            f"callbacks={in_short(callbacks)} must be a list of skorch callbacks, or None."
        )
    for given in callbacks:
        is_named = isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str)
        if not hasattr(given[1] if is_named else given, "on_train_begin"):
            raise TypeError(
                f"callbacks holds {in_short(given)}, which is no skorch callback; its classes inherit from "
                "skorch.callbacks.Callback."
            )


def in_words_of_build(p):
    """Return the parameters that an estimator's networks are built with, each as text that says all of it."""
    return {name: _in_full(p[name]) for name in _BUILT if name in p}


def _in_full(value):
    """Return a parameter as text: equal ones, such as 0, 0.0 and NumPy's 0, as the same, others as different ones."""
    if isinstance(value, np.generic | np.ndarray | torch.Tensor):
        value = value.tolist()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_in_full, value))}]"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, partial) and isinstance(value.func, type):
        own = "".join(f", {name}={_in_full(of)}" for name, of in sorted(value.keywords.items()))
        return f"partial({_in_full(value.func)}{own})" if own else _in_full(value.func)
    if isinstance(value, torch.nn.Module):
        return _module_in_full(value)
    return repr(value)


def _module_in_full(module):
    """Return a module as text, with what its repr leaves out, such as the delta of a HuberLoss."""
    own = {name: of for name, of in vars(module).items() if name[0] != "_" and _is_plain(of)}
    own |= dict(module.named_parameters(recurse=False)) | dict(module.named_buffers(recurse=False))
    own |= dict(module.named_children())
    own.pop("training")
    listed = ", ".join(f"{name}={_in_full(of)}" for name, of in sorted(own.items()))
    return f"{type(module).__name__}({listed})"


def _is_plain(value):
    """Whether a text says all of a value, the same in every process."""
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return isinstance(value, str | Real | np.bool_ | np.ndarray | torch.Tensor | None)


def check_same_network(built, p):
    """Refuse parameters that training on would pass over, since the networks stay as they were built.

    Parameters
    ----------
    built : dict of str
        What `in_words_of_build` said at the first fit.
    p : dict
        The estimator's parameters now.

    Raises
    ------
    ValueError
    """
    for name, now in in_words_of_build(p).items():
        # Files of earlier versions say of a module its repr alone.
        if built[name] not in (now, repr(p[name])):
            raise ValueError(
                f"{name}={_cut(now)} has no effect on networks that were built with {name}={_cut(built[name])}, and "
                "training goes on from these; set it back, or fit anew with warm_start=False."
            )


def _cut(text):
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def in_short(value):
    """Return what a value looks like in one line."""
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"<{type(value).__name__}>"


def patience_of(early_stopping, default):
    """Return the epochs without a better validation loss after which training stops; None where it does not."""
    if isinstance(early_stopping, bool | np.bool_):
        return default if early_stopping else None
    return early_stopping
