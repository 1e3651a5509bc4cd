"""Past: the last fit rows of each series, and which of them come before other rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tsrnn.clocks import index_kind
from tsrnn.frames import ranges


@dataclass(frozen=True)
class Past:
    """The last fit rows of each series.

    `values` (kept rows, k) has the series end to end, `offsets` (n_series + 1,) says where each
    starts; `times` is None where rows are only numbered; `horizon` is how much later than the last
    row another frame may begin and still follow, None for any time; `n_rows` and `first_row` tell the
    fit rows when they come back.
    """

    values: np.ndarray
    offsets: np.ndarray
    keys: pd.Index
    times: pd.Index | None
    horizon: pd.Timedelta | int | None
    panel: bool
    n_rows: int
    first_row: np.ndarray

    def before(self, table, values):
        """Return the kept rows that come before each series of other rows.

        Parameters
        ----------
        table : Table
            The other rows.
        values : ndarray of shape (rows, k)
            Their numbers.

        Returns
        -------
        counts : ndarray of int64, shape (n_series,)
            How many kept rows come before each series of `table`.
        rows : ndarray of shape (sum of counts, k)
            These rows, end to end.
        """
        counts = np.zeros(len(table.keys), dtype=np.int64)
        if self.panel != table.form.panel:
            return counts, self.values[:0]
        own = self.keys.get_indexer(table.keys) if self.panel else np.zeros(1, dtype=np.int64)
        known = np.flatnonzero(own >= 0)
        own = own[known]
        if self.times is None or table.times is None:
            # The fit rows themselves may come back as an array. Their number and the first of them must
            # tell: were later rows asked too, these would move the windows before them.
            is_fit_rows = len(values) == self.n_rows and np.array_equal(
                values[0], self.first_row, equal_nan=True
            )
            counts[known] = 0 if is_fit_rows else np.diff(self.offsets)[own]
        elif len(known):
            counts[known] = self._count_earlier(own, table.firsts()[known])
        return counts, self.values[ranges(self.offsets[own], counts[known])]

    def _count_earlier(self, own, firsts):
        """Count the kept rows of the series `own` that come before the stamps `firsts` (n_own,)."""
        if index_kind(firsts) != index_kind(self.times):
            raise TypeError(
                f"X: its index holds {index_kind(firsts)}, that of the fit rows held "
                f"{index_kind(self.times)}; give both the same kind of index."
            )
        kept = np.diff(self.offsets)[own]
        if not kept.any():
            return kept
        times = self.times[ranges(self.offsets[own], kept)]
        earlier = np.asarray(times < firsts.repeat(kept))
        counts = np.add.reduceat(earlier, np.cumsum(kept) - kept, dtype=np.int64)
        if self.horizon is not None:
            lasts = self.times[self.offsets[own + 1] - 1]
            counts[_apart(lasts, firsts) > self.horizon] = 0
        return counts


def keep_past(table, values, reach):
    """Return the Past of the rows of a table, at most `reach` rows of each series.

    Parameters
    ----------
    table : Table
    values : ndarray of shape (rows, k)
        The table's columns as numbers.
    reach : int
    """
    kept = np.minimum(table.lengths, reach)
    rows = ranges(table.offsets[1:] - kept, kept)
    return Past(
        values=values[rows],
        offsets=np.concatenate([[0], np.cumsum(kept)]),
        keys=table.keys,
        times=None if table.times is None else table.times[rows],
        horizon=_horizon(table, reach),
        panel=table.form.panel,
        n_rows=len(values),
        first_row=values[0].copy(),
    )


def _horizon(table, reach):
    """Return `reach + 1` of the longest steps between rows: months and days differ in length."""
    if table.times is None or (table.lengths < 2).all():
        return None
    firsts = np.zeros(len(table.times), dtype=bool)
    firsts[table.offsets[:-1]] = True
    steps = _apart(table.times[:-1], table.times[1:])
    return steps[~firsts[1:]].max() * (reach + 1)


def _apart(earlier, later):
    if isinstance(later, pd.PeriodIndex):
        return later.asi8 - earlier.asi8
    return later - earlier
