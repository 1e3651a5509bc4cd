"""forecast(): the form it answers in, any number of steps, history, future and quantiles."""

import numpy as np
import pandas as pd
import pytest

# --- the form of the answer ---------------------------------------------------------------------


def test_a_series_is_forecast_as_a_series_of_its_name(every_forecaster, quick, series):
    forecast = quick(every_forecaster).fit(series).forecast()
    assert isinstance(forecast, pd.Series)
    assert forecast.name == "load"
    assert forecast.dtype == np.float64
    ahead = pd.date_range("2024-03-01", periods=4, freq="D", name="day")
    pd.testing.assert_index_equal(forecast.index, ahead)


def test_a_frame_is_forecast_as_a_frame_of_its_targets(every_forecaster, quick, two):
    both = quick(every_forecaster).fit(two).forecast()
    assert both.columns.tolist() == ["load", "wind"]
    one = quick(every_forecaster, target="wind").fit(two).forecast()
    assert isinstance(one, pd.DataFrame)
    assert one.columns.tolist() == ["wind"]
    assert quick(target=["wind", "load"]).fit(two).forecast().columns.tolist() == ["wind", "load"]


@pytest.mark.parametrize("shape", [(60,), (60, 1), (30, 2)])
def test_an_array_is_forecast_as_an_array(every_forecaster, quick, values, shape):
    forecast = quick(every_forecaster).fit(values.reshape(shape)).forecast(3)
    assert isinstance(forecast, np.ndarray)
    assert forecast.shape == (3, *shape[1:])
    assert forecast.dtype == np.float64


def test_a_panel_is_forecast_as_a_panel_of_its_level_names(every_forecaster, quick, panel):
    forecast = quick(every_forecaster).fit(panel).forecast(2)
    assert isinstance(forecast, pd.Series)
    assert forecast.name == "load"
    assert forecast.index.names == ["site", "day"]
    assert forecast.index.tolist() == [
        ("north", pd.Timestamp("2024-03-01")),
        ("north", pd.Timestamp("2024-03-02")),
        ("south", pd.Timestamp("2024-03-01")),
        ("south", pd.Timestamp("2024-03-02")),
        ("west", pd.Timestamp("2024-02-10")),
        ("west", pd.Timestamp("2024-02-11")),
    ]


def test_each_series_of_a_list_keeps_its_names(quick, series):
    other = (2 * series).rename("other").rename_axis("when")
    forecast = quick().fit([series, other]).forecast()
    assert [part.name for part in forecast] == ["load", "other"]
    assert [part.index.name for part in forecast] == ["day", "when"]


def test_columns_keep_what_they_are_called_even_where_their_names_are_tuples(quick, two):
    names = pd.Index([("a", 1), ("b", 2)], tupleize_cols=False, name="sensor")
    f = quick().fit(two.set_axis(names, axis=1))
    pd.testing.assert_index_equal(f.forecast().columns, names)
    assert len(f.predict(f.forecast(6))) == 6
    quantiles = f.forecast(quantiles=[0.1, 0.9]).columns
    assert quantiles.tolist() == [(name, level) for name in names for level in (0.1, 0.9)]


def test_a_list_is_forecast_as_a_list_of_its_kinds(every_forecaster, quick, series, two):
    by_series = quick(every_forecaster).fit([series, series[:40].rename("other")]).forecast(2)
    assert [type(f) for f in by_series] == [pd.Series, pd.Series]
    assert [f.index[0] for f in by_series] == [
        series.index[-1] + series.index.freq,
        series.index[40],
    ]
    by_frame = quick(every_forecaster).fit([two, two[:40]]).forecast(2)
    assert [f.columns.tolist() for f in by_frame] == [["load", "wind"]] * 2
    by_array = quick(every_forecaster).fit([two.to_numpy(), two.to_numpy()[:40]]).forecast(2)
    assert [f.shape for f in by_array] == [(2, 2), (2, 2)]


