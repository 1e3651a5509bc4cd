"""Windows of a forecaster's input, as it reads them."""

import numpy as np

from tsrnn.forecasting import reading, ready
from tsrnn.forecasting.ready import is_ready

__all__ = ["is_ready", "panel_of", "ready_windows", "unknown_future"]


def panel_of(forecaster, X):
    """Return rows as a Table and a Panel, the columns as in the fit."""
    fit, fitted = forecaster._fit_, forecaster._fitted
    columns, names = fit.rollout.columns, fitted.feature_names
    names = [*columns.targets, *names] if fitted.exogenous else names
    return reading.read_rows(fit, fitted, X, "X", names, columns.names)


def ready_windows(forecaster, X):
    """Return ready windows with the columns as in the fit, ndarray (n, window_size_, C), padded with NaN."""
    X, window = ready.read_windows(X)[:, -forecaster.window_size_ :], forecaster.window_size_
    names, own = forecaster._fit_.rollout.columns.names, forecaster._fitted.feature_names
    past = np.full((len(X), window, len(names)), np.nan)
    for i, name in enumerate(names):
        if name in own:
            past[:, window - X.shape[1] :, i] = X[:, :, own.index(name)]
    return past


def unknown_future(forecaster, past):
    """Return the rows to come after windows, nothing of them known: ndarray (n, horizon_, C) of NaN."""
    return np.full((len(past), forecaster.horizon_, past.shape[2]), np.nan)
