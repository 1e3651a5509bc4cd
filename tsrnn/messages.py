"""Messages: how names, values and warnings are put into words for the user."""

import difflib
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn

_PACKAGE = str(Path(__file__).parent)
#: Packages whose functions stand between the user and this one, as in a search.
_BETWEEN = (str(Path(sklearn.__file__).parent), str(Path(joblib.__file__).parent))
#: What was said by way of these: text, file and line of the user.
_said = set()


class MissingDataWarning(UserWarning):
    """Rows or values are missing, and what is done about it."""


def in_words(value):
    """Return a value as the user wrote it: a number of numpy as a plain one, a stamp without its class."""
    if isinstance(value, pd.Timestamp | pd.Period):
        return str(value)
    return repr(value.item() if isinstance(value, np.generic) else value)


def stamp_in_words(times, row):
    """Return a stamp of an index in words, the date alone where all of them are midnights."""
    stamp = times[row]
    if isinstance(times, pd.DatetimeIndex) and (times == times.normalize()).all():
        return str(stamp.date())
    return in_words(stamp)


def listed(names, at_most=8):
    """Return names in words, the first few of many."""
    more = len(names) - at_most
    return ", ".join(in_words(name) for name in names[:at_most]) + (
        f" and {more} more" if more > 0 else ""
    )


def did_you_mean(name, names):
    """Return the end of a sentence that refuses `name`: the one of `names` that was meant, else all of them."""
    texts = {n.casefold(): n for n in names if isinstance(n, str)}
    close = difflib.get_close_matches(name.casefold(), texts, 1) if isinstance(name, str) else []
    if close:
        return f"; did you mean {texts[close[0]]!r}?"
    return f"; the columns are {listed(names)}."


def place_in_words(bad, offsets, keys, at, *, is_panel):
    """Say where the first True of `bad` is, and how many other series have one.

    Parameters
    ----------
    bad : ndarray of bool, shape (rows,)
    offsets : ndarray of int64, shape (n_series + 1,)
    keys : Index, length n_series
    at : callable
        Of a row and the number of its series: the place within the series in words.
    is_panel : bool
        Whether the series have names even if there is but one.
    """
    row = int(np.argmax(bad))
    series = int(np.searchsorted(offsets, row, side="right")) - 1
    if len(keys) == 1 and not is_panel:
        return at(row, series)
    others = others_in_words(np.add.reduceat(bad, offsets[:-1]).astype(bool))
    return f"series {in_words(keys[series])}, {at(row, series)}{others}"


def series_in_words(bad, keys):
    """Say which is the first series where `bad` (n_series,) is True, and how many others are."""
    return f"series {in_words(keys[int(np.argmax(bad))])}{others_in_words(bad)}"


def others_in_words(bad):
    others = int(np.sum(bad)) - 1
    return f" (and {others} other series like it)" if others > 0 else ""


def warn(message, category=UserWarning):
    """Warn at the line of the user's own code that led here, however deep in the package it is noticed.

    Where scikit-learn or joblib called, as in a search, the line is the user's too, and one text is said once for it:
    they make Python forget between two fits what it has said.
    """
    frame, level, between = sys._getframe(), 1, False
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_PACKAGE, *_BETWEEN)):
        between |= frame.f_code.co_filename.startswith(_BETWEEN)
        frame, level = frame.f_back, level + 1
    if between and not _every_one_is_wanted(category):
        place = (message, frame.f_code.co_filename, frame.f_lineno)
        if place in _said:
            return
        _said.add(place)
    warnings.warn(message, category, stacklevel=level)


def _every_one_is_wanted(category):
    """Whether a filter of the user's asks for each warning, or for an error in its place."""
    actions = {action for action, _, kind, *_ in warnings.filters if issubclass(category, kind)}
    return bool(actions & {"always", "all", "error"})
