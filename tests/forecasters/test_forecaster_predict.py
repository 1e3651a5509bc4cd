"""predict(): one forecast for every row, in blocks, each from the rows before it alone."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.metrics import r2_score

from tsrnn import LSTMForecaster

# --- blocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("horizon", [1, 3, 4, 25])
def test_each_block_is_the_forecast_from_the_rows_before_it(every_forecaster, quick, two, horizon):
    f = quick(every_forecaster, horizon=horizon).fit(two[:40])
    answer = f.predict(two[40:])
    blocks = [
        f.forecast(min(horizon, 60 - start), history=two[:start])
        for start in range(40, 60, horizon)
    ]
    np.testing.assert_allclose(answer, np.concatenate(blocks), rtol=1e-6)


def test_the_last_block_may_be_cut_short(quick, series):
    f = quick().fit(series[:40])
    for n in range(1, 9):
        np.testing.assert_allclose(
            f.predict(series[40 : 40 + n]), f.predict(series[40:48])[:n], rtol=1e-6
        )


def test_a_block_reads_the_known_future_columns_of_its_rows(every_forecaster, quick, weather):
    past, _ = weather
    df = past[["load", "temp"]]
    f = quick(every_forecaster, target="load", known_future="temp").fit(df[:40])
    answer = f.predict(df[40:])
    blocks = [
        f.forecast(history=df[:start], future=df[["temp"]][start:]) for start in range(40, 60, 4)
    ]
    np.testing.assert_allclose(answer, np.concatenate(blocks)[:, 0], rtol=1e-6)


@settings(max_examples=15)
@given(t=st.integers(0, 19), data=st.data())
def test_no_row_from_t_on_moves_the_forecast_of_row_t(fitted, t, data):
    f, test = fitted
    moved = test.copy()
    column = data.draw(st.sampled_from(["load", "temp"]))
    moved.iloc[t:, moved.columns.get_loc(column)] += data.draw(st.floats(-1e3, 1e3))
    before, after = f.predict(test), f.predict(moved)
    np.testing.assert_array_equal(before[: t + 1], after[: t + 1])


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    index = pd.date_range("2024-01-01", periods=60, freq="D")
    df = pd.DataFrame(rng.normal(10, 1, size=(60, 2)), index=index, columns=["load", "temp"])
    small = {"horizon": 4, "window_size": 8, "hidden_size": 4, "max_epochs": 2, "device": "cpu"}
    f = LSTMForecaster(target="load", transform=None, random_state=0, **small)
    return f.fit(df[:40]), df[40:]


# --- what comes before --------------------------------------------------------------------------


@pytest.mark.parametrize("window_size", [1, 8, 30])
def test_a_test_fold_equals_the_same_rows_of_the_whole(
    every_forecaster, quick, series, window_size
):
    f = quick(every_forecaster, window_size=window_size).fit(series[:40])
    np.testing.assert_allclose(f.predict(series[40:]), f.predict(series)[40:], rtol=1e-6)


def test_rows_some_steps_after_the_fit_rows_follow_them_across_the_gap(quick, series):
    f = quick().fit(series[:40])
    gap = series[:45].copy()
    gap.iloc[40:] = np.nan
    np.testing.assert_allclose(f.predict(series[45:49]), f.forecast(history=gap), rtol=1e-6)


def test_rows_that_begin_among_the_fit_rows_have_only_earlier_ones_before_them(quick, series):
    f = quick().fit(series[:40])
    np.testing.assert_allclose(
        f.predict(series[36:]), f.predict(series[32:])[4:], rtol=1e-6
    )  # rows 36 to 39 are read from X and not from the fit
    moved = series[36:] + 100.0
    assert not np.allclose(f.predict(moved)[4:8], f.predict(series[36:])[4:8])


def test_rows_of_another_span_have_nothing_before_them(quick, series):
    f = quick().fit(series[:40])
    years_later = series.index + pd.Timedelta(3000, "D")
    years_before = series.index - pd.Timedelta(3000, "D")
    np.testing.assert_array_equal(
        f.predict(series.set_axis(years_later)), f.predict(series.set_axis(years_before))
    )


def test_an_array_follows_the_fit_rows(every_forecaster, quick, values, series):
    f = quick(every_forecaster).fit(values[:40])
    by_time = quick(every_forecaster).fit(series[:40])
    np.testing.assert_array_equal(f.predict(values[40:]), by_time.predict(series[40:]))
    np.testing.assert_array_equal(by_time.predict(values[40:]), by_time.predict(series[40:]))


def test_each_series_of_a_panel_has_its_own_fit_rows_before_it(quick, panel):
    test = panel.groupby(level=0, sort=False).tail(8)
    f = quick().fit(panel.drop(test.index))
    answer = pd.Series(f.predict(test), test.index)
    for site in ("north", "south", "west"):
        rows = panel.loc[[site]]
        np.testing.assert_allclose(answer[site][:4], f.forecast(history=rows[:-8]), rtol=1e-6)
        np.testing.assert_allclose(answer[site][4:], f.forecast(history=rows[:-4]), rtol=1e-6)


def test_a_series_that_fit_had_not_has_nothing_before_it(quick, panel):
    f = quick().fit(panel)
    new = panel.rename({"north": "east"}, level=0).loc[["east"]]
    assert np.isfinite(f.predict(new)).all()
    np.testing.assert_allclose(f.predict(new), f.predict(panel)[:60], rtol=1e-6)


@pytest.mark.parametrize("names", [["north"], ["north", "west"]])
def test_a_series_that_begins_where_another_ends_has_nothing_before_it(quick, series, names):
    def named(*names):
        return pd.concat(dict.fromkeys(names, series), names=["site"])

    f = quick().fit(named(*names).groupby(level=0).head(50))
    new, old = (named(name)[50:58] for name in ("south", "north"))
    unknown = quick().fit(named(*names).groupby(level=0).head(50)).predict(new)
    np.testing.assert_allclose(unknown[4:], f.forecast(4, history=new[:4]), rtol=1e-6)
    assert np.ptp(unknown[:4]) < 1e-6  # nothing is known of it yet
    assert not np.allclose(f.predict(old)[:4], unknown[:4], rtol=0.01)


def test_an_element_of_a_list_of_another_length_has_nothing_before_it(quick, series):
    f = quick().fit([series[:50], 3 * series[:50]])
    first, second = f.predict([series[50:54], 3 * series[50:54]]).reshape(2, 4)
    assert not np.allclose(f.predict([series[50:54]]), first)
    assert not np.allclose(f.predict([3 * series[50:54]]), second)


# --- the rows of the answer ---------------------------------------------------------------------


def test_the_answer_has_the_rows_of_an_unordered_panel(every_forecaster, quick, panel):
    f = quick(every_forecaster).fit(panel)
    expected = pd.Series(f.predict(panel), panel.index)
    by_time = panel.sort_index(level=1, kind="stable")
    assert not by_time.index.equals(panel.index)
    answer = pd.Series(f.predict(by_time), by_time.index)
    np.testing.assert_allclose(answer.reindex(panel.index), expected, rtol=1e-6)
    assert f.score(by_time) == pytest.approx(f.score(panel), rel=1e-6)


def test_the_answer_has_the_rows_of_an_unordered_panel_with_y(quick, weather):
    past, future = weather
    X = pd.concat({"a": past[["temp"]], "b": -past[["temp"]]}, names=["site"])
    y = pd.concat({"a": past["load"], "b": past["load"] + 1}, names=["site"])
    X_next = pd.concat({"a": future[["temp"]], "b": -future[["temp"]]}, names=["site"])
    f = quick().fit(X.sort_index(level=1), y.sort_index(level=1))
    by_time = X_next.sort_index(level=1)
    answer = pd.Series(f.predict(by_time), by_time.index).reindex(X_next.index)
    np.testing.assert_allclose(answer, f.predict(X_next), rtol=1e-6)


def test_missing_time_stamps_get_no_row(quick, series):
    f = quick().fit(series[:40])
    kept = series[40:].drop(series.index[[43, 50]])
    answer = f.predict(kept)
    assert answer.shape == (18,)
    whole = series[40:].where(~np.isin(np.arange(40, 60), [43, 50]))
    np.testing.assert_array_equal(answer, np.delete(f.predict(whole), [3, 10]))


def test_one_target_gives_a_vector_and_more_a_matrix(every_forecaster, quick, two):
    assert quick(every_forecaster).fit(two).predict(two).shape == (60, 2)
    assert quick(every_forecaster, target="wind").fit(two).predict(two).shape == (60,)
    assert quick(every_forecaster).fit(two[["load"]]).predict(two[["load"]]).shape == (60,)
    assert quick(every_forecaster).fit(two[:30]).predict(two[30:31]).shape == (1, 2)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"transform": None, "normalization": None, "skip": None, "segment_size": 1},
        {"loss": "quantile"},
        {"window_size": 40},
    ],
    ids=str,
)
def test_no_forecast_is_ever_nan(every_forecaster, quick, two, panel, params):
    holes = two.copy()
    holes.iloc[3:20, 0] = np.nan
    holes.iloc[50:, 1] = np.nan
    nothing = two.set_axis(two.index + pd.Timedelta(3000, "D")) * np.nan
    with pytest.warns(UserWarning, match="missing"):
        f = quick(every_forecaster, **params).fit(holes)
    for X in (two, holes, nothing, two[:1], two.to_numpy()):
        assert np.isfinite(f.predict(X)).all()
    assert np.isfinite(f.forecast(30, history=holes)).all(axis=None)
    assert np.isfinite(quick(every_forecaster, **params).fit(panel).predict(panel)).all()


@pytest.mark.parametrize("level", [0.0, 7.0, 1e9, -1e-9])
def test_a_constant_series_is_forecast_by_its_value(every_forecaster, quick, level):
    f = quick(every_forecaster).fit(np.full(40, level))
    np.testing.assert_allclose(f.predict(np.full(9, level)), level, rtol=1e-6)
    np.testing.assert_allclose(f.forecast(9), level, rtol=1e-6)


# --- with y -------------------------------------------------------------------------------------


def test_with_y_the_rows_are_forecast_from_x_and_the_forecasts_alone(
    every_forecaster, quick, weather
):
    past, future = weather
    X, y = past[["temp"]], past["load"]
    f = quick(every_forecaster).fit(X, y)
    np.testing.assert_array_equal(f.predict(future[["temp"]]), f.forecast(10, future=future))
    moved = future[["temp"]].copy()
    moved.iloc[4:] += 50
    np.testing.assert_array_equal(f.predict(moved)[:4], f.predict(future[["temp"]])[:4])
    assert not np.allclose(f.predict(moved)[4:], f.predict(future[["temp"]])[4:])


def test_with_y_rows_among_the_fit_rows_are_forecast_from_those_before(quick, weather):
    past, _ = weather
    X, y = past[["temp"]], past["load"]
    f = quick().fit(X, y)
    before = past[["load", "temp"]][
        52:55
    ]  # the eight rows of a window are kept, of which 55 is the fourth
    expected = f.forecast(5, history=before, future=X[55:])["load"]
    np.testing.assert_array_equal(f.predict(X[55:]), expected)
    assert np.isfinite(f.predict(X)).all()


# --- ready windows ------------------------------------------------------------------------------


def test_with_y_an_array_that_is_the_fit_rows_themselves_does_not_follow_them(
    every_forecaster, quick, weather
):
    past, _ = weather
    rows = pd.concat([past[["temp"]], past[["temp"]] ** 2], axis=1).to_numpy()
    y = past["load"].to_numpy()
    by_array = quick(every_forecaster).fit(rows, y)
    frame = pd.DataFrame(rows)
    by_frame = quick(every_forecaster).fit(frame, pd.Series(y))
    np.testing.assert_array_equal(by_array.predict(rows), by_frame.predict(frame))
    # Other rows follow, as many or not, also where only one value of the last ones differs.
    later = rows.copy()
    later[-1, 0] += 1
    for following in (later, rows[1:]):
        index = pd.RangeIndex(60, 60 + len(following))
        np.testing.assert_array_equal(
            by_array.predict(following), by_frame.predict(pd.DataFrame(following, index))
        )


@pytest.mark.parametrize("form", [np.asarray, lambda rows: [rows, rows + 1]], ids=["array", "list"])
def test_with_y_an_array_that_repeats_itself_follows_the_fit_rows_and_a_warning_says_so(
    quick, form
):
    t = np.arange(56)  # four weeks, and the four that follow
    X, y = (t % 7)[:, None].astype(float), 10.0 + t + t % 7
    f = quick(max_epochs=1).fit(form(X[:28]), form(y[:28]))
    with pytest.warns(
        UserWarning, match="X holds the same values as in fit, but these repeat"
    ) as said:
        forecast = f.predict(form(X[28:]))
    assert str(said[0].message).endswith("give an index to X and y, in fit and predict.")
    np.testing.assert_array_equal(forecast, np.ravel(f.forecast(28, future=form(X[28:]))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        following = f.predict(form(X[28:48]))  # other rows than in the fit in any case
    expected = np.ravel(np.reshape(forecast, (-1, 28))[:, :20])
    np.testing.assert_allclose(following, expected, rtol=1e-4)


def test_with_y_an_array_whose_last_window_alone_is_that_of_the_fit_follows_its_rows(quick, values):
    X = np.arange(60.0)[:, None] % 7
    following = X.copy()
    following[3] = 9.0  # a holiday
    f = quick(max_epochs=1).fit(X, values)
    answer = f.predict(following)
    np.testing.assert_array_equal(answer, f.forecast(60, future=following))


def test_windows_may_be_given_after_any_first_form_fit(every_forecaster, quick, two):
    for data in (two, two["load"]):
        f = quick(every_forecaster).fit(data)
        values = data.to_numpy().reshape(60, -1)
        windows = sliding_window_view(values, 8, axis=0).transpose(0, 2, 1)
        answer = f.predict(windows)
        assert answer.shape == ((53, 4, 2) if data is two else (53, 4))
        np.testing.assert_allclose(answer[-1], f.forecast(), rtol=1e-6)
        np.testing.assert_allclose(answer[10], f.forecast(history=data[:18]), rtol=1e-6)


def test_windows_may_hold_more_or_fewer_rows_than_the_fit(quick, series):
    f = quick().fit(series)
    values = series.to_numpy()[None, :, None]
    np.testing.assert_array_equal(f.predict(values), f.predict(values[:, -8:]))
    moved = series[-5:].set_axis(series.index[-5:] + pd.Timedelta(3000, "D"))
    expected = f.forecast(history=moved).to_numpy()[None]
    np.testing.assert_allclose(f.predict(values[:, -5:]), expected, rtol=1e-6)


def test_windows_of_one_step_are_read_as_they_were_fitted(quick, values):
    windows = sliding_window_view(values, 8)[:, :, None]
    ready = quick(horizon=1).fit(windows[:-1], values[8:])
    assert ready.predict(windows).shape == (53,)
    assert quick(horizon=1).fit(values).predict(windows).shape == (53, 1)


# --- score --------------------------------------------------------------------------------------


def test_score_is_r2_of_the_target_columns(quick, two, panel, weather):
    f = quick().fit(two[:40])
    assert f.score(two[40:]) == pytest.approx(r2_score(two[40:], f.predict(two[40:])))
    f = quick(target="wind").fit(two[:40])
    assert f.score(two[40:]) == pytest.approx(r2_score(two["wind"][40:], f.predict(two[40:])))
    f = quick().fit(panel)
    assert f.score(panel) == pytest.approx(r2_score(panel, f.predict(panel)))
    past, _ = weather
    X, y = past[["temp"]], past["load"]
    f = quick().fit(X[:40], y[:40])
    assert f.score(X[40:], y[40:]) == pytest.approx(r2_score(y[40:], f.predict(X[40:])))


def test_score_takes_y_in_every_form_that_names_the_same_rows(quick, two, weather):
    f, test = quick().fit(two[:40]), two[40:]
    expected = f.score(test)
    # To an array belong the rows after the fit, as to this frame.
    for X in (test, test.to_numpy()):
        for y in (test, test.to_numpy(), test.to_numpy().tolist()):
            assert f.score(X, y) == expected
    one = quick(target="wind").fit(two[:40])
    y = test["wind"]
    for form in (y, y.rename("other"), y.to_frame("other"), y.to_frame().to_numpy(), list(y)):
        assert one.score(test, form) == one.score(test)
    of_array = quick().fit(two[:40].to_numpy())
    assert of_array.score(test.to_numpy(), test) == of_array.score(test.to_numpy())
    past, _ = weather
    y = past[["load", "temp"]]
    beside = quick().fit(past[["temp"]][:40], y[:40].set_axis(["temp", "load"], axis=1))
    assert np.isfinite(beside.score(past[["temp"]][40:], y[40:].set_axis(["temp", "load"], axis=1)))


def test_score_pairs_the_rows_of_panels_in_whatever_order_they_stand(quick, panel):
    panel = panel.drop("west")
    f, by_time = quick().fit(panel), panel.sort_index(level=1, kind="stable")
    assert not by_time.index.equals(panel.index)
    expected = f.score(panel)
    assert f.score(by_time, panel) == pytest.approx(expected, rel=1e-6)
    assert f.score(panel, by_time) == pytest.approx(expected, rel=1e-6)
    assert f.score(by_time, by_time.to_numpy()) == pytest.approx(expected, rel=1e-6)


def test_score_of_windows_with_several_targets_is_the_mean_over_steps_and_targets(quick, two):
    f, values = quick(max_epochs=1).fit(two), two.to_numpy()
    rows = sliding_window_view(values, 12, axis=0).transpose(0, 2, 1)
    windows, y = rows[:, :8], rows[:, 8:]
    each = [r2_score(y[:, h, k], f.predict(windows)[:, h, k]) for h in range(4) for k in range(2)]
    assert f.score(windows, y) == pytest.approx(np.mean(each))
    message = r"y has shape \(49, 2, 4\), but the forecasts of X have \(49, 4, 2\); give one row"
    with pytest.raises(ValueError, match=message):
        f.score(windows, y.transpose(0, 2, 1))


def test_score_leaves_missing_targets_out_and_weighs_rows(quick, series):
    f = quick().fit(series[:40])
    test, weight = series[40:].copy(), np.arange(20.0)
    test.iloc[[2, 7]] = np.nan
    seen = test.notna().to_numpy()
    answer = f.predict(test)
    assert f.score(test) == pytest.approx(r2_score(test[seen], answer[seen]))
    weighted = r2_score(test[seen], answer[seen], sample_weight=weight[seen])
    assert f.score(test, sample_weight=weight) == pytest.approx(weighted)


def test_score_without_y_after_a_fit_with_y_is_refused(quick, weather):
    past, _ = weather
    f = quick().fit(past[["temp"]], past["load"])
    with pytest.raises(ValueError, match="y is needed"):
        f.score(past[["temp"]])


# --- quantiles ----------------------------------------------------------------------------------


def test_quantiles_of_each_block_are_those_of_forecast(every_forecaster, quick, two):
    f = quick(every_forecaster).fit(two[:40])
    levels = [0.9, 0.1, 0.5]
    answer = f.predict(two[40:50], quantiles=levels)
    assert answer.shape == (10, 2, 3)
    for start in (0, 4, 8):
        steps = min(4, 10 - start)
        forecast = f.forecast(steps, history=two[: 40 + start], quantiles=levels)
        np.testing.assert_allclose(
            answer[start : start + steps], forecast.to_numpy().reshape(steps, 2, 3), rtol=1e-5
        )


def test_quantiles_of_one_target_are_columns(quick, series, panel):
    f = quick(loss="quantile", quantiles=[0.1, 0.5, 0.9]).fit(panel)
    answer = f.predict(panel, quantiles=[0.2, 0.5])
    assert answer.shape == (len(panel), 2)
    np.testing.assert_allclose(answer[:, 1], f.predict(panel), rtol=1e-6)
    assert (answer[:, 0] <= answer[:, 1]).all()


def test_quantiles_with_y_are_those_of_forecast(quick, weather):
    past, future = weather
    f = quick().fit(past.drop(columns="load"), past["load"])
    answer = f.predict(future, quantiles=[0.1, 0.9])
    forecast = f.forecast(10, future=future, quantiles=[0.1, 0.9])
    np.testing.assert_allclose(answer, forecast.to_numpy(), rtol=1e-6)


def test_quantiles_of_ready_windows(quick, series):
    f = quick().fit(series[:50])
    windows = series.to_numpy()[42:50].reshape(1, 8, 1)
    answer = f.predict(windows, quantiles=[0.1, 0.9])
    assert answer.shape == (1, 4, 2)
    np.testing.assert_allclose(answer[0], f.forecast(quantiles=[0.1, 0.9]).to_numpy(), rtol=1e-5)


def test_quantiles_beyond_those_of_the_fit_are_refused(quick, series):
    f = quick(loss="quantile", quantiles=[0.1, 0.5, 0.9]).fit(series)
    with pytest.raises(ValueError, match="reach beyond the levels of the fit"):
        f.predict(series, quantiles=[0.05])


# --- values without a logarithm ---------------------------------------------------------------------


@pytest.mark.parametrize("n_low", [1, 3])
def test_values_without_a_logarithm_are_counted_once_however_many_windows_look_at_them(
    quick, panel, n_low
):
    f = quick(transform="log", horizon=2).fit(panel)
    days = pd.date_range("2024-03-01", periods=30)
    later = pd.Series(np.arange(30) + 1.0, index=days)
    later.iloc[5 : 5 + n_low] = 0
    later.iloc[-1] = 0  # no window looks at the rows of the last block
    both = pd.concat({"north": later, "south": later.abs() + 1}, names=["site", "day"])
    both = both.rename("load")
    what = "1 target value is" if n_low == 1 else "3 target values are"
    calls = [
        lambda: f.predict(both),
        lambda: f.predict(both, quantiles=[0.1, 0.9]),
        lambda: f.forecast(20, history=both.groupby("site").head(12), quantiles=[0.1]),
    ]
    for call in calls:
        with pytest.warns(UserWarning, match=f"^{what} not above 0 and .* taken as ") as told:
            call()
        assert len(told) == 1


def test_a_session_tells_of_a_value_without_a_logarithm_when_it_comes(quick, series):
    session = quick(transform="log").fit(series).stream()
    with pytest.warns(UserWarning, match="^1 target value is not above 0 and was taken as "):
        session.step(0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session.step(1.0)
