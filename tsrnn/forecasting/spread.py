"""How far forecasts miss: from errors on rows that no network was trained on to quantiles of the forecasts to come."""

import numpy as np

#: Levels at which the errors of a point forecast are kept.
RESIDUAL_LEVELS = tuple(np.round(np.linspace(0.005, 0.995, 199), 3))
_ENOUGH_WINDOWS = 60


def residual_quantiles(errors, levels=RESIDUAL_LEVELS):
    """Return the quantiles of scaled errors, each step's own, so that they hold for a further window too.

    Among n errors and a further one, all equally likely in any order, the further one is at most the k-th smallest of
    the n with a chance of k / (n + 1): that k is taken, between two errors a straight line. With few windows a single
    step's errors are too few for its tails, so all steps share theirs.

    Parameters
    ----------
    errors : ndarray, shape (n_windows, H, T), or (n_windows, H, T, n_levels)
        Value less forecast over the window's scale, NaN where there is no value; of one forecast, or one at each level.
    levels : sequence of float

    Returns
    -------
    ndarray, shape (n_levels, H, T), or None
        None where a target has no errors.

    References
    ----------
    Lei, G'Sell, Rinaldo, Tibshirani, Wasserman (2018). Distribution-free predictive inference for regression. Journal
    of the American Statistical Association 113.

    Romano, Patterson, Candès (2019). Conformalized quantile regression. NeurIPS.
    """
    if errors.ndim == 4:
        each = [residual_quantiles(errors[..., i], [level]) for i, level in enumerate(levels)]
        return None if each[0] is None else np.concatenate(each)
    n_windows, horizon, _ = errors.shape
    seen = ~np.isnan(errors)
    if not seen.any((0, 1)).all():
        return None
    if n_windows >= _ENOUGH_WINDOWS and seen.any(0).all():
        return np.nanquantile(errors, levels, axis=0, method="weibull")
    pooled = np.nanquantile(errors, levels, axis=(0, 1), method="weibull")
    return np.repeat(pooled[:, None], horizon, axis=1)


def interpolate(wanted, levels, values):
    """Return `values` (..., n_levels), given at ascending `levels`, at the levels `wanted`: linear between two."""
    wanted, levels = np.asarray(wanted), np.asarray(levels)
    if len(levels) == 1:
        return np.repeat(values, len(wanted), axis=-1)
    right = np.clip(np.searchsorted(levels, wanted), 1, len(levels) - 1)
    share = (wanted - levels[right - 1]) / (levels[right] - levels[right - 1])
    return values[..., right - 1] * (1 - share) + values[..., right] * share
