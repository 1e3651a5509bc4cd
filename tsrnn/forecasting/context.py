"""Context: the rows that come before those to be forecast, and windows of both as dense arrays."""

from dataclasses import replace

import numpy as np

from tsrnn.frames import check_same_kind, in_zone_of, ranges
from tsrnn.messages import (
    MissingDataWarning,
    in_words,
    listed,
    series_in_words,
    stamp_in_words,
    warn,
)


def join(tail, panel, reach, *, follows=False, named=False):
    """Put before each series of `panel` the rows of `tail` that precede it.

    They do where the series begins within the tail, or at most `reach` steps after it; missing steps between are NaN.

    Parameters
    ----------
    tail : Panel
        The last rows of each series of the fit.
    panel : Panel
    reach : int
    follows : bool
        The panel has no clock and is taken to begin where the tail ends.
    named : bool
        Both are of series that have names. Else those in the same place are the same, if they are as many.

    Returns
    -------
    joined : Panel
    n_before : ndarray of int64, shape (n_series,)
        Rows put before each series.
    """
    source, kept, gap = _what_precedes(tail, panel, reach, follows, named)
    n_before = kept + gap
    if not n_before.any():
        return panel, n_before
    lengths = panel.lengths + n_before
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = np.full((offsets[-1], panel.values.shape[1]), np.nan)
    values[ranges(offsets[:-1], kept)] = tail.values[ranges(tail.offsets[source], kept)]
    values[ranges(offsets[:-1] + n_before, panel.lengths)] = panel.values
    firsts = panel.firsts
    if firsts is not None:
        firsts = firsts.where(n_before == 0, tail.firsts[source])
    return replace(panel, values=values, offsets=offsets, firsts=firsts, placed=None), n_before


def _what_precedes(tail, panel, reach, follows, named):
    """Return for each series of `panel` its number in `tail`, how many of its rows precede, and the steps between."""
    n = len(panel.keys)
    none = np.zeros(n, dtype=np.int64)
    if follows:
        same = n == len(tail.keys)
        return np.arange(n) if same else none, tail.lengths if same else none, none
    if panel.firsts is None or tail.firsts is None:
        return none, none, none
    source = none - 1
    if named or n == len(tail.keys) > 1:
        source = tail.keys.get_indexer(panel.keys)
    elif n == len(tail.keys):
        source = none
    known = source >= 0
    source = np.where(known, source, 0)
    begins = tail.firsts[source]
    later = known & (panel.firsts >= begins)
    # A series that begins before the tail has nothing before it; its own start stands in for the question.
    origins = begins.where(later, panel.firsts)
    after, on_grid = tail.clock.steps(panel.firsts, origins)
    after = np.where(later & on_grid, after, 0)
    length = tail.lengths[source]
    gap = np.maximum(after - length, 0)
    kept = np.where((gap <= reach) & later, np.minimum(after, length), 0)
    return source, kept, np.where(kept > 0, gap, 0)


def dense_windows(panel, starts, origins, window_size, horizon):
    """Gather windows as dense arrays; rows outside the panel's series are NaN.

    Parameters
    ----------
    panel : Panel
    starts, origins : ndarray of int64, shape (n,)
        First row of each window's series, and first row to be forecast.
    window_size, horizon : int

    Returns
    -------
    past : ndarray of float64, shape (n, window_size, C)
    future : ndarray of float64, shape (n, horizon, C)
    """
    ends = panel.offsets[np.searchsorted(panel.offsets, starts, side="right")]
    rows = origins[:, None] + np.arange(-window_size, horizon)
    outside = (rows < starts[:, None]) | (rows >= ends[:, None])
    block = panel.values.take(rows, axis=0, mode="clip")
    if outside.any():
        block[outside] = np.nan
    return block[:, :window_size], block[:, window_size:]


def last_windows(panel, window_size):
    """Return the last `window_size` rows of each series, shape (n_series, window_size, C), NaN before the first."""
    lengths = panel.lengths
    if (lengths == lengths[0]).all() and lengths[0] >= window_size:
        # A view, not to be written to: of many series a copy would take as long as all checks of their rows.
        rows = panel.values.reshape(len(lengths), lengths[0], panel.values.shape[1])
        return rows[:, lengths[0] - window_size :]
    past, _ = dense_windows(panel, panel.offsets[:-1], panel.offsets[1:], window_size, 0)
    return past


