"""A search with two processes beside one: eight candidates, five folds, refit included.

python benchmarks/search.py
"""

import time
import warnings

import numpy as np
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from tsrnn import LSTMForecaster

GRID = {"lr": [5e-4, 1e-3, 2e-3, 4e-3], "dropout": [0.0, 0.1]}


def search(values, n_jobs, max_epochs=30):
    """Return the seconds that a search took, and its scores."""
    forecaster = LSTMForecaster(horizon=24, season_length=24, max_epochs=max_epochs, random_state=0)
    search = GridSearchCV(forecaster, GRID, cv=TimeSeriesSplit(5), n_jobs=n_jobs)
    start = time.perf_counter()
    search.fit(values)
    return time.perf_counter() - start, search.cv_results_["mean_test_score"]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    step = np.arange(4000)
    values = 5 + np.sin(2 * np.pi * step / 24)
    values += np.random.default_rng(0).normal(0, 0.3, len(step))
    search(values, 2, max_epochs=1)  # the processes start once
    two, scores_of_two = search(values, 2)
    one, scores_of_one = search(values, 1)
    print(f"n_jobs=1: {one:.1f} s, n_jobs=2: {two:.1f} s, {one / two:.2f} times faster")
    print(f"largest difference of a score: {np.abs(scores_of_one - scores_of_two).max():.1e}")
