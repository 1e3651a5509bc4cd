"""Giving back: forecasts leave in the form in which the data came, the index continued."""

import contextlib

import numpy as np
import pandas as pd

#: More steps than that are a slip of the finger.
_MOST_STEPS = 1_000_000


def check_steps(steps):
    """Return how many steps are asked for as an int, or raise where they are no such number."""
    if not isinstance(steps, int | np.integer) or isinstance(steps, bool):
        raise TypeError(f"steps={steps!r} must be a whole number, at least 1.")
    if not 1 <= steps <= _MOST_STEPS:
        raise ValueError(f"steps={steps} must be a whole number from 1 to {_MOST_STEPS}.")
    return int(steps)


def forecast_frame(values, form, panel, names, quantiles=None, zone=None):
    """Give forecasts back in the form of the data they follow.

    Parameters
    ----------
    values : ndarray, shape (n_series, steps, n_targets) or (n_series, steps, n_targets, n_quantiles)
    form : Form
        Of the data that the forecasts follow.
    panel : Panel
        The rows they follow.
    names : list
        Target columns.
    quantiles : list of float, optional
        Levels of the last axis.
    zone : tzinfo, optional
        Time zone of the data, where it is not that of the panel.

    Returns
    -------
    Series, DataFrame, ndarray or list
    """
    n_series, steps = values.shape[:2]
    if form.kind in ("vector", "array"):
        return _forecast_array(values[0], form)
    if form.kind == "list" and not form.each.has_clock:
        return [_forecast_array(v, form.each) for v in values]
    flat = values.reshape(n_series * steps, *values.shape[2:])
    if form.panel:
        index = _panel_index(panel, steps, form.index_names, zone)
        return _with_columns(flat, index, form, names, quantiles)
    times = _in_zone(panel.clock.after(panel.lasts, steps), zone)
    parts = []
    for s in range(n_series):
        each = form.elements[s] if form.elements else form
        index = _with_freq(times[s * steps : (s + 1) * steps], panel.clock, each.index_names[0])
        parts.append(
            _with_columns(flat[s * steps : (s + 1) * steps], index, each, names, quantiles)
        )
    return parts if form.kind == "list" else parts[0]


def _forecast_array(values, form):
    """Shape (steps, n_targets[, n_quantiles]) as the array that came in: without an axis for one column."""
    return values[:, 0] if form.kind == "vector" else values


def _panel_index(panel, steps, names, zone):
    """Return what `MultiIndex.from_arrays` makes of the keys, each `steps` times, and the times that follow."""
    # A key is looked up once, not at each of its steps, and stamps once for all series that end together.
    series, ends = pd.factorize(panel.lasts)
    times = _in_zone(panel.clock.after(ends, steps), zone)
    if isinstance(times, pd.DatetimeIndex):
        times = pd.DatetimeIndex(times, freq=None)
    keys, times = (pd.MultiIndex.from_arrays([level]) for level in (panel.keys, times))
    return pd.MultiIndex(
        levels=[keys.levels[0], times.levels[0]],
        codes=[keys.codes[0].repeat(steps), times.codes[0].reshape(-1, steps)[series].ravel()],
        names=names,
        verify_integrity=False,
    )


def _in_zone(times, zone):
    return times if zone is None or times.tz == zone else times.tz_convert(zone)


def _with_freq(times, clock, name):
    if isinstance(times, pd.DatetimeIndex) and times.freq is None:
        times = times.copy()
        # pandas has no frequency of days that begin at one o'clock where midnight does not exist.
        with contextlib.suppress(ValueError):
            times.freq = clock.freq
    return times.rename(name)


def _with_columns(flat, index, form, names, quantiles):
    if quantiles is None:
        if form.kind == "series":
            return pd.Series(flat[:, 0], index=index, name=form.name)
        return pd.DataFrame(flat, index=index, columns=_labels(names, form))
    levels = [float(q) for q in quantiles]
    if form.kind == "series":
        return pd.DataFrame(flat[:, 0], index=index, columns=pd.Index(levels, name="quantile"))
    columns = [_labels(names, form), levels]
    columns = pd.MultiIndex.from_product(columns, names=["target", "quantile"])
    return pd.DataFrame(flat.reshape(len(flat), -1), index=index, columns=columns)


def _labels(names, form):
    """Return the names of columns as an Index, those that are tuples as they are, named as the data's own."""
    return pd.Index(names, tupleize_cols=False, name=form.columns_name)