def test_a_panel_of_one_series_is_forecast_as_the_series(every_forecaster, quick, series):
    alone = quick(every_forecaster).fit(series)
    panel = quick(every_forecaster).fit(pd.concat({"north": series}))
    pd.testing.assert_series_equal(
        panel.forecast(9)["north"], alone.forecast(9), check_names=False, check_freq=False
    )
    np.testing.assert_array_equal(
        panel.forecast(9, quantiles=[0.1, 0.9]), alone.forecast(9, quantiles=[0.1, 0.9])
    )


def test_forecast_draws_nothing_and_changes_nothing(every_forecaster, quick, series):
    f = quick(every_forecaster, dropout=0.5).fit(series)
    first = f.forecast(6)
    f.predict(series)
    f.forecast(history=series[:30], quantiles=[0.5])
    pd.testing.assert_series_equal(f.forecast(6), first)


# --- steps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 3, 4, 5, 8, 30])
def test_any_number_of_steps_begins_with_the_same_ones(every_forecaster, quick, series, steps):
    f = quick(every_forecaster).fit(series)
    forecast = f.forecast(steps)
    assert len(forecast) == steps
    assert np.isfinite(forecast).all()
    np.testing.assert_array_equal(forecast, f.forecast(30)[:steps])


def test_without_steps_there_are_horizon_of_them(quick, series):
    assert len(quick(horizon=6).fit(series).forecast()) == 6


def test_later_steps_are_forecast_from_earlier_forecasts(every_forecaster, quick, two):
    f = quick(every_forecaster).fit(two)
    first = f.forecast(4)
    rolled = f.forecast(history=pd.concat([two, first]))
    np.testing.assert_allclose(f.forecast(8)[4:], rolled, rtol=1e-6)


@pytest.mark.parametrize("steps", [0, -1, 2.5, "3", True])
def test_steps_must_be_a_positive_whole_number(quick, series, steps):
    with pytest.raises((TypeError, ValueError), match="steps"):
        quick().fit(series).forecast(steps)


# --- history ------------------------------------------------------------------------------------


def test_history_is_forecast_from_its_own_end_without_a_refit(every_forecaster, quick, series):
    f = quick(every_forecaster).fit(series[:40])
    weights = [p.clone() for p in f.module_.parameters()]
    later = f.forecast(history=series)
    assert later.index[0] == pd.Timestamp("2024-03-01")
    assert later.name == "load"
    assert all((a == b).all() for a, b in zip(weights, f.module_.parameters(), strict=True))
    pd.testing.assert_series_equal(f.forecast(history=series[:40]), f.forecast())


def test_a_short_history_that_follows_the_fit_rows_is_read_behind_them(quick, series):
    f = quick().fit(series[:50])
    np.testing.assert_array_equal(
        f.forecast(history=series[50:53]), f.forecast(history=series[:53])
    )


def test_history_of_one_series_of_a_panel_follows_the_fit_rows_of_that_name_alone(quick, series):
    early, late = series[:40], series[40:43]
    f = quick().fit(pd.concat({"a": early, "b": 3 * early}))
    short = f.forecast(history=pd.concat({"b": 3 * late}))
    whole = f.forecast(history=pd.concat({"b": 3 * series[:43]}))
    pd.testing.assert_series_equal(short, whole)
    f = quick().fit(pd.concat({"a": early}))
    other = f.forecast(history=pd.concat({"b": late}))
    alone = f.forecast(history=late.set_axis(late.index + pd.Timedelta("700D")))
    np.testing.assert_array_equal(other, alone)


def test_history_that_follows_the_fit_rows_may_lack_every_value(quick, series, panel):
    f, outage = quick().fit(series[:50]), series[50:52] * np.nan
    expected = f.forecast(history=pd.concat([series[:50], outage]))
    pd.testing.assert_series_equal(f.forecast(history=outage), expected)
    with pytest.raises(ValueError, match="history: target column 'load' is missing everywhere"):
        f.forecast(history=outage.shift(100, freq="D"))


