import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tsrnn.preprocessing import SlidingWindow

whole = partial(st.integers, 1)
numbers = partial(st.floats, -1e6, 1e6)


def windows_by_hand(rows, window_size, offset):
    """The definition, row by row: zeros where nothing is known."""
    windows = np.zeros((len(rows), window_size, rows.shape[1]))
    for t in range(len(rows)):
        for j in range(window_size):
            row = t - offset - window_size + 1 + j
            if row >= 0:
                windows[t, j] = rows[row]
    return windows


@st.composite
def matrices(draw, min_rows=1):
    shape = (draw(st.integers(min_rows, 30)), draw(st.integers(1, 3)))
    return draw(hnp.arrays(np.float64, shape, elements=numbers()))


def hourly(n=200, start="2024-03-01", **kwargs):
    index = pd.date_range(start, periods=n, freq="h", **kwargs)
    rng = np.random.default_rng(0)
    load = 50 + 10 * np.sin(np.arange(n) * np.pi / 12) + rng.normal(0, 0.1, n)
    return pd.DataFrame({"load": load, "wind": rng.normal(size=n)}, index=index)


# --- what a window holds ------------------------------------------------------------------------


def test_the_window_of_a_row_is_the_rows_before_it():
    X = np.arange(1.0, 6.0).reshape(-1, 1)
    windows = SlidingWindow(window_size=3).fit_transform(X)
    assert windows[:, :, 0].tolist() == [
        [0, 0, 0],
        [0, 0, 1],
        [0, 1, 2],
        [1, 2, 3],
        [2, 3, 4],
    ]


def test_letters_give_the_window_before_each_letter():
    letters = np.array([[ord(c)] for c in "ABCDE"], dtype=float)
    windows = SlidingWindow(window_size=2).fit_transform(letters)
    pairs = ["".join(chr(int(code)) for code in window) for window in windows[2:, :, 0]]
    assert pairs == ["AB", "BC", "CD"]


@given(matrices(), whole(8), st.integers(0, 8))
def test_windows_are_those_of_the_definition(X, window_size, offset):
    windows = SlidingWindow(window_size, offset).fit_transform(X)
    np.testing.assert_array_equal(windows, windows_by_hand(X, window_size, offset))


@given(matrices(), whole(8), st.integers(0, 4))
def test_flatten_lays_the_same_windows_out_as_lags(X, window_size, offset):
    flat = SlidingWindow(window_size, offset, flatten=True).fit_transform(X)
    windows = SlidingWindow(window_size, offset).fit_transform(X)
    np.testing.assert_array_equal(flat, windows.reshape(len(X), -1))


@given(matrices(), whole(6), st.integers(0, 4), st.data())
def test_later_rows_move_no_window_in_fit_transform(X, window_size, offset, data):
    t = data.draw(st.integers(0, len(X) - 1))
    moved = X.copy()
    moved[max(0, t - offset + 1) :] += 1e3
    before = SlidingWindow(window_size, offset).fit_transform(X)
    after = SlidingWindow(window_size, offset).fit_transform(moved)
    np.testing.assert_array_equal(before[: t + 1], after[: t + 1])


@given(matrices(min_rows=2), whole(6), st.integers(0, 4), st.data())
def test_later_rows_move_no_window_in_transform(X, window_size, offset, data):
    cut = data.draw(st.integers(1, len(X) - 1))
    window = SlidingWindow(window_size, offset).fit(pd.DataFrame(X[:cut]))
    test = pd.DataFrame(X).iloc[cut:]
    t = data.draw(st.integers(0, len(test) - 1))
    moved = test.copy()
    moved.iloc[max(0, t - offset + 1) :] += 1e3
    np.testing.assert_array_equal(window.transform(test)[: t + 1], window.transform(moved)[: t + 1])


