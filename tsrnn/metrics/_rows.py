"""Brings what happened and what was forecast into frames whose rows match, and averages them."""

import numbers
import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import UndefinedMetricWarning


def matched(y_true, y_pred, pred_name="y_pred", true_name="y_true"):
    """Two float frames with one index and the same columns; only ``y_true`` may miss values."""
    true, pred = matched_rows(y_true, y_pred, pred_name, true_name)
    _check_columns(y_true, y_pred, true, pred, pred_name, true_name)
    return true, pred.set_axis(true.columns, axis=1)


def matched_rows(y_true, y_pred, pred_name="y_pred", true_name="y_true"):
    """Two float frames with one index, whatever their columns."""
    true, pred = as_frame(y_true, true_name), as_frame(y_pred, pred_name)
    if len(true) != len(pred):
        raise ValueError(
            f"{true_name} has {len(true)} rows and {pred_name} has {len(pred)}; "
            "they must be the same rows."
        )
    if _has_index(y_true) and _has_index(y_pred):
        _check_index(true.index, pred.index, true_name, pred_name)
    if true.isna().all(axis=None):
        raise ValueError(f"{true_name} has no value to compare with {pred_name}.")
    if pred.isna().any(axis=None):
        place = where(pred.isna().any(axis=1))
        raise ValueError(f"{pred_name} is missing (NaN) at {place}; every row needs a forecast.")
    index = true.index if _has_index(y_true) else pred.index
    return true.set_axis(index), pred.set_axis(index)


def as_panel(y, name):
    """A list of arrays as the frame of a panel, anything else as it is."""
    if not _is_list_of_series(y):
        return y
    return pd.concat({label: as_frame(series, name) for label, series in enumerate(y)})


def as_frame(y, name):
    """A float frame with one column per target."""
    y = as_panel(y, name)
    if isinstance(y, pd.DataFrame):
        frame = y
    elif isinstance(y, pd.Series):
        frame = y.to_frame().set_axis([0], axis=1)
    else:
        values = np.asarray(y)
        if values.ndim not in (1, 2):
            raise ValueError(f"{name} must have one or two dimensions, not {values.ndim}.")
        frame = pd.DataFrame(values)
    return _checked_floats(frame, name)


def _checked_floats(frame, name):
    frame = frame.infer_objects()
    for position, dtype in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            column = frame.columns[position]
            raise TypeError(f"{name} must hold numbers; column {column!r} is of type {dtype}.")
    if frame.index.nlevels > 2:
        raise ValueError(
            f"{name} has {frame.index.nlevels} index levels; "
            "a panel has two, series and time, and one series has one."
        )
    frame = frame.astype(float)
    if np.isinf(frame.to_numpy()).any():
        raise ValueError(f"{name} is infinite at {where(np.isinf(frame).any(axis=1))}.")
    return frame


def where(bad):
    """Say in words at which row a Series is True first, and in how many other series of a panel it is."""
    rows = bad.index[bad]
    if rows.nlevels == 1:
        return rows[0]
    others = rows.get_level_values(0).nunique() - 1
    more = f" (and {others} other series like it)" if others else ""
    return f"series {rows[0][0]!r}, time {rows[0][1]}{more}"


def _is_list_of_series(y):
    return isinstance(y, list) and len(y) > 0 and np.ndim(y[0]) > 0 and hasattr(y[0], "shape")


def _has_index(y):
    return isinstance(y, pd.Series | pd.DataFrame) or _is_list_of_series(y)


def _has_names(y):
    return isinstance(y[0] if _is_list_of_series(y) else y, pd.DataFrame)


def _check_index(true, pred, true_name, pred_name):
    if true.equals(pred):
        return
    differ = [row for row, (a, b) in enumerate(zip(true, pred, strict=True)) if a != b]
    where = f"row {differ[0]} is {true[differ[0]]} and {pred[differ[0]]}" if differ else "by kind"
    raise ValueError(
        f"{true_name} and {pred_name} have different indices ({where}); give the same rows in the "
        f"same order, for example with {pred_name}.reindex({true_name}.index)."
    )


def _check_columns(y_true, y_pred, true, pred, pred_name, true_name):
    names, others = list(true.columns), list(pred.columns)
    both_named = _has_names(y_true) and _has_names(y_pred)
    # One column may bear any name: "Passengers" against "forecast".
    differ = both_named and len(names) > 1 and names != others
    if len(names) != len(others) or differ:
        raise ValueError(
            f"{true_name} has the columns {names} and {pred_name} has {others}; "
            "they must be the same targets in the same order."
        )


def series_means(frame):
    """Means over the observed rows of each series: one row per series, one column per target."""
    if frame.index.nlevels == 1:
        return frame.mean().to_frame().T
    return frame.groupby(level=0, sort=False, observed=True).mean()


def seasonal_differences(y_train, y_true, true, season_length):
    """``y_train[t] - y_train[t - season_length]``, in each series; `true` is the frame of `y_true`."""
    if not isinstance(season_length, numbers.Integral) or season_length < 1:
        raise ValueError(f"season_length must be a whole number from 1 on, not {season_length!r}.")
    train = as_frame(y_train, "y_train")
    if train.index.nlevels != true.index.nlevels:
        raise ValueError(
            "y_train and y_true must both be panels (two index levels: series, time) or neither."
        )
    _check_columns(y_true, y_train, true, train, "y_train", "y_true")
    train = train.set_axis(true.columns, axis=1)
    if train.index.nlevels == 1:
        return train.diff(season_length)
    unknown = true.index.unique(0).difference(train.index.unique(0))
    if len(unknown):
        raise ValueError(
            f"y_train has no rows of series {unknown[0]!r}"
            f"{f' (and {len(unknown) - 1} other series like it)' if len(unknown) > 1 else ''}."
        )
    return train.groupby(level=0, sort=False, observed=True).diff(season_length)


def mean_of_ratios(errors, scales, metric):
    """Mean over series, then over targets, of errors / scales; a series without a scale is out."""
    scales = scales.reindex(errors.index)
    undefined = errors.notna() & ~(scales > 0)
    if undefined.any(axis=None):
        series = errors.index[undefined.any(axis=1)]
        warnings.warn(
            f"{metric} is undefined for {len(series)} of {len(errors)} series (the first is "
            f"{series[0]!r}): y_train does not change over season_length rows, or has no more rows "
            "than that. They are left out.",
            UndefinedMetricWarning,
            stacklevel=3,
        )
    return float((errors / scales.where(scales > 0)).mean().mean())


def ratio(numerator, denominator, metric):
    """The quotient; nan and a warning where the denominator is 0."""
    if denominator == 0:
        warnings.warn(
            f"{metric} is undefined: it would divide by 0.", UndefinedMetricWarning, stacklevel=3
        )
        return np.nan
    return numerator / denominator
