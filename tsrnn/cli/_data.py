"""What a command works on: the rows of the file, its clock, and the rows to come."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tsrnn.cli._files import read_rows
from tsrnn.cli._values import check_same_kind
from tsrnn.frames import find_clock, forecast_frame, read_table, to_panel


@dataclass(frozen=True)
class Data:
    """The rows of a file, indexed by time or by series and time."""

    path: Path
    rows: pd.DataFrame
    targets: list
    known_future: list
    unused: list
    date_format: str | None = None

    @property
    def table(self):
        return read_table(self.rows, str(self.path))

    @property
    def clock(self):
        return find_clock(self.table)

    def steps_ahead(self, horizon):
        """The index of the `horizon` steps that follow each series."""
        table = self.table
        panel = to_panel(table, np.zeros((len(table.frame), 1)), self.clock)
        nothing = np.zeros((len(table.keys), horizon, 1))
        return forecast_frame(nothing, table.form, panel, [0]).index

    def summary(self):
        """Say in a few lines what was read."""
        where = f" from {self.path}"
        if self.rows.index.nlevels == 2:
            where = f" of {len(self.table.keys):,} series{where}"
        lines = [
            f"Read {len(self.rows):,} rows{where}: {', '.join(self.targets)}, {span(self.rows)}, "
            f"step {self.clock.name}."
        ]
        if self.unused:
            lines.append(f"Columns not used: {', '.join(self.unused)}.")
        return "\n".join(lines)


def span(frame):
    """The first and last time stamp in words."""
    times = frame.index.get_level_values(-1)
    first, last = times.min(), times.max()
    if isinstance(times, pd.DatetimeIndex) and (times == times.normalize()).all():
        first, last = first.date(), last.date()
    return f"{first} to {last}"


def read_data(options):
    """Read the file and check its clock.

    Parameters
    ----------
    options : namespace
        `file`, `time`, `target`, `series`, `covariate`, `known_future`, `date_format`.

    Returns
    -------
    Data

    Raises
    ------
    TypeError, ValueError
        With a sentence for the user.
    """
    targets, known = list(dict.fromkeys(options.target)), options.known_future or []
    columns = dict.fromkeys(options.covariate or [], "--covariate")
    columns |= dict.fromkeys(known, "--known-future")
    both = [column for column in targets if column in columns]
    if both:
        raise ValueError(f"Column {both[0]!r} is both --target and {columns[both[0]]}.")
    columns = dict.fromkeys(targets, "--target") | columns
    how = {"time": options.time, "series": options.series, "date_format": options.date_format}
    rows, unused = read_rows(options.file, columns=columns, **how)
    data = Data(options.file, rows, targets, known, unused, options.date_format)
    data.steps_ahead(1)  # speaks up about rows that are out of order, twice there, or off the clock
    return data


def read_future(path, data, horizon):
    """Read the known-future columns of the steps to come; None where there are no such columns.

    Parameters
    ----------
    path : pathlib.Path or None
    data : Data
    horizon : int

    Returns
    -------
    DataFrame or None

    Raises
    ------
    ValueError
        If the file does not hold the `horizon` steps that follow each series, or text where the
        rows have numbers.
    """
    if not data.known_future and path is None:
        return None
    if not data.known_future:
        raise ValueError(f"--future {path} is of no use without --known-future.")
    if path is None:
        raise ValueError(
            f"--known-future {data.known_future[0]} needs --future FILE, a file with the values of "
            f"the next {horizon} steps."
        )
    names = [None, *data.rows.index.names][-2:]
    columns = dict.fromkeys(data.known_future, "--known-future")
    how = {"time": names[1], "series": names[0], "date_format": data.date_format}
    future, _ = read_rows(path, columns=columns, **how, goes_on=True)
    for column in data.known_future:
        check_same_kind(future[column], data.rows[column], path, data.path)
    read_table(future, str(path))
    ahead = data.steps_ahead(horizon)
    missing = ~ahead.isin(future.index)
    if missing.any():
        raise ValueError(
            f"{path} has no row for {_in_words(ahead[missing][0])}; it must hold the {horizon} "
            f"steps that follow {data.path}."
        )
    return future.loc[ahead]


def _in_words(label):
    return f"{label[1]} of {label[0]}" if isinstance(label, tuple) else str(label)