@pytest.mark.parametrize("freq", ["D", "h"])
def test_history_and_future_may_be_in_another_time_zone(quick, weather, freq):
    index = pd.date_range("2024-03-25", periods=70, freq=freq, tz="Europe/Berlin")
    past, future = (
        rows.set_axis(part, axis=0)
        for rows, part in zip(weather, (index[:60], index[60:]), strict=True)
    )
    f = quick(target="load", known_future="temp").fit(past[["load", "temp"]][:50])
    history, future = past[["load", "temp"]][50:], future[["temp"]]
    expected = f.forecast(history=history, future=future)
    answer = f.forecast(history=history.tz_convert("UTC"), future=future.tz_convert("Asia/Tokyo"))
    assert str(answer.index.tz) == "UTC"
    pd.testing.assert_frame_equal(answer.tz_convert("Europe/Berlin"), expected, check_freq=False)
    np.testing.assert_array_equal(f.predict(history.tz_convert("UTC")), f.predict(history))
    panel = pd.concat({"a": history.tz_convert("UTC")})
    answer = f.forecast(history=panel, future=future).loc["a"]
    np.testing.assert_allclose(answer, expected, rtol=1e-6)
    assert answer.index[0] == expected.index[0]


def test_midnights_of_another_time_zone_are_not_those_of_the_fit(quick, series):
    f = quick().fit(series[:50].tz_localize("Europe/Berlin"))
    with pytest.raises(
        ValueError, match=r"X: time 2024-02-20 06:00:00\+01:00 is off the step of D"
    ):
        f.predict(series[50:].tz_localize("America/New_York"))


def test_elements_of_a_list_in_two_time_zones_are_refused(quick, series):
    berlin = series.tz_localize("Europe/Berlin")
    message = r"must be in one time zone, but X\[0\] is in Europe/Berlin and X\[1\] in UTC; use X\[1\].tz_"
    with pytest.raises(ValueError, match=message):
        quick().fit([berlin, berlin.tz_convert("UTC")])


def test_history_of_another_span_has_nothing_before_it(quick, series):
    f = quick().fit(series)
    earlier = series[20:32]
    moved = earlier.set_axis(earlier.index + pd.Timedelta(3000, "D"))
    np.testing.assert_array_equal(f.forecast(history=earlier), f.forecast(history=moved))
    assert f.forecast(history=moved).index[0] == moved.index[-1] + pd.Timedelta(1, "D")


def test_history_is_forecast_in_the_form_it_has(quick, series, panel):
    f = quick().fit(series)
    expected = f.forecast(history=series[:30])
    np.testing.assert_array_equal(f.forecast(history=series[:30].to_numpy()), expected)
    (listed,) = f.forecast(history=[series[:30]])
    pd.testing.assert_series_equal(listed, expected)
    of_panel = f.forecast(history=panel)
    assert of_panel.index.get_level_values("site").unique().tolist() == ["north", "south", "west"]
    np.testing.assert_allclose(of_panel["north"], f.forecast(), rtol=1e-6)


def test_a_series_of_another_name_may_be_the_history(quick, series):
    f = quick().fit(series)
    forecast = f.forecast(history=series[:30].rename("other"))
    assert forecast.name == "other"
    np.testing.assert_array_equal(forecast, f.forecast(history=series[:30]))


def test_a_series_that_the_panel_had_not_is_forecast_too(quick, panel):
    f = quick().fit(panel)
    new = pd.concat({"east": panel["south"]}, names=["site"])
    forecast = f.forecast(history=new)
    np.testing.assert_allclose(forecast["east"], f.forecast(history=panel)["south"], rtol=1e-6)


def test_history_of_the_second_form_holds_the_target_too(quick, weather):
    past, future = weather
    X, y = past[["temp"]], past["load"]
    f = quick().fit(X[:50], y[:50])
    whole = quick().fit(X[:50], y[:50]).forecast(history=past, future=future)
    assert whole.index.equals(future.index[:4])
    assert not np.allclose(whole, f.forecast(future=X[50:]))