@given(matrices(min_rows=2), whole(6), st.integers(0, 4), st.data())
def test_later_rows_of_the_fit_array_move_no_window_before_them(X, window_size, offset, data):
    window = SlidingWindow(window_size, offset).fit(X)
    t = data.draw(st.integers(1, len(X) - 1))
    moved = X.copy()
    moved[t:] += 1e3
    before, after = window.transform(X), window.transform(moved)
    np.testing.assert_array_equal(before[: t + offset], after[: t + offset])


def test_nan_comes_out_only_where_it_went_in():
    X = np.array([[1.0], [np.nan], [3.0], [4.0]])
    windows = SlidingWindow(window_size=2).fit_transform(X)[:, :, 0]
    np.testing.assert_array_equal(windows, [[0, 0], [0, 1], [1, np.nan], [np.nan, 3]])


def test_windows_of_a_million_rows_are_a_view():
    X = np.zeros((1_000_000, 1), dtype=np.float32)
    windows = SlidingWindow(window_size=336).fit_transform(X)
    assert windows.shape == (1_000_000, 336, 1)
    assert windows.strides[:2] == (4, 4)  # the next window is the same memory, one row on
    assert not windows.flags.writeable


def test_float32_stays_float32_and_integers_become_float64():
    X = np.arange(5).reshape(-1, 1)
    assert SlidingWindow(2).fit_transform(X.astype(np.float32)).dtype == np.float32
    assert SlidingWindow(2).fit_transform(X).dtype == np.float64


def test_a_series_is_one_column():
    load = hourly()["load"]
    np.testing.assert_array_equal(
        SlidingWindow(3).fit_transform(load), SlidingWindow(3).fit_transform(load.to_frame())
    )


# --- what comes before the first row ------------------------------------------------------------


@given(matrices(min_rows=2), whole(8), st.integers(0, 5), st.booleans(), st.data())
def test_a_fold_has_the_windows_of_the_whole(X, window_size, offset, as_frame, data):
    X = np.cumsum(abs(X) + 1, axis=0)  # a fold that begins as the fit rows do may be taken for them
    cut = data.draw(st.integers(1, len(X) - 1))
    rows = pd.DataFrame(X) if as_frame else X
    window = SlidingWindow(window_size, offset).fit(rows[:cut])
    np.testing.assert_array_equal(
        window.transform(rows[cut:]), windows_by_hand(X, window_size, offset)[cut:]
    )


INDICES = {
    "hours": pd.date_range("2024-01-01", periods=60, freq="h"),
    "hours over a change of daylight saving": pd.date_range(
        "2024-10-26", periods=60, freq="h", tz="Europe/Helsinki"
    ),
    "days over a change of daylight saving": pd.date_range(
        "2024-10-01", periods=60, freq="D", tz="Europe/Helsinki"
    ),
    "month ends": pd.date_range("2019-01-31", periods=60, freq="ME"),
    "quarters": pd.date_range("2009-01-01", periods=60, freq="QS"),
    "business days": pd.bdate_range("2024-01-01", periods=60),
    "years": pd.date_range("1960-01-01", periods=60, freq="YS"),
    "periods": pd.period_range("2019-01", periods=60, freq="M"),
    "every fifth integer": pd.RangeIndex(100, 400, 5),
    "days with a missing one": pd.date_range("2024-01-01", periods=61).delete(10),
    "no regular step": pd.DatetimeIndex(
        pd.Timestamp("2024-01-01") + pd.to_timedelta(np.cumsum(np.arange(60) % 7 + 1), unit="min")
    ),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES.keys())
@pytest.mark.parametrize("cut", range(25, 32))
def test_a_fold_that_follows_gets_its_first_windows_from_the_fit_rows(index, cut):
    df = pd.DataFrame({"load": np.arange(1.0, 61.0)}, index=index)
    rows = np.arange(60)
    window = SlidingWindow(window_size=5, offset=2).fit(df.iloc[rows[:cut]])
    expected = windows_by_hand(df.to_numpy(), 5, 2)[cut:]
    np.testing.assert_array_equal(window.transform(df.iloc[rows[cut:]]), expected)


