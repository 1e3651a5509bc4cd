"""Windows are a view: fitting a long series takes far less memory than a copy of every window."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(BENCHMARKS / "memory.py"))


@pytest.fixture(scope="module")
def measure(benchmark):
    return benchmark["measure"]


@pytest.mark.slow
def test_a_million_rows_are_fitted_in_less_than_300_megabytes(measure):
    assert measure(1_000_000) < 300


@pytest.mark.slow
def test_a_row_more_takes_bytes_not_the_kilobyte_of_its_window(measure):
    more = 3_000_000
    bytes_of_a_row = (measure(1_000_000 + more) - measure(1_000_000)) * 1e6 / more
    # 16 of them are the series, 4 the network's row; one window would be 1,344.
    assert bytes_of_a_row < 100


def test_the_picture_says_what_a_row_more_takes(benchmark):
    points = [
        (task, of, rows, 2e-6 * rows, 200 + 20e-6 * rows)
        for task in ("epoch", "fit", "forecast")
        for of in ("one series", "series")
        for rows in (100_000, 1_000_000, 10_000_000)
    ]
    table = pd.DataFrame(points, columns=["task", "of", "rows", "seconds", "megabytes"])
    labels = [
        [text.get_text() for text in ax.get_legend().get_texts()]
        for ax in benchmark["draw"](table).axes
    ]
    assert labels[0] == ["one series: 2 µs a row", "series of 100 rows: 2 µs a row"]
    assert (
        labels[1]
        == labels[2]
        == ["one series: 20 bytes a row", "series of 100 rows: 20 bytes a row"]
    )


def test_the_data_takes_what_its_values_and_its_index_hold(benchmark):
    data = benchmark["make_data"](1, 1000)
    assert benchmark["grown"](benchmark["peak"](), data)["data"] == pytest.approx(0.016)
