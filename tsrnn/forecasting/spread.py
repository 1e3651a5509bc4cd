"""How far forecasts miss: from errors on rows that no network was trained on to quantiles of the forecasts to come."""

import numpy as np

#: Levels at which the errors of a point forecast are kept.
RESIDUAL_LEVELS = tuple(np.round(np.linspace(0.005, 0.995, 199), 3))
_ENOUGH_WINDOWS = 60
#: Held-out windows without a target in common that tell how far forecasts miss, and need no help of training windows.
_ENOUGH_HORIZONS = 20


def are_few(n_windows, horizon):
    """Return whether errors on so many held-out windows, which overlap, are too few to tell their own quantiles."""
    return n_windows < max(_ENOUGH_WINDOWS, _ENOUGH_HORIZONS * horizon)


def quantiles_of_few(held_out, trained, levels=RESIDUAL_LEVELS):
    """Return the quantiles of scaled errors where windows that share no target were held out once or twice.

    One turn of luck decides those: whether they are missed at all, on which side, and at which step. So the errors on
    the windows of training tell how errors grow with the step and how they are distributed, and both signs are as
    likely. Their mean size is that on the held-out windows or that on the training windows, whichever is more: the
    first may have been easy, the second are learned by heart.

    Parameters
    ----------
    held_out, trained : ndarray, shape (n_windows, H, T)
        Value less forecast over the window's scale, NaN where there is no value.
    levels : sequence of float

    Returns
    -------
    ndarray, shape (n_levels, H, T), or None
        None where a target has no held-out errors.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        step, seen = _mean_size(trained, 0), _mean_size(held_out, (0, 1))
        usual = step.mean(0)
        alike = np.concatenate([trained / step, held_out / seen])
        growth = np.where(usual > 0, step / usual, 1.0)
    if np.isnan(seen).any() or np.isnan(usual).any():
        return residual_quantiles(held_out, levels)
    shapes = []
    for target in np.moveaxis(alike, 2, 0):
        each = target[np.isfinite(target)]
        both = np.concatenate([each, -each]) if len(each) else np.zeros(1)
        shapes.append(np.quantile(both, levels, method="weibull"))
    return np.stack(shapes, -1)[:, None] * growth * np.maximum(seen, usual)


def _mean_size(errors, axis):
    """Return the mean of the absolute errors along an axis, NaN where there are none."""
    there = ~np.isnan(errors)
    return np.abs(np.where(there, errors, 0.0)).sum(axis) / there.sum(axis)


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
