"""BacktestDisplay lays every forecast over what happened, and joins nothing that was not seen."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

from tsrnn.messages import MissingDataWarning
from tsrnn.model_selection import SeasonalNaive, backtest
from tsrnn.plotting import BacktestDisplay


@pytest.fixture
def found(airline):
    """Four forecasts of twelve months, one after the other."""
    return backtest(SeasonalNaive(12), airline, n_splits=4, horizon=12)


def labels_of(legend):
    return [text.get_text() for text in legend.get_texts()]


def test_each_cutoff_has_its_forecast_over_what_happened(found):
    display = BacktestDisplay.from_predictions(found)
    (actual,) = display.actual_lines_
    np.testing.assert_array_equal(actual.get_ydata(), found["actual"])
    np.testing.assert_array_equal(actual.get_xdata(), found["time"].to_numpy())
    (lines,) = display.forecast_lines_
    assert list(lines) == list(found["cutoff"].unique())
    for cutoff, line in lines.items():
        run = found[found["cutoff"] == cutoff]
        np.testing.assert_array_equal(line.get_ydata(), run["forecast"])
        np.testing.assert_array_equal(line.get_xdata(), run["time"].to_numpy())


def test_cutoffs_are_vertical_lines(found):
    display = BacktestDisplay.from_predictions(found)
    at = [segment[0, 0] for segment in display.cutoff_lines_[0].get_segments()]
    assert at == date2num(found["cutoff"].unique()).tolist()


def test_the_title_gives_the_error(found):
    display = BacktestDisplay.from_predictions(found)
    mae = (found["actual"] - found["forecast"]).abs().mean()
    assert display.ax_.get_title() == f"Passengers: forecasts from 4 cutoffs, MAE {mae:.1f}"
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("time", "Passengers")
    assert labels_of(display.ax_.get_legend()) == ["actual", "forecast", "cutoff"]


def test_overlapping_forecasts_keep_one_actual_line(airline):
    found = backtest(SeasonalNaive(12), airline, n_splits=3, horizon=12, step=4)
    display = BacktestDisplay.from_predictions(found)
    np.testing.assert_array_equal(display.actual_lines_[0].get_ydata(), airline[-20:])


def test_rows_that_no_forecast_covered_are_not_bridged(airline):
    found = backtest(SeasonalNaive(12), airline, n_splits=3, horizon=2, step=5)
    y = BacktestDisplay.from_predictions(found).actual_lines_[0].get_ydata()
    assert np.isnan(y).tolist() == [False, False, True] * 2 + [False, False]
    np.testing.assert_array_equal(y[~np.isnan(y)], found["actual"])


INDEXES = [
    pd.date_range("2024-01-01", periods=60),
    pd.date_range("2015-01-31", periods=60, freq="ME"),
    pd.bdate_range("2024-01-01", periods=60),
    pd.period_range("2015-01", periods=60, freq="Q"),
    pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin"),
    pd.RangeIndex(0, 300, 5),
]


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: str(index.dtype))
@pytest.mark.parametrize(
    ("horizon", "step", "gap"),
    [(7, 10, 3), (7, 7, 3), (7, 9, 3), (2, 3, 5), (2, 2, 5), (1, 1, 3), (1, 4, 3), (3, 1, 0)],
)
def test_what_happened_is_broken_where_rows_were_not_forecast(index, horizon, step, gap):
    numbered = pd.Series(np.arange(60.0), index=index, name="load")
    found = backtest(
        SeasonalNaive(1), numbered, n_splits=3, horizon=horizon, step=step, gap=gap, refit=False
    )
    y = BacktestDisplay.from_predictions(found).actual_lines_[0].get_ydata()
    stretches = np.split(y, np.flatnonzero(np.isnan(y)))
    drawn = [stretch[~np.isnan(stretch)] for stretch in stretches]
    assert all((np.diff(stretch) == 1).all() for stretch in drawn)
    assert len(drawn) == (3 if step > horizon else 1)
    assert sorted(np.concatenate(drawn)) == sorted(found["actual"].unique())


def test_rows_that_the_data_lack_break_no_line_within_a_forecast(airline):
    rows = airline.drop(airline.index[-5:-3])
    with pytest.warns(MissingDataWarning, match="2 missing time stamps"):
        found = backtest(SeasonalNaive(12), rows, n_splits=1, horizon=8)
    y = BacktestDisplay.from_predictions(found).actual_lines_[0].get_ydata()
    np.testing.assert_array_equal(y, found["actual"])


def test_a_value_between_two_breaks_is_marked(airline):
    found = backtest(SeasonalNaive(12), airline, n_splits=3, horizon=1, step=5)
    (line,) = BacktestDisplay.from_predictions(found).actual_lines_
    y = line.get_ydata()
    marked = np.asarray(line.get_markevery())
    np.testing.assert_array_equal(y[marked], found["actual"])
    assert line.get_marker() == "o"
    overlapping = backtest(SeasonalNaive(12), airline, n_splits=3, horizon=2, step=1)
    assert BacktestDisplay.from_predictions(overlapping).actual_lines_[0].get_marker() == "None"


def test_quantile_columns_become_bands(found):
    found = found.assign(**{"note": "seen"})
    found[0.1], found[0.9] = found["forecast"] - 5, found["forecast"] + 7
    display = BacktestDisplay.from_predictions(found, band_kw={"alpha": 0.3})
    bands = [c for c in display.ax_.collections if c is not display.cutoff_lines_[0]]
    assert len(bands) == 4
    for band, (_, run) in zip(bands, found.groupby("cutoff"), strict=True):
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() == run["forecast"].min() - 5
        assert heights.max() == run["forecast"].max() + 7
        assert band.get_alpha() == 0.3
    assert labels_of(display.ax_.get_legend()) == ["actual", "forecast", "80 %", "cutoff"]


def test_a_panel_has_one_panel_per_series(make_panel):
    rows = make_panel(3)
    found = backtest(SeasonalNaive(24), rows, n_splits=2, horizon=6)
    display = BacktestDisplay.from_predictions(found)
    assert display.ax_ is display.axes_
    errors = (found["actual"] - found["forecast"]).abs().groupby(found["series"]).mean()
    for ax, line, name in zip(display.axes_, display.actual_lines_, errors.index, strict=True):
        own = found[found["series"] == name]
        np.testing.assert_array_equal(line.get_ydata(), own["actual"])
        assert ax.get_title().startswith(f"{name}, MAE ")
        assert float(ax.get_title().split()[-1]) == pytest.approx(errors[name], rel=0.01)
    assert display.figure_.get_suptitle().startswith("3 series: forecasts from 2 cutoffs, mean MAE")


def test_of_many_series_the_rest_is_counted(make_panel):
    found = backtest(SeasonalNaive(24), make_panel(4), n_splits=2, horizon=6)
    display = BacktestDisplay.from_predictions(found, max_series=3)
    assert len(display.axes_) == 3
    assert display.figure_.get_suptitle().endswith("\n(1 of 4 not shown)")


def test_several_targets_have_no_common_error(airline):
    frame = pd.DataFrame({"a": airline, "b": 2 * airline})
    found = backtest(SeasonalNaive(12), frame, n_splits=2, horizon=6)
    display = BacktestDisplay.from_predictions(found)
    assert [ax.get_title().split(",")[0] for ax in display.axes_] == ["a", "b"]
    assert display.figure_.get_suptitle() == "2 targets: forecasts from 2 cutoffs"


def test_targets_of_a_panel_are_told_apart(make_panel):
    rows = make_panel(2).to_frame().assign(price=1.0)
    found = backtest(SeasonalNaive(24), rows, n_splits=2, horizon=6)
    display = BacktestDisplay.from_predictions(found)
    titles = {ax.get_title().split(",")[0] for ax in display.axes_}
    assert titles == {"H1 · load", "H1 · price", "H2 · load", "H2 · price"}


def test_arrays_have_no_name(airline):
    found = backtest(SeasonalNaive(12), airline.to_numpy(), n_splits=2, horizon=12)
    display = BacktestDisplay.from_predictions(found)
    assert display.ax_.get_title().startswith("Forecasts from 2 cutoffs, MAE ")
    assert display.ax_.get_ylabel() == "value"


def test_periods_and_zones_are_drawn(airline):
    months = backtest(SeasonalNaive(12), airline.to_period("M"), n_splits=2, horizon=12)
    display = BacktestDisplay.from_predictions(months)
    assert display.actual_lines_[0].get_xdata()[0] == np.datetime64("1959-01-01")
    hours = pd.date_range("2024-03-30", periods=72, freq="h", tz="Europe/Berlin")
    load = pd.Series(np.arange(72.0), index=hours, name="load")
    display = BacktestDisplay.from_predictions(
        backtest(SeasonalNaive(24), load, n_splits=2, horizon=12)
    )
    assert display.ax_.get_xlabel() == "time (Europe/Berlin)"
    np.testing.assert_array_equal(
        np.diff(display.actual_lines_[0].get_xdata()).astype(int) > 0, True
    )


def test_it_draws_on_given_axes_with_given_keywords(found):
    figure, ax = plt.subplots()
    display = BacktestDisplay.from_predictions(
        found, ax=ax, actual_kw={"lw": 3}, forecast_kw={"c": "red"}
    )
    assert (display.ax_, display.figure_) == (ax, figure)
    assert display.actual_lines_[0].get_linewidth() == 3
    assert {line.get_color() for line in display.forecast_lines_[0].values()} == {"red"}


def test_forecasts_of_one_step_are_points(airline):
    found = backtest(SeasonalNaive(12), airline, n_splits=5, horizon=1)
    display = BacktestDisplay.from_predictions(found)
    assert {line.get_marker() for line in display.forecast_lines_[0].values()} == {"o"}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: f.to_dict(), TypeError, "frame must be a DataFrame, as backtest returns it"),
        (lambda f: f.drop(columns="cutoff"), ValueError, "frame has no column 'cutoff'"),
        (lambda f: f[:0], ValueError, "frame has no rows"),
    ],
)
def test_what_is_no_backtest_is_refused(found, change, error, message):
    with pytest.raises(error, match=message):
        BacktestDisplay.from_predictions(change(found))
    assert plt.get_fignums() == []
