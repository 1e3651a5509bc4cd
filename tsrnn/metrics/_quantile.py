"""Scores of quantile and interval forecasts."""

import numpy as np
import pandas as pd

from tsrnn.metrics._rows import as_frame, as_panel, matched, matched_rows, where


def mean_pinball_loss(y_true, y_pred, *, quantiles=None):
    """Mean pinball (quantile) loss over rows and quantile levels.

    ``max(q (y - f), (q - 1) (y - f))`` for the forecast f of level q; at q = 0.5 it is half the
    absolute error.

    Parameters
    ----------
    y_true : array-like or panel of shape (n,) or (n, n_targets)
        What happened.
    y_pred : array-like or panel of shape (n,) or (n, n_quantiles)
        Forecast quantiles, as ``forecast(quantiles=...)`` gives them: one column per level, or
        two-level columns (target, quantile).
    quantiles : float or list of float, default=None
        The levels of ``y_pred``'s columns; None reads them from its column names.

    Returns
    -------
    float
        0 is perfect; in the units of ``y_true``.

    Raises
    ------
    ValueError
        If the rows do not match, a forecast is missing, or the levels are unknown or not in (0, 1).

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression quantiles. Econometrica, 46(1), 33-50.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.metrics import mean_pinball_loss
    >>> mean_pinball_loss([10.0], pd.DataFrame({0.1: [8.0], 0.5: [9.0]}))
    0.35
    """
    losses = []
    for target_true, target_pred in _by_target(y_true, y_pred):
        true, pred = matched_rows(target_true, target_pred)
        levels = _levels(pred.columns if quantiles is None else quantiles, pred.shape[1])
        error = true.to_numpy() - pred.to_numpy()
        losses.append(np.nanmean(np.maximum(levels * error, (levels - 1) * error)))
    return float(np.mean(losses))


def crps_from_quantiles(y_true, y_pred, *, quantiles=None):
    """Continuous ranked probability score of a forecast given by its quantiles.

    Twice the mean pinball loss, which approximates the integral over the levels where they are
    evenly spread over (0, 1). With the levels ``(k - ½) / K``, k = 1 … K, it is exactly the score
    of an ensemble with those K members.

    Parameters
    ----------
    y_true : array-like or panel of shape (n,) or (n, n_targets)
        What happened.
    y_pred : array-like or panel of shape (n, n_quantiles)
        Forecast quantiles, see :func:`mean_pinball_loss`.
    quantiles : list of float, default=None
        The levels of ``y_pred``'s columns; None reads them from its column names.

    Returns
    -------
    float
        0 is perfect; in the units of ``y_true``.

    Raises
    ------
    ValueError
        If the rows do not match, a forecast is missing, or the levels are unknown or not in (0, 1).

    References
    ----------
    Gneiting, T. and Ranjan, R. (2011). Comparing density forecasts using threshold- and
    quantile-weighted scoring rules. Journal of Business & Economic Statistics, 29(3), 411-422.

    Examples
    --------
    >>> from tsrnn.metrics import crps_from_quantiles
    >>> crps_from_quantiles([2.0], [[1.0, 3.0]], quantiles=[0.25, 0.75])
    0.5
    """
    return 2 * mean_pinball_loss(y_true, y_pred, quantiles=quantiles)


def coverage(y_true, y_lower, y_upper):
    """Share of the values that fall within their intervals, bounds included.

    Parameters
    ----------
    y_true : array-like or panel of shape (n,) or (n, n_targets)
        What happened.
    y_lower, y_upper : array-like or panel, same shape
        The bounds of the forecast intervals.

    Returns
    -------
    float
        From 0 to 1: 0.8 is right for an 80 % interval.

    Raises
    ------
    ValueError
        If the rows do not match, a bound is missing, or a lower bound is above its upper bound.

    Examples
    --------
    >>> from tsrnn.metrics import coverage
    >>> coverage([1, 5], [0, 0], [2, 4])
    0.5
    """
    true, lower = matched(y_true, y_lower, "y_lower")
    upper = matched(y_true, y_upper, "y_upper")[1]
    _check_bounds(lower, upper)
    inside = ((lower <= true) & (true <= upper)).astype(float).where(true.notna())
    return float(inside.mean().mean())


def interval_width(y_lower, y_upper):
    """Mean width of forecast intervals: among those that cover enough, narrow ones tell more.

    Parameters
    ----------
    y_lower, y_upper : array-like or panel of shape (n,) or (n, n_targets)
        The bounds of the forecast intervals.

    Returns
    -------
    float
        In the units of the bounds.

    Raises
    ------
    ValueError
        If the rows do not match, a bound is missing, or a lower bound is above its upper bound.

    Examples
    --------
    >>> from tsrnn.metrics import interval_width
    >>> interval_width([0, 1], [2, 5])
    3.0
    """
    lower, upper = matched(y_lower, y_upper, "y_upper", "y_lower")
    if lower.isna().any(axis=None):
        raise ValueError("y_lower has missing values; every interval needs both bounds.")
    _check_bounds(lower, upper)
    return float((upper - lower).mean().mean())


def _by_target(y_true, y_pred):
    """Pairs of one target's values and the frame of its quantiles."""
    y_true, y_pred = as_panel(y_true, "y_true"), as_panel(y_pred, "y_pred")
    whose, n_targets = "one target", 1
    if isinstance(y_pred, pd.DataFrame) and y_pred.columns.nlevels == 2:
        whose = targets = list(y_pred.columns.unique(0))
        n_targets = len(targets)
        if isinstance(y_true, pd.DataFrame) and set(y_true.columns) == set(targets):
            return [(y_true[target], y_pred[target]) for target in targets]
        y_pred = y_pred.droplevel(0, axis=1) if n_targets == 1 else y_pred
    names = list(as_frame(y_true, "y_true").columns)
    if len(names) != 1 or n_targets != 1:
        raise ValueError(
            f"y_true has {names} and y_pred has quantiles of {whose}; for several targets give "
            "frames, y_pred's with two-level columns (target, quantile)."
        )
    return [(y_true, y_pred)]


def _levels(quantiles, n_columns):
    """The levels as an array, one per forecast column."""
    try:
        levels = np.atleast_1d(np.asarray(quantiles, dtype=float))
    except (TypeError, ValueError):
        levels = np.array([np.nan])
    if not ((levels > 0) & (levels < 1)).all():
        raise ValueError(
            f"quantiles must be levels between 0 and 1, not {list(quantiles)!r}; give quantiles=, "
            "or a y_pred whose columns are the levels."
        )
    if len(levels) != n_columns:
        raise ValueError(f"quantiles has {len(levels)} levels and y_pred {n_columns} columns.")
    return levels


def checked_levels(quantiles):
    """Quantile levels to be forecast as an ascending list."""
    try:
        levels = sorted(float(level) for level in np.atleast_1d(quantiles))
    except (TypeError, ValueError):
        levels = []
    if not levels or not 0 < levels[0] <= levels[-1] < 1 or len(set(levels)) < len(levels):
        raise ValueError(
            f"quantiles must be different levels between 0 and 1, not {levels or quantiles!r}."
        )
    return levels


def _check_bounds(lower, upper):
    crossed = (lower > upper).any(axis=1)
    if crossed.any():
        raise ValueError(f"y_lower is above y_upper at {where(crossed)}.")
