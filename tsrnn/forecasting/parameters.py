"""Checks of a forecaster's parameters, all before any training, each naming the parameter and what it may be."""

import math

import numpy as np

from tsrnn.cells import validate_cell
from tsrnn.nn.heads import pools
from tsrnn.nn.losses import LOSSES
from tsrnn.training import (
    check_choice,
    check_flag,
    check_loss,
    check_network_parameters,
    check_number,
    check_random_state,
    check_whole,
    in_short,
    limits,
)
from tsrnn.transforms import TRANSFORMS

#: What may be "auto" or a whole number of these, and the most that is not a slip of the finger.
_AUTO = {
    "horizon": ("steps", None),
    "window_size": ("rows", None),
    "season_length": ("steps", 1_000_000),
    "segment_size": ("rows", None),
    "batch_size": ("windows", None),
    "epoch_size": ("windows", None),
}
_MOST_NETWORKS = 10_000
_CHOICES = {
    "lr_schedule": ("auto", "cycles", "onecycle", None),
    "transform": TRANSFORMS,
    "normalization": ("auto", "standard", "last", None),
    "skip": ("auto", "seasonal", "linear", "mixture", None),
    "channels": ("auto", "independent", "joint"),
}


class HiddenParameter:
    """A parameter with the name of a method of scikit-learn: `get_params` has it, the attribute is denied.

    Whatever has an attribute `transform` is a transformer to scikit-learn, its pipelines and its checks.
    """

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, estimator, owner=None):
        if estimator is None:
            return self
        raise AttributeError(
            f"{type(estimator).__name__} has no method {self.name}; its parameter of that name is "
            f"get_params()[{self.name!r}], and what it came to in fit is {self.name}_."
        )

    def __set__(self, estimator, value):
        vars(estimator)[self.name] = value


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
    for name, (unit, most) in _AUTO.items():
        meaning = f"'auto' or a whole number of {unit}, {limits(most)}"
        if not isinstance(p[name], str):
            check_whole(name, p[name], meaning, most)
        elif p[name] != "auto":
            raise ValueError(f"{name}={p[name]!r} must be {meaning}.")
    meaning = f"a whole number of networks, {limits(_MOST_NETWORKS)}"
    check_whole("n_estimators", p["n_estimators"], meaning, _MOST_NETWORKS)
    for name, allowed in _CHOICES.items():
        check_choice(name, p[name], allowed)
    _check_loss(p["loss"], p["quantiles"])
    if not (isinstance(p["lr"], str) and p["lr"] == "auto"):
        check_number("lr", p["lr"], "above 0 and finite, or 'auto'", lambda lr: 0 < lr < math.inf)
    device = check_network_parameters(p | {"batch_size": 1, "lr": 1.0, "lr_schedule": None})
    check_random_state(p["random_state"])
    check_flag("warm_start", p["warm_start"])
    if p["refit"] not in ("auto", True, False):
        raise ValueError(f"refit={p['refit']!r} must be 'auto', True or False.")
    validate_cell(p["cell"], hidden_size=p["hidden_size"])
    if not pools(p["head"]):
        raise ValueError(
            f"head={p['head'].__name__} answers every step; a forecast needs a head that pools them, such as "
            "tsrnn.nn.LastOutput or tsrnn.nn.AdditiveAttention."
        )
    return device


def check_levels(quantiles):
    """Return quantile levels as an ascending list, or raise."""
    try:
        levels = sorted(float(q) for q in np.atleast_1d(quantiles))
    except (TypeError, ValueError):
        raise TypeError(
            f"quantiles={in_short(quantiles)} must be a list of numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."
        ) from None
    if not levels or not all(0 < q < 1 for q in levels) or len(set(levels)) < len(levels):
        raise ValueError(
            f"quantiles={in_short(quantiles)} must be different numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."
        )
    return levels


def _check_loss(loss, quantiles):
    check_loss(loss, LOSSES)
    if quantiles is None:
        return
    check_levels(quantiles)
    if loss != "quantile":
        raise ValueError(
            f"quantiles={in_short(quantiles)} are the levels of loss='quantile', but loss={in_short(loss)}; set "
            "loss='quantile', or give the levels to forecast(quantiles=...) instead."
        )
