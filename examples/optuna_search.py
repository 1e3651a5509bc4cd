"""Search learning rate, window and units of a GRU on hourly bike rentals with Optuna, folds in time order.

Optuna draws its trials where earlier ones did well; it is no dependency of tsrnn: `pip install optuna-integration`.
Draws the score of every trial by learning rate and window.
"""

import argparse
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna_integration import OptunaSearchCV
from sklearn.model_selection import TimeSeriesSplit

from tsrnn import GRUForecaster
from tsrnn.datasets import load_bikeshare

SPACE = {
    "lr": FloatDistribution(1e-4, 1e-1, log=True),
    "window_size": IntDistribution(24, 168, step=24),
    "hidden_size": IntDistribution(8, 64, log=True),
}
N_TRIALS = 15


def search(n_trials=N_TRIALS):
    """Return the fitted search over two folds of one week each."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    # The integration itself uses what Optuna has deprecated.
    warnings.filterwarnings("ignore", "`optuna.terminator`", FutureWarning)
    rentals = load_bikeshare()["bikers"].astype(float)
    forecaster = GRUForecaster(horizon=24, max_epochs=6, random_state=0)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    folds = TimeSeriesSplit(2, test_size=7 * 24)
    found = OptunaSearchCV(forecaster, SPACE, cv=folds, n_trials=n_trials, study=study)
    return found.fit(rentals)


def draw(trials):
    """Draw the mean R² of each trial over the folds by its learning rate, coloured by its window."""
    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    dots = ax.scatter(trials["params_lr"], trials["value"], c=trials["params_window_size"], s=50)
    figure.colorbar(dots, label="window_size (hours)", ticks=[24, 72, 120, 168])
    best = trials.loc[trials["value"].idxmax()]
    ax.annotate(
        f"{best['params_hidden_size']} units",
        (best["params_lr"], best["value"]),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
    )
    ax.set(
        xscale="log",
        xlabel="lr",
        ylabel="R² of day-ahead forecasts\n(mean of 2 weeks)",
        title=f"{best['params_window_size']} hours back and lr {best['params_lr']:.2g} forecast best of "
        f"{len(trials)} trials: R² {best['value']:.2f}",
    )
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def main(folder, n_trials=N_TRIALS):
    folder.mkdir(parents=True, exist_ok=True)
    found = search(n_trials)
    trials = found.trials_dataframe()
    columns = ["number", *(f"params_{name}" for name in SPACE), "value"]
    print(trials[columns].sort_values("value", ascending=False).to_string(index=False))
    print(f"Best: {found.best_params_}, R² {found.best_score_:.3f}")
    path = (folder / "optuna_search.png").resolve()
    draw(trials).savefig(path, dpi=150)
    print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the picture goes")
    main(parser.parse_args().folder)
