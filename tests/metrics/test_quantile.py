import re

import numpy as np
import pandas as pd
import properscoring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mean_pinball_loss as sklearn_pinball_loss
from utilsforecast import losses

from tsrnn.metrics import coverage, crps_from_quantiles, interval_width, mean_pinball_loss

LEVELS = [0.1, 0.25, 0.5, 0.9]
INDEX = pd.date_range("2020-01-01", periods=6)
numbers = st.floats(-1e3, 1e3)


def _quantile_forecast(seed=0, n=6, levels=LEVELS):
    rng = np.random.default_rng(seed)
    y = rng.normal(10, 3, n)
    quantiles = np.sort(rng.normal(10, 3, (n, len(levels))), axis=1)
    index = INDEX[:n]
    return pd.Series(y, index, name="load"), pd.DataFrame(quantiles, index, columns=levels)


# Pinball loss


def test_pinball_loss_weighs_values_above_by_the_level_and_below_by_the_rest():
    above, below = 0.9 * (10 - 6), (1 - 0.9) * (6 - 5)
    assert mean_pinball_loss([10, 5], [6, 6], quantiles=0.9) == pytest.approx((above + below) / 2)


@given(y=st.lists(numbers, min_size=1, max_size=9), level=st.floats(0.01, 0.99))
def test_pinball_loss_of_one_level_agrees_with_scikit_learn(y, level):
    forecast = np.asarray(y)[::-1] / 2
    expected = sklearn_pinball_loss(y, forecast, alpha=level)
    assert mean_pinball_loss(y, forecast, quantiles=level) == pytest.approx(expected, abs=1e-9)


def test_pinball_loss_of_several_levels_agrees_with_utilsforecast():
    y, forecast = _quantile_forecast()
    names = [f"q{level}" for level in LEVELS]
    frame = forecast.set_axis(names, axis=1).assign(unique_id="a", ds=INDEX, y=y)
    theirs = losses.mqloss(frame, {"model": names}, np.array(LEVELS))["model"].item()
    assert mean_pinball_loss(y, forecast) == pytest.approx(theirs, abs=1e-9)


def test_levels_are_read_from_the_columns_or_given():
    y, forecast = _quantile_forecast()
    given_levels = mean_pinball_loss(y.to_numpy(), forecast.to_numpy(), quantiles=LEVELS)
    assert mean_pinball_loss(y, forecast) == given_levels


def test_two_level_columns_are_several_targets_of_equal_weight():
    y, forecast = _quantile_forecast(seed=1)
    other_y, other_forecast = _quantile_forecast(seed=2)
    both = pd.concat({"wind": other_forecast, "load": forecast}, axis=1)
    expected = (mean_pinball_loss(y, forecast) + mean_pinball_loss(other_y, other_forecast)) / 2
    frame = pd.DataFrame({"load": y, "wind": other_y})
    assert mean_pinball_loss(frame, both) == pytest.approx(expected)
    alone = mean_pinball_loss(y, both[["load"]])
    assert alone == mean_pinball_loss(y, forecast)


@pytest.mark.parametrize("score", [mean_pinball_loss, crps_from_quantiles])
def test_a_list_of_forecasts_of_several_targets_scores_as_the_panel(score):
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=5)
    columns = pd.MultiIndex.from_product([["load", "wind"], [0.1, 0.9]])
    y = [pd.DataFrame(rng.normal(size=(n, 2)), days[:n], ["load", "wind"]) for n in (5, 3)]
    forecast = [pd.DataFrame(rng.normal(size=(n, 4)), days[:n], columns) for n in (5, 3)]
    panel = score(pd.concat(dict(enumerate(y))), pd.concat(dict(enumerate(forecast))))
    assert score(y, forecast) == panel
    wind = score([frame["wind"] for frame in y], [frame[["wind"]] for frame in forecast])
    load = score([frame["load"] for frame in y], [frame[["load"]] for frame in forecast])
    assert panel == pytest.approx((load + wind) / 2)


