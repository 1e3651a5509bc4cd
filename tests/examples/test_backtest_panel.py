"""The example of a panel's backtest scores every fold and draws it."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.slow
def test_the_panel_is_tested_where_its_series_have_rows(folder, capsys):
    example = runpy.run_path(str(EXAMPLES / "backtest_panel.py"))
    found = example["test"](example["read"]())
    tested = found.groupby(["model", "series"])["cutoff"].nunique().unstack()
    assert tested.columns.tolist() == ["CO₂", "GDP", "prices"]  # air passengers only train
    assert tested.to_numpy().tolist() == [[4, 6, 6]] * 2
    error = (found["actual"] - found["forecast"]).abs() / found["actual"]
    by_model = error.groupby([found["model"], found["series"]]).mean().unstack()
    assert (by_model.loc["GRU"] < by_model.loc["seasonal naive"]).all()
    last = found[(found["series"] == "CO₂") & (found["model"] == "GRU")].iloc[-1]
    assert (last["cutoff"], last["step"]) == (pd.Timestamp("2001-07-01"), 1)

    example["main"](folder)
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == f"Wrote {folder / 'folds.png'}"
    assert (folder / "folds.png").read_bytes().startswith(b"\x89PNG")
