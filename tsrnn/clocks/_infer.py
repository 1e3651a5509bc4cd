"""Which clock an index keeps, also where rows are missing from it."""

import numpy as np
import pandas as pd
from pandas.tseries import offsets

from tsrnn.clocks._clock import Clock
from tsrnn.clocks._stamps import stamps_of

_NOTHING, _HALF_A_DAY = pd.Timedelta(0), pd.Timedelta(hours=12)
_MONTHS = {
    offsets.MonthBegin(): (offsets.QuarterBegin, offsets.YearBegin),
    offsets.MonthEnd(): (offsets.QuarterEnd, offsets.YearEnd),
    offsets.BusinessMonthBegin(): (offsets.BQuarterBegin, offsets.BYearBegin),
    offsets.BusinessMonthEnd(): (offsets.BQuarterEnd, offsets.BYearEnd),
}
#: Share of the stamps that must lie on a grid if the others are to be told that they are off it.
_MOST = 0.8
#: Share of a grid's rows that must be there where next to no two of them follow each other.
_DENSE = 1 / 3


def infer_clock(times, lengths=None):
    """Find the grid on which an index lies, also where rows are missing from it.

    It is the coarsest one that holds every stamp of the longest series. Where the rows of that one
    stand far apart only because a few stamps are off a coarser one, it is the coarser one, so that
    these few can be named.

    Parameters
    ----------
    times : Index or None
        Stamps of one series, or of several end to end, in time order.
    lengths : ndarray of int64, optional
        Rows of each series.

    Returns
    -------
    Clock or None
        None where no grid is regular enough.

    Examples
    --------
    >>> import pandas as pd
    >>> infer_clock(pd.DatetimeIndex(["2024-01-31", "2024-02-29", "2024-04-30"]))
    Clock(ME)
    """
    if times is None:
        return Clock()
    if isinstance(times, pd.PeriodIndex):
        return Clock(times.freq, periods=True)
    longest = _longest_series(times, lengths)
    if isinstance(times, pd.DatetimeIndex):
        freq = _infer_freq(longest)
        clock = Clock(freq)
        if freq is not None and not clock.is_even:
            clock.time_of_day = _time_of_day(longest)
        return None if freq is None else clock
    if isinstance(times, pd.RangeIndex) and (lengths is None or len(lengths) == 1):
        freq = int(times.step)
    else:
        stamps = stamps_of(longest)
        everywhere = np.ones(len(stamps), dtype=bool)
        freq = _coarsest([(1, stamps - stamps[0], everywhere)]) if len(stamps) > 1 else 1
    return None if freq is None else Clock(freq)


def _time_of_day(times):
    """Return when most days begin; None without a time zone, where no day begins at another time."""
    if times.tz is None:
        return None
    wall = times.tz_localize(None)
    return pd.Timedelta(_commonest(wall - wall.normalize()))


def _longest_series(times, lengths=None):
    """Return the stamps of the longest of several series that stand end to end."""
    if lengths is None or len(lengths) < 2:
        return times
    series = int(np.argmax(lengths))
    start = int(lengths[:series].sum())
    return times[start : start + int(lengths[series])]


def _commonest(values):
    """Return the value that occurs most often, the least of several."""
    values, counts = np.unique(values, return_counts=True)
    return values[np.argmax(counts)]


def _coarsest(grids):
    """Return the step of the grid that `infer_clock` describes, or None.

    Parameters
    ----------
    grids : iterable of (unit, steps, on_grid)
        The units that a step may be a multiple of, the one to be preferred first, and for each how many of them every
        stamp lies after the first and whether it lies on their grid.
    """
    whole, nearly = [], []
    for unit, steps, on_grid in grids:
        usual = int(_commonest(np.diff(steps[on_grid])))
        if on_grid.all():
            n = int(np.gcd.reduce(steps))
            whole.append((steps[-1] // n + 1, unit * n, n == usual))
        if (on_grid & (steps % usual == 0)).mean() >= _MOST:
            nearly.append((steps[on_grid][-1] // usual, unit * usual))
    if not whole:
        return None
    n_rows, step, is_usual = min(whole, key=lambda grid: grid[0])
    if is_usual:
        return step
    if nearly:
        return min(nearly, key=lambda grid: grid[0])[1]
    return step if len(steps) >= _DENSE * n_rows else None


def _infer_freq(times):
    """Return the offset on whose grid dates lie, or None."""
    if times.freq is not None or len(times) < 2:
        return times.freq
    step, whole = times[1] - times[0], np.array([0, len(times)])
    is_short = _NOTHING < step <= _HALF_A_DAY
    if is_short and Clock(_as_tick(step)).is_unbroken(times, whole):
        return _as_tick(step)  # as the rest would find too, at more cost
    origins, grids = times[:1].repeat(len(times)), []
    for unit in _units(times):
        steps, on_grid = Clock(unit).steps(times, origins)
        if on_grid.mean() >= _MOST and on_grid.sum() > 1:
            grids.append((unit, steps, on_grid))
    apart = times.asi8 - times.asi8[0]
    grids.append((pd.Timedelta(1, unit=times.unit), apart, np.ones(len(times), dtype=bool)))
    step = _coarsest(grids)
    return _as_tick(step) if isinstance(step, pd.Timedelta) else _as_long_as(step, times[0])


def _units(times):
    """Yield the calendar's units on whose grids the first of `times` lies, the likeliest first."""
    wall = times.tz_localize(None)
    first, in_day = wall[0], wall - wall.normalize()
    if (in_day == in_day[0]).mean() < _MOST:
        return
    weekday = first.weekday()
    # Half-months divide the month at any day, so that two of them are a month from the 20th to the 20th.
    day = first.day if 1 < first.day < 28 else 15
    units = [
        *_MONTHS,
        offsets.WeekOfMonth(week=min(3, (first.day - 1) // 7), weekday=weekday),
        offsets.LastWeekOfMonth(weekday=weekday),
        offsets.Week(weekday=weekday),
        offsets.Day(),
        offsets.SemiMonthBegin(day_of_month=day),
        offsets.SemiMonthEnd(day_of_month=day),
        offsets.BusinessDay(),
    ]
    yield from (unit for unit in units if unit.is_on_offset(first))


def _as_tick(step):
    """Return a length of time as a frequency, in the largest unit that divides it."""
    for tick in (offsets.Hour, offsets.Minute, offsets.Second, offsets.Milli, offsets.Micro):
        n = step / pd.Timedelta(tick(1))
        if n == int(n):
            return tick(int(n))
    return offsets.Nano(step.value)


def _as_long_as(step, first):
    """Return three months as a quarter and twelve as a year, which begin or end in the month of `first`."""
    for unit, (quarter, year) in _MONTHS.items():
        if type(step) is type(unit) and step.n % 12 == 0:
            return year(step.n // 12, month=first.month)
        if type(step) is type(unit) and step.n % 3 == 0:
            # pandas names a quarter after the first month that begins one, or the last that ends one.
            month = (first.month - 1) % 3 + (1 if "Begin" in quarter.__name__ else 10)
            return quarter(step.n // 3, startingMonth=month)
    return step
