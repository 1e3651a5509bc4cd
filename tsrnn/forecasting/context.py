"""Context: the rows that come before those to be forecast, and windows of both as dense arrays."""

from dataclasses import replace

import numpy as np

from tsrnn.frames import Panel, check_same_kind, ranges


def join(tail, panel, reach, *, follows=False):
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

    Returns
    -------
    joined : Panel
    n_before : ndarray of int64, shape (n_series,)
        Rows put before each series.
    """
    source, kept, gap = _what_precedes(tail, panel, reach, follows)
    n_before = kept + gap
    if not n_before.any():
        return panel, n_before
    lengths = panel.lengths + n_before
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = np.full((offsets[-1], panel.values.shape[1]), np.nan)
    values[ranges(offsets[:-1], kept)] = tail.values[ranges(tail.offsets[source], kept)]
    values[ranges(offsets[:-1] + n_before, panel.lengths)] = panel.values
    # Where the joined series starts is never asked for, only where it ends.
    return replace(panel, values=values, offsets=offsets, placed=None), n_before


def _what_precedes(tail, panel, reach, follows):
    """Return for each series of `panel` its number in `tail`, how many of its rows precede, and the steps between."""
    n = len(panel.keys)
    none = np.zeros(n, dtype=np.int64)
    if follows:
        same = n == len(tail.keys)
        return np.arange(n) if same else none, tail.lengths if same else none, none
    if panel.firsts is None or tail.firsts is None:
        return none, none, none
    source = np.arange(n) if n == len(tail.keys) == 1 else tail.keys.get_indexer(panel.keys)
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
    block = panel.values[np.where(outside, 0, rows)]
    block[outside] = np.nan
    return block[:, :window_size], block[:, window_size:]


def last_windows(panel, window_size):
    """Return the last `window_size` rows of each series, shape (n_series, window_size, C), NaN before the first."""
    tail: Panel = panel.tail(window_size)
    dense = np.full((len(tail.keys), window_size, tail.values.shape[1]), np.nan)
    series = np.repeat(np.arange(len(tail.keys)), tail.lengths)
    column = ranges(window_size - tail.lengths, tail.lengths)
    dense[series, column] = tail.values
    return dense


def future_rows(future, columns, panel, steps, clock):
    """Return the known columns of the steps to come, as dense rows.

    Parameters
    ----------
    future : Table or None
    columns : tsrnn.columns.Columns
    panel : Panel
        The rows that the steps follow.
    steps : int
    clock : Clock

    Returns
    -------
    ndarray of float64, shape (n_series, steps, C), NaN in all other columns

    Raises
    ------
    ValueError
        Where `future` is missing or does not cover the steps.
    """
    n_series = len(panel.keys)
    dense = np.full((n_series, steps, len(columns.names)), np.nan)
    if not columns.known:
        return dense
    if future is None:
        raise ValueError(
            f"future is needed: column {columns.known[0]!r} is known for the steps to come, so give its values "
            f"for the {steps} steps, as in forecast(future=frame)."
        )
    values = columns.encode(future, columns.known)
    known = slice(columns.known_slice.start, columns.known_slice.start + len(columns.known))
    if future.times is None or panel.firsts is None:
        _take_in_order(dense, future, values, known)
    else:
        check_same_kind(future, panel.firsts)
        _take_by_time(dense, future, values, known, panel, clock)
    return dense


def _take_in_order(dense, future, values, known):
    n_series, steps, _ = dense.shape
    if len(future.keys) != n_series or future.lengths.min() < steps:
        raise ValueError(
            f"future has {int(future.lengths.min())} rows for {len(future.keys)} series, but {steps} steps of "
            f"{n_series} series are forecast; give a row for each step."
        )
    rows = future.offsets[:-1, None] + np.arange(steps)
    dense[:, :, known] = values[rows][:, :, known]


def _take_by_time(dense, future, values, known, panel, clock):
    n_series, steps, _ = dense.shape
    next_times = panel.next_times()
    one = n_series == len(future.keys) == 1
    source = np.zeros(1, dtype=int) if one else future.keys.get_indexer(panel.keys)
    _refuse(source < 0, panel, next_times, "has no rows of")
    covered = np.zeros((n_series, steps), dtype=bool)
    series = np.repeat(np.arange(n_series), future.lengths[source])
    row = ranges(future.offsets[:-1][source], future.lengths[source])
    times, begins = future.times[row], next_times[series]
    ahead = np.asarray(times >= begins)
    step, on_grid = clock.steps(times[ahead], begins[ahead]) if ahead.any() else (np.zeros(0, int),) * 2
    use = (step < steps) & np.asarray(on_grid, dtype=bool)
    series, row, step = series[ahead][use], row[ahead][use], step[use]
    covered[series, step] = True
    dense[series[:, None], step[:, None], np.arange(known.start, known.stop)] = values[row][:, known]
    lacking = np.argmax(~covered, axis=1)
    first = clock.times(next_times, lacking)
    _refuse(~covered.all(1), panel, first, "lacks a row for")


def _refuse(bad, panel, times, fault):
    if bad.any():
        at = int(np.argmax(bad))
        series = f" of series {panel.keys[at]!r}" if len(panel.keys) > 1 else ""
        others = f" (and {int(bad.sum()) - 1} other series like it)" if bad.sum() > 1 else ""
        raise ValueError(
            f"future {fault} {times[at]}{series}{others}; the known-future columns must cover every step that is "
            "forecast."
        )
