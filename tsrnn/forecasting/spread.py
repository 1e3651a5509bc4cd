"""How far forecasts miss: from errors on rows that no network was trained on to quantiles of the forecasts to come."""

import numpy as np

#: Levels at which the errors of a point forecast are kept.
RESIDUAL_LEVELS = tuple(np.round(np.linspace(0.005, 0.995, 199), 3))
_ENOUGH_WINDOWS = 60
#: Held-out windows without a target in common that tell how far forecasts miss, and need no help of training windows.
_ENOUGH_HORIZONS = 20


def error_quantiles(errors, n_windows, trained):
    """Return the quantiles of a point forecast's scaled errors at RESIDUAL_LEVELS.

    Of many windows these are `residual_quantiles`. Of windows that share no target there are often but one or two, and
    one turn of luck decides them all: whether they are missed, on which side, and at which step. Then the errors on
    training windows tell how errors grow with the step and how they are distributed, and both signs are as likely.
    Their mean size is that of either errors, whichever is more: the windows at hand may have been easy, those of
    training are learned by heart.

    Parameters
    ----------
    errors : ndarray, shape (n, H, T)
        Value less forecast over the window's scale, NaN where there is no value.
    n_windows : float
        Windows of which these are; they overlap. Series that err together count as fewer.
    trained : tuple of ndarray, or None
        Of the training windows, see `shape_and_size`.

    Returns
    -------
    ndarray, shape (n_levels, H, T), or None
        None where a target has no errors.
    """
    own = residual_quantiles(errors)
    many = n_windows >= max(_ENOUGH_WINDOWS, _ENOUGH_HORIZONS * errors.shape[1])
    if many or trained is None or own is None:
        return own
    shape, size = trained
    usual = size.mean(0)
    told = usual > 0
    more = np.maximum(_mean_size(errors, (0, 1))[told] / usual[told], 1.0)
    own[..., told] = shape[:, None, told] * size[:, told] * more
    return own


def quantiles_without_held_out(trained, n_apart):
    """Return the quantiles of a point forecast's scaled errors at RESIDUAL_LEVELS where nothing can be held out.

    The errors on training windows alone tell them. So few windows are learned by heart to some extent: quantiles are
    wider by the root of 1 + 1 / n_apart, as those of one more value are than those of the values that a mean is of.

    Parameters
    ----------
    trained : tuple of ndarray
        Of the training windows, see `shape_and_size`.
    n_apart : float
        As how many windows that share no target they count.

    Returns
    -------
    ndarray, shape (n_levels, H, T), or None
        None where a target has no errors at some step.
    """
    shape, size = trained
    return None if np.isnan(size).any() else shape[:, None] * size * (1 + 1 / n_apart) ** 0.5


def shape_and_size(errors):
    """Return how errors are distributed over their mean size, if both signs are as likely, and that size.

    Parameters
    ----------
    errors : ndarray, shape (n_windows, H, T)

    Returns
    -------
    shape : ndarray, shape (n_levels, T)
        Quantiles, at RESIDUAL_LEVELS, of the errors over the mean size of their step, 0 where there are none.
    size : ndarray, shape (H, T)
        Mean of the absolute errors, NaN where there are none.
    """
    size = _mean_size(errors, 0)
    shape = np.zeros((len(RESIDUAL_LEVELS), errors.shape[2]))
    for target, of in enumerate(size.T):
        over = errors[:, of > 0, target] / of[of > 0]
        over = over[~np.isnan(over)]
        if len(over):
            both = np.concatenate([over, -over])
            shape[:, target] = np.quantile(both, RESIDUAL_LEVELS, method="weibull")
    return shape, size


def _mean_size(errors, axis):
    """Return the mean of the absolute errors along an axis, NaN where there are none."""
    there = ~np.isnan(errors)
    with np.errstate(invalid="ignore"):
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
    """Return `values` (..., n_levels), given at ascending `levels`, at those `wanted`: linear between two.

    Both levels and values ascend, and so does what comes of them, to the last digit.
    """
    wanted, levels = np.asarray(wanted), np.asarray(levels)
    if len(levels) == 1:
        return np.repeat(values, len(wanted), axis=-1)
    right = np.clip(np.searchsorted(levels, wanted), 1, len(levels) - 1)
    share = (wanted - levels[right - 1]) / (levels[right] - levels[right - 1])
    between = values[..., right - 1] * (1 - share) + values[..., right] * share
    # Rounding may have moved neighbours past each other.
    return np.maximum.accumulate(between, axis=-1)
