"""What a forecaster is fitted on: X, or X and y, or ready windows, all as one Panel with its Columns."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import Clock, index_kind
from tsrnn.columns import (
    Columns,
    check_finite,
    check_targets_seen,
    learn_columns,
    named_as,
    numbers,
)
from tsrnn.forecasting.again import digest_of, repeat_themselves
from tsrnn.forecasting.context import future_rows, join
from tsrnn.forecasting.ready import is_ready, read_ready
from tsrnn.frames import (
    Form,
    Panel,
    as_array,
    check_width,
    panel_of,
    read_table,
    refuse_vector,
)
from tsrnn.messages import MissingDataWarning, listed, warn
from tsrnn.targets import free_name, named_as_fitted
from tsrnn.windows import held_out_rows, plan_ready_windows


@dataclass(frozen=True)
class FitData:
    """The rows of a fit.

    `form` is how the targets looked; `exogenous` says that they came as `y`, with every column of X known-future;
    `ready` that the rows are windows which the user cut, `window_size + horizon` rows each; `has_history` that these
    windows hold the target's own past; `lengths` the rows of each series in the fit, where `panel` keeps only the last;
    `given_names` are those of y; by `digest` the fit's own rows are known again, which says less where they `repeat`.
    """

    panel: Panel
    columns: Columns
    form: Form
    feature_names: list
    exogenous: bool = False
    ready: bool = False
    horizon: int | None = None
    has_history: bool = True
    lengths: np.ndarray | None = None
    given_names: list | None = None
    digest: str | None = None
    repeat: bool = False

    @property
    def target_names(self):
        """The targets as forecasts name them: as the user did, even where a column of X has the same name."""
        return self.columns.targets if self.given_names is None else self.given_names

    def kept(self, window_size, earlier=None):
        """Return the same with its last `window_size` rows alone: all that forecasts start from.

        Where these are fewer, what was kept `earlier`, before training went on, comes before those that follow it.
        Ready windows are followed by nothing.
        """
        if self.ready:
            return replace(self, panel=None)
        panel = self.panel.tail(window_size)
        if earlier is not None and not earlier.ready:
            named = self.form.panel and earlier.form.panel
            joined, _ = join(earlier.panel, panel, window_size, named=named)
            panel = joined.tail(window_size)
        kept = replace(self, panel=panel, lengths=self.panel.lengths)
        if not self.exogenous:
            return kept
        rows = self.panel.values[:, self.columns.known_slice]
        repeat = repeat_themselves(rows, self.panel.offsets)
        return replace(kept, digest=digest_of(rows), repeat=repeat)

    def future(self, future, panel, steps, form):
        """Return what is known of the steps to come, see `tsrnn.forecasting.context.future_rows`.

        Parameters
        ----------
        future : Series, DataFrame, ndarray, panel, list or None
        panel : Panel
            The rows that the steps follow.
        steps : int
        form : Form
            How these rows looked.

        Returns
        -------
        ndarray of float64, shape (n_series, steps, C)
        """
        known = self.columns.known
        given = None
        if future is not None:
            given = named_as(read_table(future, "future"), known, "the forecaster")
        named = form.panel and given is not None and given.form.panel
        return future_rows(given, self.columns, panel, steps, named=named)

    def has_rows(self, panel):
        """Whether an array that has no clock holds, after a fit with y, the very rows of that fit.

        Its columns are known ahead, so that looking at all of them lets nothing slip from a row to an earlier one.
        Where those that follow would look the same, as days of the week do, these are meant.
        """
        if not self.exogenous or not np.array_equal(panel.lengths, self.lengths):
            return False
        is_same = digest_of(panel.values[:, self.columns.known_slice]) == self.digest
        if is_same and self.repeat:
            warn(
                "X holds the same values as in fit, but these repeat, so that the rows which follow may hold them too: "
                "the array is taken to follow. To forecast the rows of the fit, give an index to X and y, in fit and "
                "predict."
            )
        return is_same and not self.repeat

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

    def warn_of_missing(self):
        """Count in one warning what is missing from the rows."""
        holes = 0 if self.panel.placed is None else len(self.panel.values) - len(self.panel.placed)
        targets, covariates = self._seen()
        of_y = "y" if self.exogenous or self.ready else "X"
        counts = [
            ("X", "time stamp", holes),
            (of_y, "target value", int(np.isnan(targets).sum())),
            ("X", "covariate value", int(np.isnan(covariates).sum())),
        ]
        found = []
        for argument in ("X", "y"):
            of_it = [
                f"{n} missing {what}{'s' if n > 1 else ''}"
                for of, what, n in counts
                if n and of == argument
            ]
            found += [f"{argument} has {', '.join(of_it)}"] if of_it else []
        if found:
            done = "masked in the windows and left out of the loss"
            warn(f"{'; '.join(found)}: {done}.", MissingDataWarning)

    def _seen(self):
        """Return the values of targets and of covariates that the user gave."""
        values, n_targets = self.panel.values, len(self.columns.targets)
        if self.ready:
            windows = values.reshape(len(self.panel.keys), -1, values.shape[1])
            past = windows[:, : -self.horizon]
            return windows[:, -self.horizon :, 0], past[:, :, 0 if self.has_history else 1 :]
        if self.panel.placed is not None:
            values = values[self.panel.placed]
        return values[:, :n_targets], values[:, n_targets:]


def read_fit(X, y, target, known_future, fitted=None, owner="the forecaster"):
    """Read the rows of a fit.

    Parameters
    ----------
    X, y : see `RecurrentForecaster.fit`
    target, known_future : see `RecurrentForecaster`
    fitted : FitData, optional
        Of an earlier fit that goes on.
    owner : str
        Name of the estimator, for messages.

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
        return _read_ready(X, y, target, known_future, fitted)
    table = read_table(X)
    if fitted is not None:
        table = named_as(table, fitted.feature_names, owner)
        check_width(table, fitted.feature_names, owner)
    features = list(table.frame.columns)
    given = None
    if exogenous:
        refuse_vector(table)
        _check_left_out(target, known_future, features)
        table, target, given = _add_targets(
            table, y, None if fitted is None else fitted.columns.targets
        )
        known_future = features
    columns = learn_columns(table, target, known_future) if fitted is None else fitted.columns
    values = columns.encode(table)
    check_targets_seen(replace(table, argument="y" if exogenous else "X"), columns.targets, values)
    panel = panel_of(table, values, None if fitted is None else fitted.panel)
    given = given if fitted is None else fitted.given_names
    return FitData(panel, columns, table.form, features, exogenous, given_names=given)


