"""The pandas edge: any accepted input becomes a Table, a Table becomes a Panel, and arrays become frames again.

A *Table* is what the user handed in, as one frame with the rows of all series end to end. A *Panel* is the same on its
clock: plain numbers, one row per step, NaN where a row or a value is missing.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import Clock, index_kind, infer_clock


@dataclass(frozen=True)
class Form:
    """How the user's data looked, so that forecasts go back the same way.

    `kind` is one of "array", "vector", "list", "series", "frame"; `panel` says whether there are two index levels;
    `each` is the form of a list's elements.
    """

    kind: str
    panel: bool = False
    name: object = None
    index_names: tuple = (None,)
    each: "Form | None" = None

    @property
    def has_clock(self):
        return self.kind in ("series", "frame") or (self.each is not None and self.each.has_clock)


@dataclass(frozen=True)
class Table:
    """The user's rows, series end to end.

    `frame` has plain columns; `offsets` (n_series + 1,) says where each series starts; `times` is None where rows are
    only numbered; `order` is the user's row number of each row, None where nothing moved.
    """

    frame: pd.DataFrame
    offsets: np.ndarray
    keys: pd.Index
    times: pd.Index | None
    form: Form
    argument: str = "X"
    order: np.ndarray | None = None

    @property
    def lengths(self):
        return np.diff(self.offsets)

    def firsts(self):
        """Return the first stamp of each series."""
        return self.times[self.offsets[:-1]]

    def where(self, bad):
        """Say in words where the first True of `bad` (rows,) is, and how many other series have one."""
        row = int(np.argmax(bad))
        series = int(np.searchsorted(self.offsets, row, side="right")) - 1
        at = f"row {row - self.offsets[series]}" if self.times is None else f"time {self.times[row]}"
        if len(self.keys) == 1 and not self.form.panel:
            return at
        others = np.add.reduceat(bad, self.offsets[:-1]).astype(bool).sum() - 1
        more = f" (and {others} other series like it)" if others else ""
        return f"series {self.keys[series]!r}, {at}{more}"


@dataclass(frozen=True)
class Panel:
    """Numbers on a clock.

    `values` (rows, C) float64, one row per step, NaN where missing; `firsts` the first stamp of each series, None
    without an index; `placed` the row of each table row, None where the table had no holes.
    """

    values: np.ndarray
    offsets: np.ndarray
    keys: pd.Index
    firsts: pd.Index | None
    clock: Clock
    placed: np.ndarray | None = None

    @property
    def lengths(self):
        return np.diff(self.offsets)

    def next_times(self):
        """Return for each series the stamp one step after its last row."""
        return self.firsts if self.firsts is None else self.clock.times(self.firsts, self.lengths)

    def head(self, counts):
        """Return the first `counts` rows (n_series,) of each series, as a panel of its own; of one series a view."""
        rows = slice(counts[0]) if len(counts) == 1 else ranges(self.offsets[:-1], counts)
        return replace(self, values=self.values[rows], offsets=_offsets(counts), placed=None)

    def tail(self, n_rows):
        """Return the last `n_rows` rows of each series, as a panel of its own."""
        kept = np.minimum(self.lengths, n_rows)
        rows = ranges(self.offsets[1:] - kept, kept)
        firsts = self.firsts
        if firsts is not None:
            firsts = self.clock.times(firsts, self.lengths - kept)
        return replace(
            self, values=self.values[rows], offsets=_offsets(kept), firsts=firsts, placed=None
        )


def ranges(starts, counts):
    """Return `starts[0], starts[0]+1, …` for `counts[0]` numbers, then the same for the next, end to end."""
    total = _offsets(counts)
    return np.arange(total[-1]) + np.repeat(starts - total[:-1], counts)


def _offsets(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


# --- reading ------------------------------------------------------------------------------------------------------


def read_table(X, argument="X"):
    """Turn any accepted input into a Table, its index checked.

    Parameters
    ----------
    X : Series, DataFrame, ndarray, list of these, or panel
    argument : str
        Name of the argument, for messages.

    Raises
    ------
    TypeError, ValueError
        Where the input is of no accepted kind, or its index is not in time order; the message names the place.
    """
    if isinstance(X, list | tuple) and len(X) and isinstance(X[0], np.ndarray | pd.Series | pd.DataFrame):
        return _read_list(X, argument)
    if isinstance(X, pd.Series):
        form = Form("series", name=X.name, index_names=tuple(X.index.names))
        name = X.name if X.name is not None else 0
        frame = pd.DataFrame({name: X.array}, index=X.index)
    elif isinstance(X, pd.DataFrame):
        form = Form("frame", index_names=tuple(X.index.names))
        frame = X
        if X.columns.nlevels > 1 or not X.columns.is_unique:
            raise ValueError(
                f"{argument}: column names must be plain and unique, got {list(X.columns)}; "
                "rename or flatten the columns."
            )
    else:
        return _read_array(X, argument)
    if X.index.nlevels == 2:
        return _read_panel(frame, replace(form, panel=True), argument)
    if X.index.nlevels > 2:
        raise ValueError(
            f"{argument}: a panel has two index levels (series, time), got {X.index.nlevels}: "
            f"{list(X.index.names)}; join the outer levels into one."
        )
    offsets = np.array([0, len(frame)])
    times = _check_index_kind(frame.index, argument)
    key = pd.Index([form.name if form.name is not None else 0])
    return _check_rows(Table(frame, offsets, key, times, form, argument))


def _read_array(X, argument):
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{argument}: sparse data was passed, but a dense array is required; use X.toarray()."
        )
    if isinstance(X, dict | str | bytes | set) or X is None or np.isscalar(X):
        raise TypeError(
            f"{argument}: expected a Series, DataFrame, array or list of these, got {type(X).__name__}."
        )
    values = np.asarray(X)
    if values.ndim not in (1, 2):
        raise ValueError(
            f"{argument}: expected an array of 1 or 2 dimensions (rows, columns), got shape "
            f"{values.shape}."
        )
    if np.iscomplexobj(values):
        raise ValueError(f"{argument}: Complex data not supported; forecast its parts.")
    kind = "vector" if values.ndim == 1 else "array"
    frame = pd.DataFrame(values.reshape(len(values), -1), copy=False)
    if values.ndim == 2 and values.shape[1] == 0:
        raise ValueError(
            f"{argument}: 0 feature(s) (shape={values.shape}) while a minimum of 1 is required."
        )
    table = Table(frame, np.array([0, len(frame)]), pd.RangeIndex(1), None, Form(kind), argument)
    return _check_rows(table)


def _read_list(X, argument):
    tables = [read_table(x, f"{argument}[{i}]") for i, x in enumerate(X)]
    each = tables[0].form
    columns = list(tables[0].frame.columns)
    for i, table in enumerate(tables):
        if table.form.panel or table.form.has_clock != each.has_clock:
            raise TypeError(
                f"{argument}[{i}]: the elements of a list must be of one kind, each one series; "
                f"{argument}[0] is a {each.kind}, {argument}[{i}] is a {table.form.kind}."
            )
        if each.kind == "series":
            tables[i] = table = replace(table, frame=table.frame.set_axis(columns, axis=1))
        if list(table.frame.columns) != columns:
            raise ValueError(
                f"{argument}[{i}]: its columns {list(table.frame.columns)} differ from those of "
                f"{argument}[0], {columns}."
            )
    times = None
    if each.has_clock:
        times = tables[0].times.append([t.times for t in tables[1:]])
    return Table(
        frame=pd.concat([t.frame for t in tables], ignore_index=True),
        offsets=_offsets([len(t.frame) for t in tables]),
        keys=pd.RangeIndex(len(tables)),
        times=times,
        form=Form("list", each=each, index_names=each.index_names),
        argument=argument,
    )


def _read_panel(frame, form, argument):
    codes, keys = pd.factorize(frame.index.get_level_values(0))
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise ValueError(f"{argument}: row {row} has no series name (NaN in the first index level).")
    order = None
    if (np.diff(codes) < 0).any():
        # Rows sorted by time across series are in time order within each series too.
        order = np.argsort(codes, kind="stable")
        frame, codes = frame.iloc[order], codes[order]
    offsets = _offsets(np.bincount(codes, minlength=len(keys)))
    times = _check_index_kind(frame.index.get_level_values(1), argument)
    return _check_rows(Table(frame, offsets, pd.Index(keys), times, form, argument, order))


def _check_index_kind(index, argument):
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or (
        pd.api.types.is_integer_dtype(index.dtype) and not isinstance(index, pd.MultiIndex)
    ):
        return index
    raise TypeError(
        f"{argument}: the index must hold dates, periods or whole numbers, got {index.dtype}"
        + (f" (first: {index[0]!r})" if len(index) else "")
        + "; use df.index = pd.to_datetime(df.index), or df.reset_index(drop=True) for rows in order."
    )


def _check_rows(table):
    if len(table.frame) == 0:
        raise ValueError(
            f"{table.argument}: Found array with 0 sample(s) (shape={table.frame.shape}) while a "
            "minimum of 1 is required."
        )
    times = table.times
    if times is None:
        return table
    if times.hasnans:
        raise ValueError(
            f"{table.argument}: row {int(np.argmax(times.isna()))} of the index has no time stamp "
            "(NaT); drop the row or give it one."
        )
    stamps = times.asi8 if hasattr(times, "asi8") else times.to_numpy(np.int64)
    apart = np.diff(stamps, prepend=stamps[:1])
    apart[table.offsets[:-1][table.lengths > 0]] = 1
    for bad, fault, cure in (
        (apart < 0, "time stamps are not sorted", "use df.sort_index()"),
        (apart == 0, "duplicate time stamps", "aggregate them, or df[~df.index.duplicated()]"),
    ):
        if bad.any():
            raise ValueError(f"{table.argument}: {fault}: {table.where(bad)}; {cure}.")
    return table


# --- numbers on a clock ---------------------------------------------------------------------------------------------


def find_clock(table, fitted=None):
    """Return the clock on which the table's rows lie.

    Parameters
    ----------
    table : Table
    fitted : Panel, optional
        Rows of a fit; theirs is the clock where both have an index.

    Raises
    ------
    TypeError
        Where the table's index is of another kind than that of `fitted`.
    ValueError
        Where no regular step fits.
    """
    if fitted is not None and fitted.firsts is not None and table.times is not None:
        check_same_kind(table, fitted.firsts)
        return fitted.clock
    clock = infer_clock(table.times, table.lengths)
    if clock is not None:
        return clock
    if len(table.frame) < 2:
        raise ValueError(
            f"{table.argument}: too few rows: one time stamp has no frequency; give at least 2 rows, "
            "or set the index's freq."
        )
    raise ValueError(
        f"{table.argument}: the index has no regular step, from {table.times[0]} and {table.times[1]} on; "
        "resample it, as in df.resample('D').mean(), or set df.index.freq."
    )


def check_same_kind(table, times):
    """Raise TypeError where the table's index is not of the kind of `times`, those of the fit."""
    own, fitted = index_kind(table.times), index_kind(times)
    if own != fitted:
        raise TypeError(
            f"{table.argument}: its index holds {own}, that of the fit rows held {fitted}; give both the "
            "same kind of index."
        )