# --- future -------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["temp", "kind", "sky", "holiday"])
def test_a_known_future_column_moves_the_forecast(every_forecaster, quick, weather, column):
    past, future = weather
    f = quick(every_forecaster, target="load", known_future=[column], max_epochs=3)
    f.fit(past[["load", column]])
    other = future.assign(**{column: future[column].to_numpy()[::-1]})
    other[column] = other[column].astype(future[column].dtype)
    here, there = f.forecast(10, future=future), f.forecast(10, future=other)
    changed = (other[column] != future[column]).to_numpy()
    assert changed.any()
    first = int(np.argmax(changed)) // 4 * 4  # the block of four steps that sees the first change
    assert np.isfinite(here).all(axis=None)
    np.testing.assert_array_equal(here[:first], there[:first])
    assert not np.allclose(here[first:], there[first:], rtol=1e-6)


def test_a_known_future_that_matters_is_learned(quick):
    """The target is nothing but its covariate, which is noise: only the future tells it."""
    noise = np.random.default_rng(0).normal(size=400)
    df = pd.DataFrame({"load": 10 + 3 * noise, "temp": noise})
    f = quick(target="load", known_future="temp", hidden_size=16, max_epochs=40, lr=0.01)
    f.fit(df[:360])
    forecast = f.forecast(40, future=df[360:])["load"]
    error = np.abs(forecast - df["load"][360:]).mean()
    assert error < 0.7 * np.abs(df["load"][360:] - df["load"].mean()).mean()


def test_rows_of_future_are_found_by_time(quick, weather):
    past, future = weather
    f = quick(target="load", known_future=list(future)).fit(past)
    around = pd.concat([past.drop(columns="load"), future])
    pd.testing.assert_frame_equal(f.forecast(future=around), f.forecast(future=future))


def test_each_series_of_a_panel_has_its_own_future(quick, weather):
    past, future = weather
    df, ahead = past[["load", "temp"]], future[["temp"]]
    panel = pd.concat({"a": df, "b": df}, names=["site"])
    f = quick(target="load", known_future="temp").fit(panel)
    forecast = f.forecast(future=pd.concat({"b": -ahead, "a": ahead}, names=["site"]))
    swapped = f.forecast(future=pd.concat({"a": -ahead, "b": ahead}, names=["site"]))
    np.testing.assert_array_equal(forecast.loc["a"], swapped.loc["b"])
    assert not np.allclose(forecast.loc["a"], forecast.loc["b"])


def test_future_of_an_array_is_one_column_for_each_known_one(quick, weather):
    past, future = weather
    f = quick(target="load", known_future="temp").fit(past[["load", "temp"]])
    expected = f.forecast(6, future=future).to_numpy()
    by_array = quick(target=0, known_future=1).fit(past[["load", "temp"]].to_numpy())
    temp = future["temp"].to_numpy()
    np.testing.assert_array_equal(by_array.forecast(6, future=temp), expected)
    np.testing.assert_array_equal(by_array.forecast(6, future=temp[:, None]), expected)
    np.testing.assert_array_equal(f.forecast(6, future=temp), expected)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_future_that_does_not_cover_the_steps_is_refused(quick, weather, rows):
    past, future = weather
    f = quick(target="load", known_future="temp").fit(past[["load", "temp"]])
    with pytest.raises(ValueError, match="future"):
        f.forecast(future=future[:rows])
    with pytest.raises(ValueError, match=r"lacks a row for 2024-03-03"):
        f.forecast(future=future.drop(future.index[2]))
    with pytest.raises(ValueError, match="future is needed: column 'temp'"):
        f.forecast()


def test_the_future_of_another_series_is_refused_even_if_each_is_alone(quick, weather):
    past, future = weather
    f = quick(target="load", known_future="temp").fit(pd.concat({"a": past[["load", "temp"]]}))
    temp = future[["temp"]]
    message = "future has no rows of series 'a', only of 'b'; the known-future columns must cover"
    with pytest.raises(ValueError, match=message):
        f.forecast(future=pd.concat({"b": temp}))
    pd.testing.assert_frame_equal(
        f.forecast(future=pd.concat({"a": temp})), f.forecast(future=temp)
    )


# --- covariates ---------------------------------------------------------------------------------


