"""Reading: any accepted input as a Table, its rows in time order."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import compare_neighbours, index_kind, looks_like_date, stamps_of
from tsrnn.frames._panel import offsets_of
from tsrnn.frames._stamps import Stamps, second_level
from tsrnn.messages import in_words, listed, place_in_words, series_in_words, stamp_in_words

_ACCEPTED = "a Series, DataFrame, array or list of these"
_NAMES = {"frame": "DataFrame", "series": "Series", "array": "2-D array", "vector": "1-D array"}


@dataclass(frozen=True)
class Form:
    """How the user's data looked, so that forecasts go back the same way.

    `kind` is one of "array", "vector", "list", "series", "frame"; `panel` says whether there are two index levels;
    `columns_name` is what the columns together are called; `elements` are the forms of a list's elements.
    """

    kind: str
    panel: bool = False
    name: object = None
    index_names: tuple = (None,)
    columns_name: object = None
    elements: "tuple[Form, ...]" = ()

    @property
    def each(self):
        """The form of a list's elements, all of one kind; None where it is no list."""
        return self.elements[0] if self.elements else None

    @property
    def has_clock(self):
        return self.kind in ("series", "frame") or (self.each is not None and self.each.has_clock)


@dataclass(frozen=True)
class Table:
    """The user's rows, series end to end.

    `frame` has plain columns; `offsets` (n_series + 1,) says where each series starts; `stamps` is None where rows are
    only numbered; `order` is the user's row number of each row, None where nothing moved.
    """

    frame: pd.DataFrame
    offsets: np.ndarray
    keys: pd.Index
    stamps: pd.Index | Stamps | None
    form: Form
    argument: str = "X"
    order: np.ndarray | None = None

    @property
    def lengths(self):
        return np.diff(self.offsets)

    @property
    def times(self):
        """The stamps as an index, None where rows are only numbered."""
        return self.stamps.index if isinstance(self.stamps, Stamps) else self.stamps

    @property
    def zone(self):
        """Time zone of the stamps, None where they have none."""
        return None if self.stamps is None else getattr(self.firsts(), "tz", None)

    def firsts(self):
        """Return the first stamp of each series."""
        return self.stamps.take(self.offsets[:-1])

    def lasts(self):
        """Return the last stamp of each series."""
        return self.stamps.take(self.offsets[1:] - 1)

    def is_unbroken(self, clock):
        """Return whether in every series each stamp lies one step of the clock after the one before it."""
        if isinstance(self.stamps, Stamps):
            return self.stamps.is_unbroken(clock, self.offsets)
        return clock.is_unbroken(self.stamps, self.offsets)

    def where(self, bad):
        """Say in words where the first True of `bad` (rows,) is, and how many other series have one."""

        def at(row, series):
            if self.times is None:
                return f"row {row - self.offsets[series]}"
            return f"time {stamp_in_words(self.times, row)}"

        is_panel = self.form.panel or self.form.kind == "list"
        return place_in_words(bad, self.offsets, self.keys, at, is_panel=is_panel)

    def which(self, bad):
        """Say in words which is the first series where `bad` (n_series,) is True, and how many others are."""
        return series_in_words(bad, self.keys)


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
    if isinstance(X, list | tuple) and any(
        isinstance(x, np.ndarray | pd.Series | pd.DataFrame) for x in X
    ):
        return _read_list(X, argument)
    if not isinstance(X, pd.Series | pd.DataFrame):
        return _read_array(X, argument)
    index_names = tuple(X.index.names)
    if isinstance(X, pd.Series):
        form = Form("series", name=X.name, index_names=index_names)
        frame = X.to_frame(0 if X.name is None else X.name)
    else:
        form, frame = Form("frame", index_names=index_names, columns_name=X.columns.name), X
        _check_names(X.columns, argument)
    if X.index.nlevels == 2:
        return _read_panel(frame, replace(form, panel=True), argument)
    if X.index.nlevels > 2:
        raise ValueError(
            f"{argument}: a panel has two index levels (series, time), but there are {X.index.nlevels}, "
            f"{list(X.index.names)}; join the outer levels into one, such as 'store/item'."
        )
    times = _check_index_kind(frame.index.get_level_values(0), argument)
    key = pd.Index([0 if form.name is None else form.name], tupleize_cols=False)
    return _check_rows(Table(frame, np.array([0, len(frame)]), key, times, form, argument))


def refuse_vector(table):
    """Raise where a table was an array of one axis: beside a y, or in front of windows, X has rows and columns."""
    if table.form.kind == "vector":
        raise ValueError(
            f"{table.argument}: Expected 2D array, got 1D array of {len(table.frame)} values instead. Reshape your "
            f"data: {table.argument}.reshape(-1, 1) is one series."
        )