def to_panel(table, values, clock):
    """Put the rows of a table on its clock; time stamps that are missing become rows of NaN.

    Parameters
    ----------
    table : Table
    values : ndarray of float64, shape (rows, C)
        The table's columns as numbers.
    clock : Clock

    Returns
    -------
    Panel
    """
    if table.times is None:
        return Panel(values, table.offsets, table.keys, None, clock)
    firsts = table.firsts()
    steps, on_grid = clock.steps(table.times, firsts.repeat(table.lengths))
    if not on_grid.all():
        raise ValueError(
            f"{table.argument}: {table.where(~on_grid)} is off the step of {clock.name} on which the "
            "other rows lie; move or drop it, or resample the frame."
        )
    lengths = steps[table.offsets[1:] - 1] + 1
    if (lengths == table.lengths).all():
        return Panel(values, table.offsets, table.keys, firsts, clock)
    if lengths.sum() > 20 * len(steps) + 1000:
        hole = np.diff(steps, prepend=0)
        raise ValueError(
            f"{table.argument}: most time stamps are missing: with a step of {clock.name} there are "
            f"{lengths.sum()} for {len(steps)} rows, the widest hole before "
            f"{table.where(hole == hole.max())}; resample the frame to a longer step."
        )
    offsets = _offsets(lengths)
    placed = np.repeat(offsets[:-1], table.lengths) + steps
    filled = np.full((offsets[-1], values.shape[1]), np.nan)
    filled[placed] = values
    return Panel(filled, offsets, table.keys, firsts, clock, placed)


