"""What `make demo` leaves behind."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from tsrnn.datasets import load_airline

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_demo_leaves_a_forecast_and_its_picture(folder, capsys):
    runpy.run_path(str(EXAMPLES / "quickstart.py"))["main"](folder)
    forecast = pd.read_csv(folder / "forecast.csv", index_col="Month", parse_dates=True)
    assert list(forecast.columns) == ["Passengers"]
    assert (forecast.index == pd.date_range("1961-01-01", periods=24, freq="MS")).all()
    # A forecast of a growing series: above the last year's level, and high in July as every year.
    assert forecast["Passengers"].mean() > load_airline()["Passengers"][-12:].mean()
    assert forecast["Passengers"][:12].idxmax() in (
        pd.Timestamp("1961-07-01"),
        pd.Timestamp("1961-08-01"),
    )
    assert (folder / "forecast.png").read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out.splitlines()
    assert printed[-2:] == [
        f"Wrote {folder / 'forecast.csv'}",
        f"Wrote {folder / 'forecast.png'}",
    ]


@pytest.mark.slow
def test_the_grid_search_scores_every_candidate_and_draws_them(folder, capsys):
    example = runpy.run_path(str(EXAMPLES / "grid_search.py"))
    example["GRID"].update(hidden_size=[4], window_size=[24, 168])
    example["main"](folder)
    printed = capsys.readouterr().out
    # The week before tells more of a day of rentals than the day before.
    assert "Best: {'hidden_size': 4, 'window_size': 168}" in printed
    assert (folder / "grid_search.png").read_bytes().startswith(b"\x89PNG")
