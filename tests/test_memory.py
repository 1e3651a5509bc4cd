"""Windows are a view: what `benchmarks/memory.py` measures stays far below a copy of every window."""

import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "memory.py"


@pytest.fixture(scope="module")
def measure():
    spec = importlib.util.spec_from_file_location("memory", BENCHMARK)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    return benchmark.measure


@pytest.mark.slow
def test_a_million_rows_are_fitted_in_less_than_300_megabytes(measure):
    assert measure(1_000_000) < 300


@pytest.mark.slow
def test_a_row_more_takes_bytes_not_the_kilobyte_of_its_window(measure):
    more = 3_000_000
    bytes_of_a_row = (measure(1_000_000 + more) - measure(1_000_000)) * 1e6 / more
    # 16 of them are the series, 4 the network's row; one window would be 1,344.
    assert bytes_of_a_row < 100
