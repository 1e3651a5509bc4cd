"""How much harder a window is to forecast than others of its scale, as told by how far it moved over some lags."""

from dataclasses import dataclass

import numpy as np

from tsrnn.kernels import NO_CHANGE

#: Windows that share no target, held against those that were seen, in which changes told nothing of the errors.
_UNCONVINCED = 20
#: A window is taken for so many times harder or easier than usual at most.
_MOST = 10.0


@dataclass(frozen=True)
class Difficulty:
    """A straight line from the logarithms of changes to that of the size of errors.

    A window that repeats its seasons to the last is forecast better than one of the same scale that does not, and its
    band is the narrower.

    Parameters
    ----------
    lags : tuple of int
        Rows over which changes are looked at.
    usual : ndarray, shape (n_lags, T)
        Logarithms of the changes of usual windows.
    slopes : ndarray, shape (n_lags,)

    References
    ----------
    Lei, G'Sell, Rinaldo, Tibshirani, Wasserman (2018). Distribution-free predictive inference for regression. Journal
    of the American Statistical Association 113. Section 5.2, locally weighted conformal inference.
    """

    lags: tuple
    usual: np.ndarray
    slopes: np.ndarray

    def of(self, changes):
        """Return by how much harder windows are than usual, shape (N, 1, T), from their changes, (N, n_lags, T)."""
        apart = np.nan_to_num(changes - self.usual)
        most = np.log(_MOST)
        return np.exp(np.clip(np.tensordot(apart, self.slopes, (1, 0)), -most, most))[:, None]


def changes_over(lags, past, scale):
    """Return the logarithm of the mean absolute change of windows over each lag, in their scale, (N, n_lags, T).

    Parameters
    ----------
    lags : tuple of int
    past : ndarray, shape (N, W, T)
        NaN is missing; what changes over a missing row counts for nothing, and no change at all is NaN.
    scale : ndarray, shape (N, 1, T)
    """
    each = []
    for lag in lags:
        moved = np.abs(past[:, lag:] - past[:, :-lag])
        seen = ~np.isnan(moved)
        with np.errstate(invalid="ignore", divide="ignore"):
            each.append(np.where(seen, moved, 0.0).sum(1) / seen.sum(1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(np.stack(each, 1) / np.where(scale > 0, scale, np.nan) + NO_CHANGE)


def learn_difficulty(lags, changes, errors, n_apart):
    """Learn from the errors on windows how hard each is.

    Parameters
    ----------
    lags : tuple of int
    changes : ndarray, shape (N, n_lags, T)
        See `changes_over`.
    errors : ndarray, shape (N, H, T)
        Value less forecast over the window's scale, NaN where there is no value.
    n_apart : float
        As how many windows, which share no target, these count: few are little evidence.

    Returns
    -------
    Difficulty
    """
    seen = ~np.isnan(errors)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.log(np.where(seen, np.abs(errors), 0.0).sum(1) / seen.sum(1))  # (N, T)
    told = np.isfinite(size) & np.isfinite(changes).all(1)
    n = max(1, told.sum())
    usual = _mean(changes, told[:, None])
    apart = np.where(told[:, None], changes - usual, 0.0)
    size = np.where(told, size - _mean(np.where(told, size, 0.0), told), 0.0)
    rows = np.moveaxis(apart, 1, 2).reshape(-1, len(lags))
    squares = rows.T @ rows / n + np.eye(len(lags)) * _UNCONVINCED / max(n_apart, 1.0)
    return Difficulty(lags, usual, np.linalg.solve(squares, rows.T @ size.ravel() / n))


def _mean(values, told):
    """Return the mean of each target over the windows that tell something."""
    return np.where(told, np.nan_to_num(values), 0.0).sum(0) / np.maximum(told.sum(0), 1)
