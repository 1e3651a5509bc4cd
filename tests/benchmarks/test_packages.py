"""The benchmark on data sets of packages: what it reads, forecasts from, and the errors that it prints."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield runpy.run_path(str(BENCHMARKS / "packages.py"), run_name="packages")
    sys.modules.pop("r_series", None)


@pytest.fixture
def days(benchmark, monkeypatch):
    """A set of two series, the second of which begins a week later and misses a day."""
    table = pd.DataFrame(
        {"a": np.arange(400.0), "b": np.arange(400.0)}, pd.date_range("2024-01-01", periods=400)
    )
    table.iloc[:7, 1] = np.nan
    table.iloc[50, 1] = np.nan
    monkeypatch.setitem(benchmark["SETS"], "daily-test", lambda: table)
    return "daily-test"


def test_a_set_is_read_with_its_season_and_horizons(benchmark, days):
    (a, b), season, whole, few = benchmark["series_of"](days)
    assert (season, whole, few) == (7, 28, 14)
    assert (len(a), len(b), b.index[0]) == (400, 393, pd.Timestamp("2024-01-08"))
    assert a.index.freqstr == "D"


def test_whole_sets_are_forecast_as_panels_one_horizon_after_the_other(benchmark, days):
    cases = [pairs for pairs, _ in benchmark["cases"](days, 0, 3)]
    assert [len(pairs) for pairs in cases] == [2, 2, 2]
    assert [ahead.iloc[0] for (_, ahead), _ in cases] == [400 - 84, 400 - 56, 400 - 28]
    for (past, ahead), _ in cases:
        assert len(ahead) == 28
        assert ahead.index[0] - past.index[-1] == pd.Timedelta("1D")


def test_a_few_rows_are_forecast_by_themselves_and_seen_once(benchmark, days):
    cases = [pairs for pairs, _ in benchmark["cases"](days, 56, 3)]
    assert [len(pairs) for pairs in cases] == [1] * 6
    (past, ahead), (before, _) = cases[-2][0], cases[-4][0]
    assert (len(past), len(ahead)) == (56, 14)
    assert ahead.iloc[-1] == 399
    assert past.iloc[0] == 330
    assert before.iloc[-1] + 14 < past.iloc[0]
    assert not any(past.isna().any() for [(past, _)] in cases)


def test_series_of_m1_are_yearly_and_end_apart(benchmark, monkeypatch):
    text = "@frequency yearly\n@data\nT1:1972-01-01 00-00-00:" + ",".join("123456789012")
    text += "\nT2:1974-01-01 00-00-00:" + ",".join("12345678901234")
    monkeypatch.setitem(benchmark["m1"].__globals__, "file_of", lambda *_: text.encode("cp1252"))
    series, season, horizon, _ = benchmark["series_of"]("yearly-m1")
    assert (season, horizon) == (1, 6)
    assert [len(y) for y in series] == [12, 14]
    assert series[1].iloc[-1] == 4


def test_errors_are_over_those_of_the_seasonal_naive_forecast_in_the_past(benchmark):
    y = pd.Series(np.tile(np.arange(7.0), 12), pd.date_range("2024-01-01", periods=84))
    y.iloc[:7] += 1  # one week of eleven was a step higher: a mean error of 1 / 10 over 70 rows
    last = lambda y, season, horizon: np.full(horizon, y[-1] + 1)  # noqa: E731
    [row] = benchmark["errors"]([(y[:-7], y[-7:])], 7, 0, last)
    assert row["seasonal naive"] == 0
    assert row["naive"] == pytest.approx(3 / 0.1)
    assert row["AutoETS"] == pytest.approx(4 / 0.1)
    assert row["tsrnn"] < 5
