"""The ids that CharOrdinalEncoder gives: 0 pads, 1 is unknown, tokens count from 2."""

import numpy as np

from tsrnn.frames import as_array

PAD = 0
UNKNOWN = 1
FIRST = 2


def check_ids(X, argument="X"):
    """Return ids as an int64 array, checked.

    Parameters
    ----------
    X : array-like of int, shape (n, length)
        Whole numbers, in any dtype that holds them.
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
    ids = _as_whole_numbers(ids, argument)
    if (ids < 0).any():
        row, column = np.argwhere(ids < 0)[0]
        raise ValueError(
            f"Negative values in data: {argument}[{row}, {column}] is {ids[row, column]}; ids are "
            f"{PAD} for padding, {UNKNOWN} for unknown, {FIRST} and up for tokens."
        )
    return ids


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


def _as_whole_numbers(ids, argument):
    """Return an array of whole numbers of any dtype as int64."""
    if ids.dtype.kind in "iu" or ids.size == 0:
        return ids.astype(np.int64)
    advice = "encode tokens with CharOrdinalEncoder first."
    if ids.dtype.kind not in "fO":
        raise TypeError(f"{argument}: ids must be whole numbers, got dtype {ids.dtype}; {advice}")
    try:
        numbers = ids.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{argument}: ids must be whole numbers, but {error}: an argument must be a string or a "
            f"number, and an id a number; {advice}"
        ) from None
    if not np.isfinite(numbers).all():
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        raise ValueError(
            f"{argument}[{row}, {column}] is missing (NaN) or infinite; ids are whole numbers, and "
            f"{PAD} pads."
        )
    broken = numbers != np.trunc(numbers)
    if broken.any():
        row, column = np.argwhere(broken)[0]
        raise TypeError(
            f"{argument}[{row}, {column}] is {ids[row, column]!r}, but ids are whole numbers; {advice}"
        )
    return numbers.astype(np.int64)
