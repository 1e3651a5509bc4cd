"""Errors on held-out rows become quantiles of later forecasts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn import LSTMForecaster
from tsrnn.forecasting.spread import (
    RESIDUAL_LEVELS,
    error_quantiles,
    interpolate,
    quantiles_without_held_out,
    residual_quantiles,
    shape_and_size,
)

NAN = np.nan
H = 3

ascending = st.lists(st.floats(-10, 10), min_size=2, max_size=8).map(sorted)
levels_wanted = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=8).map(sorted)


@given(ascending, levels_wanted)
def test_interpolated_quantiles_are_those_of_numpy_between_the_levels(values, wanted):
    levels = np.linspace(0.1, 0.9, len(values))
    inside = [w for w in wanted if 0.1 <= w <= 0.9]
    got = interpolate(inside, levels, np.array(values)) if inside else []
    np.testing.assert_allclose(got, np.interp(inside, levels, values), atol=1e-9)


@given(ascending, levels_wanted)
def test_interpolated_quantiles_ascend_beyond_the_levels_too(values, wanted):
    levels = np.linspace(0.1, 0.9, len(values))
    assert (np.diff(interpolate(wanted, levels, np.array(values))) >= 0).all()


def test_interpolated_quantiles_at_fine_levels_do_not_cross_by_rounding():
    equal = np.random.default_rng(0).normal(size=(2000, 1)).repeat(3, axis=1)
    values = np.hstack([equal, equal[:, :1] + 1])
    levels = np.linspace(0.05, 0.95, 300)
    assert (np.diff(interpolate(levels, [0.1, 0.3, 0.6, 0.9], values)) >= 0).all()


def test_beyond_the_levels_the_outermost_slope_goes_on():
    values = np.array([[1.0, 2.0, 4.0]])
    np.testing.assert_allclose(interpolate([0.05, 0.95], [0.1, 0.5, 0.9], values), [[0.875, 4.25]])


def test_errors_of_many_windows_have_quantiles_at_each_step():
    errors = np.random.default_rng(0).normal(size=(300, H, 2)) * np.array([1, 2, 5])[:, None]
    errors[3, 1] = NAN
    quantiles = residual_quantiles(errors)
    expected = np.nanquantile(errors, RESIDUAL_LEVELS, axis=0, method="weibull")
    np.testing.assert_allclose(quantiles, expected)


def test_errors_of_few_windows_are_shared_by_the_steps():
    errors = np.random.default_rng(0).normal(size=(5, H, 1))
    quantiles = residual_quantiles(errors)
    assert quantiles.shape == (len(RESIDUAL_LEVELS), H, 1)
    expected = np.quantile(errors[:, :, 0].ravel(), RESIDUAL_LEVELS, method="weibull")
    for step in range(H):
        np.testing.assert_allclose(quantiles[:, step, 0], expected)


def test_a_target_without_errors_has_no_quantiles():
    errors = np.zeros((300, H, 2))
    errors[:, :, 1] = NAN
    assert residual_quantiles(errors) is None


def test_each_trained_level_has_the_quantile_of_its_own_errors():
    errors = np.random.default_rng(0).normal(size=(100, H, 1, 2))
    low, high = residual_quantiles(errors, [0.1, 0.9])
    np.testing.assert_allclose(low, np.quantile(errors[..., 0], 0.1, axis=0, method="weibull"))
    np.testing.assert_allclose(high, np.quantile(errors[..., 1], 0.9, axis=0, method="weibull"))


@pytest.mark.parametrize("n", [60, 99])
def test_a_further_error_lies_below_a_quantile_as_often_as_its_level_says(n):
    # Exact for errors in any order, however they are distributed: k / (n + 1). Here over 20,000 draws.
    rng = np.random.default_rng(0)
    levels = [0.05, 0.5, 0.95]
    below = np.zeros(3)
    for _ in range(200):
        errors = rng.exponential(size=(n, 100, 1))
        below += (rng.exponential(size=(100, 1)) <= residual_quantiles(errors, levels)).mean((1, 2))
    np.testing.assert_allclose(below / 200, levels, atol=0.01)


# --- few held-out windows -----------------------------------------------------------------------------


def normal(n, seed=0, scale=1.0, n_targets=1):
    """Draw errors of n windows that grow with the step."""
    draws = np.random.default_rng(seed).normal(size=(n, H, n_targets))
    return draws * scale * np.array([1.0, 2.0, 3.0])[:, None]


def size_of(quantiles):
    """Return the mean size of the errors that have these quantiles, step by step."""
    return np.abs(quantiles).mean((0, 2))


def few(errors, trained):
    """Return the quantiles where these errors are those of few windows."""
    return error_quantiles(errors, 2, shape_and_size(trained))


@pytest.mark.parametrize(("n_windows", "horizon"), [(59, 1), (79, 4), (239, 12)])
def test_windows_are_few_below_sixty_or_twenty_horizons(n_windows, horizon):
    errors = np.random.default_rng(0).normal(size=(30, horizon, 1))
    trained = shape_and_size(3 * errors)
    own = residual_quantiles(errors)
    np.testing.assert_array_equal(error_quantiles(errors, n_windows + 1, trained), own)
    assert np.abs(error_quantiles(errors, n_windows, trained)).mean() > 2 * np.abs(own).mean()


def test_few_windows_miss_to_either_side_alike_and_by_as_much_more_as_training_says():
    one_sided = np.abs(normal(2, seed=1))
    quantiles = few(one_sided, normal(4000, scale=0.1))
    np.testing.assert_allclose(quantiles, -quantiles[::-1], atol=1e-9)
    np.testing.assert_allclose(size_of(quantiles)[1:] / size_of(quantiles)[0], [2, 3], rtol=0.05)
    np.testing.assert_allclose(size_of(quantiles).mean(), one_sided.mean(), rtol=0.05)


@pytest.mark.parametrize(("errors", "trained"), [(1.0, 0.2), (0.2, 1.0)])
def test_errors_of_few_windows_are_as_large_as_the_larger_of_both(errors, trained):
    quantiles = few(normal(4000, 1, errors), normal(4000, 2, trained))
    expected = np.abs(normal(4000)).mean((0, 2))
    np.testing.assert_allclose(size_of(quantiles), expected, rtol=0.05)


def test_each_target_has_errors_of_its_own_and_gaps_are_left_out():
    errors, trained = normal(3, 1, n_targets=2), normal(50, 2, n_targets=2)
    trained[::7, 1, 0], errors[0, 2, 1] = NAN, NAN
    both = few(errors, trained)
    for i in range(2):
        np.testing.assert_allclose(both[..., [i]], few(errors[..., [i]], trained[..., [i]]))


@pytest.mark.parametrize("trained", [NAN, 0.0], ids=["unknown", "none"])
def test_without_errors_on_training_windows_few_stand_alone(trained):
    errors = normal(5)
    quantiles = few(errors, np.full((9, H, 1), trained))
    np.testing.assert_array_equal(quantiles, residual_quantiles(errors))


def test_a_target_without_errors_on_few_windows_has_no_quantiles():
    assert few(np.full((2, H, 1), NAN), normal(9)) is None


def test_where_nothing_is_held_out_training_errors_are_widened_by_how_few_they_are():
    trained = normal(4000)
    shape, size = shape_and_size(trained)
    widened = quantiles_without_held_out((shape, size), 1 / 3)
    np.testing.assert_allclose(widened, 2 * shape[:, None] * size)
    many = quantiles_without_held_out((shape, size), 1e9)
    np.testing.assert_allclose(size_of(many), np.abs(trained).mean((0, 2)), rtol=0.02)


def test_a_step_without_errors_on_training_windows_has_no_quantiles_where_nothing_is_held_out():
    trained = normal(9)
    trained[:, 1] = NAN
    assert quantiles_without_held_out(shape_and_size(trained), 2) is None


def share_within_the_80_percent_bands(n_rows, horizon):
    """How much of what came after 16 simulated series lay in their bands, and one of the fits."""
    covered = []
    for seed in range(16):
        n, shocks = n_rows + horizon, np.random.default_rng(seed).standard_normal(n_rows + horizon)
        series = np.full(n, 20.0)
        for i in range(1, n):
            series[i] = 4 + 0.8 * series[i - 1] + shocks[i]
        forecaster = LSTMForecaster(horizon=horizon, random_state=0).fit(series[:n_rows])
        low, high = forecaster.forecast(quantiles=[0.1, 0.9]).T
        covered.append((low <= series[n_rows:]) & (series[n_rows:] <= high))
    return np.mean(covered), forecaster


def test_bands_of_series_too_short_to_hold_any_rows_out_cover_about_as_much_as_they_say():
    covered, forecaster = share_within_the_80_percent_bands(28, horizon=12)
    assert "valid_loss" not in forecaster.history_.dropna(axis=1)
    assert 0.7 < covered < 0.95


def test_bands_of_short_series_cover_about_as_much_as_they_say():
    covered, _ = share_within_the_80_percent_bands(52, horizon=8)
    assert 0.7 < covered < 0.9  # half of them by the one window that is held out
