"""Panel: plain numbers on a clock, one row per step, the rows of all series end to end."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import Clock, index_kind, infer_clock
from tsrnn.messages import place_in_words, stamp_in_words


@dataclass(frozen=True)
class Panel:
    """Numbers on a clock.

    `values` (rows, C) float64, one row per step, NaN where missing; `firsts` and `lasts` the first and last stamp of
    each series, None without an index; `placed` the row of each table row, None where the table had no holes.
    """

    values: np.ndarray
    offsets: np.ndarray
    keys: pd.Index
    firsts: pd.Index | None
    clock: Clock
    placed: np.ndarray | None = None
    lasts: pd.Index | None = None

    @property
    def lengths(self):
        return np.diff(self.offsets)

    def where(self, bad):
        """Say in words where the first True of `bad` (rows,) is, and how many other series have one."""

        def at(row, series):
            step = row - self.offsets[series]
            if self.firsts is None:
                return f"row {step}"
            firsts = self.firsts[[series, series]]
            return f"time {stamp_in_words(self.clock.times(firsts, np.array([step, step + 1])), 0)}"

        return place_in_words(bad, self.offsets, self.keys, at, is_panel=False)

    def next_times(self):
        """Return for each series the stamp one step after its last row."""
        return None if self.lasts is None else self.clock.after(self.lasts, 1)

    def take(self, series):
        """Return the series of these numbers, as a panel of their own."""
        counts = self.lengths[series]
        return replace(
            self,
            values=self.values[ranges(self.offsets[:-1][series], counts)],
            offsets=offsets_of(counts),
            keys=self.keys[series],
            firsts=None if self.firsts is None else self.firsts[series],
            placed=None,
            lasts=None if self.lasts is None else self.lasts[series],
        )

    def head(self, counts):
        """Return the first `counts` rows (n_series,) of each series, as a panel of its own; of one series a view."""
        rows = slice(counts[0]) if len(counts) == 1 else ranges(self.offsets[:-1], counts)
        # Where its series end is never asked for.
        return replace(
            self, values=self.values[rows], offsets=offsets_of(counts), placed=None, lasts=None
        )

    def tail(self, n_rows):
        """Return the last `n_rows` rows of each series, as a panel of its own."""
        kept = np.minimum(self.lengths, n_rows)
        rows = ranges(self.offsets[1:] - kept, kept)
        firsts = self.firsts
        if firsts is not None:
            firsts = self.clock.times(firsts, self.lengths - kept)
        return replace(
            self, values=self.values[rows], offsets=offsets_of(kept), firsts=firsts, placed=None
        )


def ranges(starts, counts):
    """Return `starts[0], starts[0]+1, …` for `counts[0]` numbers, then the same for the next, end to end."""
    total = offsets_of(counts)
    return np.arange(total[-1]) + np.repeat(starts - total[:-1], counts)


def offsets_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


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
    if fitted is not None and fitted.firsts is not None and table.stamps is not None:
        check_same_kind(table, fitted.firsts)
        return fitted.clock
    clock = infer_clock(table.times, table.lengths)
    if clock is not None:
        return clock
    if table.lengths.max() < 2:
        raise ValueError(
            f"{table.argument}: too few rows (n_samples={len(table.frame)}): one time stamp has no frequency; give at "
            "least 2 rows of a series, or set df.index.freq."
        )
    raise ValueError(
        f"{table.argument}: the index has no regular step: {_in_irregular_steps(table)}."
    )


def panel_of(table, values, fitted=None):
    """Put the rows of a table on their clock: that of a fit and in its time zone, or their own.

    Parameters
    ----------
    table : Table
    values : ndarray of float64, shape (rows, C)
        The table's columns as numbers.
    fitted : Panel, optional
        Rows of the fit.

    Returns
    -------
    Panel
    """
    clock = find_clock(table, fitted)
    if fitted is not None and fitted.firsts is not None and table.stamps is not None:
        table = in_zone_of(table, fitted.firsts)
    return to_panel(table, values, clock)


def in_zone_of(table, times):
    """Return the table with the same moments in the time zone of `times`, where these have one."""
    zone = getattr(times, "tz", None)
    if zone is None or table.firsts().tz == zone:
        return table
    return replace(table, stamps=table.stamps.tz_convert(zone))


def check_same_kind(table, times):
    """Raise TypeError where the table's index is not of the kind of `times`, those of the fit."""
    own, fitted = index_kind(table.firsts()), index_kind(times)
    if own != fitted:
        raise TypeError(
            f"{table.argument}: its index holds {own}, that of the fit rows held {fitted}; give both the "
            "same kind of index."
        )