def check_width(table, names, owner):
    """Raise where a table has another number of columns than a fit, whose columns were `names`, and none to go by.

    `owner` is the name of the estimator, for messages.
    """
    n, kind = table.frame.shape[1], (table.form.each or table.form).kind
    nameless = kind in ("array", "vector") or not all(isinstance(name, str) for name in names)
    if n != len(names) and nameless:
        cure = "; give the columns of the fit."
        if kind == "vector":
            cure = f". Reshape your data to (n, {len(names)}), the columns of the fit."
        raise ValueError(
            f"{table.argument} has {n} features, but {owner} is expecting {len(names)} features as input{cure}"
        )


def _check_names(columns, argument):
    if columns.nlevels > 1:
        raise ValueError(
            f"{argument}: its column names have {columns.nlevels} levels, such as {columns[0]!r}; make them one, as in "
            "df.columns = df.columns.to_flat_index()."
        )
    if not columns.is_unique:
        twice = columns[columns.duplicated()][0]
        raise ValueError(
            f"{argument}: two columns have the name {in_words(twice)}; rename or drop one."
        )


def _read_array(X, argument):
    _refuse_sparse(X, argument)  # some sparse arrays are dicts
    values = None if isinstance(X, dict | str | bytes | set) else as_array(X, argument)
    if values is None or (values.ndim == 0 and not isinstance(X, np.ndarray)):
        raise TypeError(f"{argument}: expected {_ACCEPTED}, got {type(X).__name__}.")
    if values.ndim not in (1, 2):
        windows = (
            "" if hasattr(X, "ndim") or values.ndim != 3 else "; ready windows must be an ndarray"
        )
        raise ValueError(
            f"{argument}: expected an array of 1 or 2 dimensions (rows, columns), got shape {values.shape}{windows}."
        )
    kind = "vector" if values.ndim == 1 else "array"
    frame = pd.DataFrame(values[:, None] if kind == "vector" else values, copy=False)
    table = Table(frame, np.array([0, len(frame)]), pd.RangeIndex(1), None, Form(kind), argument)
    return _check_rows(table)


def _refuse_sparse(X, argument):
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{argument}: sparse data was passed, but a dense array is required; use {argument}.toarray()."
        )


def as_array(X, argument):
    """Return anything that numpy can read as an array of real numbers or objects, what is masked in it as NaN."""
    _refuse_sparse(X, argument)
    if isinstance(X, np.ma.MaskedArray):
        X = X.astype(np.float64).filled(np.nan)
    try:
        values = np.asarray(X)
    except (ValueError, TypeError, RuntimeError) as error:
        if isinstance(X, list | tuple):
            raise ValueError(
                f"{argument}: its rows differ in length, so they make no table; give rows of one length, or for "
                "several series a list of arrays or frames."
            ) from None
        raise TypeError(f"{argument}: cannot be read as an array: {error}") from None
    if values.dtype.names is not None:
        raise TypeError(f"{argument}: is an array of records; use pd.DataFrame(X).")
    if np.iscomplexobj(values):
        raise ValueError(
            f"{argument}: Complex data not supported; give X.real and X.imag as columns."
        )
    return values


def _read_list(X, argument):
    tables = [read_table(x, f"{argument}[{i}]") for i, x in enumerate(X)]
    each, columns = tables[0].form, list(tables[0].frame.columns)
    for i, table in enumerate(tables):
        _check_element(table, tables[0], argument)
        if each.kind == "series":
            tables[i] = replace(table, frame=table.frame.set_axis(columns, axis=1))
    times = None
    if each.has_clock:
        times = tables[0].times.append([t.times for t in tables[1:]])
    return Table(
        frame=pd.concat([t.frame for t in tables], ignore_index=True),
        offsets=offsets_of([len(t.frame) for t in tables]),
        keys=pd.RangeIndex(len(tables)),
        stamps=times,
        form=Form("list", elements=tuple(t.form for t in tables)),
        argument=argument,
    )


def _check_element(table, first, argument):
    """Raise where an element of a list is not one series, or not like the first one."""
    own, others = table.form, first.form
    if own.panel or own.kind == "list":
        raise TypeError(
            f"{table.argument}: an element of a list is one series, but this one holds several; give a list of "
            "their frames, or one panel (pd.concat joins panels)."
        )
    if own.kind != others.kind:
        raise TypeError(
            f"{argument}: the elements of a list must be of one kind, but {first.argument} is a "
            f"{_NAMES[others.kind]} and {table.argument} a {_NAMES[own.kind]}."
        )
    if own.has_clock and index_kind(table.times) != index_kind(first.times):
        raise TypeError(
            f"{argument}: the elements of a list must have one kind of index, but {first.argument} has "
            f"{index_kind(first.times)} and {table.argument} {index_kind(table.times)}."
        )
    if own.has_clock and str(table.zone) != str(first.zone):  # UTC has several classes
        raise ValueError(
            f"{argument}: the elements of a list must be in one time zone, but {first.argument} is in "
            f"{first.times.tz} and {table.argument} in {table.times.tz}; use {table.argument}.tz_convert(...)."
        )
    columns, wanted = list(table.frame.columns), list(first.frame.columns)
    if columns != wanted and own.kind != "series":
        both = (f"{len(columns)} columns", f"{len(wanted)}") if own.kind == "array" else (
            f"the columns {listed(columns)}", listed(wanted)
        )  # fmt: skip
        raise ValueError(
            f"{argument}: the elements of a list must have the same columns in one order, but {table.argument} has "
            f"{both[0]} and {first.argument} {both[1]}."
        )


