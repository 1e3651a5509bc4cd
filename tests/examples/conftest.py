"""Fixtures of the examples: a tutorial run as a user runs it, in this process."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

TUTORIALS = Path(__file__).resolve().parents[2] / "examples" / "tutorials"


@pytest.fixture
def run_tutorial(capsys, tmp_path):
    """A function that runs a tutorial and returns what it printed; its picture must be there."""
    plt.switch_backend("Agg")

    def run(name):
        runpy.run_path(str(TUTORIALS / f"{name}.py"))["main"](tmp_path)
        plt.close("all")
        picture = tmp_path / f"{name}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        printed = capsys.readouterr().out
        assert printed.splitlines()[-1] == f"Wrote {picture}"
        return printed

    return run