def _check_left_out(target, known_future, features):
    """Refuse parameters that name columns of X where y says which column is which."""
    if target is not None:
        raise ValueError(
            f"target={target!r} names a column of X, but y was given too; leave out one of them."
        )
    names = known_future if isinstance(known_future, list | tuple) else [known_future]
    if known_future is not None and set(map(str, names)) != set(map(str, features)):
        raise ValueError(
            f"known_future={known_future!r} names columns of X, but with y all of them ({listed(features)}) are known "
            "for the steps to come; leave it out, or give the target in X too."
        )


def _add_targets(table, y, names=None):
    """Return the table of X with y in front, its columns' names there, `names` if a fit goes on, and its own ones."""
    if hasattr(y, "__array__") and not isinstance(y, pd.Series | pd.DataFrame):
        y = as_array(y, "y")
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    given = read_table(y, "y")
    if names is not None:
        given = named_as(given, names)
    check_aligned(table, given)
    own = list(given.frame.columns)
    values = np.column_stack([numbers(given, name, is_target=True) for name in own])
    check_finite(given, own, values, len(own))
    if table.order is not None and given.times is None:
        values = values[table.order]
    _warn_of_target_in(table, own, values)
    if _is_nameless(given.form) and own == [0]:
        own = ["y"]
    free = pd.Index([free_name(name, table.frame.columns) for name in own], tupleize_cols=False)
    targets = pd.DataFrame(values, index=table.frame.index, columns=free)
    targets = targets if names is None else named_as_fitted(targets, names)
    names = list(targets.columns)
    frame = pd.concat([targets, table.frame], axis=1)
    return replace(table, frame=frame, form=_form_of_target(table.form, given.form)), names, own