def future_rows(future, columns, panel, steps, *, named=False):
    """Return the known columns of the steps to come, as dense rows.

    Parameters
    ----------
    future : Table or None
    columns : tsrnn.columns.Columns
    panel : Panel
        The rows that the steps follow.
    steps : int
    named : bool
        Both are of series that have names.

    Returns
    -------
    ndarray of float64, shape (n_series, steps, C), NaN in all other columns

    Raises
    ------
    ValueError
        Where `future` is missing, not asked for, or does not cover the steps.
    """
    shape = len(panel.keys), steps, len(columns.names)
    if not columns.known:
        if future is not None:
            raise ValueError(
                "future was given, but the fit knows of no column that is known for the steps to come; fit with "
                f"known_future={list(future.frame.columns)[:1]!r}, or leave future out."
            )
        return np.broadcast_to(np.nan, shape)
    dense = np.full(shape, np.nan)
    if future is None:
        raise ValueError(
            f"future is needed: column {in_words(columns.known[0])} is known for the steps to come, "
            f"so give its values for the {steps} steps, as future=frame."
        )
    values = columns.encode(future, columns.known)
    known = slice(columns.known_slice.start, columns.known_slice.start + len(columns.known))
    if future.times is None or panel.firsts is None:
        _take_in_order(dense, future, values, known)
    else:
        check_same_kind(future, panel.firsts)
        future = in_zone_of(future, panel.firsts)
        _take_by_time(dense, future, values, known, panel, named)
    missing = int(np.isnan(dense[:, :, known]).sum())
    if missing:
        warn(
            f"future has {missing} missing value{'s' if missing > 1 else ''}: the forecast is made without.",
            MissingDataWarning,
        )
    return dense


def _take_in_order(dense, future, values, known):
    n_series, steps, _ = dense.shape
    if len(future.keys) != n_series:
        raise ValueError(
            f"future has rows of {len(future.keys)} series, but {n_series} are forecast; give each its own, "
            "in the order of the fit."
        )
    if future.lengths.min() < steps:
        i = int(np.argmin(future.lengths))
        of = f" of series {in_words(future.keys[i])}" if n_series > 1 else ""
        raise ValueError(
            f"future has {future.lengths[i]} rows{of}, but {steps} steps are forecast; give a row for each step."
        )
    rows = future.offsets[:-1, None] + np.arange(steps)
    dense[:, :, known] = values[rows][:, :, known]


def _take_by_time(dense, future, values, known, panel, named):
    (n_series, steps, _), clock = dense.shape, panel.clock
    next_times = panel.next_times()
    one = n_series == len(future.keys) == 1 and not named
    source = np.zeros(1, dtype=int) if one else future.keys.get_indexer(panel.keys)
    if (source < 0).any():
        lacking = series_in_words(source < 0, panel.keys)
        raise ValueError(
            f"future has no rows of {lacking}, only of {listed(list(future.keys), 3)}; the known-future columns must "
            "cover every series that is forecast."
        )
    series = np.repeat(np.arange(n_series), future.lengths[source])
    row = ranges(future.offsets[:-1][source], future.lengths[source])
    ahead = np.asarray(future.times[row] >= next_times[series])
    series, row = series[ahead], row[ahead]
    covered = np.zeros((n_series, steps), dtype=bool)
    if len(row):
        step, on_grid = clock.steps(future.times[row], next_times[series])
        _check_on_grid(future, row[~on_grid], clock)
        use = step < steps
        series, row, step = series[use], row[use], step[use]
        covered[series, step] = True
        dense[series[:, None], step[:, None], np.arange(known.start, known.stop)] = values[row][
            :, known
        ]
    lacks = ~covered.all(1)
    if lacks.any():
        at = int(np.argmax(lacks))
        time = stamp_in_words(clock.times(next_times, np.argmax(~covered, axis=1)), at)
        of = f" of {series_in_words(lacks, panel.keys)}" if n_series > 1 else ""
        raise ValueError(
            f"future lacks a row for {time}{of}; the known-future columns must cover every step that is forecast."
        )


def _check_on_grid(future, off, clock):
    if len(off):
        bad = np.zeros(len(future.times), dtype=bool)
        bad[off] = True
        raise ValueError(
            f"future: {future.where(bad)} is off the step of {clock.name} that is forecast; resample it to that step."
        )
