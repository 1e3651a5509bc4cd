"""ForecastDisplay draws where and how it is told, and leaves the rest alone."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

from tsrnn.plotting import ForecastDisplay


def labels_of(legend):
    return [text.get_text() for text in legend.get_texts()]


# --- axes, keywords, style ----------------------------------------------------------------------


def test_one_series_is_drawn_on_the_given_axes(make_naive, airline):
    figure, (left, right) = plt.subplots(1, 2)
    display = ForecastDisplay.from_estimator(make_naive(airline), airline, ax=right)
    assert display.ax_ is right
    assert display.figure_ is figure
    assert figure.axes == [left, right]
    assert len(left.lines) == 0
    assert labels_of(right.get_legend()) == ["history", "forecast"]


def test_given_axes_are_divided_among_several_series(make_naive, make_panel):
    rows = make_panel(3)
    figure, (_, right) = plt.subplots(1, 2)
    display = ForecastDisplay.from_estimator(make_naive(rows), rows, ax=right)
    figure.draw_without_rendering()
    assert len(display.axes_) == 3
    for ax in display.axes_:
        assert ax.figure is figure
        assert ax.get_window_extent().x0 >= right.get_window_extent().x0
        assert len(ax.lines) == 3
    assert figure.get_suptitle() == ""  # the caller's


def test_an_array_of_axes_takes_one_series_each(make_naive, make_panel):
    rows = make_panel(2)
    _, axes = plt.subplots(2, 2)
    display = ForecastDisplay.from_estimator(make_naive(rows), rows, ax=axes)
    assert display.axes_.tolist() == axes.ravel()[:2].tolist()
    assert [ax.get_title() for ax in display.axes_] == ["H1", "H2"]


def test_keywords_reach_the_lines(make_naive, airline):
    history, truth = airline[:-12], airline[-12:]
    display = ForecastDisplay.from_estimator(
        make_naive(history),
        history,
        y_true=truth,
        quantiles=[0.1, 0.9],
        history_kw={"c": "red"},
        forecast_kw={"lw": 5, "label": "mine"},
        y_true_kw={"marker": "x"},
        band_kw={"alpha": 0.5, "fc": "green"},
    )
    assert display.history_lines_[0].get_color() == "red"
    assert display.forecast_lines_[0].get_linewidth() == 5
    assert display.forecast_lines_[0].get_label() == "mine"
    assert display.y_true_lines_[0].get_marker() == "x"
    assert tuple(display.bands_[0][0.1, 0.9].get_facecolor()[0]) == (*to_rgb("green"), 0.5)


def test_what_was_observed_is_legible_on_a_dark_ground(make_naive, airline):
    with plt.style.context("dark_background"):
        display = ForecastDisplay.from_estimator(make_naive(airline), airline)
    assert to_rgb(display.history_lines_[0].get_color()) == (1, 1, 1)
    assert to_rgb(display.ax_.get_facecolor()) == (0, 0, 0)


def test_nothing_is_shown_unasked(make_naive, airline, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("plt.show was called"))
    ForecastDisplay.from_estimator(make_naive(airline), airline)


def test_a_display_draws_itself_again(make_naive, airline):
    display = ForecastDisplay.from_estimator(make_naive(airline), airline)
    first = display.figure_
    assert display.plot(history_rows=10) is display
    assert display.figure_ is not first
    assert len(display.history_lines_[0].get_ydata()) == 10
