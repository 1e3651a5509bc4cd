"""SplitDisplay draws every row of every fold in its role, and says what the folds have in common."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num
from sklearn.model_selection import KFold, ShuffleSplit, TimeSeriesSplit

from tsrnn.model_selection import RollingOriginSplit
from tsrnn.plotting import SplitDisplay

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def days():
    """Two years of days."""
    index = pd.date_range("2023-01-02", periods=730, name="day")
    return pd.Series(np.arange(730.0), index, name="load")


@pytest.fixture
def panel(days):
    """Two series alike, one that ends early, one that starts late, one too late for all folds but the last."""
    parts = {"a": days, "early": days[:500], "late": days[300:], "b": days, "new": days[640:]}
    return pd.concat(parts, names=["shop"])


def drawn(ax):
    """The bars of an axes as (role, fold, first edge, last edge), left to right, fold by fold."""
    bars = [
        (
            container.get_label(),
            round(bar.get_y() + bar.get_height() / 2),
            *bar.get_bbox().intervalx,
        )
        for container in ax.containers
        for bar in container
        if not container.get_label().startswith("_")
    ]
    return sorted(bars, key=lambda bar: (bar[1], bar[2]))


def test_every_row_of_every_fold_is_drawn_in_its_role(days):
    cv = RollingOriginSplit(3, horizon=28, step=14, gap=7, max_train_size=100)
    display = SplitDisplay.from_splitter(cv, days)
    expected = []
    for fold, (train, test) in enumerate(cv.split(days), start=1):
        for role, rows in (
            ("train", train),
            ("gap", np.arange(train[-1] + 1, test[0])),
            ("test", test),
        ):
            left, right = date2num(days.index[[rows[0], rows[-1]]])
            expected.append((role, fold, left - 0.5, right + 0.5))
    assert drawn(display.ax_) == expected
    assert [bar[0] for bar in display.bars_[0]["gap"]] == [1, 2, 3]
    assert display.bars_[0]["test"][-1] == (3, days.index[-28], days.index[-1])


def test_the_title_counts_steps_in_their_unit(days):
    title = SplitDisplay.from_splitter(RollingOriginSplit(5, horizon=7), days).ax_.get_title()
    assert (
        " ".join(title.split()) == "5 folds: 7 days tested, each after 695 to 723 days of training"
    )
    one = RollingOriginSplit(1, horizon=1, gap=2, max_train_size=9)
    title = SplitDisplay.from_splitter(one, days).ax_.get_title()
    assert title == "1 fold: 1 day tested, after 9 days of training and a gap of 2"


@pytest.mark.parametrize("cv", [KFold(5), 5, ShuffleSplit(4, random_state=0)])
def test_a_split_that_trains_on_later_rows_is_told_in_the_title(days, cv):
    title = SplitDisplay.from_splitter(cv, days).ax_.get_title()
    # Of the folds of KFold only the last is tested after all others.
    n = 4
    assert f"{n} of them trained on rows later than the first one tested" in " ".join(title.split())


def test_scattered_rows_are_drawn_as_they_are():
    rows = np.arange(6.0)
    display = SplitDisplay.from_splitter([(np.array([0, 1, 4]), np.array([2, 5]))], rows)
    assert drawn(display.ax_) == [
        ("train", 1, -0.5, 1.5),
        ("test", 1, 1.5, 2.5),
        ("train", 1, 3.5, 4.5),
        ("test", 1, 4.5, 5.5),
    ]
    assert display.ax_.get_xlabel() == "row"


def test_series_of_unequal_spans_have_a_picture_each_on_one_time_axis(panel):
    cv = RollingOriginSplit(5, horizon=56, gap=14)
    display = SplitDisplay.from_splitter(cv, panel)
    assert [ax.get_title() for ax in display.axes_] == [
        "a and 1 like it, tested in 5 of 5",
        "early, tested in 1 of 5",
        "late, tested in 5 of 5",
        "new, tested in 1 of 5",
    ]
    assert len({ax.get_xlim() for ax in display.axes_}) == 1
    assert display.figure_.get_suptitle().startswith(
        "5 series, 5 folds: 56 days tested, each after"
    )
    folds = list(cv.split(panel))
    for bars, name in zip(display.bars_, ["a", "early", "late", "new"], strict=True):
        for role, part in (("train", 0), ("test", 1)):
            rows = {}
            for fold, each in enumerate(folds, start=1):
                own = panel.iloc[each[part]]
                own = own[own.index.get_level_values(0) == name]
                if len(own):
                    rows[fold] = own.index.get_level_values(1)
            assert bars[role] == [(fold, at[0], at[-1]) for fold, at in rows.items()]


def test_rows_in_any_order_across_series_are_the_same_picture(panel):
    cv = RollingOriginSplit(2, horizon=56)
    by_time = panel.sort_index(level=1, kind="stable")
    display, expected = (SplitDisplay.from_splitter(cv, X) for X in (by_time, panel))
    names = [each.names for each in display.panels]
    for each in expected.panels:
        other = display.panels[names.index(sorted(each.names))]
        np.testing.assert_array_equal(other.roles, each.roles)


def test_a_panel_of_equal_spans_is_one_picture(days):
    panel = pd.concat({name: days for name in "abc"}, names=["shop"]).to_frame()
    display = SplitDisplay.from_splitter(RollingOriginSplit(2, horizon=7), panel)
    assert len(display.axes_) == 1
    title = display.ax_.get_title()
    assert title.startswith("3 series, 2 folds: 7 days tested, each after 716 to 723 days")


def test_of_many_spans_the_rest_is_counted(panel):
    display = SplitDisplay.from_splitter(RollingOriginSplit(2, horizon=7), panel, max_series=3)
    assert len(display.axes_) == 3
    assert display.figure_.get_suptitle().endswith("\n(1 of 4 not shown)")


@pytest.mark.parametrize(
    ("index", "words", "label"),
    [
        (pd.period_range("2015-01", periods=60, freq="M", name="month"), "12 months", "month"),
        (pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Paris"), "12 hours", "Europe/Paris"),
        (pd.RangeIndex(100, 220, 2, name="step"), "12 steps", "step"),
    ],
    ids=["periods", "time zone", "integers"],
)  # fmt: skip
def test_any_index_is_drawn(index, words, label):
    display = SplitDisplay.from_splitter(RollingOriginSplit(2, horizon=12), pd.Series(1.0, index))
    assert f"2 folds: {words} tested" in display.ax_.get_title()
    assert display.ax_.get_xlabel() == label
    assert display.bars_[0]["test"][-1] == (2, index[-12], index[-1])
    display.figure_.canvas.draw()


def test_dates_are_legible_at_every_length(days):
    panel = pd.concat({str(n): days[-n:] for n in (30, 90, 365, 500, 730)})
    for n_rows in (60, 400, 700, 720, 730):
        rows = panel[panel.index.get_level_values(1) >= days.index[-n_rows]]
        figure = SplitDisplay.from_splitter(RollingOriginSplit(2, horizon=7), rows).figure_
        figure.canvas.draw()
        texts = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
        assert 2 <= len(texts) <= 6
        plt.close(figure)


def test_it_draws_on_given_axes_with_given_keywords(days):
    figure, ax = plt.subplots()
    cv = TimeSeriesSplit(3)
    display = SplitDisplay.from_splitter(cv, days.to_numpy(), ax=ax, bar_kw={"lw": 2, "alpha": 0.5})
    assert (display.ax_, display.figure_) == (ax, figure)
    assert {bar.get_alpha() for bars in ax.containers[1:] for bar in bars} == {0.5}
    assert display.plot().figure_ is not figure


def test_a_list_of_series_is_refused(days):
    with pytest.raises(TypeError, match=r"list of series, .* pd\.concat"):
        SplitDisplay.from_splitter(RollingOriginSplit(2, horizon=7), [days, days])
    assert plt.get_fignums() == []


def test_no_fold_is_refused(days):
    with pytest.raises(ValueError, match="makes no fold"):
        SplitDisplay.from_splitter([], days)


def test_a_splitter_says_itself_what_it_cannot_split(days):
    with pytest.raises(ValueError, match="X has 20"):
        SplitDisplay.from_splitter(RollingOriginSplit(5, horizon=7), days[:20])
