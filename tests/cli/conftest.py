"""Fixtures of the command line: commands that must work, or fail before they train; files as people have them."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tsrnn import LSTMForecaster
from tsrnn.cli._commands import app


@pytest.fixture
def run():
    """A function that runs a command and returns its result."""
    # Wide enough that no sentence is broken into lines.
    terminal = {"COLUMNS": "400", "TERM": "dumb", "NO_COLOR": "1"}
    return lambda *arguments: CliRunner().invoke(
        app, [str(each) for each in arguments], env=terminal
    )


@pytest.fixture
def works(run):
    """A function that runs a command which must succeed, and returns what it said."""

    def works(*arguments):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    return works


@pytest.fixture
def mistake(run, monkeypatch, tmp_path):
    """Runs a command that must fail with status 2, before any training and any file."""

    def never(*_, **__):
        raise AssertionError("trained in spite of the mistake")

    monkeypatch.setattr(LSTMForecaster, "fit", never)

    def fails(*arguments):
        before = sorted(tmp_path.rglob("*"))
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        assert sorted(tmp_path.rglob("*")) == before
        return result.output

    return fails


@pytest.fixture
def frame():
    """Sixty months of sales."""
    months = pd.date_range("2015-01-01", periods=60, freq="MS")
    sales = 100 + np.arange(60.0) + 20 * np.sin(np.arange(60) * np.pi / 6)
    return pd.DataFrame({"month": months.strftime("%Y-%m"), "sales": sales, "note": "x"})


@pytest.fixture
def write(tmp_path):
    def write(frame, name="sales.csv", above="", **options):
        path = tmp_path / name
        path.write_text(above + frame.to_csv(index=False, **options), encoding="utf-8")
        return path

    return write


@pytest.fixture
def sales(frame, write):
    return write(frame)


@pytest.fixture
def shops(frame, write):
    """Two shops, one below the other, the second with a year less and numbered 007."""
    parts = [frame.assign(shop="north"), frame[12:].assign(shop="007", sales=frame["sales"] / 2)]
    return write(pd.concat(parts), "shops.csv")
