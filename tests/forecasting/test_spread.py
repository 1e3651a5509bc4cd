"""Errors on held-out rows become quantiles of later forecasts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.forecasting.spread import RESIDUAL_LEVELS, interpolate, residual_quantiles

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
    assert (np.diff(interpolate(wanted, levels, np.array(values))) >= -1e-9).all()


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