# --- giving back ----------------------------------------------------------------------------------------------------


def forecast_frame(values, form, panel, names, quantiles=None):
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
    origins = panel.next_times()
    times = panel.clock.times(
        origins.repeat(steps), np.tile(np.arange(steps, dtype=np.int64), n_series)
    )
    if form.panel:
        level = panel.keys.repeat(steps)
        index = pd.MultiIndex.from_arrays([level, times], names=form.index_names)
        return _with_columns(flat, index, form, names, quantiles)
    parts = []
    for s in range(n_series):
        index = _with_freq(times[s * steps : (s + 1) * steps], panel.clock, form.index_names[0])
        each = form.each or form
        parts.append(
            _with_columns(flat[s * steps : (s + 1) * steps], index, each, names, quantiles)
        )
    return parts if form.kind == "list" else parts[0]


def _forecast_array(values, form):
    """Shape (steps, n_targets[, n_quantiles]) as the array that came in: without an axis for one column."""
    return values[:, 0] if form.kind == "vector" else values


def _with_freq(times, clock, name):
    if isinstance(times, pd.DatetimeIndex):
        times = times.copy()
        times.freq = clock.freq
    return times.rename(name)


def _with_columns(flat, index, form, names, quantiles):
    if quantiles is None:
        if form.kind == "series":
            return pd.Series(flat[:, 0], index=index, name=form.name)
        return pd.DataFrame(flat, index=index, columns=pd.Index(names))
    levels = [float(q) for q in quantiles]
    if form.kind == "series":
        return pd.DataFrame(flat[:, 0], index=index, columns=pd.Index(levels, name="quantile"))
    columns = pd.MultiIndex.from_product([names, levels], names=["target", "quantile"])
    return pd.DataFrame(flat.reshape(len(flat), -1), index=index, columns=columns)
