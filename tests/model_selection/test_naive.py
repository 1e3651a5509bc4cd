import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from tsrnn.metrics import mase
from tsrnn.model_selection import SeasonalNaive, backtest

values = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=20)


@given(y=values, season_length=st.integers(1, 3), steps=st.integers(1, 9))
def test_step_by_step_it_is_the_value_one_season_before(y, season_length, steps):
    forecast = SeasonalNaive(season_length).fit(y).forecast(steps)
    extended = [*y, *forecast]
    for step in range(len(y), len(y) + steps):
        assert extended[step] == extended[step - season_length]


def test_a_series_shorter_than_a_season_repeats_all_it_has():
    assert SeasonalNaive(12).fit([1, 2]).forecast(3).tolist() == [1, 2, 1]


def test_a_missing_value_is_taken_from_the_season_before():
    y = [1.0, 2.0, 3.0, 4.0, np.nan, 6.0]
    assert SeasonalNaive(3).fit(y).forecast(3).tolist() == [4, 2, 6]


def test_a_missing_value_is_taken_from_a_season_that_is_cut_short():
    y = [1.0, 2, 3, 4, 5, 6, 7, 8, np.nan, 10, 11, 12, 13]
    assert SeasonalNaive(7).fit(y).forecast(7).tolist() == [7, 8, 2, 10, 11, 12, 13]
    assert SeasonalNaive(3).fit([1.0, 2.0, 3.0, 4.0, np.nan]).forecast(3).tolist() == [3, 4, 2]


@given(
    y=st.lists(st.floats(-1e3, 1e3) | st.just(np.nan), min_size=1, max_size=20),
    season_length=st.integers(1, 7),
)
def test_each_value_is_the_latest_that_stands_whole_seasons_before(y, season_length):
    y = [0.0, *y]
    m = min(season_length, len(y))
    last_seen = [value for value in y if value == value][-1]
    for step, value in enumerate(SeasonalNaive(season_length).fit(y).forecast(m)):
        same = [v for v in y[(len(y) + step) % m :: m] if v == v]
        assert value == (same[-1] if same else last_seen)


def test_a_value_missing_from_every_season_is_the_last_seen():
    assert SeasonalNaive(2).fit([1.0, np.nan, 3.0, np.nan]).forecast(2).tolist() == [3, 3]


def test_a_missing_time_stamp_does_not_shift_the_season():
    y = pd.Series([1.0, 2, 3, 1, 2, 3, 1, 2, 3], pd.date_range("2020", periods=9), name="y")
    forecast = SeasonalNaive(3).fit(y.drop(y.index[4])).forecast(3)
    assert forecast.tolist() == [1, 2, 3]
    assert forecast.index.tolist() == list(pd.date_range("2020-01-10", periods=3))


def test_every_series_of_a_panel_is_continued_from_its_own_end():
    y = pd.Series([1.0, 2.0, 3.0, 4.0], pd.date_range("2020", periods=4))
    panel = pd.concat({"long": y, "short": -y[:3]})
    forecast = SeasonalNaive(2).fit(panel).forecast(2)
    assert forecast["long"].tolist() == [3, 4]
    assert forecast["short"].tolist() == [-2, -3]
    assert forecast["short"].index[0] == pd.Timestamp("2020-01-04")


def test_targets_are_continued_each_on_its_own():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, np.nan]})
    expected = pd.DataFrame({"a": [2.0, 2.0], "b": [3.0, 3.0]}, index=[2, 3])
    forecast = SeasonalNaive(1).fit(frame).forecast(2)
    pd.testing.assert_frame_equal(forecast, expected, check_index_type=False)


def test_its_backtest_has_the_error_that_scales_mase():
    y = pd.Series(np.random.default_rng(0).normal(size=40))
    found = backtest(SeasonalNaive(4), y, n_splits=30, horizon=1)
    in_sample = y.iloc[10 - 4 :]  # the differences that end in rows 10 to 39
    score = mase(found["actual"], found["forecast"], y_train=in_sample, season_length=4)
    assert score == pytest.approx(1)


def test_history_replaces_the_rows_of_the_fit():
    assert SeasonalNaive().fit([1, 2]).forecast(2, history=[7, 8, 9]).tolist() == [9, 9]


def test_of_a_history_the_targets_alone_are_continued():
    naive = SeasonalNaive().fit(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}))
    later = pd.DataFrame({"c": [0.0, 0.0], "b": [5.0, 6.0], "a": [7.0, 8.0]})
    forecast = naive.forecast(1, history=later)
    assert forecast.to_dict("list") == {"a": [8], "b": [6]}
    one = SeasonalNaive().fit(pd.Series([1.0, 2.0], name="load"))
    assert one.forecast(1, history=pd.Series([3.0], name="sales")).tolist() == [3]


