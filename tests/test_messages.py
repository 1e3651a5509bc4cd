"""Messages: places, names and warnings in a user's words."""

import textwrap
import warnings

import numpy as np
import pandas as pd
import pytest

from tsrnn.messages import did_you_mean, in_words, listed, series_in_words, stamp_in_words, warn


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("load", "'load'"),
        (np.int64(3), "3"),
        (np.float64(0.5), "0.5"),
        (pd.Timestamp("2024-01-01"), "2024-01-01 00:00:00"),
        (pd.Period("2024-01", "M"), "2024-01"),
        (("a", 1), "('a', 1)"),
    ],
)
def test_a_value_is_shown_as_it_was_written(value, words):
    assert in_words(value) == words


def test_the_time_of_day_is_left_out_where_all_stamps_are_midnights():
    days = pd.date_range("2024-01-01", periods=3, freq="D")
    assert stamp_in_words(days, 1) == "2024-01-02"
    hours = pd.date_range("2024-01-01", periods=3, freq="h")
    assert stamp_in_words(hours, 0) == "2024-01-01 00:00:00"
    assert stamp_in_words(pd.RangeIndex(5), 2) == "2"


def test_long_lists_are_cut():
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(list("abcdefghijk"), 3) == "'a', 'b', 'c' and 8 more"


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("laod", "; did you mean 'load'?"),
        ("LOAD", "; did you mean 'load'?"),
        ("price", "; the columns are 'load', 7."),
        (77, "; the columns are 'load', 7."),
    ],
)
def test_a_name_that_was_misspelt_is_told(name, end):
    assert did_you_mean(name, ["load", 7]) == end


def test_the_other_series_are_counted():
    keys = pd.Index(["a", "b", "c"])
    assert series_in_words(np.array([False, True, False]), keys) == "series 'b'"
    both = np.array([False, True, True])
    assert series_in_words(both, keys) == "series 'b' (and 1 other series like it)"


def test_a_warning_points_at_the_line_outside_the_package(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("\n\ndef user(call):\n    return call()\n")
    scope = {}
    exec(compile(script.read_text(), str(script), "exec"), scope)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scope["user"](lambda: warn("look"))
    (warning,) = caught
    # The lambda stands in this file, and is the first line outside the package.
    assert warning.filename == __file__
    assert str(warning.message) == "look"


def test_a_warning_deep_in_the_package_still_points_at_the_user(tmp_path):
    from tsrnn.transforms import learn_transform

    transform = learn_transform("log", np.array([[1.0], [2.0]]))
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        def user(transform, values):
            return transform.forward(values)
    """)
    )
    scope = {}
    exec(compile(script.read_text(), str(script), "exec"), scope)
    with pytest.warns(UserWarning, match="not above 0") as caught:
        scope["user"](transform, np.array([[-1.0]]))
    assert (caught[0].filename, caught[0].lineno) == (str(script), 3)
