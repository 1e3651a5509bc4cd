"""Fixtures of persistence: rows of every form, estimators that fit in a moment, and what is saved and loaded again."""

import numpy as np
import pandas as pd
import pytest

import tsrnn
from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor


@pytest.fixture
def again(tmp_path):
    """A function that saves an estimator and loads it."""

    def make(estimator, **options):
        path = tmp_path / "model.safetensors"
        estimator.save(path)
        return tsrnn.load(path, **options)

    return make


@pytest.fixture
def quick():
    """A function that returns a forecaster of four steps from eight rows, of two epochs."""

    def make(cls=LSTMForecaster, **params):
        small = {"horizon": 4, "window_size": 8, "season_length": 7, "hidden_size": 4}
        return cls(**{**small, "max_epochs": 2, "device": "cpu", "random_state": 0, **params})

    return make


@pytest.fixture
def quick_tagger():
    """A function that returns a small tagger of two epochs."""

    def make(**params):
        small = {"hidden_size": 8, "embedding_size": 4, "max_epochs": 2, "device": "cpu"}
        return CharSeqTagger(**{**small, "random_state": 0, **params})

    return make


@pytest.fixture
def quick_regressor():
    """A function that returns a regressor of four units and two epochs."""

    def make(**params):
        small = {"hidden_size": 4, "max_epochs": 2, "device": "cpu", "random_state": 0}
        return SequenceRegressor(**{**small, **params})

    return make


@pytest.fixture
def values():
    """60 positive numbers with a season of seven and noise."""
    noise = np.random.default_rng(0).normal(0, 0.1, 60)
    return 5 + np.sin(2 * np.pi * np.arange(60) / 7) + noise


@pytest.fixture
def series(values):
    days = pd.date_range("2024-01-01", periods=60, freq="D", name="day")
    return pd.Series(values, index=days, name="load")


@pytest.fixture
def shops(values):
    """Two series with text and a category that vary, a covariate known ahead, and one that is constant in each."""
    hours = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Helsinki")
    rng = np.random.default_rng(1)
    parts = {
        name: pd.DataFrame(
            {
                "sales": values * (i + 1),
                "sky": rng.choice(["clear", "rain"], 60),
                "kind": pd.Categorical(rng.choice([3, 1], 60)),
                "open": np.arange(60) % 3 > 0,
                "area": 10.0 * (i + 1),
            },
            index=hours + pd.Timedelta(hours=i),
        )
        for i, name in enumerate(["north", "south"])
    }
    return pd.concat(parts, names=["shop", "hour"])