def test_a_fold_on_another_clock_of_the_same_time_still_follows():
    df = hourly(tz="Europe/Helsinki")
    window = SlidingWindow(5).fit(df[:100])
    expected = window.transform(df[100:])
    np.testing.assert_array_equal(window.transform(df[100:].tz_convert("UTC")), expected)
    assert expected[0, -1, 0] == df["load"].iloc[99]


def test_a_frame_that_begins_within_the_kept_rows_takes_those_before_it():
    df = pd.DataFrame({"load": np.arange(1.0, 11.0)})
    window = SlidingWindow(window_size=3).fit(df[:8])
    windows = window.transform(df[7:])[:, :, 0]
    assert windows.tolist() == [[0, 6, 7], [6, 7, 8], [7, 8, 9]]


@pytest.mark.parametrize(
    "index", [pd.RangeIndex(20), pd.period_range("2000", periods=20, freq="M")]
)
def test_a_frame_that_begins_a_window_later_has_a_past_and_one_still_later_has_none(index):
    df = pd.DataFrame({"load": np.arange(1.0, 21.0)}, index=index)
    window = SlidingWindow(window_size=3).fit(df[:10])
    assert window.transform(df[13:])[:2, :, 0].tolist() == [[8, 9, 10], [9, 10, 14]]
    assert window.transform(df[14:])[:2, :, 0].tolist() == [[0, 0, 0], [0, 0, 15]]


def test_a_frame_from_before_the_fit_rows_has_no_past():
    df = hourly()
    window = SlidingWindow(window_size=3).fit(df[100:])
    assert not window.transform(df[:50])[0].any()


@pytest.mark.parametrize("form", [pd.DataFrame, np.asarray])
def test_the_fit_rows_themselves_have_the_windows_of_fit_transform(form):
    X = form(hourly()[["load"]])
    window = SlidingWindow(window_size=5)
    in_fit = window.fit_transform(X)
    np.testing.assert_array_equal(window.transform(X), in_fit)
    assert not in_fit[0].any()


def test_the_fit_frame_is_known_again_as_an_array():
    df = hourly()
    window = SlidingWindow(window_size=5).fit(df)
    with pytest.warns(UserWarning, match="feature names"):
        windows = window.transform(df.to_numpy())
    np.testing.assert_array_equal(windows, window.transform(df))


def test_only_a_window_of_the_fit_rows_is_pickled():
    df = hourly(20_000)
    window = pickle.loads(pickle.dumps(SlidingWindow(window_size=24).fit(df[:-10])))
    assert len(pickle.dumps(window)) < 10_000
    assert window.transform(df[-10:])[0, -1, 0] == df["load"].iloc[-11]


# --- panels -------------------------------------------------------------------------------------


def panel(lengths=None):
    lengths = {"b": 5, "a": 8} if lengths is None else lengths
    frames = {
        name: pd.DataFrame({"x": 100.0 * i + np.arange(1, n + 1)}, index=pd.RangeIndex(n))
        for i, (name, n) in enumerate(lengths.items(), start=1)
    }
    return pd.concat(frames, names=["series", "time"])


def test_no_window_of_a_panel_reaches_into_another_series():
    df = panel()
    windows = SlidingWindow(window_size=2).fit_transform(df)
    assert windows[:3, :, 0].tolist() == [[0, 0], [0, 101], [101, 102]]
    assert windows[5:8, :, 0].tolist() == [[0, 0], [0, 201], [201, 202]]


def test_rows_of_a_panel_sorted_by_time_keep_their_places():
    df = panel()
    by_time = df.sort_index(level="time", kind="stable")
    windows = pd.Series(list(SlidingWindow(3).fit_transform(by_time)), index=by_time.index)
    expected = pd.Series(list(SlidingWindow(3).fit_transform(df)), index=df.index)
    for key, window in expected.items():
        np.testing.assert_array_equal(windows[key], window)


