"""Clock: a regular grid of integers, periods or time stamps."""

import numpy as np
import pandas as pd
from pandas.tseries import offsets
from pandas.tseries.offsets import Day, Tick

from tsrnn.clocks._stamps import compare_neighbours

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
    def week_length(self):
        """Steps in a week where a season of the frequency is a day, else in one season."""
        season = self.season_length
        within_a_day = self.is_even and season * pd.Timedelta(self.freq) == _DAY
        return 7 * season if within_a_day else season

    @property
    def is_even(self):
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
        elif self.is_even:
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
        if self.is_even:
            moved = origins.asi8 + steps * self._length_in(origins.unit)
            over = (steps > 0) & (moved < origins.asi8)  # beyond the last stamp numbers begin anew
            if over.any():
                raise self._beyond(steps[over].max(), origins[np.argmax(over)])
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

    def after(self, lasts, n):
        """Return the `n` stamps that follow each of `lasts`, end to end; those of a single one with their frequency."""
        are_dates = isinstance(lasts, pd.DatetimeIndex)
        if len(lasts) == 1 and are_dates and (self.is_even or lasts.tz is None):
            return self._after(lasts[0], n)
        return self.times(lasts.repeat(n), np.tile(np.arange(1, n + 1), len(lasts)))

    def is_unbroken(self, times, offsets):
        """Return whether in every series each stamp lies one step after the one before it.

        Parameters
        ----------
        times : Index, length n
            Stamps of several series, end to end.
        offsets : ndarray of int64, shape (n_series + 1,)

        Returns
        -------
        bool
        """
        if isinstance(self.freq, int):
            step = self.freq
        elif self.periods:
            step = self.freq.n
        elif self.is_even:
            step = self._length_in(times.unit)
        else:
            times, step = _places(self._grid(times.min(), times.max()), times), 1
            if (times < 0).any():
                return False
        follows = compare_neighbours(times, lambda apart: apart == step)
        follows[offsets[1:-1] - 1] = True
        return bool(follows.all())

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
            raise self._beyond(n, last) from None

    def _beyond(self, n, last):
        return ValueError(
            f"{n} steps of {self.name} after {last} lie beyond the years that an index of {last.unit} can hold; take "
            "fewer steps, or use index.as_unit('s')."
        )


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
