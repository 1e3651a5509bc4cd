"""What a forecaster is fitted on: X, or X and y, or ready windows, all as one Panel with its Columns."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import Clock
from tsrnn.columns import Columns, check_targets_seen, learn_columns, named_as
from tsrnn.frames import Form, Panel, find_clock, ranges, read_table, to_panel
from tsrnn.windows import held_out_rows, plan_ready_windows


@dataclass(frozen=True)
class FitData:
    """The rows of a fit.

    `form` is how the targets looked; `exogenous` says that they came as `y`, with every column of X known-future;
    `ready` that the rows are windows which the user cut, `window_size + horizon` rows each; `has_history` that these
    windows hold the target's own past.
    """

    panel: Panel
    columns: Columns
    form: Form
    feature_names: list
    exogenous: bool = False
    ready: bool = False
    horizon: int | None = None
    has_history: bool = True

    def training_panel(self, horizon, validation_fraction):
        """Return the panel without the rows that are held out: all that a fit may learn a number from."""
        panel = self.panel
        if self.ready:
            n_windows, width = len(panel.keys), int(panel.lengths[0])
            plan = plan_ready_windows(n_windows, width - horizon, horizon, validation_fraction)
            kept = plan.train.counts * width
        else:
            kept = panel.lengths - held_out_rows(panel.lengths, horizon, validation_fraction)
        return panel.head(kept)


def is_ready(X):
    """Whether X is an array of windows (n, window, k)."""
    return getattr(X, "ndim", 0) == 3


def read_fit(X, y, target, known_future, fitted=None):
    """Read the rows of a fit.

    Parameters
    ----------
    X, y : see `RecurrentForecaster.fit`
    target, known_future : see `RecurrentForecaster`
    fitted : FitData, optional
        Of an earlier fit that goes on.

    Returns
    -------
    FitData
    """
    exogenous = y is not None and not is_ready(X)
    if fitted is not None and (is_ready(X), exogenous) != (fitted.ready, fitted.exogenous):
        raise ValueError(
            "X and y are of another form than in the first fit, so training cannot go on; give the same form, or fit "
            "with warm_start=False."
        )
    if is_ready(X):
        return _read_ready(X, y, target, fitted)
    table = read_table(X)
    if fitted is not None:
        table = named_as(table, fitted.feature_names)
    features = list(table.frame.columns)
    if exogenous:
        if target is not None:
            raise ValueError(
                f"target={target!r} names a column of X, but y was given too; leave out one of them."
            )
        table, target = _add_targets(table, y, None if fitted is None else fitted.columns.targets)
        known_future = features
    columns = learn_columns(table, target, known_future) if fitted is None else fitted.columns
    values = columns.encode(table)
    check_targets_seen(table, columns, values)
    panel = to_panel(table, values, find_clock(table, None if fitted is None else fitted.panel))
    return FitData(panel, columns, table.form, features, exogenous)


def _add_targets(table, y, names=None):
    """Return the table of X with the columns of y in front, and their names: `names` where y's need not agree."""
    if not isinstance(y, pd.Series | pd.DataFrame | list | tuple):
        y = np.asarray(y)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    given = read_table(y, "y")
    if names is not None:
        given = named_as(given, names)
    if len(given.frame) != len(table.frame):
        raise ValueError(
            f"X and y have different lengths: Found input variables with inconsistent numbers of samples: "
            f"{[len(table.frame), len(given.frame)]}; give one y for each row of X."
        )
    if given.times is not None and table.times is not None:
        differ = np.asarray(given.times != table.times)
        if differ.any() or not given.keys.equals(table.keys) and table.form.panel:
            raise ValueError(
                f"y: its index differs from that of X, first at {table.where(differ)}; "
                "use y = y.reindex(X.index)."
            )
    taken = set(table.frame.columns)
    if names is None:
        names = [_free_name(name, given.form, taken) for name in given.frame.columns]
    targets = given.frame.set_axis(names, axis=1).set_axis(table.frame.index, axis=0)
    frame = pd.concat([targets, table.frame], axis=1)
    return replace(table, frame=frame, form=_form_of_target(table.form, given.form)), names


def _free_name(name, form, taken):
    name = "y" if form.kind in ("vector", "array") and name == 0 else name
    return f"{name} (target)" if name in taken else name


def _form_of_target(of_x, of_y):
    if of_x.kind == "list":
        return replace(of_x, each=_form_of_target(of_x.each, of_y.each or Form("vector")))
    one = of_y.kind in ("series", "vector")
    if not of_x.has_clock:
        return Form("vector" if one else "array")
    return replace(of_x, kind="series" if one else "frame", name=of_y.name)


def _read_ready(X, y, target, fitted=None):
    X = np.asarray(X)
    if y is None:
        raise ValueError(
            "X holds ready windows (n, window, k), so fit needs their targets y, shape (n,) or (n, horizon)."
        )
    table = read_table(y, "y")
    Y = np.column_stack([table.frame[c].to_numpy(np.float64, na_value=np.nan) for c in table.frame])
    if len(X) != len(Y):
        raise ValueError(
            f"X and y have different lengths: {len(X)} windows and {len(Y)} targets; give one y for each "
            "window."
        )
    X = X.astype(np.float64, copy=False)
    for name, array in (("X", X), ("y", Y)):
        if np.isinf(array).any():
            window = int(np.argmax(np.isinf(array).reshape(len(array), -1).any(1)))
            raise ValueError(
                f"{name}: infinity in window {window}; replace it by a number or by NaN, which is masked."
            )
    if np.isnan(Y).all():
        raise ValueError("y: the target is missing everywhere; there is nothing to learn.")
    n, window, k = X.shape
    horizon = Y.shape[1]
    own = _own_past(X, Y) if target is None else target
    if fitted is not None:
        own = fitted.columns.targets[0] if fitted.has_history else None
    if own is not None and not (isinstance(own, int | np.integer) and 0 <= own < k):
        raise ValueError(f"target={target!r} is not a column of the windows; use 0 to {k - 1}.")
    others = [c for c in range(k) if c != own]
    values = np.full((n, window + horizon, 1 + len(others)), np.nan)
    values[:, :window, 1:] = X[:, :, others]
    if own is not None:
        values[:, :window, 0] = X[:, :, own]
    values[:, window:, 0] = Y
    columns = Columns(["y" if own is None else own], others, [], [], {})
    offsets = np.arange(n + 1, dtype=np.int64) * (window + horizon)
    flat = values.reshape(-1, values.shape[2])
    panel = Panel(flat, offsets, pd.RangeIndex(n), None, Clock())
    return FitData(
        panel, columns, Form("vector"), list(range(k)), False, True, horizon, own is not None
    )


def _own_past(X, Y):
    """Return the column of the windows that holds the target's own past, or None.

    Where windows were cut from consecutive rows, y of one window is the last row of the next. The oldest half alone is
    asked, so that windows which are held out have no say.
    """
    if len(X) < 2:
        return 0 if X.shape[2] == 1 else None
    oldest = max(2, (len(X) - Y.shape[1] + 1) // 2)
    same = np.isclose(X[1:oldest, -1, :], Y[: oldest - 1, :1], equal_nan=True).mean(0)
    return int(np.argmax(same)) if same.max() > 0.9 else None