def test_past_covariates_move_the_forecast_and_need_no_future(every_forecaster, quick, weather):
    past, _ = weather
    f = quick(every_forecaster, target="load").fit(past)
    forecast = f.forecast(6)
    assert forecast.columns.tolist() == ["load"]
    for column in ("temp", "kind", "sky", "holiday"):
        other = past.copy()
        other[column] = other[column].astype(object).to_numpy()[::-1]
        other[column] = other[column].astype(past[column].dtype)
        assert not np.allclose(f.forecast(6, history=other), forecast, rtol=1e-7), column


STATIC = {
    "number": [1.0, 2.0],
    "text": ["coast", "hills"],
    "category": pd.Categorical(["coast", "hills"]),
    "bool": [False, True],
}


@pytest.mark.parametrize("labels", STATIC.values(), ids=STATIC)
def test_a_static_column_tells_series_apart(every_forecaster, quick, values, days, labels):
    """Two series of the same past whose futures differ by the static column alone."""
    site = pd.Series(labels).repeat(60).reset_index(drop=True)
    index = pd.MultiIndex.from_product([["a", "b"], days])
    df = pd.DataFrame({"load": np.tile(values, 2), "site": site.array}, index=index)
    forecast = quick(every_forecaster, target="load").fit(df).forecast(6)
    assert np.isfinite(forecast).all(axis=None)
    assert not np.allclose(forecast.loc["a"], forecast.loc["b"], rtol=1e-7)


def test_a_category_that_fit_had_not_is_unknown_and_legal(quick, weather):
    past, future = weather
    f = quick(target="load", known_future=["sky", "kind"]).fit(past[["load", "sky", "kind"]])
    hail = future.assign(sky="hail", kind=None)
    snow = future.assign(sky=None, kind="feast")
    assert np.isfinite(f.forecast(future=hail)).all(axis=None)
    pd.testing.assert_frame_equal(f.forecast(future=hail), f.forecast(future=snow))


# --- quantiles ----------------------------------------------------------------------------------

LEVELS = [0.05, 0.3, 0.5, 0.7, 0.95]


@pytest.mark.parametrize("params", [{}, {"loss": "quantile"}], ids=["point", "quantile"])
def test_quantiles_never_cross(every_forecaster, quick, two, panel, params):
    for data in (two, two["load"], panel, two.to_numpy()):
        f = quick(every_forecaster, n_estimators=2, **params).fit(data)
        ahead = np.asarray(f.forecast(11, quantiles=LEVELS)).reshape(-1, len(LEVELS))
        assert np.isfinite(ahead).all()
        assert (np.diff(ahead, axis=1) >= 0).all()
        assert (ahead[:, 0] < ahead[:, -1]).all()


@pytest.mark.parametrize("params", [{}, {"loss": "quantile"}], ids=["point", "quantile"])
def test_quantiles_come_in_one_column_each(quick, two, panel, params):
    f = quick(**params).fit(two["load"])
    of_series = f.forecast(6, quantiles=[0.9, 0.1])
    assert of_series.columns.tolist() == [0.1, 0.9]
    assert of_series.index.equals(f.forecast(6).index)
    of_frame = quick(**params).fit(two).forecast(quantiles=[0.1, 0.9])
    assert of_frame.columns.names == ["target", "quantile"]
    assert of_frame.columns.tolist() == [
        *[("load", 0.1), ("load", 0.9)],
        *[("wind", 0.1), ("wind", 0.9)],
    ]
    of_panel = quick(**params).fit(panel).forecast(quantiles=[0.5])
    assert of_panel.index.names == ["site", "day"]
    assert of_panel.columns.tolist() == [0.5]
    assert quick(**params).fit(two.to_numpy()).forecast(3, quantiles=[0.1, 0.9]).shape == (3, 2, 2)
    assert quick(**params).fit(two["load"].to_numpy()).forecast(3, quantiles=[0.2]).shape == (3, 1)


def test_the_median_of_the_quantile_loss_is_the_point_forecast(quick, series):
    f = quick(loss="quantile").fit(series)
    np.testing.assert_allclose(f.forecast(9, quantiles=[0.5])[0.5], f.forecast(9), rtol=1e-9)


