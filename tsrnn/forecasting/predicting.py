"""Predict every row of X: in blocks from the rows before them, from known columns alone, or window by window."""

import numpy as np

from tsrnn.forecasting.ahead import check_quantiles
from tsrnn.forecasting.context import dense_windows, join
from tsrnn.forecasting.data import check_window_width
from tsrnn.forecasting.reading import read_rows
from tsrnn.forecasting.ready import is_ready, read_windows
from tsrnn.frames import ranges
from tsrnn.messages import in_words, listed, warn

#: Blocks gathered at once.
_CHUNK = 4096


def predict_rows(fit, fitted, X, owner, quantiles=None):
    """Forecast every row of X as `RecurrentForecaster.predict` says.

    Parameters
    ----------
    fit : tsrnn.forecasting.fitting.Fit
    fitted : tsrnn.forecasting.data.FitData
        Its panel the last rows of the fit.
    X, quantiles : see `RecurrentForecaster.predict`
    owner : str
        Name of the estimator, for messages.

    Returns
    -------
    ndarray of float64
    """
    rollout, window_size, columns = fit.rollout, fit.settings.window_size, fit.rollout.columns
    levels = None if quantiles is None else check_quantiles(rollout, quantiles)
    if is_ready(X) or fitted.ready:
        windows = predict_windows(rollout, fitted, X, window_size, levels)
        windows = windows[:, :, 0] if windows.shape[2] == 1 else windows
        return windows[:, 0] if fitted.ready and rollout.horizon == 1 else windows
    needed = columns.known if fitted.exogenous else columns.names
    table, panel = read_rows(fit, fitted, X, "X", fitted.feature_names, needed, owner)
    follows = not table.form.has_clock and not fitted.has_rows(panel)
    named = table.form.panel and fitted.form.panel
    joined, n_before = join(fitted.panel, panel, window_size, follows=follows, named=named)
    starts = joined.offsets[:-1] + n_before
    ahead = predict_from_known if fitted.exogenous else predict_blocks
    forecasts = ahead(rollout, joined, starts, panel.lengths, window_size, levels)
    rows = forecasts if panel.placed is None else forecasts[panel.placed]
    if table.order is not None:
        rows = rows[np.argsort(table.order)]
    return rows[:, 0] if len(columns.targets) == 1 else rows


def predict_blocks(rollout, panel, starts, lengths, window_size, levels=None):
    """Forecast the last rows of each series in blocks of the horizon, each from the rows before it alone.

    Parameters
    ----------
    rollout : tsrnn.forecasting.rollout.Rollout
    panel : tsrnn.frames.Panel
        The rows to be forecast and those before them.
    starts : ndarray of int64, shape (n_series,)
        First row to be forecast of each series.
    lengths : ndarray of int64, shape (n_series,)
        How many rows are forecast of each.
    window_size : int
    levels : list of float, optional
        Quantile levels wanted.

    Returns
    -------
    ndarray of float64, shape (rows, n_targets) or, with levels, (rows, n_targets, n_levels)
    """
    h = rollout.horizon
    n_blocks = -(-lengths // h)
    series = np.repeat(np.arange(len(lengths)), n_blocks)
    block = np.arange(len(series)) - np.repeat(np.cumsum(n_blocks) - n_blocks, n_blocks)
    begins, firsts = panel.offsets[:-1][series], starts[series] + block * h
    _warn_of_low(rollout, panel, starts - window_size, starts + (n_blocks - 1) * h)
    # A row's place in the answer, where the blocks before it may have been cut short.
    place = np.repeat(np.cumsum(lengths) - lengths, n_blocks) + block * h
    n_levels = () if levels is None else (len(levels),)
    out = np.empty((lengths.sum(), len(rollout.columns.targets), *n_levels))
    for i in range(0, len(series), _CHUNK):
        part = slice(i, i + _CHUNK)
        windows = dense_windows(panel, begins[part], firsts[part], window_size, h)
        forecast = rollout.point(*windows) if levels is None else rollout.roll(*windows, h, levels)
        row = place[part, None] + np.arange(h)
        inside = block[part, None] * h + np.arange(h) < lengths[series[part], None]
        out[row[inside]] = forecast[inside]
    return out


def predict_from_known(rollout, panel, starts, lengths, window_size, levels=None):
    """Forecast the last rows of each series from those before them and their known columns; as `predict_blocks`."""
    steps = int(lengths.max())
    _warn_of_low(rollout, panel, starts - window_size, starts)
    windows = dense_windows(panel, panel.offsets[:-1], starts, window_size, steps)
    rolled = rollout.roll(*windows, steps, levels)
    return rolled[np.arange(steps) < lengths[:, None]]


def _warn_of_low(rollout, panel, begins, ends):
    """Count in one warning the targets that windows over these rows of each series look at and have no logarithm."""
    begins = np.maximum(begins, panel.offsets[:-1])
    rows = ranges(begins, ends - begins)
    rollout.transform.warn_of_low(panel.values[rows, : len(rollout.columns.targets)])


def predict_windows(rollout, fitted, X, window_size, levels=None):
    """Forecast ready windows.

    Parameters
    ----------
    rollout : tsrnn.forecasting.rollout.Rollout
    fitted : tsrnn.forecasting.data.FitData
    X : array, shape (n, window, k)
        Columns as in the fit; longer windows are cut, shorter ones padded.
    window_size : int
    levels : list of float, optional
        Quantile levels wanted.

    Returns
    -------
    ndarray of float64, shape (n, H, n_targets) or, with levels, (n, H, n_targets, n_levels)

    Raises
    ------
    ValueError, TypeError
        Where the fit was of another form, or had a category.
    """
    n_features, columns = len(fitted.feature_names), rollout.columns
    if not is_ready(X):
        raise ValueError(
            f"X: fit had ready windows, so predict takes windows (n, window, {n_features}) too, but X is a "
            f"{type(X).__name__} of shape {np.shape(X)}."
        )
    if fitted.exogenous:
        raise ValueError(
            f"X has shape {np.shape(X)}, but fit had y too, so predict takes rows of the columns of X, not windows."
        )
    X = read_windows(X)
    check_window_width(X, n_features)
    if columns.categories:
        raise TypeError(
            f"X: column {in_words(next(iter(columns.categories)))} is a category, which an array of windows cannot "
            "hold; give rows to predict, or to forecast(history=frame)."
        )
    if columns.known:
        warn(
            f"windows hold no values of {listed(columns.known)} in the steps to come, so these are taken as missing; "
            "forecast(history=..., future=...) takes them."
        )
    past = np.full((len(X), window_size, len(columns.names)), np.nan)
    length = min(window_size, X.shape[1])
    for i, name in enumerate(columns.names):
        if name in fitted.feature_names:
            past[:, -length:, i] = X[:, X.shape[1] - length :, fitted.feature_names.index(name)]
    rollout.transform.warn_of_low(past[:, :, : len(columns.targets)])
    known = np.full((len(X), rollout.horizon, past.shape[2]), np.nan)
    return rollout.roll(past, known, rollout.horizon, levels)
