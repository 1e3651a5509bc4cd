import doctest
import hashlib
import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.datasets
from statsmodels.tsa.statespace.tests.results.results_sarimax import air2_data

from tsrnn import datasets
from tsrnn.datasets import _load

# Loader's name without load_: shape, index, freq, SHA-256 of the lines that are not comments.
# The SHA-256 was taken when the figures were copied from the package that the file names.
SHIPPED = {
    "sunspots": (
        (309, 1),
        ("Year", "YS-JAN", "1700-01-01", "2008-01-01"),
        "472ad773f4695805c41477e4b22075ce05326126ae1b04a088edd1fab1a6870d",
    ),
    "macrodata": (
        (203, 12),
        ("Quarter", "QS-JAN", "1959-01-01", "2009-07-01"),
        "cac04fd8a4709c4cee751b06b4591ac8df4629217f8c5afbd6f90317d204f7fd",
    ),
    "airline": (
        (144, 1),
        ("Month", "MS", "1949-01-01", "1960-12-01"),
        "613af7b2ef53d0c95703cd8d659904c7e224787da4fd208152c1d121410a7960",
    ),
    "co2": (
        (2284, 1),
        ("Week", "W-SAT", "1958-03-29", "2001-12-29"),
        "01f1c7dedb50065030afa4c431b1b22c354f47586e25e21072c2d14a0478d694",
    ),
    "seattle_weather": (
        (1461, 5),
        ("Day", "D", "2012-01-01", "2015-12-31"),
        "35acf517830c7351987fcc1a54a51d4786c38d8cbdfe47322866e7319c9d6bd1",
    ),
    "bikeshare": (
        (3288, 7),
        ("Hour", "h", "2011-04-12 00:00", "2011-08-26 23:00"),
        "ec2d5183f8558b328067348a341ad353f496c196c71593a06f33cf53c7a56420",
    ),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_series_has_its_published_figures_and_a_regular_index(name):
    shape, (index_name, freq, first, last), sha256 = SHIPPED[name]
    df = getattr(datasets, f"load_{name}")()
    assert df.shape == shape
    assert (df.index.name, df.index.freqstr) == (index_name, freq)
    assert (df.index[0], df.index[-1]) == (pd.Timestamp(first), pd.Timestamp(last))
    lines = _load._path(f"{name}.csv").read_text().splitlines()
    figures = "".join(f"{line}\n" for line in lines if not line.startswith("#"))
    assert hashlib.sha256(figures.encode()).hexdigest() == sha256


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_small_and_names_its_source_and_licence(name):
    path = _load._path(f"{name}.csv")
    header = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert any(line.startswith("# Source: ") for line in header)
    assert any(line.startswith("# Licence: ") for line in header)
    assert path.stat().st_size < 200_000


def test_the_page_on_data_names_every_file_and_function():
    page = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text()
    assert [name for name in datasets.__all__ if f"`{name}" not in page] == []
    assert [name for name in SHIPPED if f"`{name}.csv`" not in page] == []


def test_every_file_in_the_folder_has_a_loader():
    folder = _load._path("airline.csv").parent
    assert {path.stem for path in folder.glob("*.csv")} == set(SHIPPED)


def test_airline_is_the_series_that_statsmodels_tests_with():
    passengers = datasets.load_airline()["Passengers"]
    assert passengers.tolist() == air2_data
    assert passengers.dtype == np.int64


def test_sunspots_are_those_of_statsmodels():
    published = statsmodels.datasets.sunspots.load_pandas().data
    df = datasets.load_sunspots()
    assert df.index.year.tolist() == published["YEAR"].tolist()
    assert df["SUNACTIVITY"].tolist() == published["SUNACTIVITY"].tolist()


def test_co2_is_that_of_statsmodels_missing_weeks_included():
    published = statsmodels.datasets.co2.load_pandas().data
    df = datasets.load_co2()
    assert (df.index == published.index).all()
    np.testing.assert_array_equal(df, published)
    assert df["co2"].isna().sum() == 59


def test_macrodata_are_those_of_statsmodels():
    published = statsmodels.datasets.macrodata.load_pandas().data
    df = datasets.load_macrodata()
    assert df.index.year.tolist() == published["year"].tolist()
    assert df.index.quarter.tolist() == published["quarter"].tolist()
    pd.testing.assert_frame_equal(
        df.reset_index(drop=True), published.drop(columns=["year", "quarter"])
    )


def test_a_day_of_bikeshare_is_that_of_the_uci_file():
    # The column cnt of hour.csv, rows 3147 to 3170.
    cnt = [38, 14, 13, 4, 6, 21, 104, 272, 394, 194, 112, 185]
    cnt += [209, 214, 193, 165, 226, 274, 453, 308, 198, 177, 127, 57]
    day = datasets.load_bikeshare().loc["2011-05-16"]
    assert day["bikers"].tolist() == cnt
    assert day["weathersit"].iloc[[0, 16]].tolist() == ["clear", "light rain/snow"]
    assert day[["temp", "hum", "windspeed"]].iloc[0].tolist() == [0.52, 0.94, 0.1045]
    assert (day["workingday"] == 1).all()


def test_the_weather_of_seattle_is_plausible_on_every_day():
    df = datasets.load_seattle_weather()
    assert (df["temp_min"] <= df["temp_max"]).all()
    assert (df[["precipitation", "wind"]] >= 0).all(axis=None)
    assert set(df["weather"]) == {"drizzle", "fog", "rain", "snow", "sun"}


def test_the_files_of_an_installed_wheel_come_before_those_of_a_checkout(tmp_path, monkeypatch):
    module = tmp_path / "tsrnn" / "datasets" / "_load.py"
    monkeypatch.setattr(_load, "__file__", str(module))
    assert _load._path("a.csv") == tmp_path / "datasets" / "a.csv"
    (module.parent / "data").mkdir(parents=True)
    (module.parent / "data" / "a.csv").touch()
    assert _load._path("a.csv") == module.parent / "data" / "a.csv"


@pytest.mark.parametrize("module", ["_load", "_make", "_fetch"])
def test_the_examples_in_the_docstrings_run(module):
    module = importlib.import_module(f"tsrnn.datasets.{module}")
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
    assert result.attempted > 0
