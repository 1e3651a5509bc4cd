"""Clock: the regular grid behind an index, so that time stamps become step numbers and step numbers time stamps.

Everything past the pandas edge counts in steps. The clock alone knows that a step is an hour in Helsinki, a business
day, a month's end, or the integer 5.
"""

from collections import Counter

import numpy as np
import pandas as pd
from pandas.tseries.offsets import Day, Tick

#: Steps in one season, by the unit of a frequency.
_SEASONS = {"M": 12, "Q": 4, "W": 52, "D": 7, "B": 5, "C": 5, "SM": 24, "Y": 1}
_DAY = pd.Timedelta(days=1)


class Clock:
    """A regular grid of integers, periods or time stamps.

    Parameters
    ----------
    freq : int, pandas DateOffset or None
        The step. None: rows are numbered, there is no index.
    periods : bool
        Whether the grid is of `pandas.Period`.
    """

    def __init__(self, freq=None, periods=False):
        self.freq = freq
        self.periods = periods

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
            step = pd.Timedelta(self.freq)
            whole = _DAY if step >= pd.Timedelta(minutes=5) else pd.Timedelta(hours=1)
            whole = pd.Timedelta(minutes=1) if step < pd.Timedelta(minutes=1) else whole
            return max(1, round(whole / step))
        unit = self.freq.rule_code.split("-")[0].removesuffix("S").removesuffix("E")
        unit = unit.removeprefix("B") if len(unit) > 1 else unit
        return max(1, round(_SEASONS.get(unit, 1) / self.freq.n))

    @property
    def _is_even(self):
        """Whether every step has the same length, so that arithmetic on stamps is enough."""
        return isinstance(self.freq, Tick) and not isinstance(self.freq, Day)

    def steps(self, times, origins):
        """Return how many steps each stamp lies after its origin, int64; -1 below 0 where it is off the grid.

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
            apart, step = times.to_numpy() - origins.to_numpy(), self.freq
        elif self.periods:
            apart, step = times.asi8 - origins.asi8, self.freq.n
        elif self._is_even:
            times = times.as_unit(origins.unit) if times.unit != origins.unit else times
            apart, step = times.asi8 - origins.asi8, self._length_in(times.unit)
        else:
            grid = self._grid(min(times.min(), origins.min()), max(times.max(), origins.max()))
            at = grid.get_indexer(times)
            return at - grid.get_indexer(origins), at >= 0
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
        """
        if isinstance(self.freq, int):
            return pd.Index(origins.to_numpy() + steps * self.freq)
        if self.periods:
            ordinals = origins.asi8 + steps * self.freq.n
            return pd.PeriodIndex.from_ordinals(ordinals, freq=self.freq)
        if self._is_even:
            moved = origins.asi8 + steps * self._length_in(origins.unit)
            stamps = pd.DatetimeIndex(moved.view(f"M8[{origins.unit}]"))
            return stamps if origins.tz is None else stamps.tz_localize("UTC").tz_convert(origins.tz)
        grid = self._grid(origins.min(), origins.max())
        at = grid.get_indexer(origins) + steps
        lacking = at.max() + 1 - len(grid)
        if lacking > 0:
            more = pd.date_range(grid[-1], periods=lacking + 1, freq=self.freq, unit=grid.unit)
            grid = grid.append(more[1:])
        return grid.take(at)

    def _length_in(self, unit):
        return int(pd.Timedelta(self.freq) / pd.Timedelta(1, unit=unit))

    def _grid(self, first, last):
        return pd.date_range(first, last, freq=self.freq, unit=first.unit)


def infer_clock(times, lengths=None):
    """Find the grid on which an index lies, also where rows are missing from it.

    Parameters
    ----------
    times : Index or None
        Stamps of one series, or of several end to end.
    lengths : ndarray of int64, optional
        Rows of each series.

    Returns
    -------
    Clock or None
        None where no grid holds most of the stamps.
    """
    if times is None:
        return Clock()
    if isinstance(times, pd.PeriodIndex):
        return Clock(times.freq, periods=True)
    longest = _longest(times, lengths)
    if isinstance(times, pd.DatetimeIndex):
        freq = _infer_freq(longest)
        return None if freq is None else Clock(freq)
    if isinstance(times, pd.RangeIndex) and (lengths is None or len(lengths) == 1):
        return Clock(int(times.step))
    return Clock(int(np.diff(longest.to_numpy()).min()) if len(longest) > 1 else 1)


def _longest(times, lengths):
    if lengths is None or len(lengths) < 2:
        return times
    series = int(np.argmax(lengths))
    start = int(lengths[:series].sum())
    return times[start : start + int(lengths[series])]


def _infer_freq(times):
    """Return the offset on whose grid all of `times` lies, or None."""
    if times.freq is not None:
        return times.freq
    if len(times) < 2:
        return None
    for name in _candidates(times):
        offset = pd.tseries.frequencies.to_offset(name)
        # A grid with far more holes than rows is a coincidence, not a frequency.
        if _rows_between(times, offset) > 10 * len(times) + 10:
            continue
        steps, on_grid = Clock(offset).steps(times, times[:1].repeat(len(times)))
        if on_grid.all() and steps[-1] > 0:
            return offset
    return None


def _candidates(times):
    """Yield names of frequencies, the likeliest first."""
    whole = pd.infer_freq(times) if len(times) > 2 else None
    if whole is not None:
        yield whole
        return
    # Gaps hide the frequency of the whole, not of its stretches.
    width = 8
    starts = np.unique(np.linspace(0, max(0, len(times) - width), 40).astype(int))
    stretches = [times[s : s + width] for s in starts] if len(times) > 2 else []
    seen = Counter(pd.infer_freq(stretch) for stretch in stretches if len(stretch) > 2)
    seen.pop(None, None)
    yield from (name for name, _ in seen.most_common())
    step = (times[1:] - times[:-1]).min()
    local = times[0]
    if step >= 28 * _DAY:
        yield from ("MS", "ME", "QS", "QE", f"YS-{local:%b}".upper(), f"YE-{local:%b}".upper())
    if step >= _DAY:
        yield from (f"W-{local:%a}".upper(), "B", "D")
    yield pd.tseries.frequencies.to_offset(step).freqstr


def _rows_between(times, offset):
    """Return about how many steps of `offset` the stamps span."""
    step = (times[0] + 12 * offset - times[0]) / 12
    return (times[-1] - times[0]) / step + 1
