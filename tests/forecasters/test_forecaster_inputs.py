"""Every forecaster takes every accepted input, and the same numbers give the same forecast."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view


def plain(forecast):
    """The numbers of a forecast in any form, one row per step, series end to end."""
    parts = forecast if isinstance(forecast, list) else [forecast]
    return np.concatenate([np.asarray(part, dtype=float).reshape(len(part), -1) for part in parts])


def assert_same_numbers(forecast, expected):
    numbers = plain(forecast)
    assert np.isfinite(numbers).all()
    np.testing.assert_allclose(numbers, plain(expected), rtol=1e-6)


# --- fit(df): one series, several columns, many series ------------------------------------------

ONE_SERIES = {
    "Series": lambda s: s,
    "Series without a name": lambda s: s.rename(None),
    "DataFrame": lambda s: s.to_frame(),
    "array (n,)": lambda s: s.to_numpy(),
    "array (n, 1)": lambda s: s.to_numpy()[:, None],
    "array of objects": lambda s: s.to_numpy(dtype=object),
    "Series by day number": lambda s: s.set_axis(s.index.day_of_year),
    "Series of periods": lambda s: s.to_period(),
    "panel Series": lambda s: pd.concat({"north": s}),
    "panel DataFrame": lambda s: pd.concat({"north": s.to_frame()}),
    "list of arrays (n,)": lambda s: [s.to_numpy()],
    "list of arrays (n, 1)": lambda s: [s.to_numpy()[:, None]],
    "list of Series": lambda s: [s],
    "list of DataFrames": lambda s: [s.to_frame()],
    "tuple of Series": lambda s: (s,),
    "objects that are numbers": lambda s: s.astype(object),
    "nullable floats": lambda s: s.astype("Float64"),
}


@pytest.mark.parametrize("form", ONE_SERIES.values(), ids=ONE_SERIES)
def test_one_series_in_any_form_gives_the_same_forecast(every_forecaster, quick, series, form):
    expected = quick(every_forecaster).fit(series).forecast()
    assert_same_numbers(quick(every_forecaster).fit(form(series)).forecast(), expected)


@pytest.mark.parametrize("form", ONE_SERIES.values(), ids=ONE_SERIES)
def test_one_series_in_any_form_gives_one_prediction_for_each_row(
    every_forecaster, quick, series, form
):
    expected = quick(every_forecaster).fit(series[:40]).predict(series[40:])
    answer = quick(every_forecaster).fit(form(series[:40])).predict(form(series[40:]))
    assert answer.shape == (20,)
    np.testing.assert_allclose(answer, expected, rtol=1e-6)


SEVERAL_COLUMNS = {
    "array (n, k)": lambda df: df.to_numpy(),
    "panel DataFrame": lambda df: pd.concat({"north": df}),
    "list of arrays (n, k)": lambda df: [df.to_numpy()],
    "list of DataFrames": lambda df: [df],
}


@pytest.mark.parametrize("form", SEVERAL_COLUMNS.values(), ids=SEVERAL_COLUMNS)
def test_several_columns_in_any_form_give_the_same_forecast(every_forecaster, quick, two, form):
    expected = quick(every_forecaster).fit(two).forecast()
    f = quick(every_forecaster).fit(form(two))
    assert_same_numbers(f.forecast(), expected)
    assert f.predict(form(two)).shape == (60, 2)


@pytest.mark.parametrize("panel_form", ["Series", "DataFrame"])
@pytest.mark.parametrize("list_form", [lambda s: s, lambda s: s.to_frame(), lambda s: s.to_numpy()])
def test_a_panel_and_a_list_of_its_series_give_the_same_forecast(
    every_forecaster, quick, panel, panel_form, list_form
):
    parts = [s.droplevel(0) for _, s in panel.groupby(level=0, sort=False)]
    listed = quick(every_forecaster).fit([list_form(s[:-10]) for s in parts])
    test = panel.groupby(level=0, sort=False).tail(10)
    train = panel.drop(test.index)
    f = quick(every_forecaster).fit(train if panel_form == "Series" else train.to_frame())
    assert_same_numbers(listed.forecast(), f.forecast())
    answer = listed.predict([list_form(s[-10:]) for s in parts])
    np.testing.assert_allclose(answer, f.predict(test), rtol=1e-6)


def test_a_series_of_a_panel_may_be_shorter_than_a_window(every_forecaster, quick, panel):
    short = pd.concat({"new": panel["north"][-3:], "tiny": panel["north"][:1]}, names=["site"])
    f = quick(every_forecaster).fit(pd.concat([panel, short]))
    forecast = f.forecast()
    sites = forecast.index.get_level_values("site").unique().tolist()
    assert sites == ["north", "south", "west", "new", "tiny"]
    assert np.isfinite(forecast).all()


@pytest.mark.parametrize("keys", [["b", "a", "c"], [3, 1, 2], pd.Categorical(["b", "a", "c"])])
def test_series_keep_their_order_and_their_names(quick, series, keys):
    panel = pd.concat([series, series + 1, series + 2], keys=list(keys), names=["site"])
    if isinstance(keys, pd.Categorical):
        panel.index = panel.index.set_levels(pd.CategoricalIndex(panel.index.levels[0]), level=0)
    forecast = quick().fit(panel).forecast(2)
    assert forecast.index.get_level_values("site").tolist() == np.repeat(list(keys), 2).tolist()


@pytest.mark.parametrize("cast", [lambda s: s.astype(int), lambda s: s > 6, lambda s: s.tolist()])
def test_whole_numbers_bools_and_lists_of_numbers_are_targets(
    every_forecaster, quick, series, cast
):
    expected = quick(every_forecaster).fit(np.asarray(cast(series), dtype=float)).forecast()
    assert_same_numbers(quick(every_forecaster).fit(cast(series)).forecast(), expected)


# --- fit(X, y) ----------------------------------------------------------------------------------

X_AND_Y = {
    "DataFrame, Series": lambda X, y: (X, y),
    "DataFrame, array (n,)": lambda X, y: (X, y.to_numpy()),
    "DataFrame, array (n, 1)": lambda X, y: (X, y.to_numpy()[:, None]),
    "DataFrame, list of numbers": lambda X, y: (X, y.to_list()),
    "DataFrame, DataFrame": lambda X, y: (X, y.to_frame()),
    "array (n, k), array (n,)": lambda X, y: (X.to_numpy(), y.to_numpy()),
    "array (n, k), Series": lambda X, y: (X.to_numpy(), y),
    "panel DataFrame, panel Series": lambda X, y: (pd.concat({"a": X}), pd.concat({"a": y})),
    "panel DataFrame, array (n,)": lambda X, y: (pd.concat({"a": X}), y.to_numpy()),
    "list of DataFrames, list of Series": lambda X, y: ([X], [y]),
    "list of arrays, list of arrays": lambda X, y: ([X.to_numpy()], [y.to_numpy()]),
}


@pytest.mark.parametrize("form", X_AND_Y.values(), ids=X_AND_Y)
def test_x_and_y_in_any_form_give_the_same_forecast(every_forecaster, quick, weather, form):
    past, _ = weather
    X, y = past[["temp"]], past["load"]
    expected = quick(every_forecaster).fit(X[:50], y[:50]).predict(X[50:])
    f = quick(every_forecaster).fit(*form(X[:50], y[:50]))
    X_next, _ = form(X[50:], y[50:])
    assert f.predict(X_next).shape == (10,)
    np.testing.assert_allclose(f.predict(X_next), expected, rtol=1e-6)
    assert_same_numbers(f.forecast(10, future=X_next), expected)


def test_x_may_be_a_series_or_an_array_of_one_column(every_forecaster, quick, weather):
    past, _ = weather
    X, y = past["temp"], past["load"]
    expected = quick(every_forecaster).fit(X.to_frame()[:50], y[:50]).predict(X.to_frame()[50:])
    by_series = quick(every_forecaster).fit(X[:50], y[:50]).predict(X[50:])
    rows = X.to_numpy()[:, None]
    by_array = quick(every_forecaster).fit(rows[:50], y[:50]).predict(rows[50:])
    np.testing.assert_allclose(by_series, expected, rtol=1e-6)
    np.testing.assert_allclose(by_array, expected, rtol=1e-6)


def test_y_of_two_columns_gives_two_predictions_for_each_row(every_forecaster, quick, weather, two):
    past, future = weather
    f = quick(every_forecaster).fit(past[["temp"]], two)
    assert f.predict(future[["temp"]]).shape == (10, 2)
    assert f.forecast(3, future=future).columns.tolist() == ["load", "wind"]


def test_x_and_y_may_share_a_name(quick, weather):
    past, future = weather
    X, y = past[["temp"]], past["load"]
    expected = quick().fit(X, y).forecast(future=future)
    shared = quick().fit(X, y.rename("temp")).forecast(future=future)
    np.testing.assert_array_equal(shared, expected)
    assert shared.name == "temp"


def test_y_that_shares_its_name_with_a_column_of_x_is_forecast_by_that_name(quick, weather):
    X = weather[0][["temp"]].assign(load=weather[0]["load"].shift(7).bfill())
    X["load (target)"] = 1.0
    f = quick().fit(X, weather[0][["load"]])
    future = weather[1][["temp"]].assign(load=0.0, **{"load (target)": 1.0})
    assert f.forecast(future=future).columns.tolist() == ["load"]
    assert f.target_names_ == ["load (target) (target)"]


def test_going_on_finds_the_columns_of_y_by_name(quick, weather, two):
    X = weather[0][["temp"]]
    f, g = (quick(max_epochs=1).fit(X, two) for _ in range(2))
    f.partial_fit(X, two)
    g.partial_fit(X, two[["wind", "load"]])
    assert g.target_names_ == ["load", "wind"]
    assert g.score(X, two) == f.score(X, two)
    forecasts = (each.forecast(future=weather[1][["temp"]]) for each in (f, g))
    pd.testing.assert_frame_equal(*forecasts)
    with pytest.raises(ValueError, match=r"y has 1 columns, but had 2 in the first fit"):
        g.partial_fit(X, two[["load"]])
    with pytest.raises(ValueError, match=r"y lacks column 'wind', which fit had"):
        g.partial_fit(X, two.rename(columns={"wind": "sun"}))


def test_y_without_a_name_is_called_y(quick, weather):
    past, future = (rows[["temp"]] for rows in weather)
    f = quick().fit(past[:50], weather[0]["load"][:50].rename(None))
    assert f.target_names_ == ["y"]
    assert f.forecast(future=past[50:]).name is None
    history = past[50:].assign(y=weather[0]["load"][50:])
    forecast = f.forecast(history=history, future=future)
    assert forecast.columns.tolist() == ["y"]
    assert np.isfinite(forecast["y"]).all()


def test_every_column_of_x_may_be_text_a_category_or_bool(every_forecaster, quick, weather):
    past, future = weather
    f = quick(every_forecaster).fit(past.drop(columns="load"), past["load"])
    assert np.isfinite(f.predict(future)).all()


# --- ready windows ------------------------------------------------------------------------------


@pytest.mark.parametrize("n_columns", [1, 3])
def test_ready_windows_with_one_target_each(every_forecaster, quick, values, n_columns):
    windows = np.stack([sliding_window_view(values, 8) ** (i + 1) for i in range(n_columns)], 2)
    f = quick(every_forecaster, horizon=1, window_size="auto").fit(windows[:-1], values[8:])
    assert (f.window_size_, f.horizon_, f.n_features_in_) == (8, 1, n_columns)
    assert f.predict(windows).shape == (len(windows),)
    assert np.isfinite(f.predict(windows)).all()


def test_ready_windows_with_a_target_for_each_step(every_forecaster, quick, values):
    windows = sliding_window_view(values, 8)[:, :, None]
    y = sliding_window_view(values[8:], 3)
    f = quick(every_forecaster, horizon="auto", window_size="auto").fit(windows[: len(y)], y)
    assert (f.window_size_, f.horizon_) == (8, 3)
    assert f.predict(windows).shape == (len(windows), 3)
    assert np.isfinite(f.score(windows[: len(y)], y))


Y_OF_WINDOWS = {
    "array (n, 1)": lambda y: y[:, None],
    "list": lambda y: y.tolist(),
    "Series": lambda y: pd.Series(y, index=pd.RangeIndex(8, 60)),
    "DataFrame": lambda y: pd.DataFrame({"load": y}),
}


@pytest.mark.parametrize("form", Y_OF_WINDOWS.values(), ids=Y_OF_WINDOWS)
def test_the_targets_of_ready_windows_in_any_form_give_the_same_predictions(quick, values, form):
    windows = sliding_window_view(values, 8)[:, :, None]
    expected = quick(horizon=1).fit(windows[:-1], values[8:]).predict(windows)
    answer = quick(horizon=1).fit(windows[:-1], form(values[8:])).predict(windows)
    np.testing.assert_array_equal(answer, expected)


def test_nothing_of_the_caller_s_data_is_changed(quick, weather, values):
    past, future = weather
    before, X, windows = past.copy(), past.drop(columns="load"), sliding_window_view(values, 9)
    quick(target="load", known_future=list(X)).fit(past).forecast(future=future)
    quick().fit(X, past["load"]).predict(X)
    quick(horizon=1).fit(windows[:, :8, None], windows[:, 8]).predict(windows[:, :8, None])
    pd.testing.assert_frame_equal(past, before)


# --- indexes ------------------------------------------------------------------------------------

INDEXES = [
    *(
        pd.date_range("2022-01-03", periods=70, freq=freq, name="time")
        for freq in ("D", "h", "15min", "2h", "s", "B", "W-WED", "W", "MS", "QS", "YS", "2MS")
    ),
    *(
        pd.date_range("2022-01-31", periods=70, freq=freq)
        for freq in ("ME", "QE", "YE", "YE-JUN", "BME")
    ),
    *(
        pd.date_range(start, periods=70, freq=freq, tz=zone)
        for zone in ("Europe/Helsinki", "America/New_York")
        for start in ("2024-03-08 12:00", "2024-03-29 12:00", "2024-10-25 12:00")
        for freq in ("h", "30min", "D")
    ),
    pd.date_range("2024-10-25", periods=70, freq="h", tz="UTC"),
    *(
        pd.period_range("2022-01", periods=70, freq=freq, name="time")
        for freq in ("M", "Q", "Y", "W", "D", "h")
    ),
    pd.RangeIndex(70),
    pd.RangeIndex(100, 450, 5, name="step"),
    pd.Index(np.arange(70) * 3 + 1),
    pd.Index(np.arange(1950, 2020), dtype="int32"),
]


def without_freq(index):
    """The same stamps, as a mask leaves them: no `freq`, and no range."""
    return index[np.ones(len(index), dtype=bool)]


@pytest.mark.parametrize("lost", [False, True], ids=["freq", "no freq"])
@pytest.mark.parametrize("index", INDEXES, ids=lambda i: f"{i[0]}, {i[1]}")
def test_a_forecast_continues_the_index(quick, values, index, lost):
    seen = without_freq(index[:60]) if lost else index[:60]
    forecast = quick().fit(pd.Series(values, index=seen)).forecast(10)
    assert forecast.index.tolist() == index[60:].tolist()
    assert forecast.index.name == index.name
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        assert forecast.index.dtype == index.dtype
        assert forecast.index.freq == index.freq


@pytest.mark.parametrize("index", INDEXES, ids=lambda i: f"{i[0]}, {i[1]}")
def test_the_index_moves_no_number(quick, values, index):
    array = quick().fit(values[:50])
    indexed = quick().fit(pd.Series(values[:50], index=index[:50]))
    np.testing.assert_array_equal(indexed.forecast(10), array.forecast(10))
    test = pd.Series(values[50:], index=without_freq(index[50:60]))
    np.testing.assert_array_equal(indexed.predict(test), array.predict(values[50:]))


@pytest.mark.parametrize("index", INDEXES, ids=lambda i: f"{i[0]}, {i[1]}")
def test_each_series_of_a_panel_continues_its_own_index(quick, values, index):
    parts = {"long": pd.Series(values, index[:60]), "early": pd.Series(values[:30], index[5:35])}
    forecast = quick().fit(pd.concat(parts)).forecast(10)
    assert forecast["long"].index.tolist() == index[60:].tolist()
    assert forecast["early"].index.tolist() == index[35:45].tolist()


@pytest.mark.parametrize("lost", [False, True], ids=["freq", "no freq"])
def test_every_month_s_fifteenth_is_understood(quick, values, lost):
    index = pd.date_range("2020-01-15", periods=72, freq=pd.DateOffset(months=1))
    seen = without_freq(index[:60]) if lost else index[:60]
    f = quick(horizon="auto", season_length="auto").fit(pd.Series(values, index=seen))
    assert f.season_length_ == 12
    assert f.forecast().index.tolist() == index[60:].tolist()


def test_every_second_row_has_twice_the_step(quick, series):
    forecast = quick().fit(series[::2]).forecast()
    assert (forecast.index[0] - series.index[-2]).days == 2
    assert forecast.index.to_series().diff().dropna().unique().tolist() == [pd.Timedelta(2, "D")]


# --- missing ------------------------------------------------------------------------------------


def test_missing_time_stamps_are_the_same_as_missing_values(quick, series):
    gaps = [10, 11, 30]
    with pytest.warns(UserWarning, match="3 missing target values"):
        by_value = quick().fit(series.where(~np.isin(np.arange(60), gaps)))
    with pytest.warns(UserWarning, match="3 missing time stamps"):
        by_row = quick().fit(series.drop(series.index[gaps]))
    np.testing.assert_array_equal(by_row.forecast(), by_value.forecast())
    assert by_row.forecast().index.equals(by_value.forecast().index)


def test_one_warning_counts_all_that_is_missing(quick, two):
    two = two.copy()
    two.iloc[5:9, 0] = np.nan
    two.iloc[5:7, 1] = np.nan
    two = two.drop(two.index[[20, 21]])
    with pytest.warns(UserWarning, match="masked") as caught:
        quick(target="load").fit(two)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "2 missing time stamps" in message
    assert "4 missing target values" in message
    assert "2 missing covariate values" in message
    assert caught[0].filename == __file__


def test_complete_rows_give_no_warning(quick, panel, weather):
    past, future = weather
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick().fit(panel).predict(panel)
        quick(target="load", known_future=list(future)).fit(past).forecast(future=future)
        quick().fit(past.drop(columns="load"), past["load"]).predict(future)
