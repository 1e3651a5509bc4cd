"""Stamps: what an index holds, and how far its neighbours lie apart."""

import numpy as np
import pandas as pd

#: Stamps looked at together.
_AT_ONCE = 1 << 20


def compare_neighbours(times, compare):
    """Return `compare(apart)` of the distances between neighbouring stamps, ndarray of bool, shape (n - 1,).

    In parts, so that an index of any length takes little memory.
    """
    answer = np.empty(max(0, len(times) - 1), dtype=bool)
    for start in range(0, len(answer), _AT_ONCE):
        part = times[start : start + _AT_ONCE + 1]
        answer[start : start + _AT_ONCE] = compare(np.diff(stamps_of(part)))
    return answer


def stamps_of(times):
    """Return the numbers that stand for stamps, ndarray of int64."""
    return times.asi8 if hasattr(times, "asi8") else np.asarray(times, dtype=np.int64)


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
