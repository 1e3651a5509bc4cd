"""The ids that CharOrdinalEncoder gives: 0 pads, 1 is unknown, tokens count from 2."""

import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from tsrnn.frames import as_array

PAD = 0
UNKNOWN = 1
FIRST = 2

#: From here on not every whole number is a float64.
_TOO_LARGE = 2**53
_ADVICE = "encode tokens with CharOrdinalEncoder first."


def check_ids(X, argument="X"):
    """Return ids as an int64 array, checked.

    Parameters
    ----------
    X : array-like of int, shape (n, length)
        Whole numbers, in any dtype that holds them. What is missing (NaN) is no step, so it pads.
    argument : str
        Name of the argument, for messages.

    Returns
    -------
    ids : ndarray of int64, shape (n, length)

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(X, list | tuple) and len({np.shape(row) for row in X}) > 1:
        raise ValueError(
            f"{argument}: sequences of ids must be padded with {PAD} to one length, as "
            "CharOrdinalEncoder does."
        )
    ids = as_array(X, argument)
    if ids.ndim != 2:
        raise ValueError(
            f"{argument}: expected ids of shape (n, length), got shape {ids.shape}. Reshape your "
            f"data: one sequence is {argument}.reshape(1, -1)."
        )
    if len(ids) == 0:
        raise ValueError(f"{argument} is empty; give at least one sequence.")
    numbers = _as_numbers(ids, argument)
    if (numbers < 0).any():
        row, column = np.argwhere(numbers < 0)[0]
        raise ValueError(
            f"Negative values in data: {argument}[{row}, {column}] is {numbers[row, column]}; ids are "
            f"{PAD} for padding, {UNKNOWN} for unknown, {FIRST} and up for tokens."
        )
    whole = numbers.astype(np.int64)
    if (whole != numbers).any():
        row, column = np.argwhere(whole != numbers)[0]
        raise TypeError(
            f"{argument}[{row}, {column}] is {ids[row, column]!r}, but ids are whole numbers; {_ADVICE}"
        )
    return whole


def check_fit_ids(X):
    """Return `check_ids(X)`, refused where every id is padding."""
    ids = check_ids(X)
    if ids.shape[1] == 0:
        raise ValueError(
            f"X holds empty sequences alone: 0 feature(s) (shape={ids.shape}) while a minimum of 1 "
            "is required."
        )
    if not ids.any():
        raise ValueError("X holds padding alone; give at least one id above 0.")
    return ids


def learn_columns(encoder, X, ids):
    """Learn how many columns X has, and their names, as scikit-learn does."""
    validate_data(encoder, X if isinstance(X, pd.DataFrame) else ids, skip_check_array=True)


def check_later_ids(encoder, X):
    """Return `check_ids(X)`, refused where it has fewer columns than in `fit`, or others.

    More are legal: sequences may be longer than in `fit`.
    """
    ids = check_ids(X)
    width = encoder.n_features_in_
    first = X.iloc[:, :width] if isinstance(X, pd.DataFrame) else ids[:, :width]
    # ensure_2d=False has the names compared, not the widths: scikit-learn would not say what to do.
    validate_data(encoder, first, reset=False, skip_check_array=True, ensure_2d=False)
    if ids.shape[1] < width:
        raise ValueError(
            f"X has {ids.shape[1]} features, but {type(encoder).__name__} is expecting {width} features as input: "
            f"the steps of the longest sequence in fit. Pad with {PAD} on the right, as CharOrdinalEncoder does."
        )
    return ids


def _as_numbers(ids, argument):
    """Return an array of any dtype as int64, or as float64 without what is missing or too large."""
    if ids.dtype.kind in "iu" or ids.size == 0:
        return ids.astype(np.int64)
    if ids.dtype.kind not in "fO":
        raise TypeError(f"{argument}: ids must be whole numbers, got dtype {ids.dtype}; {_ADVICE}")
    try:
        numbers = np.where(pd.isna(ids), PAD, ids).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{argument}: ids must be whole numbers, but {error}: an argument must be a string or a "
            f"number, and an id a number; {_ADVICE}"
        ) from None
    large = np.abs(numbers) >= _TOO_LARGE
    if large.any():
        row, column = np.argwhere(large)[0]
        raise ValueError(
            f"{argument}[{row}, {column}] is infinite or too large for an id: {numbers[row, column]}; {_ADVICE}"
        )
    return numbers
