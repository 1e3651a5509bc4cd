"""Fixtures of the inspections: rows, and estimators that fit in a moment."""

import numpy as np
import pandas as pd
import pytest

from tsrnn import GRUForecaster, SequenceRegressor


@pytest.fixture
def quick():
    """A function that returns a regressor of three units and one epoch."""

    def make(**params):
        small = {"hidden_size": 3, "max_epochs": 1, "device": "cpu", "random_state": 0}
        return SequenceRegressor(**{**small, **params})

    return make


@pytest.fixture
def quick_forecaster():
    """A function that returns a forecaster of four steps from eight rows, one epoch."""

    def make(cls=GRUForecaster, **params):
        small = {"horizon": 4, "window_size": 8, "season_length": 7, "segment_size": 2}
        fit = {"hidden_size": 3, "max_epochs": 1, "device": "cpu", "random_state": 0}
        return cls(**{**small, **fit, **params})

    return make


@pytest.fixture
def frame():
    days = pd.date_range("2024-01-01", periods=60, freq="D", name="day")
    t = np.arange(60)
    noise = np.random.default_rng(0).normal(size=60)
    return pd.DataFrame({"load": 5 + np.sin(2 * np.pi * t / 7), "wind": noise}, index=days)
