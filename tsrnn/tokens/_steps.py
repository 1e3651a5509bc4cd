"""X as sequences of steps: strings, lists of tokens, ids or features."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd


def check_sequences(X, argument="X"):
    """Return X as a list of strings and lists, every token hashable.

    Parameters
    ----------
    X : list, Series or array of n strings, or of n sequences of hashable tokens
    argument : str
        Name of the argument, for messages.

    Returns
    -------
    list of n strings or lists

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(X, str):
        raise TypeError(
            f"{argument} must be a list of strings, got one string; write [{argument}]."
        )
    if not isinstance(X, Sequence | np.ndarray | pd.Series | pd.Index):
        raise TypeError(
            f"{argument} must be a list, Series or array of strings or token sequences, got "
            f"{type(X).__name__}."
        )
    if len(X) == 0:
        raise ValueError(f"{argument} is empty; give at least one string or token sequence.")
    return [_check_sequence(sequence, f"{argument}[{i}]") for i, sequence in enumerate(X)]


def check_hashable(tokens, name):
    """Refuse a token that cannot be hashed, and name its place in `name`."""
    for j, token in enumerate(tokens):
        try:
            hash(token)
        except TypeError as error:
            raise TypeError(
                f"{name}[{j}] is {token!r}, a {type(token).__name__}, which cannot be hashed and "
                "so cannot be a token; use strings, numbers or tuples."
            ) from error


def _check_sequence(sequence, name):
    if isinstance(sequence, str):
        return sequence
    is_sequence = isinstance(sequence, Sequence | np.ndarray | pd.Series)
    if not is_sequence or getattr(sequence, "ndim", 1) == 0:
        raise TypeError(
            f"{name} must be a string or a sequence of tokens, got {sequence!r} "
            f"({type(sequence).__name__})."
        )
    sequence = list(sequence)
    check_hashable(sequence, name)
    return sequence


@dataclass(frozen=True)
class Steps:
    """The steps of n sequences, end to end.

    `kind` is "tokens" (`values` a list), "ids" (an array of whole numbers, 1 the unknown token) or
    "features" (an array (steps, k)); `lengths` (n,) has the steps of each sequence.
    """

    kind: str
    values: list | np.ndarray
    lengths: np.ndarray


def read_steps(X):
    """Read the sequences that are to be labelled.

    Parameters
    ----------
    X : list, Series or array of n strings or token sequences
        Or ids (n, length) or features (n, length, k), where each sequence may end in zeros: padding.

    Returns
    -------
    Steps

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(X, np.ndarray) and (X.ndim == 3 or (X.ndim == 2 and X.dtype.kind in "iuf")):
        return _read_encoded(X)
    sequences = check_sequences(X)
    lengths = np.array([len(sequence) for sequence in sequences])
    return Steps("tokens", list(chain.from_iterable(sequences)), lengths)


def _read_encoded(X):
    """Read ids (n, length) or features (n, length, k)."""
    if len(X) == 0:
        raise ValueError("X is empty; give at least one sequence.")
    if X.ndim == 3:
        _check_features(X)
    else:
        _check_ids(X)
    real = X != 0 if X.ndim == 2 else (X != 0).any(2)
    step = np.arange(1, X.shape[1] + 1)
    lengths = (step * real).max(1, initial=0)
    inside = step <= lengths[:, None]
    if X.ndim == 3:
        return Steps("features", X[inside].astype(np.float32), lengths)
    if not real[inside].all():
        row, column = np.argwhere(inside & ~real)[0]
        raise ValueError(
            f"X[{row}, {column}] is 0, which pads, but ids follow it: ids are 1 for unknown and 2 "
            "and up for tokens, as CharOrdinalEncoder gives them. Tokens that are numbers come as "
            "a list of lists."
        )
    return Steps("ids", X[inside].astype(np.int64), lengths)


def _check_ids(X):
    if X.dtype.kind == "f":
        raise TypeError(
            f"X has the shape {X.shape} and dtype {X.dtype}, but ids are whole numbers, and "
            "features have the shape (n, length, n_features)."
        )
    if (X < 0).any():
        row, column = np.argwhere(X < 0)[0]
        raise ValueError(f"X[{row}, {column}] is {X[row, column]}, but ids are at least 0.")


def _check_features(X):
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X has three axes and dtype {X.dtype}, but features are numbers.")
    if not np.isfinite(X).all():
        row, step, feature = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(
            f"X[{row}, {step}, {feature}] is {X[row, step, feature]}, but features are finite."
        )
