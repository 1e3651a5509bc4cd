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
    ],
)
def test_rows_that_cannot_be_continued_are_refused_by_fit(data, error, message):
    with pytest.raises(error, match=message):
        SeasonalNaive().fit(*data)


def test_a_season_is_a_whole_number():
    with pytest.raises(TypeError, match=r"season_length must be a whole number of steps, not 1.5"):
        SeasonalNaive(1.5).fit([1, 2])


def test_it_must_be_fitted_before_it_forecasts():
    with pytest.raises(NotFittedError):
        SeasonalNaive().forecast(1)


def test_a_season_below_one_is_an_error():
    with pytest.raises(ValueError, match="season_length must be at least 1, not 0"):
        SeasonalNaive(0).fit([1, 2])