def test_every_series_of_a_panel_has_its_own_past():
    df = panel({"b": 5, "a": 8, "c": 6})
    time = df.index.get_level_values("time")
    train, test = df[(time < 4) & (df.index.get_level_values(0) != "c")], df[time >= 4]
    windows = SlidingWindow(window_size=3).fit(train).transform(test)
    whole = SlidingWindow(window_size=3).fit_transform(df)
    known = test.index.get_level_values(0) != "c"
    np.testing.assert_array_equal(windows[known], whole[time >= 4][known])
    assert windows[~known][:, :, 0].tolist() == [[0, 0, 0], [0, 0, 305]]


# --- in scikit-learn ----------------------------------------------------------------------------


def ridge_pipeline(**kwargs):
    return Pipeline([("window", SlidingWindow(flatten=True, **kwargs)), ("model", Ridge())])


def test_predictions_of_a_fold_do_not_depend_on_how_it_arrives():
    df = hourly()[["load"]]
    y = df["load"]
    model = ridge_pipeline(window_size=24).fit(df[:150], y[:150])
    fold = model.predict(df[150:])
    np.testing.assert_allclose(model.predict(df)[150:], fold, rtol=1e-12)
    row_by_row = ridge_pipeline(window_size=24).fit(df[:150].to_numpy(), y[:150])
    np.testing.assert_allclose(row_by_row.predict(df[150:].to_numpy()), fold, rtol=1e-12)


def test_a_fold_starts_as_well_as_it_goes_on():
    df = hourly(400)[["load"]]
    model = make_pipeline(
        StandardScaler(), SlidingWindow(window_size=24, flatten=True), LinearRegression()
    )
    error = abs(model.fit(df[:300], df["load"][:300]).predict(df[300:]) - df["load"][300:])
    assert error[:24].mean() < 0.3
    assert error[24:].mean() < 0.3


def test_grid_search_finds_the_window_that_holds_the_season():
    x = np.tile([3.0, -1.0, 4.0, 1.0, -5.0, 9.0], 40)
    df = pd.DataFrame({"x": x}, index=pd.date_range("2000-01-01", periods=240, freq="MS"))
    search = GridSearchCV(
        ridge_pipeline(), {"window__window_size": [1, 2, 6]}, cv=TimeSeriesSplit(4)
    ).fit(df, df["x"])
    assert search.best_params_ == {"window__window_size": 6}
    assert search.best_score_ > 0.99


def test_every_row_of_a_short_fold_is_predicted_whatever_the_window():
    df = hourly(100)[["load"]]
    cv = TimeSeriesSplit(5, test_size=4)
    scores = cross_val_score(ridge_pipeline(window_size=40), df, df["load"], cv=cv)
    assert np.isfinite(scores).all()
    folds = cross_val_predict(ridge_pipeline(window_size=40), df, df["load"], cv=KFold(5))
    assert folds.shape == (100,)
    assert np.isfinite(folds).all()


def test_output_columns_are_named_by_their_lag():
    window = SlidingWindow(window_size=2, offset=3, flatten=True).fit(hourly())
    assert window.get_feature_names_out().tolist() == [
        "load_lag4",
        "wind_lag4",
        "load_lag3",
        "wind_lag3",
    ]


def test_a_lag_column_is_the_shifted_column():
    df = hourly()
    lags = SlidingWindow(3, flatten=True).set_output(transform="pandas").fit_transform(df)
    for lag in (1, 2, 3):
        expected = df["wind"].shift(lag, fill_value=0).rename(f"wind_lag{lag}")
        pd.testing.assert_series_equal(lags[f"wind_lag{lag}"], expected, check_freq=False)


def test_lags_of_a_series_have_its_name():
    window = SlidingWindow(2, flatten=True).fit(hourly()["load"])
    assert window.get_feature_names_out().tolist() == ["load_lag2", "load_lag1"]


