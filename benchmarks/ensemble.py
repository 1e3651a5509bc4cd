"""An ensemble of eight networks beside one, each of which trains as long: a panel of hourly series with a daily season.

python benchmarks/ensemble.py
"""

import time
import warnings

import numpy as np
import pandas as pd

from tsrnn import LSTMForecaster

TURNS = 3


def panel(n_series=100, n_rows=1000):
    """Return noisy daily seasons, each of its own level and size, as columns."""
    draw = np.random.default_rng(0)
    season = np.sin(2 * np.pi * np.arange(n_rows) / 24)[:, None]
    level, size = draw.uniform(5, 50, n_series), draw.uniform(1, 3, n_series)
    rows = level + size * (season + 0.3 * draw.standard_normal((n_rows, n_series)))
    return pd.DataFrame(rows, pd.date_range("2024-01-01", periods=n_rows, freq="h")).T.stack()


def seconds(rows, n_estimators, max_epochs):
    forecaster = LSTMForecaster(
        horizon=24,
        window_size=168,
        n_estimators=n_estimators,
        max_epochs=max_epochs,
        early_stopping=False,
        refit=False,
        random_state=0,
    )
    start = time.perf_counter()
    forecaster.fit(rows)
    return time.perf_counter() - start


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    rows = panel()
    seconds(rows, 1, 1), seconds(rows, 8, 1)
    turns = [(seconds(rows, 1, 40), seconds(rows, 8, 40)) for _ in range(TURNS)]
    one, eight = np.median(turns, axis=0)
    print(f"one: {one:.1f} s, eight: {eight:.1f} s, {eight / one:.2f} times as long")
