"""Windows are a view: fitting a long series takes far less memory than a copy of every window."""

import runpy
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def measure():
    return runpy.run_path(str(BENCHMARKS / "memory.py"))["measure"]


@pytest.mark.slow
def test_a_million_rows_are_fitted_in_less_than_300_megabytes(measure):
    assert measure(1_000_000) < 300


@pytest.mark.slow
def test_a_row_more_takes_bytes_not_the_kilobyte_of_its_window(measure):
    more = 3_000_000
    bytes_of_a_row = (measure(1_000_000 + more) - measure(1_000_000)) * 1e6 / more
    # 16 of them are the series, 4 the network's row; one window would be 1,344.
    assert bytes_of_a_row < 100
