"""WindowDisplay shows what became of each row, truthfully."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.dates import date2num
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from tsrnn import GRUForecaster
from tsrnn.plotting import WindowDisplay
from tsrnn.windows import ROLES, plan_windows, row_roles


def plan_of(n_rows, window_size=8, horizon=4, validation_fraction=0.2):
    return plan_windows(np.array([0, n_rows]), window_size, horizon, validation_fraction)


def bars_of(ax):
    """Left and right end of each bar, by height."""
    bars = {}
    for bar in ax.patches:
        y = round(bar.get_y() + bar.get_height() / 2)
        bars.setdefault(y, []).append((bar.get_x(), bar.get_x() + bar.get_width()))
    return bars


def labels_of(display):
    return [text.get_text() for text in display.figure_.legends[0].get_texts()]


# --- roles --------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    n_rows=st.integers(1, 60),
    window_size=st.integers(1, 20),
    horizon=st.integers(1, 10),
    validation_fraction=st.sampled_from([0, 0.1, 0.5]),
)
def test_each_row_is_drawn_in_the_colour_of_its_role(
    n_rows, window_size, horizon, validation_fraction
):
    plan = plan_of(n_rows, window_size, horizon, validation_fraction)
    display = WindowDisplay.from_plan(plan, np.arange(float(n_rows)))
    plt.close(display.figure_)
    roles = row_roles(plan, n_rows)
    np.testing.assert_array_equal(display.roles_, roles)
    drawn = np.full(n_rows, -1)
    for code, role in enumerate(ROLES):
        for line in display.lines_[role]:
            rows = line.get_xdata().astype(int)
            np.testing.assert_array_equal(line.get_ydata(), rows)
            # A stretch reaches the first row of the next, which draws over it.
            own = rows if rows[-1] == n_rows - 1 and roles[-1] == code else rows[:-1]
            assert (drawn[own] == -1).all()
            drawn[own] = code
    np.testing.assert_array_equal(drawn, roles)


def test_the_legend_counts_the_rows_of_each_role():
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0))
    assert labels_of(display) == ["input: 8 rows", "target: 24 rows", "validation: 8 rows"]


def test_the_title_counts_windows():
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0), name="load")
    title = "load: 21 training windows, 5 validation windows from 40 rows"
    assert display.figure_.get_suptitle() == title


def test_a_series_too_short_for_a_window_says_so():
    display = WindowDisplay.from_plan(plan_of(3), np.arange(3.0))
    assert display.figure_.get_suptitle() == "0 training windows from 3 rows"
    assert [text.get_text() for text in display.axes_[1].texts] == ["too few rows for a window"]
    assert labels_of(display) == ["nothing: 3 rows"]


# --- windows ------------------------------------------------------------------------------------


def test_first_and_last_windows_are_bars_over_their_rows():
    plan = plan_of(40)
    display = WindowDisplay.from_plan(plan, np.arange(40.0))
    assert display.windows_ == {
        "first training": (0, 8, 12),
        "last training": (20, 28, 32),
        "first validation": (24, 32, 36),
        "last validation": (28, 36, 40),
    }
    labels = [label.get_text() for label in display.axes_[1].get_yticklabels()]
    assert labels == list(display.windows_)
    for y, (first, origin, end) in enumerate(display.windows_.values()):
        # The cell of row r reaches from r - 1/2 to r + 1/2.
        assert bars_of(display.axes_[1])[y] == [
            (first - 0.5, origin - 0.5),
            (origin - 0.5, end - 0.5),
        ]


def test_padding_lies_before_the_series_and_is_hatched():
    display = WindowDisplay.from_plan(plan_of(12, validation_fraction=0), np.arange(12.0))
    first, origin, end = display.windows_["first training"]
    assert first < 0
    padding, known, targets = (bar for bar in display.axes_[1].patches if bar.get_y() < 0)
    assert padding.get_hatch()
    assert (padding.get_x(), padding.get_x() + padding.get_width()) == (first - 0.5, -0.5)
    assert (known.get_x(), known.get_x() + known.get_width()) == (-0.5, origin - 0.5)
    assert targets.get_x() + targets.get_width() == end - 0.5
    assert labels_of(display)[-1] == "padding"


def test_bars_of_dates_stand_under_their_rows():
    months = pd.date_range("2020-01-01", periods=40, freq="MS", name="month")
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0), months)
    at = date2num(months.to_numpy())
    (first, border), (_, end) = bars_of(display.axes_[1])[1]
    assert border == pytest.approx((at[27] + at[28]) / 2)
    assert first == pytest.approx((at[19] + at[20]) / 2)
    assert end == pytest.approx((at[31] + at[32]) / 2)
    assert display.axes_[1].get_xlim() == display.axes_[0].get_xlim()
    assert display.axes_[1].get_xlabel() == "month"


def test_a_window_is_cut_in_segments_from_the_border_on():
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0), segment_size=3)
    (cuts,) = display.axes_[2].collections
    at = sorted(segment[0, 0] + 0.5 for segment in cuts.get_segments())
    # 8 input rows end with two whole segments; 4 target rows begin with a whole one.
    assert at == [-6, -3, 0, 3]


def test_one_window_is_enlarged_under_the_shape_of_a_batch():
    display = WindowDisplay.from_plan(
        plan_of(40), np.arange(40.0), segment_size=4, batch_size=16, n_columns=3, n_targets=2
    )
    assert bars_of(display.axes_[2])[0] == [(-8.5, -0.5), (-0.5, 3.5)]
    assert display.axes_[2].get_title() == (
        "one batch: past (16, 8, 3) → target (16, 4, 2); segments of 4 rows"
    )


def test_without_a_batch_size_its_place_is_left_open():
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0))
    assert display.axes_[2].get_title() == "one batch: past (B, 8, 1) → target (B, 4, 1)"


# --- from a forecaster --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    """A function that fits a small network of windows of 24 rows."""

    def fit(X, y=None, **parameters):
        settings = {"window_size": 24, "horizon": 12, "segment_size": 6, "batch_size": 32}
        settings |= {"hidden_size": 4, "max_epochs": 1, "random_state": 0}
        return GRUForecaster(**settings | parameters).fit(X, y)

    return fit


def test_it_shows_the_windows_that_the_network_saw(network, airline):
    fitted = network(airline)
    display = WindowDisplay.from_estimator(fitted, airline)
    plan = plan_of(144, 24, 12, fitted.validation_fraction)
    np.testing.assert_array_equal(display.roles_, row_roles(plan, 144))
    np.testing.assert_array_equal(display.values, airline)
    assert display.axes_[2].get_title() == (
        "one batch: past (32, 24, 1) → target (32, 12, 1); segments of 6 rows"
    )
    assert display.axes_[0].get_ylabel() == "Passengers"


@pytest.mark.parametrize("kind", ["frame", "series", "list"])
def test_the_values_of_a_panel_are_named_after_the_target(network, airline, kind):
    load = airline.rename("load")
    rows = {
        "frame": pd.concat(
            dict.fromkeys(["east", "west"], pd.DataFrame({"load": load, "b": load}))
        ),
        "series": pd.concat(dict.fromkeys(["east", "west"], load)).rename("load"),
        "list": [load, load],
    }[kind]
    fitted = network(rows, **({"target": "load"} if kind == "frame" else {}))
    display = WindowDisplay.from_estimator(fitted, rows)
    name = "series 0" if kind == "list" else "east"
    assert display.figure_.get_suptitle().startswith(f"{name}: ")
    assert display.axes_[0].get_ylabel() == "load"


def test_values_without_a_name_are_called_so(network, airline):
    values = airline.to_numpy()[:, None]
    for rows in (values, [values, values]):
        display = WindowDisplay.from_estimator(network(rows), rows)
        assert display.axes_[0].get_ylabel() == "value"


def test_a_batch_of_the_network_has_the_shape_that_is_shown(network, airline):
    frame = pd.DataFrame({"promo": 1.0, "a": airline, "b": airline})
    shapes = set()

    def see(module, arguments, inputs):
        values = {**inputs, **dict(zip(["past", "future"], arguments, strict=False))}
        shapes.add(tuple(values["past"].shape[1:]))

    fitted = network(frame, target=["a", "b"])
    fitted.module_.register_forward_pre_hook(see, with_kwargs=True)
    fitted.forecast()
    assert shapes == {(24, 3)}
    title = WindowDisplay.from_estimator(fitted, frame).axes_[2].get_title()
    assert title.startswith("one batch: past (32, 24, 3) → target (32, 12, 2)")


def test_targets_given_as_y_are_drawn(network, airline):
    X = pd.DataFrame({"promo": np.ones(144)}, index=airline.index)
    fitted = network(X, airline)
    display = WindowDisplay.from_estimator(fitted, X, airline)
    np.testing.assert_array_equal(display.values, airline)
    assert "past (32, 24, 2) → target (32, 12, 1)" in display.axes_[2].get_title()
    with pytest.raises(ValueError, match=r"After fit\(X, y\), give y too"):
        WindowDisplay.from_estimator(fitted, X)
    with pytest.raises(ValueError, match="X has 144 rows and y has 100"):
        WindowDisplay.from_estimator(fitted, X, airline[:100])


def test_targets_given_as_an_array_are_those_of_the_rows_beside_them(network, airline):
    X = pd.DataFrame({"promo": np.arange(144.0) % 5}, index=airline.index)
    X = pd.concat({"east": X, "west": X}, names=["area", None])
    X = X.sort_index(level=1, kind="stable")  # the series alternate
    y = np.ravel([airline, airline + 1000], order="F")
    display = WindowDisplay.from_estimator(network(X, y), X, y, series="west")
    np.testing.assert_array_equal(display.values, airline + 1000)


def test_missing_time_stamps_are_rows_too(make_naive, airline):
    holey = airline.drop(airline.index[[50, 51]])
    display = WindowDisplay.from_estimator(make_naive(holey), holey)
    assert len(display.roles_) == 144
    assert np.isnan(display.values[[50, 51]]).all()


def test_a_series_of_a_panel_is_chosen_by_its_label(make_naive, make_panel):
    rows = make_panel(3)
    naive = make_naive(rows)
    np.testing.assert_array_equal(WindowDisplay.from_estimator(naive, rows).values, rows["H1"])
    display = WindowDisplay.from_estimator(naive, rows, series="H3")
    np.testing.assert_array_equal(display.values, rows["H3"])
    np.testing.assert_array_equal(display.times, rows["H3"].index)
    assert display.figure_.get_suptitle().startswith("H3: ")


def test_a_series_of_a_list_is_chosen_by_its_position(make_naive, airline):
    rows = [airline.to_numpy(), airline.to_numpy()[:100]]
    display = WindowDisplay.from_estimator(make_naive(rows), rows, series=1)
    assert len(display.values) == 100
    assert display.figure_.get_suptitle().startswith("series 1: ")
    assert display.axes_[1].get_xlabel() == "row"


def test_a_batch_is_no_larger_than_all_training_windows(make_naive, make_panel):
    rows = make_panel(2, n_rows=40)
    naive = make_naive(rows)
    naive.batch_size_ = 1000
    display = WindowDisplay.from_estimator(naive, rows)
    offsets = np.array([0, 40, 81])
    n_windows = len(plan_windows(offsets, 24, 12, naive.validation_fraction).train)
    assert f"past ({n_windows}, 24, 1)" in display.axes_[2].get_title()


# --- axes and keywords --------------------------------------------------------------------------


def test_it_fills_the_place_of_given_axes():
    figure, (left, right) = plt.subplots(1, 2)
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0), ax=right)
    figure.draw_without_rendering()
    assert display.figure_ is figure
    assert len(left.lines) == 0
    assert all(ax.get_window_extent().x0 > left.get_window_extent().x1 for ax in display.axes_)


def test_axes_without_a_grid_cannot_be_divided():
    ax = plt.figure().add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match="ax has no place in a grid, so it cannot hold 3 panels"):
        WindowDisplay.from_plan(plan_of(40), np.arange(40.0), ax=ax)


def test_keywords_reach_the_series():
    display = WindowDisplay.from_plan(plan_of(40), np.arange(40.0), line_kw={"lw": 4})
    assert {line.get_linewidth() for lines in display.lines_.values() for line in lines} == {4}


# --- bad input ----------------------------------------------------------------------------------


def test_an_unfitted_forecaster_is_refused(airline):
    with pytest.raises(NotFittedError, match="GRUForecaster instance is not fitted"):
        WindowDisplay.from_estimator(GRUForecaster(), airline)


def test_an_estimator_without_windows_is_refused(airline):
    line = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.raises(TypeError, match=r"must be a forecaster.*LinearRegression has none"):
        WindowDisplay.from_estimator(line, airline)


def test_an_unknown_series_is_named_beside_those_there_are(make_naive, make_panel, airline):
    rows = make_panel(2)
    with pytest.raises(ValueError, match="X has no series 'H9'; it has 'H1', 'H2'"):
        WindowDisplay.from_estimator(make_naive(rows), rows, series="H9")
    with pytest.raises(ValueError, match="X is one series, so series='H9' cannot be chosen"):
        WindowDisplay.from_estimator(make_naive(airline), airline, series="H9")


def test_a_missing_target_is_named(make_naive, airline):
    naive = make_naive(airline.to_frame(), target="Passengers")
    with pytest.raises(ValueError, match="X has no column 'Passengers', which is the target"):
        WindowDisplay.from_estimator(naive, airline.rename("other").to_frame())


@pytest.mark.parametrize(
    ("plan", "values", "times", "error", "message"),
    [
        ("plan", np.ones(40), None, TypeError, "plan must be a WindowPlan, got str"),
        (plan_of(40), np.ones(30), None, ValueError, "values has 30 rows, but plan needs 40"),
        (plan_of(4), np.ones(4), range(3), ValueError, "values has 4 rows and times has 3"),
        (
            plan_windows(np.array([0, 20, 40]), 4, 2),
            np.ones(40),
            None,
            ValueError,
            "plan must be of one series, got 2",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(plan, values, times, error, message):
    with pytest.raises(error, match=message):
        WindowDisplay.from_plan(plan, values, times)
    assert plt.get_fignums() == []