def test_windows_of_three_dimensions_offer_no_frame():
    window = SlidingWindow(window_size=2).fit(hourly())
    assert not hasattr(window, "get_feature_names_out")
    assert not hasattr(window, "set_output")
    with pytest.raises(ValueError, match="set_output"):
        make_pipeline(window).set_output(transform="pandas")


def test_a_clone_has_the_parameters_and_nothing_learned():
    copy = clone(SlidingWindow(7, 2, flatten=True).fit(hourly()))
    assert copy.get_params() == {"window_size": 7, "offset": 2, "flatten": True}
    assert not hasattr(copy, "n_features_in_")


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"window_size": 0}, ValueError, "window_size must be at least 1, got 0"),
        ({"window_size": 2.5}, TypeError, "window_size must be a whole number, got 2.5"),
        ({"window_size": True}, TypeError, "window_size must be a whole number, got True"),
        ({"offset": -1}, ValueError, "offset must be at least 0, got -1"),
    ],
)
def test_a_bad_parameter_is_named(params, error, message):
    with pytest.raises(error, match=message):
        SlidingWindow(**params).fit(hourly())


@pytest.mark.parametrize(
    "column",
    [
        ["north"] * 5,
        pd.Series(["north"] * 5, dtype=object),
        pd.Categorical([1, 2, 1, 2, 1]),
        pd.date_range("2024-01-01", periods=5),
    ],
)
def test_a_column_without_numbers_is_named(column):
    X = pd.DataFrame({"load": np.arange(5.0), "site": column})
    with pytest.raises(TypeError, match="column 'site' holds no numbers"):
        SlidingWindow().fit(X)


def test_an_infinite_value_is_named_with_its_time():
    df = hourly()
    df.loc["2024-03-02 05:00", "wind"] = np.inf
    with pytest.raises(ValueError, match="column 'wind' is infinite at time 2024-03-02 05:00"):
        SlidingWindow().fit(df)


@pytest.mark.parametrize(
    ("disorder", "message"),
    [
        (lambda df: df.iloc[::-1], "not sorted.*2024-03-09 06:00"),
        (lambda df: df.iloc[[0, 1, 1, 2]], "duplicate.*2024-03-01 01:00"),
        (lambda df: df.set_index(df.index.astype(str)), "index must hold dates"),
    ],
)
def test_rows_out_of_order_are_refused_at_fit_and_transform(disorder, message):
    df = hourly()
    bad = disorder(df)
    with pytest.raises((TypeError, ValueError), match=message):
        SlidingWindow().fit(bad)
    with pytest.raises((TypeError, ValueError), match=message):
        SlidingWindow().fit(df).transform(bad)


def test_a_bad_series_of_a_panel_is_named():
    df = panel()
    df.loc[("a", 3), "x"] = np.inf
    with pytest.raises(ValueError, match="series 'a', time 3"):
        SlidingWindow().fit(df)


def test_sparse_data_is_refused():
    with pytest.raises(TypeError, match="sparse"):
        SlidingWindow().fit(csr_matrix(np.eye(3)))


def test_a_vector_and_a_list_of_series_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"X\.reshape\(-1, 1\)"):
        SlidingWindow().fit(np.arange(5.0))
    with pytest.raises(TypeError, match="join them into a panel"):
        SlidingWindow().fit([np.arange(5.0), np.arange(3.0)])


def test_a_missing_column_at_transform_is_named():
    window = SlidingWindow().fit(hourly())
    with pytest.raises(ValueError, match="wind"):
        window.transform(hourly()[["load"]])


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(5),
        pd.date_range("2024-04-01", periods=5, freq="h", tz="UTC"),
        pd.period_range("2024-04-01", periods=5, freq="h"),
    ],
)
def test_an_index_of_another_kind_than_the_fit_rows_is_refused(index):
    window = SlidingWindow().fit(hourly())
    with pytest.raises(TypeError, match="that of the fit rows held dates without a time zone"):
        window.transform(hourly()[:5].set_index(index))
