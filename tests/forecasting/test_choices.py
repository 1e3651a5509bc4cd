"""What "auto" comes to on rows whose answer is known; how large a network or window is, is not asked here."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.stattools import acf

from tsrnn import GRUForecaster
from tsrnn.datasets import load_airline, load_sunspots
from tsrnn.forecasting.choices import (
    autocorrelation,
    choose_lookbacks,
    choose_season,
    choose_skip_lag,
    choose_skip_lags,
    choose_transform,
    choose_window,
    sample,
)


def wave(n, period, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(n) * 2 * np.pi / period) + noise * rng.normal(size=n)


def quick(X, **params):
    params = {"hidden_size": 4, "max_epochs": 1, "random_state": 0, **params}
    return GRUForecaster(**params).fit(X)


# --- autocorrelation ------------------------------------------------------------------------------


@given(st.integers(0, 2**16), st.integers(20, 200))
def test_autocorrelation_is_that_of_statsmodels(seed, n):
    x = np.random.default_rng(seed).normal(size=n).cumsum()
    np.testing.assert_allclose(autocorrelation(x, n // 2), acf(x, nlags=n // 2 - 1), atol=1e-9)


def test_a_constant_has_no_autocorrelation():
    assert not autocorrelation(np.full(20, 3.0), 10).any()


# --- the season -----------------------------------------------------------------------------------


@pytest.mark.parametrize("period", [7, 12, 24, 40, 100])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_season_of_a_sine_is_its_period(period, noise):
    season = choose_season([wave(800, period, noise)])
    assert season == pytest.approx(period, rel=0.03 if noise else 0)


def test_the_season_of_the_tutorials_sine_is_40():
    assert quick(wave(800, 40)).season_length_ == 40


def test_the_season_of_sunspots_is_about_11_years():
    assert quick(load_sunspots()).season_length_ in (10, 11)


def test_the_season_of_few_sunspots_is_the_one_that_repeats_best():
    spots = load_sunspots()["SUNACTIVITY"].to_numpy()
    # The autocorrelation of 200 years is highest at 10, as it counts fewer pairs the farther they are apart.
    assert [choose_season([spots[:n]]) for n in (200, 225, 250)] == [11, 11, 11]


def test_levels_that_wander_make_no_season_shorter():
    """They are nearer to themselves after 25 rows than after 26."""
    draw = np.random.default_rng(0)
    year = 3 * np.sin(np.arange(400) * 2 * np.pi / 26)
    assert choose_season(list(year + draw.normal(0, 0.5, (40, 400)).cumsum(1))) == 26


def test_a_pattern_on_a_wandering_level_has_its_own_season_not_several():
    draw = np.random.default_rng(0)
    patterns = draw.standard_normal((50, 7))
    series = [np.resize(p, 400) + draw.normal(0, 0.3, 400).cumsum() for p in patterns]
    assert sum(choose_season([x]) == 7 for x in series) >= 48


def test_a_season_longer_than_some_series_is_that_of_the_others():
    assert (
        choose_season([wave(30, 12)[:13], *[wave(200, 12, 0.1, seed) for seed in range(9)]]) == 12
    )


def test_a_trend_hides_no_season():
    assert choose_season([wave(300, 12) + 0.5 * np.arange(300)]) == 12


def test_gaps_hide_no_season():
    x = wave(300, 12)
    x[np.random.default_rng(0).random(300) < 0.2] = np.nan
    x[:5] = np.nan
    assert choose_season([x]) == 12


def test_the_season_is_that_of_all_series_together():
    rng = np.random.default_rng(0)
    noise = [rng.normal(size=100) for _ in range(3)]
    seasonal = [5 * wave(120, 12, 0.1, seed) for seed in range(20)]
    assert choose_season([*noise, *seasonal]) == 12


@pytest.mark.parametrize(
    "x",
    [np.full(100, 3.0), np.arange(100.0), np.arange(11.0), np.array([1.0])],
    ids=["constant", "a line", "too short", "one row"],
)
def test_what_repeats_nothing_has_the_season_1(x):
    assert choose_season([x]) == 1


def test_without_series_the_season_is_1():
    assert choose_season([]) == 1


def test_noise_has_the_season_1():
    noise = (np.random.default_rng(seed).normal(size=300) for seed in range(50))
    assert {choose_season([x]) for x in noise} == {1}


def test_a_random_walk_hardly_ever_seems_to_have_a_season():
    walks = (np.random.default_rng(s).normal(size=500).cumsum() for s in range(100))
    assert sum(choose_season([walk]) > 1 for walk in walks) <= 10


def test_the_season_of_the_frequency_comes_first():
    assert choose_season([wave(200, 9)], of_frequency=7) == 7
    days = pd.date_range("2024-01-01", periods=200, freq="D")
    assert quick(pd.Series(wave(200, 9), index=days)).season_length_ == 7


def test_the_season_that_is_given_is_kept():
    assert quick(wave(200, 9), season_length=14).season_length_ == 14


# --- the transform --------------------------------------------------------------------------------


def growing(n=144, seed=0):
    rng = np.random.default_rng(seed)
    return np.exp(0.01 * np.arange(n) + 0.2 * wave(n, 12) + 0.05 * rng.normal(size=n))


def test_a_spread_that_grows_with_the_level_asks_for_a_log():
    assert choose_transform([growing(seed=seed) for seed in range(5)]) == "log"
    assert quick(load_airline()).transform_ == "log"


@pytest.mark.parametrize("seed", range(5))
def test_an_even_spread_asks_for_none(seed):
    x = 50 + 0.3 * np.arange(144) + 3 * wave(144, 12, 0.3, seed)
    assert choose_transform([x]) is None


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_what_is_not_above_0_is_never_given_a_log(low):
    x = growing()
    x[20] = low
    assert choose_transform([x]) is None
    assert choose_transform([growing(), x]) is None
    assert quick(x).transform_ is None


def test_one_series_at_0_among_many_is_enough_for_none():
    """Not every series of a large panel is looked at."""
    X = [growing(40, seed) for seed in range(300)]
    X[77][20] = 0.0
    assert quick(X, horizon=2, window_size=4).transform_ is None


def test_without_rows_there_is_no_transform():
    assert choose_transform([]) is None
    assert choose_transform([np.full(100, 2.0)]) is None


# --- the skip ---------------------------------------------------------------------------------------


def test_steps_that_repeat_are_repeated_at_a_multiple_of_the_season():
    hours = pd.date_range("2024-01-01", periods=1500, freq="h")
    forecaster = quick(pd.Series(wave(1500, 24, 0.1), index=hours), window_size=100)
    assert forecaster.skip_lag_ % 24 == 0


def test_a_weekly_pattern_of_hours_is_found_where_the_window_holds_a_week():
    hours = pd.date_range("2024-01-01", periods=3000, freq="h")
    load = wave(3000, 24, 0.05) * np.where(hours.day_of_week > 4, 0.2, 1.0)
    forecaster = quick(pd.Series(load, index=hours), window_size=200)
    assert forecaster.season_length_ == 24
    assert forecaster.skip_lag_ == 168


def test_a_series_of_one_row_tells_no_lag():
    waves = [wave(120, 12, 0.05, seed) for seed in range(3)]
    assert quick([*waves, np.array([5.0])], season_length=12, horizon=12).skip_lag_ == 12


def test_gaps_are_filled_by_the_season_that_repeats_and_else_by_the_row_before():
    season = {"season_length": 12, "horizon": 12}

    def filled(x, **how):
        return quick(x, **season, **how).module_.season_length

    assert filled(wave(120, 12, 0.05)) == 12
    assert filled(np.random.default_rng(0).normal(size=120).cumsum()) == 1
    # The mean step, by which "last" scales, is of rows that were seen.
    assert filled(wave(120, 12, 0.05), normalization="last") == 1


def test_a_long_lag_of_a_short_series_must_be_better_by_far():
    """Of 84 days seven weeks before are seen but five times; the same rows of 840 days are worth what they show."""
    draw = np.random.default_rng(0)
    week = np.tile(draw.standard_normal(7), 120) + 0.5 * draw.standard_normal(840)
    repeated = np.tile(week[:49], 18)[:840] * 0.4 + week * 0.6
    assert choose_skip_lag([repeated[:84]], 7, 70, 14) < 49
    assert choose_skip_lag([repeated], 7, 70, 14) == 49


def test_a_week_of_hours_needs_no_such_proof():
    """Of twelve days of hours a week before is seen on five of them."""
    days = np.repeat([1.0, 1.1, 0.9, 1.0, 1.0, 0.4, 0.3], 24)
    noise = 0.2 * np.random.default_rng(0).standard_normal(336)
    hours = np.tile(wave(168, 24) * days, 2) + noise
    assert choose_skip_lag([hours[:288]], 24, 168, 24) == 24
    assert choose_skip_lag([hours[:288]], 24, 168, 24, week_length=168) == 168
    series = pd.Series(hours, pd.date_range("2024-01-01", periods=336, freq="h"))
    assert quick(series, horizon=24).skip_lag_ == 168


@pytest.mark.parametrize("seed", range(20))
def test_no_short_random_walk_repeats_six_years(seed):
    walk = np.random.default_rng(seed).standard_normal(96).cumsum()
    assert choose_skip_lag([walk], 12, 84, 12) in (1, 12, 24)


def test_a_random_walk_repeats_nothing():
    days = pd.date_range("2024-01-01", periods=400, freq="D")
    walks = (np.random.default_rng(seed).normal(size=400).cumsum() for seed in range(5))
    assert [quick(pd.Series(w, index=days)).skip_lag_ for w in walks] == [1] * 5


def days_and_weeks(n_days, n_weeks, n=400):
    """Series of hours-like rows: some repeat every 4, some every 4 * 7 rows, each with noise."""
    draw = np.random.default_rng(0)
    lengths = [4] * n_days + [28] * n_weeks
    return [np.resize(draw.normal(size=m), n) + draw.normal(0, 0.2, n) for m in lengths]


def test_series_that_repeat_after_different_lags_ask_for_each_of_them():
    assert choose_skip_lags(days_and_weeks(6, 6), 4, 56, 8) == (4, 28)
    assert choose_skip_lags(days_and_weeks(12, 0), 4, 56, 8) == (4,)
    # Of two in forty it may be luck, and of five series nothing is said.
    assert choose_skip_lags(days_and_weeks(38, 2), 4, 56, 8) == (4,)
    assert choose_skip_lags(days_and_weeks(3, 2), 4, 56, 8) == ()


def test_a_lag_counts_where_the_window_holds_it_and_a_season_before():
    assert choose_skip_lags(days_and_weeks(6, 6), 4, 32, 8) == (4, 28)
    assert 28 not in choose_skip_lags(days_and_weeks(6, 6), 4, 31, 8)


def test_random_walks_ask_for_the_last_value_alone():
    walks = np.random.default_rng(0).normal(size=(40, 300)).cumsum(1)
    assert choose_skip_lags(list(walks), 5, 70, 10) == (1,)


def test_a_panel_of_different_lags_is_forecast_by_a_mixture_and_others_by_one_map():
    panel = quick(days_and_weeks(6, 6), season_length=4, horizon=8, window_size=56)
    assert (panel.skip_, panel.skip_lags_) == ("mixture", (4, 28))
    for alike in (days_and_weeks(12, 0), days_and_weeks(0, 1)):
        one = quick(alike, season_length=4, horizon=8, window_size=56)
        assert (one.skip_, one.skip_lags_) == ("linear", ())


def test_the_skip_that_is_given_is_kept():
    panel = days_and_weeks(6, 6)
    sizes = {"season_length": 4, "horizon": 8, "window_size": 56}
    assert quick(panel, skip="linear", **sizes).skip_ == "linear"
    one = quick(panel[0], skip="mixture", **sizes)
    assert one.skip_lags_ == (one.skip_lag_,)


def test_networks_that_look_back_less_mix_fewer_lags():
    f = quick(days_and_weeks(6, 6), season_length=4, horizon=8, n_estimators=4)
    for net, rows in zip(f._fit_.nets, f.lookbacks_, strict=True):
        assert all(lag == 1 or lag + 4 <= rows for lag in net.module_.skip.changes_over)


# --- sizes ------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.integers(4, 300), st.integers(1, 30), st.integers(1, 60))
def test_the_sizes_chosen_fit_into_the_rows(n, horizon, season_length):
    if n < horizon + 2:
        return
    forecaster = quick(wave(n, 9, 0.1), horizon=horizon, season_length=season_length)
    assert 1 <= forecaster.window_size_ <= n - horizon
    assert 1 <= forecaster.segment_size_ <= forecaster.window_size_
    assert 1 <= forecaster.skip_lag_ <= forecaster.window_size_
    assert forecaster.batch_size_ >= 1
    assert forecaster.epoch_size_ >= forecaster.batch_size_


def test_a_sample_of_series_is_spread_over_all_of_them():
    values, offsets = np.arange(10_000.0)[:, None], np.arange(1001) * 10
    picked = sample(values, offsets)
    firsts = [int(x[0]) // 10 for x in picked]
    assert all(len(x) == 10 for x in picked)
    assert firsts == sorted(set(firsts))
    assert (firsts[0], firsts[-1]) == (0, 999)
    assert 50 <= len(firsts) < 1000


def test_a_sample_passes_over_series_without_a_value():
    values = np.repeat([[1.0], [np.nan], [3.0]], 10, axis=0)
    picked = sample(values, np.array([0, 10, 20, 30, 30]))
    assert [x[0] for x in picked] == [1, 3]


def test_the_year_of_weeks_shows_in_the_changes_of_levels_that_wander():
    generator = np.random.default_rng(0)
    year = np.cumsum(generator.standard_normal((20, 52)), 1)
    year = np.tile(year - year.mean(1, keepdims=True), 6)
    levels = np.cumsum(generator.standard_normal((20, 312)) * 0.5, 1)
    assert choose_season(list(year + levels)) == 52


def test_random_walks_have_no_season():
    generator = np.random.default_rng(0)
    walks = [np.cumsum(generator.standard_normal(300)) for _ in range(20)]
    assert choose_season(walks) == 1


@pytest.mark.parametrize(
    ("lengths", "trained", "horizon", "season", "window"),
    [
        ([8640], [7776], 24, 24, 168),
        ([800] * 400, [720] * 400, 24, 24, 168),
        ([1000] * 10, [900] * 10, 5, 52, 104),
        ([144], [120], 12, 12, 84),
        ([90], [78], 12, 12, 60),
        ([38], [26], 12, 12, 12),
        ([15] * 6 + [58], [15] * 6 + [46], 6, 1, 15),
        ([9000], [8100], 300, 1, 1024),
    ],
    ids=[
        "seven horizons",
        "of a panel as of a series",
        "two seasons",
        "of twelve years",
        "all before the horizon",
        "a season of three",
        "a whole short series beside a long one",
        "no more than 1024",
    ],
)
def test_a_window_is_some_horizons_or_two_seasons_as_far_as_there_are_rows(
    lengths, trained, horizon, season, window
):
    assert choose_window(np.array(lengths), np.array(trained), horizon, season) == window


@pytest.mark.parametrize("n", [30, 36, 38, 42, 48])
def test_of_three_years_of_months_a_window_holds_one(n):
    """Where as many whole windows as the horizon has rows were wanted, less than a year was left, and no season."""
    months = pd.date_range("2020-01-01", periods=n + 12, freq="MS")
    season = np.sin(2 * np.pi * np.arange(n + 12) / 12)
    noise = 0.1 * np.random.default_rng(n).standard_normal(n + 12)
    series = pd.Series(100 + 10 * (season + noise), months)
    f = quick(series[:n], horizon=12)
    assert (f.window_size_ >= 12, f.skip_lag_) == (True, 12)
    assert np.abs(f.forecast() - series[n:]).mean() < 2


def test_networks_look_back_further_only_where_as_many_windows_are_left():
    """All train on the windows of the longest: at 672 of 800 hours a panel would leave each some eighty."""
    assert choose_lookbacks(336, 4, np.array([800] * 9), 48, 24) == (360, 336, 360, 240)
    assert choose_lookbacks(336, 4, np.array([2000] * 9), 48, 24) == (672, 336, 504, 240)
    assert choose_lookbacks(84, 2, np.array([120]), 12, 12) == (84, 84)
