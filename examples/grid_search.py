"""Search hidden_size × window_size of a GRU on hourly bike rentals, folds in time order.

Draws the score by window size; every candidate is scored on the same rows, whatever its window.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from tsrnn import GRUForecaster
from tsrnn.datasets import load_bikeshare

GRID = {"hidden_size": [16, 64], "window_size": [24, 48, 96, 168]}


def search():
    """Return the fitted search over three folds of one week each."""
    rentals = load_bikeshare()["bikers"].astype(float)
    forecaster = GRUForecaster(horizon=24, max_epochs=20, random_state=0)
    folds = TimeSeriesSplit(3, test_size=7 * 24)
    return GridSearchCV(forecaster, GRID, cv=folds, n_jobs=2).fit(rentals)


def draw(results):
    """Draw the mean R² of each candidate over the folds, one line per hidden_size."""
    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    for shift, (hidden_size, rows) in enumerate(results.groupby("param_hidden_size")):
        rows = rows.sort_values("param_window_size")
        ax.errorbar(
            rows["param_window_size"].astype(int) + shift,  # side by side, so that both bars show
            rows["mean_test_score"],
            yerr=rows["std_test_score"],
            marker="o",
            capsize=3,
            label=f"{hidden_size} units",
        )
    ax.set(
        xlabel="window_size (hours)",
        ylabel="R² of day-ahead forecasts\n(mean and deviation of 3 weeks)",
        xticks=GRID["window_size"],
    )
    by_window = results.groupby("param_window_size")["mean_test_score"].max()
    ax.set_title(
        f"{by_window.idxmax()} hours back forecast best: R² {by_window.max():.2f}, "
        f"against {by_window.min():.2f} with {by_window.idxmin()}"
    )
    ax.legend(title="hidden_size", frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    found = search()
    results = pd.DataFrame(found.cv_results_)
    columns = ["param_hidden_size", "param_window_size", "mean_test_score", "std_test_score"]
    print(results[columns].sort_values("mean_test_score", ascending=False).to_string(index=False))
    print(f"Best: {found.best_params_}, R² {found.best_score_:.3f}")
    path = (folder / "grid_search.png").resolve()
    draw(results).savefig(path, dpi=150)
    print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the picture goes")
    main(parser.parse_args().folder)
