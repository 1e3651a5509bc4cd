"""Examples that put forecasters into other tools: Optuna's search, scikit-learn's stacking."""

import runpy
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.slow
def test_the_search_with_optuna_finds_the_week_and_draws_its_trials(folder, capsys):
    runpy.run_path(str(EXAMPLES / "optuna_search.py"))["main"](folder, n_trials=4)
    *table, best, wrote = capsys.readouterr().out.splitlines()
    trials = pd.read_csv(StringIO("\n".join(table)), sep=r"\s+").sort_values("number")
    assert trials["params_window_size"].tolist() == [144, 72, 168, 144]
    assert trials["value"].idxmax() == 0
    assert best.startswith("Best: ")
    assert "'window_size': 168" in best
    assert wrote == f"Wrote {folder / 'optuna_search.png'}"
    assert (folder / "optuna_search.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_stack_forecasts_better_than_the_ridge_in_it(folder, capsys):
    runpy.run_path(str(EXAMPLES / "stacking.py"))["main"](folder)
    *table, weights, wrote = capsys.readouterr().out.splitlines()
    scores = pd.read_csv(StringIO("\n".join(table)), sep=r"\s+", header=None, index_col=0)[1]
    assert scores.index.tolist() == ["GRU", "ridge", "stack"]
    assert scores["stack"] > scores["ridge"] + 0.01 > 0.85
    assert weights.startswith("The stack is 0.")
    assert wrote == f"Wrote {folder / 'stacking.png'}"
    assert (folder / "stacking.png").read_bytes().startswith(b"\x89PNG")
