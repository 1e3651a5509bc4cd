"""The time column of a file as dates or whole numbers, and what cannot be read but one way is asked for."""

import re
import warnings

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from tsrnn.cli._values import first_in_words
from tsrnn.clocks import infer_clock

#: How dates of so many digits, and nothing else, are written.
_COMPACT = {6: ("%Y%m", "%G%V"), 8: ("%Y%m%d",), 10: ("%Y%m%d%H",), 12: ("%Y%m%d%H%M",)}
_ISO_WEEK = re.compile(r"\d{4}(-?)W\d{2}(\1\d)?")
_WEEK_CODE, _DAY_CODE = re.compile("%[UVW]"), re.compile("%[Aauw]")
_WEEK_53 = re.compile(r"(?:^|\D|\d{4})53(?:$|\D)")
_YEARS = (1800, 2200)
_TWO_DIGIT_YEAR = re.compile(r"(\d{1,2})([/.-])\d{1,2}\2\d{2}")


def parse_times(values, series, path, date_format, *, is_clear=False):
    """Read a column of times.

    Parameters
    ----------
    values : Series
        Text or numbers.
    series : Series or None
        Which series each row belongs to.
    path : pathlib.Path
    date_format : str or None
        How dates are written, in strptime's codes.
    is_clear : bool, default=False
        Whether it is known from elsewhere how dates are meant that can be read two ways.

    Returns
    -------
    Series
        Dates, or int64.

    Raises
    ------
    ValueError
        With a sentence that names the file, the column and the row.
    """
    column = f"{path}: column {values.name!r} (--time)"
    if date_format is None and pd.api.types.is_numeric_dtype(values.dtype):
        return _parse_numbers(values, column, is_clear=is_clear)
    first_format = date_format or _first_format(values)
    stamps = _to_datetime(values, first_format)
    if stamps.isna().any():
        how = f"not written as {date_format}" if date_format else "no date like those before it"
        raise ValueError(
            f"{column} has {first_in_words(values, stamps.isna())}, which is {how}. Correct the "
            "file, or say how its dates are written, for example "
            '--date-format "%d/%m/%Y".'
        )
    if date_format is None and not is_clear and (first_format or "").startswith("%m"):
        _check_day_and_month(values, stamps, first_format, series, column)
    return stamps


def check_order(times, series, path):
    """Raise where time does not go up within a series, or a row names none.

    Parameters
    ----------
    times : Series
        As :func:`parse_times` gives them.
    series : Series or None
    path : pathlib.Path

    Raises
    ------
    ValueError
    """
    if series is not None and series.isna().any():
        raise ValueError(
            f"{path}: column {series.name!r} (--series) has "
            f"{first_in_words(series, series.isna())}."
        )
    before = (times if series is None else times.groupby(series, sort=False)).shift()
    late = times <= before
    if late.any():
        cure = "Sort the file by time, and keep one row for each."
        if not (times >= before).any():
            cure = "Its newest rows come first: turn the file round, the oldest first."
        elif series is None:
            cure += " If it holds several series, name their column with --series."
        raise ValueError(
            f"{path}: time must go up, but {first_in_words(times.astype(str), late)} is not after "
            f"the row before it. {cure}"
        )


def _parse_numbers(values, column, *, is_clear):
    uneven = values.isna() | (values % 1 != 0)
    if uneven.any():
        raise ValueError(
            f"{column} must hold dates or whole numbers; it has {first_in_words(values, uneven)}."
        )
    values = values.astype("int64")
    date_formats = [] if is_clear else _compact_formats(values)
    if date_formats:
        shown = " or ".join(f'"{each}"' for each in date_formats)
        weeks = ", which is weeks" if "%G%V" in date_formats else ""
        raise ValueError(
            f"{column} has {first_in_words(values, values.notna())}, and all of its numbers are "
            f"dates if they are written so; say it with --date-format {shown}{weeks}. If they are "
            "whole numbers, count the rows from 1 on."
        )
    return values


def _compact_formats(values):
    """The formats in which all of the numbers are dates.

    Numbers that count rows are not in one for long: 13 in a row have one that names no month, 54 no week.
    """
    text = values.astype(str)
    return [
        date_format
        for date_format in _COMPACT.get(len(text.iloc[0]), ())
        if _to_datetime(text, date_format).dt.year.between(*_YEARS, inclusive="left").all()
    ]


def _first_format(values):
    """The format of the first date if it is in the order of pandas, the month first where it may be; else None."""
    first = next((str(value) for value in values.dropna()), "")
    week = _ISO_WEEK.fullmatch(first)
    if week:
        sep, day = week.groups()
        return f"%G{sep}W%V{sep}%u" if day else f"%G{sep}W%V"
    short = _TWO_DIGIT_YEAR.fullmatch(first)
    if short:  # pandas would read each of these by itself
        day_or_month, sep = short.groups()
        order = ("%d", "%m", "%y") if int(day_or_month) > 12 else ("%m", "%d", "%y")
        return sep.join(order)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a day that comes first
        return guess_datetime_format(first)


def _check_day_and_month(values, stamps, date_format, series, column):
    """Raise where dates that begin with the month may as well begin with the day, and then leave out no more."""
    swapped = {"%m": "%d", "%d": "%m"}
    day_first = re.sub("%[md]", lambda code: swapped[code[0]], date_format)
    others = _to_datetime(values, day_first)
    differ = stamps != others
    if others.isna().any() or not differ.any():
        return
    if _n_missing(others, series) <= _n_missing(stamps, series):
        row = int(differ.to_numpy().argmax())
        raise ValueError(
            f"{column} has {first_in_words(values, differ)}, which may be {stamps.iloc[row].date()} or "
            f'{others.iloc[row].date()}. Say how its dates are written: --date-format "{day_first}" is '
            f'day first, "{date_format}" month first.'
        )


def _n_missing(stamps, series):
    """How many steps the series leave out between their rows; infinitely many where there is no step."""
    codes = np.zeros(len(stamps), dtype=int) if series is None else pd.factorize(series)[0]
    times = pd.DatetimeIndex(stamps)[np.argsort(codes, kind="stable")]
    _, lengths = np.unique(codes, return_counts=True)
    offsets = np.append(0, lengths.cumsum())
    apart = np.diff(times.asi8)
    within = np.delete(apart, offsets[1:-1] - 1)
    if (within < 0).all():  # the newest come first, of which `check_order` tells
        times, lengths = times[::-1], lengths[::-1]
        offsets = np.append(0, lengths.cumsum())
    clock = infer_clock(times, lengths) if (within > 0).all() or (within < 0).all() else None
    if clock is None:
        return np.inf
    steps, _ = clock.steps(times[offsets[1:] - 1], times[offsets[:-1]])
    return int((steps + 1 - lengths).sum())


def _to_datetime(values, date_format):
    """Return text as dates, NaT where it is none; a week without a day of it is its Monday."""
    values = values.astype(str).where(values.notna())
    if date_format and _WEEK_CODE.search(date_format) and not _DAY_CODE.search(date_format):
        values, date_format = values + " 1", date_format + " %w"
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
    if date_format and "%V" in date_format:
        # Older versions of pandas take a week 53 that a year does not have for the first of the next year.
        is_next = values.str.contains(_WEEK_53, na=False) & (stamps.dt.isocalendar().week == 1)
        stamps = stamps.mask(is_next.to_numpy(dtype=bool, na_value=False))
    return stamps
