"""Backtest one global model on a panel of unequal spans: the folds, then errors by series and by step.

Four quarterly series that ship with the package. Draws which quarters train and which are tested in each fold.
"""

import argparse
from pathlib import Path

import pandas as pd

from tsrnn import GRUForecaster
from tsrnn.datasets import load_airline, load_co2, load_macrodata
from tsrnn.metrics import coverage, smape
from tsrnn.model_selection import RollingOriginSplit, SeasonalNaive, backtest
from tsrnn.plotting import SplitDisplay

YEARS = {"n_splits": 6, "horizon": 8, "step": 12}  # two years at a time, every third year


def read():
    """Return a panel (series, quarter) of levels, each over the span that it has."""
    macro = load_macrodata()
    series = {
        "GDP": macro["realgdp"],
        "prices": macro["cpi"],
        "CO₂": load_co2()["co2"].resample("QS").mean(),
        "air passengers": load_airline()["Passengers"].resample("QS").mean(),
    }
    return pd.concat(series, names=["series", "quarter"]).rename("level")


def test(panel):
    """Return a tidy frame of the forecasts of a GRU and of the seasonal naive."""
    forecaster = GRUForecaster(horizon=8, max_epochs=40, random_state=0)
    found = {
        "GRU": backtest(forecaster, panel, quantiles=[0.1, 0.9], **YEARS),
        "seasonal naive": backtest(SeasonalNaive(4), panel, **YEARS),
    }
    return pd.concat(found, names=["model", None]).reset_index(level=0).dropna(subset="actual")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    panel = read()
    found = test(panel)

    def score(rows):
        return smape(rows["actual"], rows["forecast"])

    print("sMAPE in per cent, by series and by step (quarters ahead)")
    for by in ("series", "step"):
        print(found.groupby([by, "model"])[["actual", "forecast"]].apply(score).unstack().round(2))
    gru = found[found["model"] == "GRU"]
    covered = coverage(gru["actual"], gru[0.1], gru[0.9])
    print(f"The 80 % intervals of the GRU cover {covered:.0%} of what happened.")
    path = (folder / "folds.png").resolve()
    figure = SplitDisplay.from_splitter(RollingOriginSplit(**YEARS), panel).figure_
    figure.set_size_inches(8.5, 5.5)
    figure.savefig(path, dpi=150)
    print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the picture goes")
    main(parser.parse_args().folder)
