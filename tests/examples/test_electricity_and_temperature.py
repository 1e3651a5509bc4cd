"""The example of electricity demand: what it reads, what it says without the data, how much temperature helps."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLES / "electricity_and_temperature.py"))


def test_without_the_data_it_says_what_is_missing(example, folder):
    with pytest.raises(SystemExit, match=r"vic_electricity\.csv is not there\. .* --data-home"):
        example["main"](folder, folder)
    assert list(folder.iterdir()) == []


def test_half_hours_are_on_the_clock_of_melbourne_all_three_years(example, shared_data):
    frame = example["read"](shared_data)
    assert frame.columns.tolist() == ["Demand", "Temperature"]
    expected = pd.date_range(
        "2012", "2015", freq="30min", tz="Australia/Melbourne", inclusive="left"
    )
    assert frame.index.tolist() == expected.tolist()
    assert frame.notna().all(axis=None)


def test_the_headline_tells_a_help_from_a_harm(example):
    found = pd.DataFrame({"temperature": ["with", "without"], "error": [150.0, 200.0]})
    assert example["headline"](found) == (
        "Knowing the temperature cuts the error by 25%: from 200 to 150 MW a day ahead"
    )
    found["error"] = [220.0, 200.0]
    assert "raises the error by 10%: from 200 to 220 MW" in example["headline"](found)


def test_the_days_are_those_held_out(example, shared_data):
    frame = example["read"](shared_data).loc["2014-09":"2014-12"]
    found = example["compare"](frame, days=5, epochs=1, seeds=[0])
    assert found.groupby("temperature").size().to_dict() == {
        "last week": 240,
        "with": 240,
        "without": 240,
    }
    of_one = found[found["temperature"] == "with"]
    np.testing.assert_array_equal(of_one["actual"], frame.loc[of_one["time"], "Demand"])
    starts = of_one.groupby("cutoff")["time"].min()
    assert starts.diff().dropna().unique().tolist() == [pd.Timedelta(days=6)]
    assert of_one["time"].max() == frame.index[-1]
    plt.switch_backend("Agg")
    figure = example["draw"](found, frame["Temperature"])
    assert figure.get_suptitle() == example["headline"](found)
    assert [ax.get_ylabel() for ax in figure.axes] == ["mean absolute error (MW)", "demand (MW)"]
    plt.close(figure)


@pytest.mark.slow
def test_temperature_helps_by_a_tenth_or_more(example, shared_data):
    found = example["compare"](example["read"](shared_data), seeds=[0])
    errors = found.groupby("temperature")["error"].mean()
    assert errors["with"] < 0.9 * errors["without"]
    assert errors["without"] < errors["last week"]
