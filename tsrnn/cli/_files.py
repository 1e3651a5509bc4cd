"""CSV files in and out: every mistake in a file or a path becomes one sentence for the user."""

import difflib
import os
import warnings

import pandas as pd

PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg")


def read_rows(path, *, time, series, columns, date_format=None):
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
    frame = _read_csv(path, series)
    wanted = {time: "--time", **({} if series is None else {series: "--series"}), **columns}
    for column, option in wanted.items():
        _check_column(frame, column, option, path)
    if len(wanted) < 1 + (series is not None) + len(columns):
        raise ValueError("--time, --series and the other columns must all be different ones.")
    for column, option in columns.items():
        if option == "--target":
            _check_numbers(frame[column], path)
    times = _parse_times(frame[time], path, date_format)
    _check_order(times, None if series is None else frame[series], path)
    index = pd.Index(times, name=time)
    if series is not None:
        index = pd.MultiIndex.from_arrays([frame[series], index], names=[series, time])
    rows = frame[list(columns)].set_axis(index)
    return rows, [column for column in frame.columns if column not in wanted]


def _read_csv(path, series):
    try:
        with path.open(encoding="utf-8-sig") as file:
            n_comments, header = 0, file.readline()
            while header.startswith("#"):
                n_comments, header = n_comments + 1, file.readline()
        frame = pd.read_csv(
            path,
            skiprows=n_comments,
            sep=max(",;\t", key=header.count),
            encoding="utf-8-sig",
            # 007 names a series; it is not the number 7.
            dtype=None if series is None else {series: str},
            index_col=False,
            low_memory=False,
        )
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8; save it as CSV in UTF-8.") from None
    except pd.errors.ParserError as error:
        raise ValueError(f"{path} is not a table: {error}") from None
    if len(frame) == 0:
        raise ValueError(f"{path} has a header but no rows.")
    return frame


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


def _check_numbers(values, path):
    if pd.api.types.is_numeric_dtype(values.dtype):
        return
    bad = values.notna() & pd.to_numeric(values, errors="coerce").isna()
    raise ValueError(
        f"{path}: column {values.name!r} (--target) holds text: {_first(values, bad)}. A forecast "
        "needs numbers, with a point for decimals and nothing between thousands; leave a missing "
        "value empty."
    )


def _parse_times(values, path, date_format):
    if date_format is None and pd.api.types.is_numeric_dtype(values.dtype):
        uneven = values.isna() | (values % 1 != 0)
        if uneven.any():
            raise ValueError(
                f"{path}: column {values.name!r} (--time) must hold dates or whole numbers; it has "
                f"{_first(values, uneven)}."
            )
        return values.astype("int64")
    stamps = _to_datetime(values, date_format)
    if stamps.isna().any():
        how = f"not written as {date_format}" if date_format else "no date like those before it"
        raise ValueError(
            f"{path}: column {values.name!r} (--time) has {_first(values, stamps.isna())}, which "
            f"is {how}. Correct the file, or say how its dates are written, for example "
            '--date-format "%d/%m/%Y".'
        )
    return stamps


def _check_order(times, series, path):
    if series is not None and series.isna().any():
        raise ValueError(
            f"{path}: column {series.name!r} (--series) has {_first(series, series.isna())}."
        )
    late = times <= (times if series is None else times.groupby(series, sort=False)).shift()
    if late.any():
        hint = " If it holds several series, name their column with --series."
        raise ValueError(
            f"{path}: time must go up, but {_first(times.astype(str), late)} is not after the row "
            "before it. Sort the file by time, and keep one row for each."
            + (hint if series is None else "")
        )


def _to_datetime(values, date_format):
    values = values.astype(str).where(values.notna())
    with warnings.catch_warnings():
        # pandas warns when it cannot infer a format; what it cannot read is reported anyway.
        warnings.simplefilter("ignore")
        try:
            stamps = pd.to_datetime(values, format=date_format, errors="coerce")
        except ValueError:
            stamps = values
        if stamps.dtype.kind != "M" and not isinstance(stamps.dtype, pd.DatetimeTZDtype):
            # A zone with daylight saving is written with two offsets; in UTC the hours are even.
            stamps = pd.to_datetime(values, format=date_format, errors="coerce", utc=True)
    return stamps


def _first(values, bad):
    """The first bad value in words, and where it is."""
    row = int(bad.to_numpy().argmax())
    value = values.iloc[row]
    shown = "nothing" if pd.isna(value) else repr(value) if isinstance(value, str) else value
    return f"{shown} in row {row + 1} below the header"


def check_writable(path, option, source, suffixes=None):
    """Raise where `path` could not be written; nothing is created.

    Parameters
    ----------
    path : pathlib.Path or None
    option : str
        Where the path came from, for the message.
    source : pathlib.Path
        The file that is read, and must not be overwritten.
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
    if path.exists() and path.samefile(source):
        raise ValueError(f"{option} {path} is the file to read; give another name.")
    if path.is_dir():
        raise ValueError(f"{option} {path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {path}: there is no folder {path.parent}; make it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{option} {path} cannot be written: permission denied.")


def flat_columns(bands):
    """Two-level columns (target, quantile) as ``target_0.9``."""
    return bands.set_axis([f"{target}_{level:g}" for target, level in bands.columns], axis=1)
