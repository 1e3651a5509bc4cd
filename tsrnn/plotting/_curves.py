"""Any data that a forecaster accepts, as curves: one pandas Series for each series and target."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import Clock
from tsrnn.frames import find_clock, read_table


@dataclass(frozen=True)
class Curves:
    """Curves by (series, target), in the order of the data.

    `series` is None where there is only one, `target` None where it has no name. `clock` is None
    where the index shows no step; without `has_times` the index counts rows.
    """

    by_key: dict
    clock: Clock | None
    has_times: bool

    @property
    def series(self):
        return list(dict.fromkeys(series for series, _ in self.by_key))

    @property
    def targets(self):
        return list(dict.fromkeys(target for _, target in self.by_key))


def read_curves(data, argument):
    """Read a Series, DataFrame, ndarray, panel or list of these; `argument` is for messages."""
    table = read_table(data, argument)
    many = table.form.panel or table.form.kind == "list"
    curves = {}
    for s, series in enumerate(table.keys):
        rows = slice(*table.offsets[s : s + 2])
        times = pd.RangeIndex(table.lengths[s]) if table.times is None else table.times[rows]
        for column, target in zip(table.frame.columns, _targets(table), strict=True):
            values = table.frame[column].array[rows]
            curves[series if many else None, target] = pd.Series(values, index=times)
    try:
        clock = find_clock(table)
    except ValueError:
        clock = None
    return Curves(curves, clock, table.times is not None)


def _targets(table):
    form = table.form.each or table.form
    columns = list(table.frame.columns)
    if form.kind == "series":
        return [form.name]
    if form.kind == "frame":
        return columns
    return [None] if len(columns) == 1 else [f"column {column}" for column in columns]


def rename_targets(curves, targets):
    """Give the targets of `curves` other names, in order."""
    names = dict(zip(curves.targets, targets, strict=True))
    renamed = {(series, names[target]): curve for (series, target), curve in curves.by_key.items()}
    return replace(curves, by_key=renamed)


def pick(curves, wanted, argument):
    """Return the curves that have the keys of `wanted`, as numbers.

    Where each has one target its name does not matter, nor do those of an array's columns.
    """
    if len(curves.targets) == len(wanted.targets) and (
        len(wanted.targets) == 1 or not curves.has_times
    ):
        curves = rename_targets(curves, wanted.targets)
    for key in wanted.by_key:
        if key not in curves.by_key:
            raise ValueError(
                f"{argument} has no {_in_words(key)}; history and all forecasts must have the same "
                "series and columns."
            )
    picked = {key: _as_numbers(curves.by_key[key], key, argument) for key in wanted.by_key}
    return replace(curves, by_key=picked)


def _in_words(key):
    series, target = key
    words = [] if series is None else [f"series {series!r}"]
    words += [] if target is None else [f"column {target!r}"]
    return ", ".join(words) or "single series without a name"


def _as_numbers(curve, key, argument):
    curve = curve.infer_objects()
    if not pd.api.types.is_numeric_dtype(curve.dtype):
        raise TypeError(f"{argument}: {_in_words(key)} must hold numbers, got {curve.dtype}.")
    return pd.Series(curve.to_numpy(dtype=float, na_value=np.nan), index=curve.index)


def place_after(curves, history):
    """Give a forecast without times the steps that follow `history`, which has the same keys."""
    if curves.has_times:
        return curves
    placed = {}
    for key, curve in curves.by_key.items():
        last, n_steps = history.by_key[key].index[-1:], len(curve)
        if not history.has_times:
            times = pd.RangeIndex(last[0] + 1, last[0] + 1 + n_steps)
        elif history.clock is None:
            raise ValueError(
                "forecast is an array, and history shows no step on which to go on; give forecast "
                "as a Series or DataFrame with its time stamps."
            )
        else:
            times = history.clock.times(last.repeat(n_steps), np.arange(1, n_steps + 1))
        placed[key] = curve.set_axis(times.rename(last.name))
    return replace(curves, by_key=placed, clock=history.clock)


def put_beside(curves, forecast, argument, *, whole):
    """Return `curves` in the rows of `forecast`, which has the same keys.

    Rows that they lack are NaN, or an error where they must be `whole`.
    """
    beside = {}
    for key, point in forecast.by_key.items():
        curve = curves.by_key[key]
        if not curves.has_times:
            if len(curve) != len(point):
                raise ValueError(
                    f"{argument} has {len(curve)} rows and forecast has {len(point)}; an array "
                    "must have the same rows."
                )
            curve = curve.set_axis(point.index)
        check_same_kind(curve.index, point.index, argument, "forecast")
        lacking = ~point.index.isin(curve.index)
        if lacking.all():
            raise ValueError(
                f"{argument} and forecast share no time stamp: {argument} runs from "
                f"{curve.index[0]} to {curve.index[-1]}, forecast from {point.index[0]} to "
                f"{point.index[-1]}."
            )
        if whole and lacking.any():
            raise ValueError(
                f"{argument} lacks {lacking.sum()} of the {len(point)} rows of forecast, the first "
                f"is {point.index[lacking][0]}."
            )
        beside[key] = curve.reindex(point.index)
    return replace(curves, by_key=beside)


def check_same_kind(index, other, argument, other_argument):
    """Raise TypeError unless both are dates in one zone, periods of one step, or whole numbers."""
    kind, other_kind = _kind(index), _kind(other)
    if kind != other_kind:
        raise TypeError(
            f"{argument} is indexed by {kind}, {other_argument} by {other_kind}; convert one of "
            "them."
        )


def _kind(index):
    if isinstance(index, pd.PeriodIndex):
        return f"periods of {index.freqstr}"
    if isinstance(index, pd.DatetimeIndex):
        return "dates" if index.tz is None else f"dates in {index.tz}"
    return "whole numbers"
