"""The ids that CharOrdinalEncoder gives: 0 pads, 1 is unknown, tokens count from 2."""

import numpy as np

PAD = 0
UNKNOWN = 1
FIRST = 2


def check_ids(X, argument="X"):
    """Return ids as an int64 array, checked.

    Parameters
    ----------
    X : array-like of int, shape (n, length)
    argument : str
        Name of the argument, for messages.

    Returns
    -------
    ids : ndarray of int64, shape (n, length)
    """
    try:
        ids = np.asarray(X)
    except ValueError as error:
        raise ValueError(
            f"{argument}: sequences of ids must be padded with {PAD} to one length, as "
            "CharOrdinalEncoder does."
        ) from error
    if ids.ndim != 2:
        raise ValueError(
            f"{argument}: expected ids of shape (n, length), got shape {ids.shape}; one sequence "
            "is X.reshape(1, -1)."
        )
    if len(ids) == 0:
        raise ValueError(f"{argument} is empty; give at least one sequence.")
    if ids.size and ids.dtype.kind not in "iu":
        raise TypeError(
            f"{argument}: ids must be whole numbers, got dtype {ids.dtype}; encode tokens with "
            "CharOrdinalEncoder first."
        )
    if (ids < 0).any():
        row, column = np.argwhere(ids < 0)[0]
        raise ValueError(
            f"{argument}[{row}, {column}] is {ids[row, column]}; ids are {PAD} for padding, "
            f"{UNKNOWN} for unknown, {FIRST} and up for tokens."
        )
    return ids.astype(np.int64)


def check_fit_ids(X):
    """Return `check_ids(X)`, refused where every id is padding."""
    ids = check_ids(X)
    if not ids.any():
        raise ValueError("X holds padding alone; give at least one id above 0.")
    return ids