def test_levels_between_those_of_the_fit_are_interpolated(quick, series):
    f = quick(loss="quantile", quantiles=[0.1, 0.9], transform=None).fit(series)
    ahead = f.forecast(quantiles=[0.1, 0.3, 0.5])
    np.testing.assert_allclose(ahead[0.3], (ahead[0.1] + ahead[0.5]) / 2, rtol=1e-9)


def test_the_median_alone_may_be_the_only_level(quick, series):
    f = quick(loss="quantile", quantiles=[0.5]).fit(series)
    mae = quick(loss="mae").fit(series)
    np.testing.assert_allclose(f.forecast(), mae.forecast(), rtol=1e-6)
    np.testing.assert_array_equal(f.forecast(quantiles=[0.5])[0.5], f.forecast())


def test_quantiles_of_the_held_out_errors_widen_with_the_noise(quick, days):
    rng = np.random.default_rng(0)
    level = np.full(300, 50.0)
    widths = []
    for noise in (1.0, 10.0):
        f = quick().fit(level + noise * rng.normal(size=300))
        ahead = f.forecast(quantiles=[0.1, 0.9])
        widths.append(np.diff(ahead, axis=1).mean())
    assert 3 < widths[1] / widths[0] < 30


@pytest.mark.parametrize(
    "levels", [[0.0], [1.0], [-0.1], [1.5], [0.5, 0.5], [], ["a"], [np.nan], 2]
)
def test_levels_out_of_range_are_refused(quick, series, levels):
    with pytest.raises((TypeError, ValueError), match="quantiles"):
        quick().fit(series).forecast(quantiles=levels)


def test_levels_beyond_those_of_the_fit_are_refused(quick, series):
    f = quick(loss="quantile", quantiles=[0.2, 0.8]).fit(series)
    for levels in ([0.1], [0.5, 0.9]):
        with pytest.raises(ValueError, match=r"beyond the levels of the fit, 0\.2 to 0\.8"):
            f.forecast(quantiles=levels)


def test_without_held_out_rows_a_point_forecast_has_no_quantiles(quick, series):
    f = quick(validation_fraction=0).fit(series)
    with pytest.raises(ValueError, match="none were held out"):
        f.forecast(quantiles=[0.5])


# --- after partial_fit --------------------------------------------------------------------------


@pytest.mark.parametrize("begins", [38, 40, 42])
def test_partial_fit_on_a_few_later_rows_forecasts_from_the_rows_before_too(quick, panel, begins):
    day = panel.index.get_level_values("day")
    days = day.unique()
    first, then = day < days[40], (day >= days[begins]) & (day < days[47])
    f = quick().fit(panel[first])
    f.partial_fit(panel[then].drop("west", errors="ignore"))
    history = panel[first | then].drop("west")
    pd.testing.assert_series_equal(f.forecast(), f.forecast(history=history))
    kept = f._fitted.panel
    assert kept.lengths.tolist() == [8, 8]
    assert kept.firsts.tolist() == [days[39]] * 2
    more = (day >= days[47]) & (day < days[52])
    f.partial_fit(panel[more])
    history = panel[first | then | more].drop("west")
    pd.testing.assert_series_equal(f.forecast(), f.forecast(history=history))


def test_a_series_that_partial_fit_was_not_given_is_forecast_from_its_history_alone(quick, panel):
    later = panel[panel.index.get_level_values("day") > "2024-02-10"]
    f = quick().fit(panel).partial_fit(later.loc[["north"]])
    assert f.forecast().index.unique("site").tolist() == ["north"]
    both = f.forecast(history=later)
    assert both.index.unique("site").tolist() == ["north", "south"]
    pd.testing.assert_series_equal(both.loc[["north"]], f.forecast())
    pd.testing.assert_series_equal(both.loc[["south"]], f.forecast(history=later.loc[["south"]]))


def test_partial_fit_on_a_few_more_rows_of_an_array_forecasts_from_these_alone(quick, values):
    f = quick().fit(values[:40]).partial_fit(values[40:46])
    np.testing.assert_array_equal(f.forecast(), f.forecast(history=values[40:46]))
