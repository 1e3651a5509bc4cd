"""Clock: the regular grid behind an index, so that time stamps become step numbers and step numbers time stamps.

Everything past the pandas edge counts in steps. The clock alone knows that a step is an hour in Helsinki, a business
day, a month's end, or the integer 5.
"""

import numpy as np
import pandas as pd
from pandas.tseries import offsets
from pandas.tseries.offsets import Day, Tick

_SECOND, _MINUTE = pd.Timedelta(seconds=1), pd.Timedelta(minutes=1)
_HOUR, _DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
#: Steps in one season, by the unit of a frequency.
_SEASONS = {"M": 12, "Q": 4, "W": 52, "D": 7, "B": 5, "C": 5, "SM": 24, "WOM": 12, "LWOM": 12}


class Clock:
    """A regular grid of integers, periods or time stamps.

    Parameters
    ----------
    freq : int, pandas DateOffset or None
        The step. None: rows are numbered, there is no index.
    periods : bool
        Whether the grid is of `pandas.Period`.
    time_of_day : Timedelta or None
        When the days of a calendar's freq begin. None: when the first of the stamps asked for does, which may be later
        than on other days, where that time does not exist because the clock is put forward.
    """

    def __init__(self, freq=None, periods=False, time_of_day=None):
        self.freq = freq
        self.periods = periods
        self.time_of_day = time_of_day

    def __repr__(self):
        return f"Clock({self.name})"

    @property
    def name(self):
        """The step in words: "h", "MS", "5", or "row" where there is no index."""
        if self.freq is None:
            return "row"
        return str(self.freq) if isinstance(self.freq, int) else self.freq.freqstr

    @property
    def season_length(self):
        """Steps in one season of the frequency, 1 where none is known."""
        if self.freq is None or isinstance(self.freq, int):
            return 1
        if isinstance(self.freq, Tick) and not isinstance(self.freq, Day):
            return _season_of_tick(pd.Timedelta(self.freq))
        unit, n = _unit(self.freq)
        if unit == "D" and n % 7 == 0:
            unit, n = "W", n // 7
        season = _SEASONS.get(unit, 1)
        # Weeks do not divide a year, so 52 is rounded already; for the others half a season is none.
        return max(1, round(season / n)) if unit == "W" or season % n == 0 else 1

    @property
    def _is_even(self):
        """Whether every step has the same length, so that arithmetic on stamps is enough."""
        return isinstance(self.freq, Tick) and not isinstance(self.freq, Day)

    def steps(self, times, origins):
        """Return how many steps each stamp lies after its origin, int64; meaningless where it is off the grid.

        Parameters
        ----------
        times : Index, length n
        origins : Index, length n
            The stamp from which the steps of each are counted, not later than it.

        Returns
        -------
        steps : ndarray of int64, shape (n,)
        on_grid : ndarray of bool, shape (n,)
        """
        if isinstance(self.freq, int):
            apart, step = times.to_numpy(np.int64) - origins.to_numpy(np.int64), self.freq
        elif self.periods:
            apart, step = times.asi8 - origins.asi8, self.freq.n
        elif self._is_even:
            times = times.as_unit(origins.unit) if times.unit != origins.unit else times
            apart, step = times.asi8 - origins.asi8, self._length_in(times.unit)
        else:
            grid = self._grid(min(times.min(), origins.min()), max(times.max(), origins.max()))
            at, begins = _places(grid, times), _places(grid, origins)
            return at - begins, (at >= 0) & (begins >= 0)
        steps = apart // step
        return steps, steps * step == apart

    def times(self, origins, steps):
        """Return the stamps that lie `steps` steps after `origins`.

        Parameters
        ----------
        origins : Index, length n
        steps : ndarray of int64, shape (n,)

        Returns
        -------
        Index, length n

        Raises
        ------
        ValueError
            Where the stamps lie beyond the years that pandas can hold.
        """
        if isinstance(self.freq, int):
            return pd.Index(origins.to_numpy(np.int64) + steps * self.freq)
        if self.periods:
            ordinals = origins.asi8 + steps * self.freq.n
            return pd.PeriodIndex.from_ordinals(ordinals, freq=self.freq)
        if self._is_even:
            moved = origins.asi8 + steps * self._length_in(origins.unit)
            stamps = pd.DatetimeIndex(moved.view(f"M8[{origins.unit}]"))
            return (
                stamps if origins.tz is None else stamps.tz_localize("UTC").tz_convert(origins.tz)
            )
        grid = self._grid(origins.min(), origins.max())
        at = _places(grid, origins) + steps
        lacking = at.max() + 1 - len(grid)
        if lacking > 0:
            grid = grid.append(self._after(grid[-1], lacking))
        return _in_zone(grid.take(at), origins.tz)

    def _length_in(self, unit):
        return int(pd.Timedelta(self.freq) / pd.Timedelta(1, unit=unit))

    def _grid(self, first, last):
        """Return the grid by the clock on the wall: a day there may last 23 hours."""
        unit, (first, last) = first.unit, (stamp.tz_localize(None) for stamp in (first, last))
        if self.time_of_day is not None:
            first = first.normalize() + self.time_of_day
        return pd.date_range(first, last, freq=self.freq, unit=unit)

    def _after(self, last, n):
        try:
            return pd.date_range(last, periods=n + 1, freq=self.freq, unit=last.unit)[1:]
        except (ValueError, OverflowError):
            raise ValueError(
                f"{n} steps of {self.name} after {last} lie beyond the years that an index of "
                f"{last.unit} can hold; take fewer steps, or use index.as_unit('s')."
            ) from None


