"""The latency benchmark takes turns, and its bare network sees every window."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(BENCHMARKS / "latency.py"))


def test_both_take_turns_and_are_called_equally_often(benchmark):
    called = []
    took = benchmark["in_turn"](lambda: called.append("a"), lambda: called.append("b"), 2)
    assert called == ["a", "a", "b", "b"] * (benchmark["TURNS"] + 1)
    assert len(took) == 2


def test_the_bare_network_sees_every_window_once(benchmark):
    seen = []

    class Network(torch.nn.Module):
        def forward(self, past, known):
            seen.append((past.shape, known.shape))

    fitted = SimpleNamespace(module_=Network(), window_size_=5, horizon_=2)
    benchmark["bare"](fitted, benchmark["AT_ONCE"] + 3)()
    assert seen == [((4096, 5, 1), (4096, 2, 0)), ((3, 5, 1), (3, 2, 0))]


def test_a_panel_has_rows_of_hours_for_each_series(benchmark):
    panel = benchmark["hours"](3, 4)
    assert panel.groupby(level="series").size().tolist() == [4, 4, 4]
    assert panel.index.get_level_values("time").hour.tolist() == [0, 1, 2, 3] * 3
