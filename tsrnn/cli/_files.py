"""CSV files in and out: every mistake in a file or a path becomes one sentence for the user."""

import csv
import difflib
import io
import itertools
import os

import pandas as pd

from tsrnn.cli._times import check_order, parse_times
from tsrnn.cli._values import check_numbers

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg")
#: What to do where a value is split at a separator that belongs to it.
_SPLIT = {
    ",": "Write numbers with a point for decimals and nothing between thousands, and put text that "
    "holds a comma in quotes.",
    ";": "Put text that holds a semicolon in quotes.",
    "\t": "Put text that holds a tab in quotes.",
}


def read_rows(path, *, time, series, columns, date_format=None, goes_on=False):
    """Read columns of a CSV file into a frame indexed by time, or by series and time.

    Parameters
    ----------
    path : pathlib.Path
        Lines before the header that start with ``#`` are comments.
    time : str
        Column of dates or whole numbers.
    series : str or None
        Column that names the series of each row.
    columns : dict of str to str
        The columns to keep, each with the option that named it; ``--target`` must hold numbers.
    date_format : str, optional
        How dates are written, in strptime's codes.
    goes_on : bool, default=False
        Whether the rows follow those of another file, so that its dates tell how these are meant.

    Returns
    -------
    rows : DataFrame
    unused : list of str
        Columns of the file that are not in `rows`.

    Raises
    ------
    ValueError
        With a sentence that names the file, the column and the row.
    """
    # 007 names a series; it is not the number 7. Nor is 01022015 one, where it is a date.
    as_text = {series: str} if series is not None else {}
    frame = _read_csv(path, as_text if date_format is None else as_text | {time: str})
    wanted = {time: "--time", **({} if series is None else {series: "--series"}), **columns}
    for column, option in wanted.items():
        _check_column(frame, column, option, path)
    if len(wanted) < 1 + (series is not None) + len(columns):
        raise ValueError("--time, --series and the other columns must all be different ones.")
    for column, option in columns.items():
        check_numbers(frame[column], option, path)
    keys = None if series is None else frame[series]
    times = parse_times(frame[time], keys, path, date_format, is_clear=goes_on)
    check_order(times, keys, path)
    index = pd.Index(times, name=time)
    if series is not None:
        index = pd.MultiIndex.from_arrays([frame[series], index], names=[series, time])
    rows = frame[list(columns)].set_axis(index)
    return rows, [column for column in frame.columns if column not in wanted]


def _read_csv(path, as_text):
    content = path.read_bytes()  # once: a pipe can be read only once
    limit = csv.field_size_limit(len(content))  # a field may be as long as pandas takes it
    try:
        rows, sep, n_above = _rows_of(content)
        header = next(rows)
        if not header:
            raise ValueError(f"{path} is empty.")
        frame = pd.read_csv(
            io.BytesIO(content),
            skiprows=n_above,
            sep=sep,
            encoding="utf-8-sig",
            dtype=as_text,
            index_col=False,
            usecols=range(len(header)),  # rows may end in separators
            low_memory=False,
        )
        _check_width(rows, len(header), sep, path)
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8; save it as CSV in UTF-8.") from None
    except (pd.errors.ParserError, csv.Error) as error:
        raise ValueError(f"{path} is not a table: {error}") from None
    finally:
        csv.field_size_limit(limit)
    if len(frame) == 0:
        raise ValueError(f"{path} has a header but no rows.")
    return frame


def _rows_of(content):
    """The fields of each line from the header on, what separates them, and how many lines are above."""
    file = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig")
    n_above, header = 0, file.readline()
    while header.startswith("#") or header.isspace():
        n_above, header = n_above + 1, file.readline()
    sep = max(",;\t", key=header.count)
    return csv.reader(itertools.chain([header], file), delimiter=sep), sep, n_above


def _check_width(rows, width, sep, path):
    """Raise where one of the rows below the header has more fields; pandas would cut it."""
    number = 0
    for row in rows:
        number += len(row) > 1 or bool(row and row[0].strip())  # as pandas, which skips empty lines
        if len(row) > width and any(field.strip() for field in row[width:]):
            raise ValueError(
                f"{path} is not a table: row {number} below the header has {len(row)} fields and "
                f"the header {width}: {_shown(sep.join(row))}. {_SPLIT[sep]}"
            )


def _shown(line):
    return repr(line if len(line) <= 60 else f"{line[:60]}…")


def _check_column(frame, column, option, path):
    names = [str(name) for name in frame.columns]
    if column in names:
        return
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(column.lower(), lower, n=1)
    guess = f" Did you mean {lower[close[0]]!r}?" if close else ""
    raise ValueError(
        f"{path} has no column {column!r} ({option}).{guess} Its columns are: {', '.join(names)}."
    )


def check_writable(path, option, taken, suffixes=None):
    """Raise where `path` could not be written; nothing is created.

    Parameters
    ----------
    path : pathlib.Path or None
    option : str
        Where the path came from, for the message.
    taken : dict of str to (pathlib.Path or None)
        The files that must not be overwritten, by what they are.
    suffixes : tuple of str, optional
        Endings that the name may have.

    Raises
    ------
    ValueError
    """
    if path is None:
        return
    if suffixes is not None and path.suffix.lower() not in suffixes:
        raise ValueError(f"{option} {path}: the name must end in one of {', '.join(suffixes)}.")
    for what, other in taken.items():
        if other is not None and _is_same(path, other):
            raise ValueError(f"{option} {path} is {what}; give another name.")
    if path.is_dir():
        raise ValueError(f"{option} {path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {path}: there is no folder {path.parent}; make it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{option} {path} cannot be written: permission denied.")


def _is_same(path, other):
    if path.exists() and other.exists():
        return path.samefile(other)
    return path.resolve() == other.resolve()


def flat_columns(bands):
    """Two-level columns (target, quantile) as ``target_0.9``."""
    return bands.set_axis([f"{target}_{level:g}" for target, level in bands.columns], axis=1)