def _season_of_tick(step):
    """Return the steps in a day, or of short ones in an hour or a minute, 1 where they do not fill it."""
    if step < _SECOND:
        return 1
    whole = _DAY if step >= 5 * _MINUTE else _HOUR if step >= _MINUTE else _MINUTE
    return int(whole / step) if whole % step == pd.Timedelta(0) else 1


def _unit(freq):
    """Return what a frequency counts, "M" of "MS", "ME", "BMS" and "CBME" alike, and how many of it."""
    if type(freq) is offsets.DateOffset:
        # Without a name, such as DateOffset(months=1).
        unit, size = next(iter(freq.kwds.items()), ("days", 1))
        return {"months": "M", "weeks": "W", "days": "D"}.get(unit), size * freq.n
    unit = freq.rule_code.split("-")[0]
    if len(unit) > 1 and not unit.endswith("WOM"):
        unit = unit.removesuffix("S").removesuffix("E").removeprefix("C")
        unit = unit.removeprefix("B") if len(unit) > 1 else unit
    return unit, freq.n


def _places(grid, times):
    """Return where stamps stand on a grid of wall times, -1 where they do not."""
    if times.tz is None:
        return grid.get_indexer(times)
    places = grid.get_indexer(times.tz_localize(None))
    if (places < 0).any():
        # Midnight does not exist on some days of some zones; those begin at one o'clock.
        shifted = _in_zone(grid, times.tz).get_indexer(times)
        places = np.where(places < 0, shifted, places)
    return places


def _in_zone(wall, tz):
    """Return wall times as stamps of a time zone: the first of two equal ones, the next where there is none."""
    if tz is None:
        return wall
    first = np.ones(len(wall), dtype=bool)
    return wall.tz_localize(tz, ambiguous=first, nonexistent="shift_forward")


def index_kind(times):
    """Say in words what an index holds: only indexes of one kind lie on one clock."""
    if isinstance(times, pd.PeriodIndex):
        return f"periods ({times.freqstr})"
    if isinstance(times, pd.DatetimeIndex):
        return "dates without a time zone" if times.tz is None else "dates with a time zone"
    return "whole numbers"


def looks_like_date(values):
    """Whether the first of `values` is a date, or text that pandas reads as one."""
    if len(values) == 0 or pd.api.types.is_numeric_dtype(values.dtype):
        return False
    first = str(values[0])
    if not any(sign.isdigit() for sign in first) or len(first) < 6:
        return False
    try:
        return pd.Timestamp(first) is not pd.NaT
    except ValueError:
        return False


# --- which grid -----------------------------------------------------------------------------------

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
        return None if freq is None else Clock(freq, time_of_day=_time_of_day(longest))
    if isinstance(times, pd.RangeIndex) and (lengths is None or len(lengths) == 1):
        freq = int(times.step)
    else:
        stamps = longest.to_numpy(np.int64)
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
