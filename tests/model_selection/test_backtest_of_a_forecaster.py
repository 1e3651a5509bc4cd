"""backtest of a real forecaster: by hand, in parallel, and on rows of which some are missing."""

import warnings

import numpy as np
import pandas as pd
import pytest

from tsrnn import GRUForecaster
from tsrnn.model_selection import RollingOriginSplit, backtest


@pytest.fixture
def waves():
    """A panel of weeks of unequal spans, with a price that is known for the steps to come."""
    days = pd.date_range("2024-01-01", periods=90, name="day")
    rng = np.random.default_rng(0)
    wave = 5 + np.sin(2 * np.pi * np.arange(90) / 7) + rng.normal(0, 0.1, 90)
    frame = pd.DataFrame({"sales": wave, "price": rng.normal(size=90)}, days)
    return pd.concat({"a": frame, "early": frame[:70] * 2, "late": frame[30:] + 1}, names=["shop"])


@pytest.fixture
def forecaster():
    return GRUForecaster(
        horizon=7,
        window_size=14,
        target="sales",
        known_future="price",
        hidden_size=4,
        max_epochs=2,
        random_state=0,
        device="cpu",
    )


def test_every_value_is_that_of_a_fit_and_a_forecast_by_hand(waves, forecaster):
    options = {"n_splits": 3, "horizon": 7, "step": 10}
    levels = [0.1, 0.9]
    found = backtest(forecaster, waves, quantiles=levels, **options).set_index(["series", "time"])
    for train, test in RollingOriginSplit(**options).split(waves):
        known, to_come = waves.iloc[train], waves.iloc[test]
        own = found[found["cutoff"] == known.index.get_level_values("day").max()]
        whole = to_come.groupby(level=0)["sales"].transform("size") == 7
        assert set(own.index) == set(to_come.index[whole])
        history = known.loc[own.index.unique(0)]
        fitted = forecaster.fit(known)
        point = fitted.forecast(history=history, future=to_come)["sales"]
        bands = fitted.forecast(history=history, future=to_come, quantiles=levels)["sales"]
        np.testing.assert_array_equal(own["forecast"], point.loc[own.index])
        np.testing.assert_array_equal(own[levels], bands.loc[own.index])


@pytest.mark.parametrize("refit", [True, False, 2])
def test_parallel_fits_of_a_forecaster_give_the_same_frame(waves, forecaster, refit):
    options = {"n_splits": 3, "quantiles": [0.1, 0.9], "refit": refit}
    alone = backtest(forecaster, waves, **options)
    together = backtest(forecaster, waves, n_jobs=2, **options)
    pd.testing.assert_frame_equal(together, alone)
    assert np.isfinite(alone["forecast"]).all()
    assert (alone[0.1] <= alone["forecast"]).all()
    assert (alone["forecast"] <= alone[0.9]).all()


@pytest.mark.parametrize("known_future", [None, "price"])
@pytest.mark.parametrize("refit", [True, False])
def test_what_is_missing_is_warned_of_once_and_counted_in_full(
    waves, forecaster, known_future, refit
):
    messy = waves.copy()
    messy.iloc[[3, 40], 0] = np.nan
    messy.iloc[60, 1] = np.nan
    messy = messy.drop([("a", messy.index[row][1]) for row in (20, 21, 80)])
    forecaster.set_params(known_future=known_future)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = backtest(forecaster, messy, n_splits=4, refit=refit, quantiles=[0.5])
    assert [str(w.message) for w in caught] == [
        "df has 3 missing time stamps, 3 missing values: the forecaster is given them as missing, and there is no "
        "actual value."
    ]
    assert caught[0].filename == __file__
    assert np.isfinite(found["forecast"]).all()


@pytest.mark.filterwarnings("ignore::tsrnn.messages.MissingDataWarning")
@pytest.mark.parametrize("known_future", [None, "price"])
def test_leading_missing_targets_are_a_late_start(waves, forecaster, known_future):
    forecaster.set_params(known_future=known_future)
    expected = backtest(forecaster, waves, n_splits=3, step=21)
    wide = waves["sales"].unstack(0)  # as stacked from a wide table: NaN before a series begins
    padded = waves.reindex(pd.MultiIndex.from_product([wide.columns, wide.index]))
    padded = padded[(padded.index.get_level_values(0) != "early") | padded["sales"].notna()]
    assert padded["sales"].isna().sum() == 30
    padded.index.names = waves.index.names
    found = backtest(forecaster, padded.loc[["a", "early", "late"]], n_splits=3, step=21)
    pd.testing.assert_frame_equal(found, expected)


def test_arrays_give_the_values_of_their_numbered_frames(forecaster):
    wave = np.sin(2 * np.pi * np.arange(40) / 7)
    array = np.column_stack([wave, np.arange(40) % 2])
    forecaster.set_params(horizon=2, target=0, known_future=1, max_epochs=1)
    for arrays, frames in (
        (array, pd.DataFrame(array)),
        ([array, 2 * array[:36]], [pd.DataFrame(array), pd.DataFrame(2 * array[:36])]),
    ):
        found = backtest(forecaster, arrays, n_splits=2, quantiles=[0.1, 0.9], refit=False)
        expected = backtest(forecaster, frames, n_splits=2, quantiles=[0.1, 0.9], refit=False)
        pd.testing.assert_frame_equal(found, expected)
        assert len(found) == 4
