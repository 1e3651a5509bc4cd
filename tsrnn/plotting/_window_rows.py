"""The rows of one series as a fitted forecaster saw them: on its clock, and laid out in windows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tsrnn.columns import numbers
from tsrnn.frames import panel_of, read_table
from tsrnn.windows import WindowPlan, plan_windows


@dataclass(frozen=True)
class WindowRows:
    """One series of X, its windows, and what a batch of windows of all series holds."""

    plan: WindowPlan
    values: np.ndarray
    times: pd.Index
    name: object
    target: object
    batch_size: int
    n_columns: int
    n_targets: int


def read_rows(estimator, X, y, series):
    """Lay out `series` of X (None: the first) as `estimator` did in fit, with y or without."""
    table = read_table(X, "X")
    targets = list(estimator.target_names_)
    covariates = [column for column in table.frame.columns if column not in targets]
    drawn = _first_target(table, targets, y)
    panel = panel_of(table, drawn)
    s = _position(table, series)
    n_rows = int(panel.lengths[s])
    return WindowRows(
        plan=_plan(estimator, np.array([0, n_rows])),
        values=panel.values[panel.offsets[s] :][:n_rows, 0],
        times=_times(panel, s, table),
        name=_name(table, s, targets[0]),
        target=_target(table, targets[0]),
        batch_size=min(estimator.batch_size_, len(_plan(estimator, panel.offsets).train)),
        n_columns=len(targets) + len(covariates),
        n_targets=len(targets),
    )


def _plan(estimator, offsets):
    return plan_windows(
        offsets, estimator.window_size_, estimator.horizon_, estimator.validation_fraction
    )


def _first_target(table, targets, y):
    """Return the values of the first target, shape (rows, 1): of y where given, else of X."""
    if y is not None:
        given = read_table(y, "y")
        if len(given.frame) != len(table.frame):
            raise ValueError(f"X has {len(table.frame)} rows and y has {len(given.frame)}.")
        values = numbers(given, given.frame.columns[0], is_target=True)[:, None]
        # A panel whose series alternate was put in order, a y without an index was not.
        return values if table.order is None or given.times is not None else values[table.order]
    if targets[0] not in table.frame.columns:
        raise ValueError(
            f"X has no column {targets[0]!r}, which is the target; it has "
            f"{list(table.frame.columns)}. After fit(X, y), give y too."
        )
    return numbers(table, targets[0], is_target=True)[:, None]


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
    if table.form.panel or table.form.kind == "list":
        key = table.keys[s]
        return f"series {key}" if isinstance(key, int | np.integer) else key
    return _target(table, target)


def _target(table, target):
    form = table.form.each or table.form
    return form.name if form.kind == "series" else target if isinstance(target, str) else None
