"""The first claim of the README, held."""

import runpy
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.slow
def test_every_seed_forecasts_air_passengers_far_better_than_the_seasonal_naive():
    naive, rows = runpy.run_path(str(BENCHMARKS / "airline.py"))["run"]()
    assert naive == pytest.approx(2.4935, abs=1e-4)
    assert len(rows) == 5
    assert max(error for _, error, _ in rows) < 0.7 * naive
