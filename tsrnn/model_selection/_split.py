"""Folds whose origin rolls forward: train on what was known then, test on what came next."""

import numbers

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator


class RollingOriginSplit(BaseCrossValidator):
    """Split rows in time order: every test fold is one horizon, right after its training rows.

    The last test fold ends with the data, and each fold before it `step` time steps earlier. A
    panel (two index levels: series, time) is split by time, at the same stamps for all its series,
    whatever their spans; anything else is split by row.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    horizon : int
        Time steps in each test fold.
    step : int, default=None
        Time steps between the starts of two test folds; None takes `horizon`, so that the folds
        touch.
    gap : int, default=0
        Time steps left out between training and test rows.
    max_train_size : int, default=None
        Time steps that a training fold has at most, the latest ones; None keeps all.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : The same for rows of one series, with equal folds.
    backtest : Forecasts of such folds.
    tsrnn.plotting.SplitDisplay : Their picture.

    Notes
    -----
    In a panel the steps are the distinct time stamps of all series together. A series that has no
    training rows in a fold is not tested in it.

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn.model_selection import RollingOriginSplit
    >>> for train, test in RollingOriginSplit(n_splits=2, horizon=3).split(np.arange(9)):
    ...     print(train, test)
    [0 1 2] [3 4 5]
    [0 1 2 3 4 5] [6 7 8]
    """

    def __init__(self, n_splits=5, *, horizon, step=None, gap=0, max_train_size=None):
        self.n_splits = n_splits
        self.horizon = horizon
        self.step = step
        self.gap = gap
        self.max_train_size = max_train_size

    def get_n_splits(self, X=None, y=None, groups=None):
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object
            Ignored, present for compatibility.

        Returns
        -------
        int
        """
        return self.n_splits

    def split(self, X, y=None, groups=None):
        """Yield the row numbers of each fold, the earliest fold first.

        Parameters
        ----------
        X : array-like or panel of shape (n, ...)
            The rows, in time order within each series.
        y, groups : object
            Ignored, present for compatibility.

        Yields
        ------
        train, test : ndarray of int
            Row numbers.

        Raises
        ------
        TypeError
            If X is a list of series.
        ValueError
            If a parameter is out of range, X is not in time order, or there are too few time steps.
        """
        self._check_parameters()
        steps, series = _time_steps(X)
        n_steps = steps.max() + 1 if len(steps) else 0
        step = self.horizon if self.step is None else self.step
        first_start = n_steps - self.horizon - (self.n_splits - 1) * step
        if first_start - self.gap < 1:
            raise ValueError(
                f"n_splits={self.n_splits}, horizon={self.horizon}, step={step} and gap={self.gap} "
                f"need at least {n_steps + 1 + self.gap - first_start} time steps, and X has "
                f"{n_steps}; make one of them smaller."
            )
        for start in first_start + step * np.arange(self.n_splits):
            end = start - self.gap
            begin = 0 if self.max_train_size is None else max(0, end - self.max_train_size)
            is_train = (begin <= steps) & (steps < end)
            is_test = (start <= steps) & (steps < start + self.horizon)
            known = np.isin(series, np.unique(series[is_train]))
            yield np.flatnonzero(is_train), np.flatnonzero(is_test & known)

    def _check_parameters(self):
        for name, least in {
            "n_splits": 1,
            "horizon": 1,
            "step": 1,
            "gap": 0,
            "max_train_size": 1,
        }.items():
            value = getattr(self, name)
            if value is None and name in ("step", "max_train_size"):
                continue
            if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
                raise ValueError(f"{name} must be a whole number from {least} on, not {value!r}.")


def _time_steps(X):
    """The time step and the series of every row, both as numbers from 0."""
    if isinstance(X, list | tuple) and len(X) and np.ndim(X[0]) and hasattr(X[0], "shape"):
        raise TypeError(
            "X is a list of series, which would be split by series, not by time; join them with "
            "pd.concat, which makes a panel."
        )
    index = getattr(X, "index", None)
    if isinstance(index, pd.MultiIndex) and index.nlevels == 2:
        series = pd.factorize(index.get_level_values(0))[0]
        # Sorted, so that the codes count time, not the order of appearance.
        return pd.factorize(index.get_level_values(1), sort=True)[0], series
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) and not index.is_monotonic_increasing:
        raise ValueError("X is not in time order; sort it first, as in df.sort_index().")
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    return np.arange(n_rows), np.zeros(n_rows, dtype=int)
