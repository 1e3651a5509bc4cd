"""ForecastDisplay takes every kind of data that a forecaster takes, and refuses what is amiss."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from tsrnn import GRUForecaster
from tsrnn.metrics import mase
from tsrnn.plotting import ForecastDisplay


def panel_of(make_panel, n, *, steps=24):
    """Split a panel into history and the last `steps` rows of each series."""
    rows = make_panel(n)
    back = rows.groupby(level=0).cumcount(ascending=False)
    return rows[back >= steps], rows[back < steps]


# --- small multiples ----------------------------------------------------------------------------


def test_a_panel_has_one_panel_per_series(make_naive, make_panel):
    history, truth = panel_of(make_panel, 5)
    truth = truth + 1
    naive = make_naive(history, season_length=24)
    display = ForecastDisplay.from_estimator(naive, history, y_true=truth)
    forecast = naive.forecast(24, history=history)
    assert display.axes_.shape == (5,)
    assert display.ax_ is display.axes_
    assert len(display.figure_.axes) == 5  # the sixth place of the grid is empty
    for name, ax, line in zip(
        ["H1", "H2", "H3", "H4", "H5"], display.axes_, display.forecast_lines_, strict=True
    ):
        np.testing.assert_array_equal(line.get_ydata(), forecast[name])
        assert ax.get_title() == f"{name}, MAE 1.00"
    scaled = mase(truth, forecast, y_train=history, season_length=24)
    title = f"5 series: the next 24 hours, mean MAE 1.00, mean MASE {scaled:.1f}"
    assert display.figure_.get_suptitle() == title
    assert display.axes_[0].get_ylabel() == "load"


def test_one_series_of_a_panel_is_one_picture(make_naive, make_panel):
    rows = make_panel(1)
    display = ForecastDisplay.from_estimator(make_naive(rows), rows)
    assert display.ax_ is display.axes_[0]
    assert display.ax_.get_title() == "H1: the next 12 hours"
    assert display.ax_.get_ylabel() == "load"


def test_of_many_series_the_first_are_shown_and_the_rest_counted(make_naive, make_panel):
    rows = make_panel(12, n_rows=30)
    display = ForecastDisplay.from_estimator(make_naive(rows), rows)
    assert len(display.axes_) == 9
    assert display.figure_.get_suptitle().splitlines() == [
        "12 series: the next 12 hours",
        "(3 of 12 not shown)",
    ]
    all_of_them = display.plot(max_series=12)
    assert len(all_of_them.axes_) == 12
    assert all_of_them.figure_.get_suptitle() == "12 series: the next 12 hours"


def test_only_target_columns_are_drawn(make_naive, airline):
    frame = pd.DataFrame({"sky": "blue", "b": airline, "a": 2 * airline}, index=airline.index)
    display = ForecastDisplay.from_estimator(make_naive(frame, target=["a", "b"]), frame)
    assert [ax.get_title() for ax in display.axes_] == ["a", "b"]
    np.testing.assert_array_equal(display.history_lines_[0].get_ydata(), 2 * airline[-100:])
    assert display.figure_.get_suptitle() == "2 targets: the next 12 months"


def test_a_panel_of_several_targets_names_both(make_naive, make_panel):
    rows = make_panel(2).to_frame().assign(price=1.0)
    display = ForecastDisplay.from_estimator(make_naive(rows), rows)
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["H1 · load", "H1 · price", "H2 · load", "H2 · price"]
    assert display.figure_.get_suptitle() == "2 series of 2 targets: the next 12 hours"


def test_panels_never_overlap(make_naive, make_panel):
    history, truth = panel_of(make_panel, 7)
    naive = make_naive(history)
    display = ForecastDisplay.from_estimator(naive, history, y_true=truth, quantiles=[0.1, 0.9])
    display.figure_.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in display.axes_] + [
        display.figure_.legends[0].get_window_extent()
    ]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


# --- arrays and lists ---------------------------------------------------------------------------


def test_rows_of_an_array_are_numbered_on(make_naive, airline):
    values = airline.to_numpy()
    display = ForecastDisplay.from_estimator(make_naive(values), values, quantiles=[0.1, 0.9])
    np.testing.assert_array_equal(display.forecast_lines_[0].get_xdata(), np.arange(144, 156))
    assert display.ax_.get_title() == "The next 12 steps"
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("row", "value")
    assert list(display.bands_[0]) == [(0.1, 0.9)]


def test_columns_of_an_array_are_small_multiples(make_naive, airline):
    values = np.column_stack([airline, 2 * airline, 3 * airline])
    display = ForecastDisplay.from_estimator(
        make_naive(values), values[:-12], y_true=values[-12:], quantiles=[0.1, 0.9]
    )
    assert [ax.get_title().split(",")[0] for ax in display.axes_] == [
        "column 0",
        "column 1",
        "column 2",
    ]
    np.testing.assert_array_equal(display.y_true_lines_[2].get_ydata(), 3 * airline[-12:])


def test_covariates_in_an_array_are_not_drawn(make_naive, airline):
    values = np.column_stack([np.ones(144), airline])
    naive = make_naive(values, target=1)
    display = ForecastDisplay.from_estimator(naive, values[:-12], y_true=values[-12:])
    np.testing.assert_array_equal(display.history_lines_[0].get_ydata(), airline[-112:-12])
    np.testing.assert_array_equal(display.y_true_lines_[0].get_ydata(), airline[-12:])


def test_a_list_is_a_panel_without_names(make_naive, airline):
    rows = [airline.to_numpy(), airline.to_numpy()[:50]]
    display = ForecastDisplay.from_estimator(make_naive(rows), rows, quantiles=[0.1, 0.9])
    assert [ax.get_title() for ax in display.axes_] == ["series 0", "series 1"]
    assert display.forecast_lines_[1].get_xdata()[0] == 50


def test_predictions_as_an_array_follow_the_dates_of_history(airline):
    history, truth = airline[:-12], airline[-12:]
    display = ForecastDisplay.from_predictions(history, truth.to_numpy() + 2, y_true=truth)
    np.testing.assert_array_equal(display.forecast_lines_[0].get_xdata(), truth.index.to_numpy())
    assert display.ax_.get_title() == "Passengers: the next 12 months, MAE 2.00"


def test_truth_as_an_array_has_the_rows_of_the_forecast(airline):
    history, forecast = airline[:-12], airline[-12:]
    display = ForecastDisplay.from_predictions(history, forecast, y_true=forecast.to_numpy() - 3)
    assert display.ax_.get_title() == "Passengers: the next 12 months, MAE 3.00"


def test_the_only_column_may_bear_any_name(airline):
    display = ForecastDisplay.from_predictions(
        airline[:-12], airline[-12:].rename("predicted"), y_true=airline[-12:].rename("actual")
    )
    assert display.ax_.get_title() == "Passengers: the next 12 months, MAE 0"


def test_quantiles_may_be_forecasts_by_level(airline):
    history, forecast = airline[:-12], airline[-12:]
    display = ForecastDisplay.from_predictions(
        history, forecast, quantiles={0.9: forecast + 1, 0.1: forecast.to_numpy() - 1}
    )
    assert list(display.bands_[0]) == [(0.1, 0.9)]


# --- bad input ----------------------------------------------------------------------------------


def test_an_unfitted_forecaster_is_refused(airline):
    with pytest.raises(NotFittedError, match="GRUForecaster instance is not fitted"):
        ForecastDisplay.from_estimator(GRUForecaster(), airline)


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (LinearRegression(), "must be a forecaster, with a forecast method, got LinearRegression"),
        (make_pipeline(LinearRegression()), "got Pipeline; give its last step"),
    ],
)
def test_what_cannot_forecast_is_refused(estimator, message, airline):
    with pytest.raises(TypeError, match=message):
        ForecastDisplay.from_estimator(estimator, airline)


def test_a_search_is_sent_to_its_best_estimator(airline):
    search = GridSearchCV(LinearRegression(), {"fit_intercept": [True]}, cv=2)
    search.fit(np.arange(8.0)[:, None], np.arange(8.0))
    with pytest.raises(TypeError, match="got GridSearchCV; give its best_estimator_"):
        ForecastDisplay.from_estimator(search, airline)


def refused(error, message, *args, **kwargs):
    with pytest.raises(error, match=message):
        ForecastDisplay.from_predictions(*args, **kwargs)
    assert plt.get_fignums() == []


def test_wrong_kinds_are_named(airline):
    refused(TypeError, "history: expected a Series.*got dict", {"a": 1}, airline)
    refused(TypeError, "forecast: expected a Series.*got NoneType", airline, None)
    text = airline[-3:].astype(str)
    refused(TypeError, "forecast: column 'Passengers' must hold numbers", airline[:-3], text)
    quantiles = {"quantiles": airline[-3:]}
    refused(TypeError, "quantiles must be a DataFrame", airline[:-3], airline[-3:], **quantiles)


def test_rows_out_of_order_are_named(airline):
    refused(ValueError, "history: time stamps are not sorted", airline[::-1], airline[-3:])


def test_an_array_of_another_length_is_refused(airline):
    history, forecast = airline[:-12], airline[-12:]
    refused(
        ValueError,
        "y_true has 5 rows and forecast has 12",
        history,
        forecast,
        y_true=np.ones(5),
    )


def test_truth_of_another_time_is_refused(airline):
    refused(
        ValueError,
        "y_true and forecast share no time stamp: y_true runs from 1949-01-01",
        airline[:-12],
        airline[-12:],
        y_true=airline[:12],
    )


def test_quantiles_of_another_length_are_refused(airline):
    history, forecast = airline[:-12], airline[-12:]
    bands = pd.DataFrame({0.1: forecast - 1, 0.9: forecast + 1})
    refused(
        ValueError,
        "quantiles lacks 3 of the 12 rows of forecast, the first is 1960-10-01",
        history,
        forecast,
        quantiles=bands[:-3],
    )


def test_indices_of_two_kinds_are_refused(airline):
    months = airline.to_period("M")
    refused(
        TypeError,
        "forecast is indexed by periods of M, history by dates",
        airline[:-12],
        months[-12:],
    )


def test_a_series_without_history_is_named(make_panel):
    rows = make_panel(2)
    refused(ValueError, "history has no series 'H2'", rows.loc[["H1"]], rows)


def test_a_missing_column_is_named(airline):
    frame = pd.DataFrame({"a": airline, "b": airline})
    refused(ValueError, "history has no column 'b'", frame[["a"]], frame[-3:])


@pytest.mark.parametrize("level", [0, 1.5, "high"])
def test_a_level_that_is_no_share_is_named(airline, level):
    bands = pd.DataFrame({level: airline[-3:]})
    message = f"levels, numbers between 0 and 1, got {level!r}"
    refused(ValueError, message, airline[:-3], airline[-3:], quantiles=bands)


def test_unknown_parameter_values_are_named(airline):
    data = (airline[:-3], airline[-3:])
    refused(ValueError, "max_series must be at least 1, got 0", *data, max_series=0)
    refused(TypeError, "history_rows must be a whole number, got 'all'", *data, history_rows="all")
    refused(TypeError, "ax must be a matplotlib Axes or an array of them", *data, ax="here")


def test_too_few_axes_are_counted(make_panel):
    history, truth = panel_of(make_panel, 3)
    _, axes = plt.subplots(1, 2)
    with pytest.raises(ValueError, match="ax has 2 axes, but 3 are needed"):
        ForecastDisplay.from_predictions(history, truth, ax=axes)
