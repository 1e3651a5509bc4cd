"""Stamps of a panel, as its index holds them: a sorted list, and for each row a number in it.

Ten million rows of hourly series share a few thousand stamps. What is asked of all of them, whether they ascend and
leave nothing out, their numbers tell in a tenth of the time; the stamps themselves are made when somebody wants them.
"""

from functools import cached_property

import numpy as np
import pandas as pd

#: Rows whose stamps are taken together.
_AT_ONCE = 1 << 20


def second_level(index):
    """Return the values of a MultiIndex's second level, an Index, or `Stamps` where dates repeat."""
    level, codes = index.levels[1], index.codes[1]
    is_simple = isinstance(level, pd.DatetimeIndex) and len(codes) > len(level)
    if not is_simple or not level.is_monotonic_increasing or codes.min() < 0:
        return index.get_level_values(1)
    return Stamps(level, codes)


class Stamps:
    """Dates, none missing.

    Parameters
    ----------
    level : DatetimeIndex
        Ascending, each stamp once.
    codes : ndarray of int, shape (n,)
        Which of them each row has.
    """

    hasnans = False

    def __init__(self, level, codes):
        self.level = level
        self.codes = codes

    def take(self, rows):
        """Return the stamps of some rows, a DatetimeIndex."""
        return self.level.take(self.codes[rows])

    def tz_convert(self, zone):
        """Return the same moments in another time zone."""
        return Stamps(self.level.tz_convert(zone), self.codes)

    def ascend(self):
        """Return whether each stamp is later than the one before it, ndarray of bool, shape (n - 1,)."""
        return self.codes[1:] > self.codes[:-1]

    def is_unbroken(self, clock, offsets):
        """Return whether in every series each stamp is a step of the clock later than the one before it."""
        if not clock.is_unbroken(self.level, np.array([0, len(self.level)])):
            # The list has gaps, of stamps that no row has maybe: only the rows can tell.
            return clock.is_unbroken(self.index, offsets)
        follows = np.empty(max(0, len(self.codes) - 1), dtype=bool)
        for start in range(0, len(follows), _AT_ONCE):
            part = self.codes[start : start + _AT_ONCE + 1]
            follows[start : start + _AT_ONCE] = part[1:] - part[:-1] == 1
        follows[offsets[1:-1] - 1] = True
        return bool(follows.all())

    @cached_property
    def index(self):
        """All stamps, a DatetimeIndex.

        Made in parts: pandas turns all codes into a wider type first, 80 MB of ten million rows.
        """
        stamps, own = np.empty(len(self.codes), dtype=np.int64), self.level.asi8
        for start in range(0, len(stamps), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            np.take(own, self.codes[part], out=stamps[part], mode="clip")
        dates = pd.DatetimeIndex(stamps.view(f"M8[{self.level.unit}]"), name=self.level.name)
        zone = self.level.tz
        return dates if zone is None else dates.tz_localize("UTC").tz_convert(zone)
