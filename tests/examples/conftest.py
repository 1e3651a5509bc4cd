"""Fixtures of the examples: a tutorial run as a user runs it, in this process."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

TUTORIALS = Path(__file__).resolve().parents[2] / "examples" / "tutorials"


@pytest.fixture
def folder(tmp_path):
    """Return a folder that is not there yet, as `--folder` may name."""
    return tmp_path / "of" / "its own"


@pytest.fixture
def run_tutorial(capsys, folder):
    """A function that runs a tutorial and returns what it printed; its picture must be there."""
    plt.switch_backend("Agg")

    def run(name):
        runpy.run_path(str(TUTORIALS / f"{name}.py"))["main"](folder)
        plt.close("all")
        picture = folder / f"{name}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        printed = capsys.readouterr().out
        assert printed.splitlines()[-1] == f"Wrote {picture}"
        return printed

    return run