#: Steps to which an irregular index may be resampled.
_ROUND_STEPS = ("1s", "1min", "1h", "1D", "7D")


def _in_irregular_steps(table):
    """Say in words which step of the longest series is the first unlike the others, and what to do."""
    series = int(np.argmax(table.lengths))
    rows = slice(table.offsets[series], table.offsets[series + 1])
    apart = np.diff(table.times[rows])
    usual = np.sort(apart)[len(apart) // 2]
    odd = np.zeros(len(table.frame), dtype=bool)
    odd[rows.start + 1 : rows.stop] = apart != usual
    step = apart[np.argmax(apart != usual)]
    cure = "where the rows are one step apart, use df.reset_index(drop=True)"
    if isinstance(table.times, pd.DatetimeIndex):
        step, usual = pd.Timedelta(step), pd.Timedelta(usual)
        fitting = [name for name in _ROUND_STEPS if pd.Timedelta(name) <= 1.1 * usual]
        cure = f"resample the frame, as in df.resample({(fitting or _ROUND_STEPS)[-1]!r}).mean()"
    return (
        f"{table.where(odd)} comes {step} after the row before it, where {usual} is usual; {cure}"
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

    Raises
    ------
    ValueError
        Where rows lie off the clock's steps, or so far apart that they have another step.
    """
    if table.stamps is None:
        return Panel(values, table.offsets, table.keys, None, clock)
    firsts, lasts = table.firsts(), table.lasts()
    if table.is_unbroken(clock):
        return Panel(values, table.offsets, table.keys, firsts, clock, lasts=lasts)
    steps, on_grid = clock.steps(table.times, firsts.repeat(table.lengths))
    _check_on_grid(table, ~on_grid, clock)
    lengths = steps[table.offsets[1:] - 1] + 1
    _check_holes(table, steps, lengths, clock)
    offsets = offsets_of(lengths)
    placed = np.repeat(offsets[:-1], table.lengths) + steps
    filled = np.full((offsets[-1], values.shape[1]), np.nan)
    filled[placed] = values
    return Panel(filled, offsets, table.keys, firsts, clock, placed, lasts)


def _check_on_grid(table, off, clock):
    """Refuse rows between the steps of the clock."""
    if not off.any():
        return
    series = int(np.searchsorted(table.offsets, np.argmax(off), side="right")) - 1
    first, last = table.offsets[series : series + 2]
    later = table.times[first + 1 : last]
    if clock.steps(later, later[:1].repeat(len(later)))[1].mean() > 0.5 < off[first:last].mean():
        # The others lie on a grid of their own, so it is the first row that is off it.
        off[first] = True
    raise ValueError(
        f"{table.argument}: {table.where(off)} is off the step of {clock.name} on which the other rows lie; move or "
        "drop it, or resample the frame."
    )


def _check_holes(table, steps, lengths, clock):
    """Refuse rows that are missing not here and there but by another frequency, or nearly all."""
    apart = np.diff(steps, prepend=0)
    apart[table.offsets[:-1]] = 0
    inner = np.where(apart > 0, apart, steps.max() + 1)
    least = np.minimum.reduceat(inner, table.offsets[:-1])
    most = np.maximum.reduceat(apart, table.offsets[:-1])
    # Months have 28 to 31 days, so regular steps differ a little where they are counted in others.
    other = (table.lengths > 3) & (least > 3) & (most <= 1.15 * least)
    if other.any():
        rows = f"the rows of {table.which(other)}" if len(other) > 1 else "its rows"
        raise ValueError(
            f"{table.argument}: {rows} are {least[np.argmax(other)]} steps of {clock.name} apart, not 1; bring all "
            "rows to one frequency, as df.resample does."
        )
    if lengths.sum() > 20 * len(steps) + 1000:
        raise ValueError(
            f"{table.argument}: most time stamps are missing: with a step of {clock.name} there are {lengths.sum()} "
            f"for {len(steps)} rows, the widest hole before {table.where(apart == apart.max())}; drop what "
            "lies apart, or bring the rows to a longer step."
        )
