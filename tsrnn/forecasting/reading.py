"""Read rows to forecast as the fit read its own."""

import numpy as np

from tsrnn.columns import check_finite, named_as, numbers
from tsrnn.forecasting.data import check_aligned
from tsrnn.forecasting.ready import is_ready, read_window_targets
from tsrnn.frames import as_array, check_width, panel_of, read_table, refuse_vector
from tsrnn.messages import listed


def read_rows(fit, fitted, X, argument, names, needed, owner="the forecaster"):
    """Return rows to forecast as a Table and a Panel.

    Parameters
    ----------
    fit : tsrnn.forecasting.fitting.Fit
    fitted : tsrnn.forecasting.data.FitData
    X : Series, DataFrame, ndarray, panel or list
    argument : str
        Name of X, for messages.
    names : list
        Columns of an array.
    needed : list
        Columns that must be there.
    owner : str
        Name of the estimator, for messages.

    Returns
    -------
    table : tsrnn.frames.Table
    panel : tsrnn.frames.Panel
    """
    table = named_as(read_table(X, argument), names, owner)
    if fitted.exogenous:
        refuse_vector(table)
    check_width(table, names, owner)
    values = fit.rollout.columns.encode(table, needed)
    return table, panel_of(table, values, fitted.panel)


def read_targets(fit, fitted, X, y=None, owner="the forecaster"):
    """Return y, or the target columns of X, shape (n,) or (n, n_targets), rows as the user has them in X."""
    if y is not None:
        return _read_y(fitted, X, y)
    if fitted.exogenous or fitted.ready or is_ready(X):
        raise ValueError("y is needed: the forecaster was fitted with y, so X does not hold it.")
    table = named_as(read_table(X), fitted.feature_names, owner)
    values = fit.rollout.columns.encode(table)[:, : len(fitted.columns.targets)]
    if table.order is not None:
        values = values[np.argsort(table.order)]
    return values[:, 0] if values.shape[1] == 1 else values


def read_scored(actual, forecasts, sample_weight):
    """Return what forecasts are scored against, where it is known, with the forecasts and the weights of these rows.

    Parameters
    ----------
    actual : ndarray of float64
        As `read_targets` gives it.
    forecasts : ndarray of float64, shape (n, ...)
    sample_weight : ndarray, shape (n,), or None

    Returns
    -------
    actual, forecasts : ndarray of float64, shape (rows seen, outputs)
        Of windows each step and target is an output.
    weight : ndarray of float64, shape (rows seen,), or None
    """
    is_alike = actual.ndim != forecasts.ndim or actual.shape == forecasts.shape
    if len(actual) != len(forecasts) or actual.size != forecasts.size or not is_alike:
        raise ValueError(
            f"y has shape {actual.shape}, but the forecasts of X have {forecasts.shape}; give one row of y for each "
            "row of X, and a column for each target."
        )
    actual, forecasts = (rows.reshape(len(rows), -1) for rows in (actual, forecasts))
    seen = ~np.isnan(actual).any(1)
    if not seen.any():
        raise ValueError(
            "there is nothing to score: no row holds all targets, some are missing (NaN) in each."
        )
    if sample_weight is None:
        return actual[seen], forecasts[seen], None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (len(actual),):
        raise ValueError(
            f"sample_weight has shape {weight.shape}, but there are {len(actual)} rows."
        )
    return actual[seen], forecasts[seen], weight[seen]


def _read_y(fitted, X, y):
    """Return y as float64, its rows as the user has them in X, whose rows and the fit's targets they must be."""
    if is_ready(y):
        return as_array(y, "y").astype(np.float64)
    table, rows = (
        (read_window_targets(y), None) if is_ready(X) else (read_table(y, "y"), read_table(X))
    )
    names = list(table.frame.columns)
    _check_targets(table, names, fitted)
    values = np.column_stack([numbers(table, name, is_target=True) for name in names])
    check_finite(table, names, values)
    order = table.order
    if rows is not None and len(rows.frame) == len(values):
        check_aligned(rows, table)
        order = order if rows.times is None or table.times is None else rows.order
    values = values if order is None else values[np.argsort(order)]
    return values[:, 0] if values.shape[1] == 1 else values


def _check_targets(table, names, fitted):
    """Refuse a y whose columns are other targets, or the same in another order; a single one may bear any name."""
    targets = fitted.target_names
    if (table.form.each or table.form).kind != "frame" or not 1 < len(names) == len(targets):
        return
    # Those of an array are only numbered.
    nameless = not all(isinstance(name, str) for name in targets)
    if names != targets and not (nameless and set(names) != set(targets)):
        raise ValueError(
            f"y has the columns {listed(names)}, but the forecasts are of {listed(targets)}; give the same targets in "
            "the same order."
        )
