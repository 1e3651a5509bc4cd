"""Errors of point forecasts, each in a unit that allows series to be compared."""

from tsrnn.metrics._rows import (
    matched,
    mean_of_ratios,
    ratio,
    seasonal_differences,
    series_means,
)


def mase(y_true, y_pred, *, y_train, season_length=1):
    """Mean absolute scaled error: the error in units of the seasonal naive's error in training.

    The mean over series of ``mean |y - f| / mean |y_train[t] - y_train[t - season_length]|``.

    Parameters
    ----------
    y_true, y_pred : array-like or panel of shape (n,) or (n, n_targets)
        What happened and what was forecast, in the same rows.
    y_train : array-like or panel
        The rows before the forecast, of the same kind and targets; panels are matched by series label.
        Differences with a missing value are left out.
    season_length : int, default=1
        Rows per season.

    Returns
    -------
    float
        0 is perfect, 1 as good as the seasonal naive was in training. Series whose training rows do
        not change from season to season, or are too few, have no scale: they are left out with one
        :class:`~sklearn.exceptions.UndefinedMetricWarning`; the result is nan if none remains.

    Raises
    ------
    ValueError
        If the rows do not match, a forecast is missing, or a series has no rows in ``y_train``.

    References
    ----------
    Hyndman, R. J. and Koehler, A. B. (2006). Another look at measures of forecast accuracy.
    International Journal of Forecasting, 22(4), 679-688.

    Examples
    --------
    >>> from tsrnn.metrics import mase
    >>> mase([5, 7], [6, 9], y_train=[1, 2, 4, 4])
    1.5
    """
    true, pred = matched(y_true, y_pred)
    errors = series_means((true - pred).abs())
    scales = series_means(seasonal_differences(y_train, y_true, true, season_length).abs())
    return mean_of_ratios(errors, scales, "mase")


def rmsse(y_true, y_pred, *, y_train, season_length=1):
    """Root mean squared scaled error: like :func:`mase`, with squares that punish large errors.

    The mean over series of the root of
    ``mean (y - f)² / mean (y_train[t] - y_train[t - season_length])²``.

    Parameters
    ----------
    y_true, y_pred : array-like or panel of shape (n,) or (n, n_targets)
        What happened and what was forecast, in the same rows.
    y_train : array-like or panel
        The rows before the forecast, of the same kind and targets; panels are matched by series label.
    season_length : int, default=1
        Rows per season.

    Returns
    -------
    float
        0 is perfect. Series without a scale are treated as :func:`mase` treats them.

    Raises
    ------
    ValueError
        If the rows do not match, a forecast is missing, or a series has no rows in ``y_train``.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2022). M5 accuracy competition: Results,
    findings, and conclusions. International Journal of Forecasting, 38(4), 1346-1364.

    Examples
    --------
    >>> from tsrnn.metrics import rmsse
    >>> rmsse([5, 7], [6, 8], y_train=[0, 2, 4])
    0.5
    """
    true, pred = matched(y_true, y_pred)
    errors = series_means((true - pred) ** 2)
    scales = series_means(seasonal_differences(y_train, y_true, true, season_length) ** 2)
    return mean_of_ratios(errors**0.5, scales**0.5, "rmsse")


def smape(y_true, y_pred):
    """Symmetric mean absolute percentage error, in per cent, as the M4 competition defines it.

    The mean over series of ``mean 200 |y - f| / (|y| + |f|)``, where 0 / 0 counts as 0.

    Parameters
    ----------
    y_true, y_pred : array-like or panel of shape (n,) or (n, n_targets)
        What happened and what was forecast, in the same rows.

    Returns
    -------
    float
        From 0 (perfect) to 200.

    Raises
    ------
    ValueError
        If the rows do not match or a forecast is missing.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition: 100,000 time
    series and 61 forecasting methods. International Journal of Forecasting, 36(1), 54-74.

    Examples
    --------
    >>> from tsrnn.metrics import smape
    >>> smape([100, 0], [300, 0])
    50.0
    """
    true, pred = matched(y_true, y_pred)
    size = true.abs() + pred.abs()
    # Where both are 0 the error is 0 too, and any divisor but 0 says so.
    errors = 200 * (true - pred).abs() / size.mask(size == 0, 1)
    return float(series_means(errors).mean().mean())


def owa(y_true, y_pred, *, y_pred_benchmark, y_train, season_length=1):
    """Overall weighted average: sMAPE and MASE relative to a benchmark's, as in M4.

    ``(smape / benchmark's smape + mase / benchmark's mase) / 2``. Each is averaged over the series
    before it is divided: a ratio of means, not a mean of ratios.

    Parameters
    ----------
    y_true, y_pred : array-like or panel of shape (n,) or (n, n_targets)
        What happened and what was forecast, in the same rows.
    y_pred_benchmark : array-like or panel, same shape
        The benchmark's forecasts of the same rows; M4 takes Naive2's.
    y_train : array-like or panel
        The rows before the forecast, see :func:`mase`.
    season_length : int, default=1
        Rows per season, for :func:`mase`.

    Returns
    -------
    float
        Below 1 is better than the benchmark.

    Raises
    ------
    ValueError
        If the rows do not match, a forecast is missing, or a series has no rows in ``y_train``.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition: 100,000 time
    series and 61 forecasting methods. International Journal of Forecasting, 36(1), 54-74.

    Examples
    --------
    >>> from tsrnn.metrics import owa
    >>> owa([5, 7], [5, 7], y_pred_benchmark=[4, 4], y_train=[2, 3, 4])
    0.0
    """
    scale = {"y_train": y_train, "season_length": season_length}
    relative_smape = ratio(smape(y_true, y_pred), smape(y_true, y_pred_benchmark), "owa")
    relative_mase = ratio(
        mase(y_true, y_pred, **scale), mase(y_true, y_pred_benchmark, **scale), "owa"
    )
    return (relative_smape + relative_mase) / 2


def wape(y_true, y_pred):
    """Weighted absolute percentage error: the sum of the errors over the sum of the actual values.

    ``sum |y - f| / sum |y|``, over all rows and series of a target; several targets are averaged.

    Parameters
    ----------
    y_true, y_pred : array-like or panel of shape (n,) or (n, n_targets)
        What happened and what was forecast, in the same rows.

    Returns
    -------
    float
        A share, not per cent: 0.1 is an error of a tenth. nan with an
        :class:`~sklearn.exceptions.UndefinedMetricWarning` where ``y_true`` is all 0.

    Raises
    ------
    ValueError
        If the rows do not match or a forecast is missing.

    Examples
    --------
    >>> from tsrnn.metrics import wape
    >>> wape([1, 9], [2, 9])
    0.1
    """
    true, pred = matched(y_true, y_pred)
    errors, sizes = (true - pred).abs().sum(), true.abs().sum()
    ratios = [ratio(error, size, "wape") for error, size in zip(errors, sizes, strict=True)]
    return sum(ratios) / len(ratios)
