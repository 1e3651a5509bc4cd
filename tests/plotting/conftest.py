"""Fixtures of the displays: no window opens, no figure stays; a forecaster without a network."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from tsrnn.frames import find_clock, forecast_frame, read_table, to_panel


@pytest.fixture(autouse=True)
def closed_figures():
    """Draw on Agg, close every figure afterwards, and leave the rcParams as they were."""
    plt.switch_backend("Agg")
    plt.close("all")  # what a doctest left open
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    plt.close("all")


class SeasonalNaive(BaseEstimator):
    """Repeats the last season, in every form that a forecaster answers in; quantiles fan out."""

    def __init__(self, season_length=12, horizon=12, target=None, validation_fraction=0.2):
        self.season_length = season_length
        self.horizon = horizon
        self.target = target
        self.validation_fraction = validation_fraction

    def fit(self, X, y=None):
        columns = read_table(X).frame.columns
        self.target_names_ = list(
            columns if self.target is None else np.atleast_1d(self.target).tolist()
        )
        self.n_features_in_ = len(columns)
        self.season_length_ = self.season_length
        self.horizon_ = self.horizon
        self.window_size_ = 2 * self.season_length
        self.segment_size_ = self.season_length // 2
        self.batch_size_ = 32
        epochs = np.arange(1, 31)
        self.history_ = pd.DataFrame(
            {
                "epoch": epochs,
                "train_loss": 1 / epochs + 0.1,
                "valid_loss": 1 / epochs + 0.002 * epochs + 0.2,
                "lr": 0.001,
                "seconds": 0.5,
            }
        )
        return self

    def forecast(self, steps=None, *, history=None, future=None, quantiles=None):
        steps = self.horizon_ if steps is None else steps
        table = read_table(history)
        columns = self.target_names_
        values = table.frame[columns].to_numpy(float)
        panel = to_panel(table, values, find_clock(table))
        season = self.season_length_
        ahead = np.stack(
            [panel.values[end - season + np.arange(steps) % season] for end in panel.offsets[1:]]
        )
        if quantiles is None:
            return forecast_frame(ahead, table.form, panel, columns)
        spread = ahead.std(axis=1, keepdims=True) * np.sqrt(np.arange(1, steps + 1))[:, None] / 5
        levels = np.stack([ahead + 4 * (q - 0.5) * spread for q in quantiles], axis=-1)
        return forecast_frame(levels, table.form, panel, columns, quantiles)


@pytest.fixture
def make_naive():
    """A function that returns a seasonal naive forecaster fitted on X."""
    return lambda X, **parameters: SeasonalNaive(**parameters).fit(X)


@pytest.fixture
def airline():
    """Twelve years of months with a trend and a season that grows."""
    months = pd.date_range("1949-01-01", periods=144, freq="MS", name="Month")
    t = np.arange(144)
    values = (110 + 2.5 * t) * (1 + 0.2 * np.sin(2 * np.pi * t / 12))
    return pd.Series(values, index=months, name="Passengers")


@pytest.fixture
def make_panel():
    """A function that returns `n` hourly series of unlike lengths."""

    def make(n, n_rows=96):
        parts = {}
        for i in range(n):
            hours = pd.date_range("2024-03-01", periods=n_rows + i, freq="h", name="time")
            t = np.arange(n_rows + i)
            values = 10 * (i + 1) + np.sin(2 * np.pi * t / 24) + (t == 30)
            parts[f"H{i + 1}"] = pd.Series(values, index=hours)
        return pd.concat(parts, names=["series"]).rename("load")

    return make