def test_an_array_of_several_targets_needs_quantiles_of_each():
    message = (
        "y_true has [0, 1] and y_pred has quantiles of one target; for several targets give frames, "
        "y_pred's with two-level columns (target, quantile)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        mean_pinball_loss(np.ones((3, 2)), np.ones((3, 2)), quantiles=[0.1, 0.9])


def test_pinball_loss_leaves_out_rows_without_a_value():
    y, forecast = _quantile_forecast()
    expected = mean_pinball_loss(y.iloc[1:], forecast.iloc[1:])
    y.iloc[0] = np.nan
    assert mean_pinball_loss(y, forecast) == pytest.approx(expected)


# CRPS


@given(y=numbers, members=st.lists(numbers, min_size=1, max_size=12))
def test_crps_of_midpoint_levels_is_that_of_an_ensemble_in_properscoring(y, members):
    members = np.sort(members)
    levels = (np.arange(len(members)) + 0.5) / len(members)
    score = crps_from_quantiles([y], members[None, :], quantiles=levels)
    assert score == pytest.approx(properscoring.crps_ensemble(y, members), abs=1e-9)


def test_crps_of_many_even_levels_is_that_of_the_distribution():
    y = np.array([-1.5, 0.0, 2.0])
    levels = (np.arange(20_000) + 0.5) / 20_000
    quantiles = np.tile(stats.norm(0.3, 1.2).ppf(levels), (3, 1))
    exact = properscoring.crps_gaussian(y, 0.3, 1.2).mean()
    assert crps_from_quantiles(y, quantiles, quantiles=levels) == pytest.approx(exact, abs=1e-4)


def test_crps_over_the_mean_size_agrees_with_utilsforecast():
    levels = np.arange(1, 10) / 10
    y, forecast = _quantile_forecast(levels=levels)
    names = [f"q{level:.1f}" for level in levels]
    frame = forecast.set_axis(names, axis=1).assign(unique_id="a", ds=INDEX, y=y)
    theirs = losses.scaled_crps(frame, {"model": names}, levels)["model"].item()
    assert crps_from_quantiles(y, forecast) / y.abs().mean() == pytest.approx(theirs, abs=1e-9)


# Intervals


def test_coverage_agrees_with_utilsforecast():
    y, forecast = _quantile_forecast()
    frame = pd.DataFrame({"unique_id": "a", "ds": INDEX, "y": y})
    frame["model-lo-80"], frame["model-hi-80"] = forecast[0.1], forecast[0.9]
    theirs = losses.coverage(frame, ["model"], 80)["model"].item()
    assert coverage(y, forecast[0.1], forecast[0.9]) == pytest.approx(theirs)


def test_coverage_counts_the_bounds_and_leaves_out_missing_values():
    assert coverage([1, 2, 3, np.nan], [1, 0, 0, 0], [2, 2, 2, 9]) == pytest.approx(2 / 3)


def test_interval_width_is_the_mean_distance_of_the_bounds():
    _, forecast = _quantile_forecast()
    expected = np.mean(forecast[0.9].to_numpy() - forecast[0.1].to_numpy())
    assert interval_width(forecast[0.1], forecast[0.9]) == pytest.approx(expected)


def test_quantiles_and_intervals_have_the_values_of_sktime():
    # PinballLoss, EmpiricalCoverage and IntervalWidth of sktime 1.2.0, which does not go with pandas 3.1.
    y = pd.Series([14.0, 19, 10, 27])
    forecast = pd.DataFrame(
        {0.1: [12.0, 14, 9, 20], 0.5: [15.5, 16, 11, 23], 0.9: [18, 18.5, 14, 26]}
    )
    assert mean_pinball_loss(y, forecast) == pytest.approx(0.7, abs=1e-9)
    assert coverage(y, forecast[0.1], forecast[0.9]) == pytest.approx(0.5, abs=1e-9)
    assert interval_width(forecast[0.1], forecast[0.9]) == pytest.approx(5.375, abs=1e-9)


# Bad input


@pytest.mark.parametrize("levels", [[0.0, 0.5], [0.5, 1.0], [50, 90], ["low", "high"]])
def test_levels_outside_zero_and_one_are_an_error(levels):
    with pytest.raises(ValueError, match="quantiles must be levels between 0 and 1"):
        mean_pinball_loss([1.0], [[1.0, 2.0]], quantiles=levels)


def test_an_array_without_levels_is_an_error_that_says_what_to_give():
    with pytest.raises(ValueError, match="give quantiles="):
        mean_pinball_loss([1.0], [[1.0, 2.0]])


def test_another_number_of_levels_than_columns_is_an_error():
    with pytest.raises(ValueError, match="quantiles has 3 levels and y_pred 2 columns"):
        mean_pinball_loss([1.0], [[1.0, 2.0]], quantiles=[0.1, 0.5, 0.9])


def test_several_targets_need_two_level_columns():
    y, forecast = _quantile_forecast()
    with pytest.raises(ValueError, match=r"two-level columns \(target, quantile\)"):
        mean_pinball_loss(pd.DataFrame({"load": y, "wind": y}), forecast)


def test_quantiles_of_other_targets_are_an_error():
    y, forecast = _quantile_forecast()
    both = pd.concat({"wind": forecast, "load": forecast}, axis=1)
    with pytest.raises(ValueError, match=r"y_true has \['load'\] and y_pred has quantiles of"):
        mean_pinball_loss(y.to_frame(), both)


def test_other_rows_are_an_error_for_quantiles_too():
    y, forecast = _quantile_forecast()
    with pytest.raises(ValueError, match="different indices"):
        crps_from_quantiles(y, forecast.iloc[::-1])


@pytest.mark.parametrize(
    "score", [lambda lo, hi: coverage([1, 1], lo, hi), interval_width], ids=["coverage", "width"]
)
def test_bounds_that_cross_are_an_error_that_names_the_row(score):
    with pytest.raises(ValueError, match="y_lower is above y_upper at 1"):
        score([0, 3], [2, 2])


def test_a_missing_bound_is_an_error():
    with pytest.raises(ValueError, match="y_lower has missing values"):
        interval_width([np.nan, 1], [2, 2])
    with pytest.raises(ValueError, match=r"y_upper is missing \(NaN\) at 0"):
        coverage([1, 1], [0, 0], [np.nan, 2])
