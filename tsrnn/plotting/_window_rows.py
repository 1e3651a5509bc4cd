"""The rows of one series as a fitted forecaster saw them: on its clock, and laid out in windows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tsrnn.frames import find_clock, read_table, to_panel
from tsrnn.windows import WindowPlan, plan_windows


@dataclass(frozen=True)
class WindowRows:
    """One series of X, its windows, and what a batch of windows of all series holds."""

    plan: WindowPlan
    values: np.ndarray
    times: pd.Index
    name: object
    batch_size: int
    n_columns: int
    n_targets: int


def read_rows(estimator, X, series):
    """Lay out `series` of X (None: the first) as `estimator` did in fit."""
    table = read_table(X, "X")
    targets = _targets(estimator, table)
    panel = to_panel(table, _numbers(table, targets[0]), find_clock(table))
    s = _position(table, series)
    n_rows = int(panel.lengths[s])
    return WindowRows(
        plan=_plan(estimator, np.array([0, n_rows])),
        values=panel.values[panel.offsets[s] :][:n_rows, 0],
        times=_times(panel, s, table),
        name=_name(table, s, targets[0]),
        batch_size=min(estimator.batch_size_, len(_plan(estimator, panel.offsets).train)),
        n_columns=table.frame.shape[1],
        n_targets=len(targets),
    )


def _plan(estimator, offsets):
    return plan_windows(
        offsets, estimator.window_size_, estimator.horizon_, estimator.validation_fraction
    )


def _targets(estimator, table):
    targets = getattr(estimator, "target", None)
    if targets is None:
        return list(table.frame.columns)
    targets = [targets] if isinstance(targets, str) else list(targets)
    for target in targets:
        if target not in table.frame.columns:
            raise ValueError(
                f"X has no column {target!r}, which is the target; it has "
                f"{list(table.frame.columns)}."
            )
    return targets


def _numbers(table, column):
    try:
        return table.frame[[column]].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise TypeError(
            f"X: column {column!r} must hold numbers, got {table.frame[column].dtype}."
        ) from None


def _position(table, series):
    if series is None:
        return 0
    if not table.form.panel and table.form.kind != "list":
        raise ValueError(f"X is one series, so series={series!r} cannot be chosen from it.")
    if series not in table.keys:
        some = ", ".join(repr(key) for key in table.keys[:5].tolist())
        more = ", …" if len(table.keys) > 5 else ""
        raise ValueError(f"X has no series {series!r}; it has {some}{more}.")
    return int(table.keys.get_loc(series))


def _times(panel, s, table):
    n_rows = int(panel.lengths[s])
    if panel.firsts is None:
        return pd.RangeIndex(n_rows)
    times = panel.clock.times(panel.firsts[s : s + 1].repeat(n_rows), np.arange(n_rows))
    return times.rename(table.times.name)


def _name(table, s, target):
    form = table.form.each or table.form
    if table.form.panel or table.form.kind == "list":
        key = table.keys[s]
        return f"series {key}" if isinstance(key, int | np.integer) else key
    return form.name if form.kind == "series" else target if form.kind == "frame" else None
