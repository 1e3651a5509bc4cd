"""Fixtures of the regressor's contract: rows to fit it on, and a regressor that fits in a moment."""

import numpy as np
import pandas as pd
import pytest

from tsrnn import SequenceRegressor


@pytest.fixture
def quick():
    """A function that returns a regressor of four units and two epochs."""

    def make(**params):
        small = {"hidden_size": 4, "max_epochs": 2, "device": "cpu", "random_state": 0}
        return SequenceRegressor(**{**small, **params})

    return make


@pytest.fixture
def X():
    """60 rows of two columns."""
    return np.random.default_rng(0).normal(size=(60, 2))


@pytest.fixture
def y(X):
    """The sum of the first column so far, which only a memory can tell, and the second one now."""
    return X[:, 0].cumsum() / 5 + X[:, 1]


@pytest.fixture
def days():
    return pd.date_range("2024-01-01", periods=60, freq="D", name="day")


@pytest.fixture
def frame(X, days):
    return pd.DataFrame(X, index=days, columns=["load", "wind"])


@pytest.fixture
def target(y, days):
    return pd.Series(y, index=days, name="sum")


@pytest.fixture
def panel(frame):
    """Three series of unequal lengths and spans."""
    parts = {"north": frame, "south": frame[20:] * 2, "west": frame[10:40] + 1}
    return pd.concat(parts, names=["site"])
