"""Stack a GRU on windows and a ridge on the same windows laid flat: hourly bike rentals, a day ahead.

StackingRegressor weighs forecasts of rows that were held out, one for every row, so its folds are KFold's, which keep
the rows in order: TimeSeriesSplit leaves the first ones out. The rows of the picture are later than all of them. Where
not even two weights may have seen the future of a fold, fit the models on earlier rows and stack with cv="prefit".
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tsrnn import GRUForecaster
from tsrnn.datasets import load_bikeshare
from tsrnn.preprocessing import SlidingWindow

WEEK = 7 * 24


def make_stack(max_epochs):
    """Return the two models, each on the week that ends a day before its hour, and their stack."""
    network = GRUForecaster(
        horizon=1, segment_size=24, max_epochs=max_epochs, lr=5e-3, random_state=0
    )
    models = {
        "GRU": make_pipeline(StandardScaler(), SlidingWindow(WEEK, offset=24), network),
        "ridge": make_pipeline(
            StandardScaler(), SlidingWindow(WEEK, offset=24, flatten=True), Ridge(10)
        ),
    }
    return StackingRegressor(list(models.items()), LinearRegression(), cv=KFold(5))


def forecast(max_epochs):
    """Return four weeks that no model has seen, and the forecasts of each, as one frame."""
    rentals = load_bikeshare()[["bikers"]].astype(float)
    train, test = rentals[: -4 * WEEK], rentals[-4 * WEEK :]
    stack = make_stack(max_epochs).fit(train, train["bikers"])
    alone = {name: model.predict(test) for name, model in stack.named_estimators_.items()}
    return test.assign(**alone, stack=stack.predict(test)), stack.final_estimator_.coef_


def draw(forecasts, scores):
    """Draw the last week of the forecasts beside what came."""
    figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
    last = forecasts[-WEEK:]
    ax.plot(last["bikers"], color="0.7", linewidth=4, label="bikers")
    for name, score in scores.items():
        ax.plot(last[name], linewidth=1.2, label=f"{name}, R² {score:.3f}")
    ax.set(
        ylabel="bikers in an hour", title="Day-ahead forecasts: each model alone, and both stacked"
    )
    ax.tick_params(axis="x", rotation=30)
    ax.legend(frameon=False, ncols=4, loc="upper left")
    ax.set_ylim(top=1.15 * last.to_numpy().max())
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def main(folder, max_epochs=40):
    folder.mkdir(parents=True, exist_ok=True)
    forecasts, weights = forecast(max_epochs)
    names = ["GRU", "ridge", "stack"]
    scores = pd.Series({name: r2_score(forecasts["bikers"], forecasts[name]) for name in names})
    print(scores.round(3).to_string())
    print(f"The stack is {weights[0]:.2f} of the GRU and {weights[1]:.2f} of the ridge.")
    path = (folder / "stacking.png").resolve()
    draw(forecasts, scores).savefig(path, dpi=150)
    print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the picture goes")
    main(parser.parse_args().folder)
