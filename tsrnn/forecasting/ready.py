"""Ready windows (n, window, k), which the user cut, and their targets: both as checked arrays."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tsrnn.columns import check_finite, check_targets_seen, numbers
from tsrnn.frames import as_array, read_table


def is_ready(X):
    """Whether X is an array of windows (n, window, k)."""
    return getattr(X, "ndim", 0) == 3


def read_windows(X):
    """Return windows as float64, shape (n, window, k).

    Raises
    ------
    TypeError, ValueError
        Where they hold something else than numbers, or none.
    """
    X = as_array(X, "X")
    if 0 in X.shape:
        raise ValueError(f"X: its shape {X.shape} holds no value; windows are (n, window, k).")
    if X.dtype.kind not in "biufO":
        kind = "text" if X.dtype.kind in "US" else X.dtype
        raise TypeError(f"X: windows must hold numbers, but these hold {kind}.")
    try:
        X = X.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"X: windows must hold numbers: {error}.") from None
    infinite = np.isinf(X)
    if infinite.any():
        window, _, column = np.argwhere(infinite)[0]
        raise ValueError(
            f"X: window {window} is infinite in column {column}; correct it, or mark it as missing "
            "(NaN), which is masked."
        )
    return X


def read_window_targets(y):
    """Return the targets of windows as a Table, in the order in which the user has the windows.

    An index of y tells no times here: it may name the windows, or have lost its order with them.
    """
    has_index = isinstance(y, pd.Series | pd.DataFrame)
    table = read_table(y.reset_index(drop=True) if has_index else y, "y")
    return replace(table, stamps=None)


def read_ready(X, y, target, known_future):
    """Return the windows of a fit, their targets, and the column of the target's own past.

    Parameters
    ----------
    X, y : see `RecurrentForecaster.fit`
    target, known_future : see `RecurrentForecaster`

    Returns
    -------
    X : ndarray of float64, shape (n, window, k)
    Y : ndarray of float64, shape (n, horizon)
    own : int or None
        None where no column of the windows is the target's past.
    """
    if y is None:
        raise ValueError(
            "y is needed: X holds ready windows (n, window, k), so give their targets, shape (n,) "
            "or (n, horizon)."
        )
    if known_future is not None:
        raise ValueError(
            f"known_future={known_future!r} names columns of the steps to come, which ready windows "
            "do not hold; leave it out, or fit on the series itself."
        )
    X, table = read_windows(X), read_window_targets(y)
    names = list(table.frame.columns)
    Y = np.column_stack([numbers(table, name, is_target=True) for name in names])
    if len(X) != len(Y):
        raise ValueError(
            f"X and y have different lengths, {len(X)} windows and {len(Y)} targets; give one row "
            "of y for each window."
        )
    check_finite(table, names, Y, len(names))
    check_targets_seen(table, names, Y)
    if np.isnan(X).all():
        raise ValueError("X: all windows are missing (NaN); there is nothing to learn from.")
    return X, Y, _own_past(X, Y, _series(y)) if target is None else _column(target, X.shape[2])


def _column(target, k):
    """Return the number of the column that `target` names."""
    number = target[0] if isinstance(target, list | tuple) and len(target) == 1 else target
    is_whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    if not is_whole or not 0 <= number < k:
        raise ValueError(
            f"target={target!r} is not a column of the windows, which have only numbers, 0 to {k - 1}."
        )
    return int(number)


def _series(y):
    """Return the number of each target's series, which the index of a panel names, None where y has no such index."""
    has_series = isinstance(y, pd.Series | pd.DataFrame) and y.index.nlevels == 2
    return y.index.codes[0] if has_series else None


def _own_past(X, Y, series):
    """Return the column of the windows that holds the target's own past, or None.

    Where windows were cut from consecutive rows, y of one window is the last row of the next, of the same series where
    `series` (n,) tells them apart: those of several series may alternate. The oldest half alone is asked, so that
    windows which are held out have no say.
    """
    oldest = max(2, (len(X) - Y.shape[1] + 1) // 2)
    if series is None:
        series = np.zeros(len(X), dtype=int)
    window = np.argsort(series[:oldest], kind="stable")
    follows = series[window[1:]] == series[window[:-1]]
    if not follows.any():
        return 0 if X.shape[2] == 1 else None
    this, next_one = window[:-1][follows], window[1:][follows]
    same = np.isclose(X[next_one, -1, :], Y[this, :1], equal_nan=True).mean(0)
    return int(np.argmax(same)) if same.max() > 0.9 else None