def check_aligned(table, given):
    """Refuse a y that has other rows than X, both as tables."""
    if len(given.frame) != len(table.frame):
        raise ValueError(
            f"X and y have different lengths, {len(table.frame)} and {len(given.frame)} rows; give one y for each row "
            "of X."
        )
    if table.form.kind == given.form.kind == "list" and (given.lengths != table.lengths).any():
        i = int(np.argmax(given.lengths != table.lengths))
        raise ValueError(
            f"X[{i}] and y[{i}] have different lengths, {table.lengths[i]} and {given.lengths[i]} rows; give one y "
            "for each row of X."
        )
    if given.times is None or table.times is None:
        return
    if index_kind(given.times) != index_kind(table.times):
        raise TypeError(
            f"y: its index holds {index_kind(given.times)}, that of X {index_kind(table.times)}; use "
            "y.set_axis(X.index)."
        )
    differ = np.asarray(given.times != table.times)
    if table.form.panel and given.form.panel:
        differ |= np.asarray(given.keys.repeat(given.lengths) != table.keys.repeat(table.lengths))
    if differ.any():
        raise ValueError(
            f"y: its index differs from that of X, first at {table.where(differ)}; use y = y.reindex(X.index)."
        )


def _warn_of_target_in(table, names, values):
    """Warn where a column of X is the target itself: it would be taken for known in the steps to come."""
    for i, name in enumerate(names):
        if name in table.frame.columns and not isinstance(name, int):
            column = table.frame[name].to_numpy()
            if column.dtype == np.float64 and np.array_equal(column, values[:, i], equal_nan=True):
                warn(
                    f"column {name!r} of X is y itself, and with y every column of X is taken as known for the steps "
                    f"to come; to forecast it from its own past, use fit(X) with target={name!r}."
                )


def _is_nameless(form):
    return form.kind in ("vector", "array") or (form.kind == "series" and form.name is None)


def _form_of_target(of_x, of_y):
    if of_x.kind == "list":
        of_each = of_y.elements or [Form("vector")] * len(of_x.elements)
        return replace(of_x, elements=tuple(map(_form_of_target, of_x.elements, of_each)))
    one = of_y.kind in ("series", "vector")
    if not of_x.has_clock:
        return Form("vector" if one else "array")
    names = {"name": of_y.name, "columns_name": of_y.columns_name}
    return replace(of_x, kind="series" if one else "frame", **names)


def check_window_width(X, n_features):
    """Refuse windows (n, window, k) with another number of columns than those of the fit."""
    if np.shape(X)[2] != n_features:
        raise ValueError(
            f"X: its windows have {np.shape(X)[2]} columns, but fit had {n_features}; give windows (n, window, "
            f"{n_features})."
        )


def _read_ready(X, y, target, known_future, fitted=None):
    if fitted is not None:
        check_window_width(X, len(fitted.feature_names))
    X, Y, own = read_ready(X, y, target, known_future)
    n, window, k = X.shape
    horizon = Y.shape[1]
    if fitted is not None:
        own = fitted.columns.targets[0] if fitted.has_history else None
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


def check_same_windows(data, window_size, horizon):
    """Refuse ready windows of another size than those of the fit that goes on."""
    if data.ready and data.panel.lengths[0] != window_size + horizon:
        raise ValueError(
            f"X holds windows of {data.panel.lengths[0] - data.horizon} rows and y {data.horizon} steps, but the first "
            f"fit had {window_size} and {horizon}; give the same, or fit with warm_start=False."
        )