def _read_panel(frame, form, argument):
    codes = frame.index.codes[0]
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise ValueError(
            f"{argument}: row {row} has no series name (NaN in the first index level); name its series or drop it."
        )
    order, starts = None, _run_starts(codes)
    if _repeats(codes[starts]):
        # Rows sorted by time across series are in time order within each series too.
        places, _ = pd.factorize(codes)
        order = np.argsort(places, kind="stable")
        frame, codes = frame.iloc[order], codes[order]
        starts = _run_starts(codes)
    keys = frame.index.levels[0].take(codes[starts]).rename(None)
    stamps = second_level(frame.index)
    if not isinstance(stamps, Stamps):
        _check_order_of_levels(frame.index, argument)
        _check_index_kind(stamps, argument, "its second level")
    offsets = np.append(starts, len(codes))
    return _check_rows(Table(frame, offsets, keys, stamps, form, argument, order))


def _check_order_of_levels(index, argument):
    first, second = index.levels
    if (
        len(second)
        and isinstance(first, pd.DatetimeIndex | pd.PeriodIndex)
        and pd.api.types.is_string_dtype(second.dtype)
    ):
        raise TypeError(
            f"{argument}: the index has the times first and the series second, such as {in_words(second[0])}; turn "
            "them round with df.swaplevel().sort_index()."
        )


def _run_starts(codes):
    """Return where each run of equal codes starts."""
    differs = np.ones(len(codes), dtype=bool)
    np.not_equal(codes[1:], codes[:-1], out=differs[1:])
    return np.flatnonzero(differs)


def _repeats(codes):
    """Whether a code is there twice."""
    return not (codes[1:] > codes[:-1]).all() and len(np.unique(codes)) < len(codes)


def _check_index_kind(index, argument, level=""):
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or pd.api.types.is_integer_dtype(
        index.dtype
    ):
        return index
    raise TypeError(
        f"{argument}: the index must hold dates, periods or whole numbers, but {level or 'it'} holds "
        f"{index.dtype}{f' (first: {in_words(index[0])})' if len(index) else ''}; {_index_cure(index, level)}."
    )


def _index_cure(index, level):
    if looks_like_date(index):
        utc = ", utc=True" if isinstance(index[0], pd.Timestamp) else ""
        return f"turn it into dates with pd.to_datetime({'...' if level else 'df.index'}{utc})"
    if isinstance(index, pd.TimedeltaIndex):
        return "add the time at which it starts, as in pd.Timestamp('2024-01-01') + df.index"
    if level:
        return "number the rows of each series, as df.groupby(level=0).cumcount() does"
    return "where the rows are one step apart, use df.reset_index(drop=True)"


def _ascend(stamps):
    """Return whether each stamp is later than the one before it, ndarray of bool, shape (n - 1,)."""
    if isinstance(stamps, Stamps):
        return stamps.ascend()
    return compare_neighbours(stamps, lambda apart: apart > 0)


def _check_rows(table):
    if table.frame.shape[1] == 0:
        raise ValueError(
            f"{table.argument}: no columns: 0 feature(s) (shape={table.frame.shape}) while a minimum of 1 is required."
        )
    if len(table.frame) == 0:
        raise ValueError(f"{table.argument}: no rows; at least 1 is required.")
    stamps = table.stamps
    if stamps is None:
        return table
    if stamps.hasnans:
        place = replace(table, stamps=None).where(np.asarray(stamps.isna()))
        raise ValueError(
            f"{table.argument}: {place} has no time stamp (NaT in the index); drop it or give it one."
        )
    ahead = _ascend(stamps)
    ahead[table.offsets[1:-1] - 1] = True
    if ahead.all():
        return table
    times = table.times
    apart = np.diff(stamps_of(times), prepend=stamps_of(times[:1]))
    apart[table.offsets[:-1]] = 1
    several = (
        ""
        if table.form.panel
        else " If the frame holds several series, index it by (series, time)."
    )
    if (apart < 0).any():
        raise ValueError(
            f"{table.argument}: time stamps are not sorted: {table.where(apart < 0)} comes after a later one; use "
            f"df.sort_index().{'' if times.is_unique else several}"
        )
    raise ValueError(
        f"{table.argument}: duplicate time stamps: {table.where(apart == 0)} is there twice; aggregate them, or "
        f"keep the first with df[~df.index.duplicated()].{several}"
    )
