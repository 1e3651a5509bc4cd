"""Clocks: which grid an index lies on, also with holes, and counting on it there and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.clocks import (
    Clock,
    _stamps,
    compare_neighbours,
    index_kind,
    infer_clock,
    looks_like_date,
)

pytestmark = pytest.mark.filterwarnings("error")

#: Frequencies as pandas names them, and the steps in one season of each.
SEASONS = {
    "h": 24, "2h": 12, "6h": 4, "36h": 1, "min": 60, "5min": 288, "15min": 96, "30min": 48,
    "45min": 32, "7min": 1, "s": 60, "10s": 6, "ms": 1, "us": 1, "ns": 1, "D": 7, "2D": 1, "7D": 52,
    "B": 5, "W-WED": 52, "2W-MON": 26, "4W-SUN": 13, "MS": 12, "ME": 12, "2ME": 6, "5MS": 1,
    "BMS": 12, "BME": 12, "CBME": 12, "SMS-15": 24, "SME-15": 24, "QS-JAN": 4, "QE-NOV": 4,
    "2QS-JAN": 2, "BQE-DEC": 4, "BQS-FEB": 4, "YS-APR": 1, "YE-DEC": 1, "2YS-JAN": 1,
    "BYE-DEC": 1, "WOM-2TUE": 12, "LWOM-FRI": 12,
}  # fmt: skip
#: Those that the stamps alone tell; seven days are a week, and who works when is not written on them.
TOLD = sorted(set(SEASONS) - {"7D", "CBME"})
ZONES = ["Europe/Helsinki", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"]


def without_freq(index):
    return pd.DatetimeIndex(index.to_numpy()) if index.tz is None else index[:0].append(index)


def offset(freq):
    if freq == "LWOM-FRI":  # pandas before 3 does not know the name
        return pd.offsets.LastWeekOfMonth(weekday=4)
    return pd.tseries.frequencies.to_offset(freq)


def stamps(freq, n=60, start="2021-03-01"):
    return without_freq(pd.date_range(start, periods=n, freq=offset(freq)))


def counted(clock, index):
    return clock.steps(index, index[:1].repeat(len(index)))


# --- which grid -------------------------------------------------------------------------------------


@pytest.mark.parametrize("freq", TOLD)
def test_the_frequency_is_told_by_the_stamps(freq):
    index = stamps(freq)
    assert index.freq is None
    clock = infer_clock(index)
    assert clock.name == freq
    steps, on_grid = counted(clock, index)
    assert steps.tolist() == list(range(60))
    assert on_grid.all()


@pytest.mark.parametrize("freq", TOLD)
def test_the_frequency_is_told_where_a_third_of_the_stamps_is_missing(freq):
    kept = np.sort(np.random.default_rng(0).choice(60, 40, replace=False))
    index = stamps(freq)[kept]
    clock = infer_clock(index)
    assert clock.name == freq
    assert counted(clock, index)[0].tolist() == (kept - kept[0]).tolist()


@pytest.mark.parametrize("freq", ["h", "D", "W-MON", "MS", "ME", "QS-JAN", "YE-DEC", "15min"])
def test_two_stamps_are_enough(freq):
    assert infer_clock(stamps(freq, 2)).name == freq


def test_one_stamp_has_no_frequency_unless_it_is_said():
    assert infer_clock(pd.DatetimeIndex(["2024-01-01"])) is None
    assert infer_clock(pd.DatetimeIndex(["2024-01-01"], freq="D")).name == "D"


def test_a_frequency_that_the_index_has_is_kept():
    assert infer_clock(pd.date_range("2024-01-01", periods=9, freq="7D")).name == "7D"


@pytest.mark.parametrize("day", [2, 10, 15, 27])
def test_months_may_turn_on_any_day(day):
    index = stamps("MS") + pd.Timedelta(days=day - 1)
    clock = infer_clock(index)
    assert clock.season_length == 12
    after = clock.times(index[-1:].repeat(2), np.array([1, 2]))
    assert after.strftime("%Y-%m-%d").tolist() == [f"2026-03-{day:02}", f"2026-04-{day:02}"]


def test_days_of_work_without_holidays_are_business_days():
    index = stamps("B", 260, "2024-01-01").drop(["2024-03-29", "2024-04-01", "2024-12-25"])
    assert infer_clock(index).name == "B"


def test_a_week_without_sundays_is_counted_in_days():
    index = stamps("D", 90)
    assert infer_clock(index[index.day_of_week != 6]).name == "D"


def test_hours_of_business_are_counted_in_hours():
    index = stamps("h", 1000, "2024-01-01")
    assert infer_clock(index[(index.hour > 8) & (index.hour < 17)]).name == "h"


@pytest.mark.parametrize(("late", "freq"), [("3h", "D"), ("12h", "D"), ("1D", "MS"), ("7min", "h")])
def test_one_stamp_off_the_grid_does_not_make_a_finer_one(late, freq):
    index = stamps(freq).to_series()
    index.iloc[7] += pd.Timedelta(late)
    index = pd.DatetimeIndex(index)
    clock = infer_clock(index)
    assert clock.name == freq
    assert np.flatnonzero(~counted(clock, index)[1]).tolist() == [7]


def test_stamps_at_random_times_have_no_frequency():
    minutes = np.cumsum(np.random.default_rng(0).integers(40, 80, 100))
    assert infer_clock(pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min")) is None


@pytest.mark.parametrize(
    ("numbers", "step"),
    [
        ([3, 4, 5], 1),
        ([0, 5, 10, 20], 5),
        ([0, 2, 5], 1),
        ([-100, -50, 0, 100], 50),
        ([7], 1),
        ([*range(50), 10**12], 1),
        ([0, 10, 20, 31, 40, 50, 60, 70, 80, 90], 10),
    ],
)
def test_whole_numbers_have_the_step_that_they_share(numbers, step):
    assert infer_clock(pd.Index(numbers)).freq == step


def test_small_integers_do_not_overflow():
    index = pd.Index(np.array([-100, 0, 100], dtype=np.int8))
    steps, on_grid = counted(infer_clock(index), index)
    assert steps.tolist() == [0, 1, 2]
    assert on_grid.all()


def test_a_range_has_its_own_step_and_no_index_has_rows():
    assert infer_clock(pd.RangeIndex(3, 30, 3)).name == "3"
    assert infer_clock(None).name == "row"


def test_the_longest_of_several_series_tells_the_frequency():
    short, long = stamps("h", 2), stamps("D", 9)
    assert infer_clock(short.append(long), np.array([2, 9])).name == "D"


@pytest.mark.parametrize("freq", ["M", "Q-DEC", "Y-DEC", "W-SUN", "D", "h", "min"])
def test_periods_have_their_own_frequency(freq):
    index = pd.period_range("2024-01-01", periods=12, freq=freq).delete([3, 4])
    clock = infer_clock(index)
    assert counted(clock, index)[0].tolist() == [0, 1, 2, 5, 6, 7, 8, 9, 10, 11]
    assert clock.times(index[:1], np.array([12]))[0] == index[0] + 12
    assert (
        clock.season_length
        == {"M": 12, "Q": 4, "Y": 1, "W": 52, "D": 7, "h": 24, "min": 60}[freq.split("-")[0]]
    )


# --- seasons ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("freq", "season"), SEASONS.items())
def test_the_season_of_a_frequency(freq, season):
    assert Clock(offset(freq)).season_length == season


@pytest.mark.parametrize(
    ("freq", "week"),
    [("h", 168), ("30min", 336), ("6h", 28), ("min", 60), ("D", 7), ("MS", 12), ("36h", 1)],
)
def test_a_week_is_known_where_a_season_is_a_day(freq, week):
    assert Clock(offset(freq)).week_length == week
    assert Clock(1).week_length == Clock().week_length == 1


@pytest.mark.parametrize("freq", [None, 1, 5])
def test_rows_and_whole_numbers_have_no_season(freq):
    assert Clock(freq).season_length == 1


# --- counting there and back ------------------------------------------------------------------------


@given(
    freq=st.sampled_from(sorted(SEASONS)),
    start=st.datetimes(pd.Timestamp("1990-01-01"), pd.Timestamp("2030-01-01")),
    rows=st.lists(st.integers(0, 100), min_size=1, max_size=20, unique=True).map(sorted),
)
def test_steps_and_stamps_are_each_other_s_inverse(freq, start, rows):
    grid = pd.date_range(start, periods=101, freq=offset(freq))
    clock, index = Clock(grid.freq), without_freq(grid[rows])
    steps, on_grid = counted(clock, index)
    assert on_grid.all()
    assert steps.tolist() == [row - rows[0] for row in rows]
    back = clock.times(index[:1].repeat(len(index)), steps)
    assert back.tolist() == index.tolist()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("freq", ["h", "30min", "D", "B", "W-SUN", "ME", "MS"])
def test_a_year_with_daylight_saving_is_counted_right(zone, freq):
    wall = pd.date_range("2018-03-02 00:00", "2019-04-01", freq=freq)
    if freq in ("h", "30min"):
        index = pd.date_range(wall[0].tz_localize(zone), periods=len(wall), freq=freq)
    else:  # the clock on the wall; midnight does not exist on some days of some zones
        index = wall.tz_localize(zone, nonexistent="shift_forward", ambiguous="NaT")
        index = index[index.notna()]
    clock = infer_clock(without_freq(index))
    assert clock.name == freq
    steps, on_grid = counted(clock, index)
    assert on_grid.all()
    assert clock.times(index[:1].repeat(len(index)), steps).tolist() == index.tolist()


def test_a_day_begins_at_one_o_clock_where_midnight_does_not_exist():
    index = pd.date_range("2018-11-01", periods=3, freq="D", tz="America/Sao_Paulo")
    after = Clock(pd.offsets.Day()).times(index[-1:].repeat(3), np.arange(1, 4))
    assert after.hour.tolist() == [1, 0, 0]
    assert after.day.tolist() == [4, 5, 6]


def test_counting_may_begin_on_a_day_that_begins_later_than_others():
    days = pd.date_range("2018-10-25", periods=20, freq="D")
    index = days.tz_localize("America/Sao_Paulo", nonexistent="shift_forward")
    clock = infer_clock(without_freq(index))
    late = index[10:11]
    assert late.hour == [1]
    assert clock.times(late.repeat(2), np.array([0, 1])).hour.tolist() == [1, 0]
    steps, on_grid = clock.steps(index[10:], late.repeat(10))
    assert steps.tolist() == list(range(10))
    assert on_grid.all()


def test_the_hours_of_the_night_in_which_the_clock_goes_back_are_all_counted():
    index = pd.date_range("2024-10-26", periods=24, freq="h", tz="Europe/Helsinki")
    night = infer_clock(without_freq(index)).times(index[-1:].repeat(5), np.arange(1, 6))
    assert night.strftime("%H%z").tolist() == [
        "00+0300",
        "01+0300",
        "02+0300",
        "03+0300",
        "03+0200",
    ]


def test_stamps_of_another_resolution_are_on_the_same_grid():
    seconds = pd.date_range("2024-01-01", periods=3, freq="h", unit="s")
    nanos = pd.date_range("2024-01-01 02:00", periods=3, freq="h", unit="ns")
    steps, on_grid = Clock(pd.offsets.Hour()).steps(nanos, seconds[:1].repeat(3))
    assert steps.tolist() == [2, 3, 4]
    assert on_grid.all()


def test_stamps_beyond_the_years_of_pandas_are_refused_in_words():
    index = pd.DatetimeIndex(["2024-01-01"]).as_unit("ns")
    with pytest.raises(
        ValueError, match=r"10000000 steps of h after 2024-01-01 .* beyond the years"
    ):
        Clock(pd.offsets.Hour()).times(index, np.array([10**7]))
    with pytest.raises(ValueError, match=r"W-MON after 2024-01-01 .* beyond the years"):
        Clock(pd.offsets.Week(weekday=0)).times(index, np.array([10**6]))


@pytest.mark.parametrize("zone", [None, *ZONES])
@pytest.mark.parametrize("freq", ["h", "30min", "D", "B", "W-SUN", "ME", "MS"])
def test_the_stamps_after_the_last_are_those_of_the_grid(zone, freq):
    index = pd.date_range("2018-10-20", periods=40, freq=freq)
    if zone is not None:
        first = np.ones(len(index), dtype=bool)
        index = index.tz_localize(zone, nonexistent="shift_forward", ambiguous=first)
    clock = infer_clock(without_freq(index))
    one = clock.after(index[-1:], 30)
    steps = clock.times(index[-1:].repeat(30), np.arange(1, 31))
    assert one.tolist() == steps.tolist()
    assert one.freq is None or one.freq == clock.freq
    two = clock.after(index[[-1, -2]], 30)
    assert two.tolist() == [*steps, index[-1], *steps[:-1]]


@pytest.mark.parametrize("index", [
    pd.Index([3, 5]), pd.period_range("2024-01", periods=2, freq="M"),
    pd.period_range("2024-01-01", periods=2, freq="h"),
])  # fmt: skip
def test_numbers_and_periods_go_on(index):
    step = index[1] - index[0]
    clock = infer_clock(index)
    assert clock.after(index[-1:], 2).tolist() == [index[1] + step, index[1] + 2 * step]


@given(
    freq=st.sampled_from(sorted(SEASONS)),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    lacking=st.integers(0, 30),
)
def test_an_index_is_unbroken_where_no_series_lacks_a_row_within(freq, lengths, lacking):
    clock = Clock(offset(freq))
    grid = pd.date_range("2000-01-01", periods=10, freq=offset(freq))
    parts = [grid[i : i + n] for i, n in enumerate(lengths)]
    times = parts[0].append(parts[1:])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    assert clock.is_unbroken(without_freq(times), offsets)
    if lacking < len(times) and lacking not in (*offsets[:-1], *(offsets[1:] - 1)):
        series = np.searchsorted(offsets, lacking, side="right")
        offsets[series:] -= 1
        assert not clock.is_unbroken(without_freq(times.delete(lacking)), offsets)


@pytest.mark.parametrize(("freq", "start"), [("D", "2024-01-01 06:00"), ("2D", "2024-01-02")])
def test_a_series_in_another_phase_of_the_calendar_is_off_the_grid(freq, start):
    days = pd.date_range("2024-01-01", periods=4, freq=freq)
    others = pd.date_range(start, periods=4, freq=freq)
    assert not Clock(days.freq).is_unbroken(days.append(others), np.array([0, 4, 8]))


def test_neighbours_are_compared_across_the_parts_they_are_looked_at_in(monkeypatch):
    monkeypatch.setattr(_stamps, "_AT_ONCE", 3)
    numbers = pd.Index([0, 1, 2, 4, 5, 7, 8, 9])
    answer = compare_neighbours(numbers, lambda apart: apart == 1)
    assert answer.tolist() == [True, True, False, True, False, True, True]


# --- kinds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        (pd.RangeIndex(3), "whole numbers"),
        (pd.period_range("2024", periods=3, freq="M"), "periods (M)"),
        (pd.date_range("2024", periods=3, freq="D"), "dates without a time zone"),
        (pd.date_range("2024", periods=3, freq="D", tz="UTC"), "dates with a time zone"),
    ],
)
def test_the_kind_of_an_index_in_words(index, kind):
    assert index_kind(index) == kind


@pytest.mark.parametrize(
    ("values", "is_date"),
    [
        (["2024-01-01"], True),
        (["1949-01"], True),
        (["3 Jan 2024"], True),
        (["n/a"], False),
        (["12"], False),
        (["1,5"], False),
        (["sensor-17"], False),
        ([20240101], False),
        ([], False),
    ],
)
def test_text_that_is_a_date_is_told_from_other_text(values, is_date):
    assert looks_like_date(pd.Index(values)) is is_date