@pytest.mark.parametrize("kind", [np.array, pd.Series, pd.DataFrame, lambda y: [y, y]])
def test_what_happens_to_the_rows_after_the_fit_does_not_reach_the_forecast(kind):
    buffer = np.array([1.0, 2.0, 3.0])
    rows = kind(buffer)
    naive = SeasonalNaive(2).fit(rows)
    expected = np.asarray(naive.forecast(2))
    buffer[:] = -1
    if isinstance(rows, pd.Series | pd.DataFrame):
        rows.iloc[:] = -1
    np.testing.assert_array_equal(naive.forecast(2), expected)


def test_y_is_continued_where_it_is_given_and_the_columns_of_x_are_counted():
    X = pd.DataFrame({"temp": [1.0, 2.0, 3.0], "wind": [0.0, 0.0, 1.0]})
    naive = SeasonalNaive(2).fit(X, [7.0, 8.0, 9.0])
    assert naive.forecast(2).tolist() == [8, 9]
    assert naive.n_features_in_ == 2
    assert naive.feature_names_in_.tolist() == ["temp", "wind"]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ((np.ones((3, 1)), [1.0]), ValueError, "X and y have different lengths, 3 and 1 rows"),
        (([1.0], [1.0]), ValueError, "Reshape your data"),
        ((["a", "b"],), TypeError, "X holds text, 'a' at row 0"),
        ((np.ones((2, 1)), [1.0, np.inf]), ValueError, "y is infinite at row 1"),
        (
            ([np.nan, np.nan],),
            ValueError,
            "X is missing everywhere, so there is nothing to forecast",
        ),
        (
            (pd.concat({"a": pd.Series([1.0, 2.0]), "b": pd.Series([np.nan, np.nan])}),),
            ValueError,
            "X is missing everywhere in series 'b', so there is nothing to forecast from",
        ),
        (
            (pd.Series([1.0], pd.to_datetime(["2024-01-01"])),),
            ValueError,
            "one time stamp has no frequency; give at least 2 rows",
        ),
    ],
)
def test_rows_that_cannot_be_continued_are_refused_by_fit(data, error, message):
    with pytest.raises(error, match=message):
        SeasonalNaive().fit(*data)


def test_after_a_fit_without_names_those_of_history_are_taken_by_position():
    rows = np.arange(8.0).reshape(4, 2)
    naive = SeasonalNaive(2).fit(rows)
    said = "^history has feature names, but SeasonalNaive was fitted without feature names$"
    with pytest.warns(UserWarning, match=said):
        forecast = naive.forecast(2, history=pd.DataFrame(rows, columns=["a", "b"]))
    np.testing.assert_array_equal(forecast, rows[2:])


@pytest.mark.parametrize(
    ("history", "error", "message"),
    [
        (
            pd.DataFrame({"a": [1.0], "c": [2.0]}),
            ValueError,
            "history lacks column 'b', which fit had; the columns are 'a', 'c'.",
        ),
        (
            np.ones((3, 3)),
            ValueError,
            "history has 3 features, but SeasonalNaive is expecting 2 features as input; give the columns of the fit.",
        ),
        (
            pd.DataFrame({"a": [1.0], "b": [np.nan]}),
            ValueError,
            "history: target column 'b' is missing everywhere, so there is nothing to forecast from; fill in its "
            "values, or drop the column.",
        ),
    ],
)
def test_a_history_without_the_columns_of_the_fit_is_refused(history, error, message):
    naive = SeasonalNaive().fit(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}))
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        naive.forecast(1, history=history)


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        (0, ValueError, "steps=0 must be a whole number from 1 to 1000000."),
        (-3, ValueError, "steps=-3 must be a whole number from 1 to 1000000."),
        (2.5, TypeError, "steps=2.5 must be a whole number, at least 1."),
        (None, TypeError, "steps=None must be a whole number, at least 1."),
    ],
)
def test_steps_are_a_whole_number_from_one_on(steps, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        SeasonalNaive().fit([1, 2]).forecast(steps)


def test_a_season_is_a_whole_number():
    with pytest.raises(TypeError, match=r"season_length must be a whole number of steps, not 1.5"):
        SeasonalNaive(1.5).fit([1, 2])


def test_it_must_be_fitted_before_it_forecasts():
    with pytest.raises(NotFittedError):
        SeasonalNaive().forecast(1)


def test_a_season_below_one_is_an_error():
    with pytest.raises(ValueError, match="season_length must be at least 1, not 0"):
        SeasonalNaive(0).fit([1, 2])
