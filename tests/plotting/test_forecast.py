"""ForecastDisplay shows what was observed, what was forecast, how sure, and how good it was."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.dates import date2num
from sklearn.base import BaseEstimator

from tsrnn import GRUForecaster
from tsrnn.metrics import mase
from tsrnn.plotting import ForecastDisplay


def labels_of(legend):
    return [text.get_text() for text in legend.get_texts()]


def joins_of(ax):
    return [line for line in ax.lines if line.get_label() == "_join"]


# --- lines --------------------------------------------------------------------------------------


def test_lines_show_the_history_and_the_forecast(make_naive, airline):
    naive = make_naive(airline)
    display = ForecastDisplay.from_estimator(naive, airline, steps=24)
    forecast = naive.forecast(24, history=airline)
    line, history = display.forecast_lines_[0], display.history_lines_[0]
    np.testing.assert_array_equal(line.get_ydata(), forecast)
    np.testing.assert_array_equal(line.get_xdata(), forecast.index.to_numpy())
    np.testing.assert_array_equal(history.get_ydata(), airline)
    np.testing.assert_array_equal(history.get_xdata(), airline.index.to_numpy())


def test_a_fitted_network_is_drawn_as_it_forecasts(airline):
    network = GRUForecaster(hidden_size=4, max_epochs=1, random_state=0).fit(airline)
    display = ForecastDisplay.from_estimator(network, airline, quantiles=[0.1, 0.9])
    forecast = network.forecast(history=airline)
    np.testing.assert_array_equal(display.forecast_lines_[0].get_ydata(), forecast)
    assert list(display.bands_[0]) == [(0.1, 0.9)]


def test_truth_is_drawn_in_the_rows_of_the_forecast(make_naive, airline):
    history, truth = airline[:-24], airline[-24:]
    display = ForecastDisplay.from_estimator(make_naive(history), history, y_true=truth)
    np.testing.assert_array_equal(display.y_true_lines_[0].get_ydata(), truth)
    assert len(display.forecast_lines_[0].get_ydata()) == 24  # as many as there are to compare


def test_without_truth_there_is_no_line_for_it(make_naive, airline):
    display = ForecastDisplay.from_estimator(make_naive(airline), airline)
    assert display.y_true_lines_ == []
    assert labels_of(display.ax_.get_legend()) == ["history", "forecast"]


@pytest.mark.parametrize(
    ("steps", "history_rows", "drawn"), [(12, None, 100), (20, None, 120), (12, 30, 30), (1, 0, 0)]
)
def test_history_shows_the_last_rows(make_naive, airline, steps, history_rows, drawn):
    display = ForecastDisplay.from_estimator(
        make_naive(airline), airline, steps=steps, history_rows=history_rows
    )
    expected = airline.iloc[len(airline) - drawn :]
    np.testing.assert_array_equal(display.history_lines_[0].get_ydata(), expected)


def test_future_covariates_reach_the_forecaster(airline):
    class Echo(BaseEstimator):
        def fit(self, X):
            self.is_fitted_ = True
            return self

        def forecast(self, steps, history, future):
            return future["holiday"].rename("Passengers")

    months = pd.date_range("1961-01-01", periods=2, freq="MS")
    future = pd.DataFrame({"holiday": [5.0, 7.0]}, index=months)
    display = ForecastDisplay.from_estimator(Echo().fit(airline), airline, steps=2, future=future)
    assert display.forecast_lines_[0].get_ydata().tolist() == [5.0, 7.0]


# --- the join -----------------------------------------------------------------------------------


def test_history_and_forecast_meet(make_naive, airline):
    history, truth = airline[:-12], airline[-12:]
    display = ForecastDisplay.from_estimator(make_naive(history), history, y_true=truth)
    to_truth, to_forecast = joins_of(display.ax_)
    start, end = to_forecast.get_xydata()
    np.testing.assert_array_equal(start, display.history_lines_[0].get_xydata()[-1])
    np.testing.assert_array_equal(end, display.forecast_lines_[0].get_xydata()[0])
    np.testing.assert_array_equal(
        to_truth.get_xydata()[1], display.y_true_lines_[0].get_xydata()[0]
    )
    assert to_forecast.get_color() == display.forecast_lines_[0].get_color()


def test_a_weekend_is_no_gap_between_business_days():
    days = pd.bdate_range("2024-01-01", periods=20)  # ends on a Friday
    display = ForecastDisplay.from_predictions(
        pd.Series(np.arange(15.0), index=days[:15]), pd.Series(np.arange(5.0), index=days[15:])
    )
    assert len(joins_of(display.ax_)) == 1


def test_no_line_leads_over_steps_that_nobody_forecast(airline):
    display = ForecastDisplay.from_predictions(airline[:100], airline[103:110])
    assert joins_of(display.ax_) == []
    assert display.ax_.get_title() == "Passengers: forecast of 7 months"


def test_steps_are_the_next_only_where_they_are_of_every_series():
    days = pd.date_range("2024-01-01", periods=20)
    load = pd.Series(np.arange(20.0), index=days, name="load")
    for gap, words in {0: "the next 5 days", 3: "forecast of 5 days"}.items():
        history = pd.concat({"a": load[:15], "b": load[: 15 - gap]})
        display = ForecastDisplay.from_predictions(
            history, pd.concat(dict.fromkeys("ab", load[15:]))
        )
        assert display.figure_.get_suptitle() == f"2 series: {words}"


def test_no_line_leads_from_a_missing_value(make_naive, airline):
    airline = airline.where(np.arange(144) < 143)
    display = ForecastDisplay.from_estimator(make_naive(airline, season_length=13), airline)
    (join,) = joins_of(display.ax_)
    assert np.isnan(join.get_ydata()[0])


def test_a_forecast_of_past_rows_does_not_claim_to_be_next(airline):
    display = ForecastDisplay.from_predictions(airline, airline[-12:] + 1, y_true=airline[-12:])
    assert joins_of(display.ax_) == []
    assert display.ax_.get_title() == "Passengers: forecast of 12 months, MAE 1.00"


# --- bands --------------------------------------------------------------------------------------


def test_bands_cover_their_levels_from_the_join_on(make_naive, airline):
    naive = make_naive(airline)
    display = ForecastDisplay.from_estimator(naive, airline, quantiles=[0.1, 0.5, 0.9])
    levels = naive.forecast(history=airline, quantiles=[0.1, 0.9])
    ((interval, band),) = display.bands_[0].items()
    assert interval == (0.1, 0.9)
    vertices = band.get_paths()[0].vertices
    times = date2num(airline.index[-1:].append(levels.index).to_numpy())
    for x, low, high in zip(
        times, [airline.iloc[-1], *levels[0.1]], [airline.iloc[-1], *levels[0.9]], strict=True
    ):
        at_x = vertices[np.isclose(vertices[:, 0], x), 1]
        assert (at_x.min(), at_x.max()) == pytest.approx((low, high))


@pytest.mark.parametrize("form", [np.asarray, lambda y: [y.to_numpy(), y.to_numpy()]])
def test_levels_of_arrays_are_drawn_in_whatever_order_they_are_asked_for(airline, form):
    X = form(airline)
    network = GRUForecaster(horizon=12, hidden_size=4, max_epochs=1, random_state=0).fit(X)
    drawn = ForecastDisplay.from_estimator(network, X, quantiles=[0.9, 0.5, 0.1]).quantiles
    ascending = ForecastDisplay.from_estimator(network, X, quantiles=[0.1, 0.5, 0.9]).quantiles
    assert list(drawn) == [0.1, 0.5, 0.9]
    for level, values in ascending.items():
        np.testing.assert_array_equal(drawn[level], values)
    assert (np.asarray(drawn[0.1]) < np.asarray(drawn[0.9])).all()


def test_wider_bands_are_lighter_behind_and_first_in_the_legend(make_naive, airline):
    levels = [0.05, 0.1, 0.25, 0.75, 0.9, 0.95]
    display = ForecastDisplay.from_estimator(make_naive(airline), airline, quantiles=levels)
    assert list(display.bands_[0]) == [(0.05, 0.95), (0.1, 0.9), (0.25, 0.75)]
    bands = list(display.bands_[0].values())
    lightness = [sum(to_rgb(band.get_facecolor()[0][:3])) for band in bands]
    assert lightness == sorted(lightness, reverse=True)
    assert len(set(lightness)) == 3
    orders = [band.get_zorder() for band in bands]
    assert orders == sorted(orders)
    assert orders[-1] < display.forecast_lines_[0].get_zorder()
    assert labels_of(display.ax_.get_legend())[-3:] == ["90 %", "80 %", "50 %"]


def test_a_level_without_a_partner_is_a_dashed_line(make_naive, airline):
    naive = make_naive(airline)
    display = ForecastDisplay.from_estimator(naive, airline, quantiles=[0.5, 0.9])
    ((level, line),) = display.bands_[0].items()
    assert level == 0.9
    assert line.get_linestyle() == "--"
    expected = naive.forecast(history=airline, quantiles=[0.9])[0.9]
    np.testing.assert_array_equal(line.get_ydata()[1:], expected)
    assert labels_of(display.ax_.get_legend())[-1] == "90 % quantile"


def test_each_target_has_its_own_band(make_naive, airline):
    frame = pd.DataFrame({"a": airline, "b": 10 * airline})
    display = ForecastDisplay.from_estimator(make_naive(frame), frame, quantiles=[0.1, 0.9])
    tops = [bands[0.1, 0.9].get_paths()[0].vertices[:, 1].max() for bands in display.bands_]
    assert tops[1] == pytest.approx(10 * tops[0])


# --- titles and labels --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "steps", "words"),
    [
        ("MS", 24, "the next 24 months"),
        ("ME", 1, "the next month"),
        ("QS", 8, "the next 8 quarters"),
        ("YS", 5, "the next 5 years"),
        ("W-SUN", 13, "the next 13 weeks"),
        ("D", 7, "the next 7 days"),
        ("B", 5, "the next 5 business days"),
        ("h", 48, "the next 48 hours"),
        ("15min", 96, "the next 96 steps of 15 minutes"),
    ],
)
def test_the_title_counts_steps_in_the_unit_of_the_index(make_naive, freq, steps, words):
    times = pd.date_range("2020-01-01", periods=60, freq=freq)
    rows = pd.Series(np.arange(60.0), index=times, name="load")
    display = ForecastDisplay.from_estimator(make_naive(rows), rows, steps=steps)
    assert display.ax_.get_title() == f"load: {words}"


def test_the_title_gives_the_errors(make_naive, airline):
    history, truth = airline[:-24], airline[-24:]
    naive = make_naive(history)
    forecast = naive.forecast(24, history=history)
    display = ForecastDisplay.from_estimator(naive, history, y_true=truth)
    mae = (truth - forecast).abs().mean()
    scaled = mase(truth, forecast, y_train=history, season_length=12)
    assert display.ax_.get_title() == (
        f"Passengers: the next 24 months, MAE {mae:.1f}, MASE {scaled:.2f}"
    )


def test_missing_truth_is_left_out_of_the_error(airline):
    truth = airline[-3:].copy()
    truth.iloc[0] = np.nan
    display = ForecastDisplay.from_predictions(airline[:-3], airline[-3:] + [9, 2, 4], y_true=truth)
    assert display.ax_.get_title() == "Passengers: the next 3 months, MAE 3.00"


def test_a_constant_history_has_no_scaled_error(make_naive, airline):
    flat = airline * 0 + 5
    display = ForecastDisplay.from_estimator(make_naive(flat), flat[:-12], y_true=flat[-12:])
    assert display.ax_.get_title() == "Passengers: the next 12 months, MAE 0"


def test_axes_bear_the_names_of_the_data(make_naive, airline):
    display = ForecastDisplay.from_estimator(make_naive(airline), airline)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("Month", "Passengers")


def test_long_names_are_cut_and_titles_broken(make_naive, airline):
    airline = airline.rename("passengers of all airlines " * 6)
    display = ForecastDisplay.from_estimator(
        make_naive(airline), airline[:-12], y_true=airline[-12:]
    )
    display.figure_.draw_without_rendering()
    frame = display.figure_.bbox
    for text in (display.ax_.title, display.ax_.yaxis.label):
        box = text.get_window_extent()
        assert box.x0 >= frame.x0
        assert box.x1 <= frame.x1
        assert box.y1 <= frame.y1
    assert "…" in display.ax_.get_title()


# --- clocks -------------------------------------------------------------------------------------


def test_zone_aware_hours_are_labelled_in_their_zone(make_naive):
    hours = pd.date_range("2024-03-30", periods=72, freq="h", tz="Europe/Berlin", name="hour")
    rows = pd.Series(np.arange(72.0), index=hours, name="load")
    display = ForecastDisplay.from_estimator(make_naive(rows), rows)
    x = display.forecast_lines_[0].get_xdata()
    np.testing.assert_array_equal(np.diff(x), np.timedelta64(1, "h"))
    assert x[0] == np.datetime64("2024-04-01T23:00")  # UTC, of 2024-04-02 01:00 in Berlin
    shown = display.ax_.xaxis.get_major_formatter().format_data_short(date2num(x[0]))
    assert shown == "2024-04-02 01:00:00"
    assert display.ax_.get_xlabel() == "hour (Europe/Berlin)"


def test_periods_stand_where_they_begin(make_naive, airline):
    rows = airline.to_period("M")
    display = ForecastDisplay.from_estimator(make_naive(rows), rows)
    assert display.forecast_lines_[0].get_xdata()[0] == np.datetime64("1961-01-01")
    assert display.ax_.get_title() == "Passengers: the next 12 months"


def test_whole_numbers_have_whole_ticks(make_naive):
    rows = pd.Series(np.arange(40.0), index=pd.RangeIndex(1980, 2020, name="year"), name="spots")
    display = ForecastDisplay.from_estimator(make_naive(rows), rows, steps=3, history_rows=3)
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
    assert display.forecast_lines_[0].get_xdata().tolist() == [2020, 2021, 2022]
    assert display.ax_.get_xlabel() == "year"
