"""The benchmark of skill: its tasks and metrics give what is published, and a run goes on where it stopped."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tsrnn.datasets import load_airline, load_co2
from tsrnn.model_selection import SeasonalNaive

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MODULES = ["memory", "tasks", "data_sets", "models", "skill_table", "skill"]


@pytest.fixture(scope="module")
def benchmark():
    """The modules of the benchmark, which stand in a folder of scripts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    for name in MODULES:
        sys.modules.pop(name)


@pytest.fixture
def score_of_repeating(benchmark, shared_data):
    """A function that scores the naive forecast of a data set, seasonal or not."""

    def score(name, season_length=None):
        task = benchmark.data_sets.DATA_SETS[name](shared_data)
        forecasts = benchmark.models.repeat(task, season_length or task.season_length)
        return benchmark.data_sets.score(task, forecasts, None, shared_data)

    return score


def test_the_seasonal_naive_has_its_published_errors_on_m4_hourly(score_of_repeating):
    scores = score_of_repeating("M4-Hourly")
    assert scores["sMAPE"] == pytest.approx(13.912, abs=6e-4)
    assert scores["MASE"] == pytest.approx(1.193, abs=6e-4)
    assert scores["OWA"] == pytest.approx(0.628, abs=6e-4)


def test_the_seasonal_naive_is_naive2_on_m4_weekly(score_of_repeating):
    scores = score_of_repeating("M4-Weekly")
    assert scores["sMAPE"] == pytest.approx(9.161, abs=6e-4)
    assert scores["MASE"] == pytest.approx(2.777, abs=6e-4)
    assert scores["OWA"] == pytest.approx(1, abs=1e-6)


def test_repeating_the_last_value_has_its_published_errors_on_etth1(score_of_repeating):
    # Zeng, Chen, Zhang, Xu (2023). Are Transformers Effective for Time Series Forecasting? Table 2, "Repeat".
    scores = score_of_repeating("ETTh1-96", season_length=1)
    assert scores["MSE"] == pytest.approx(1.295, abs=2e-3)
    assert scores["MAE"] == pytest.approx(0.713, abs=2e-3)


def test_the_quantile_loss_of_a_point_forecast_is_its_error_over_the_size_of_what_happened(
    benchmark,
):
    task = benchmark.data_sets.make_walks(None, seed=0)
    task = benchmark.tasks.Task("short-walks", task.rows, 30, 5, 30, 30)
    forecasts = benchmark.models.repeat(task, 1)
    quantiles = np.repeat(forecasts[..., None], 9, axis=-1)
    loss = benchmark.data_sets.score(task, forecasts, quantiles, None)["WQL"]
    actual = task.actual()
    assert loss == pytest.approx(np.abs(actual - forecasts).mean() / np.abs(actual).mean())


def test_bands_of_a_seasonal_naive_widen_with_every_season_and_hold_what_they_should(benchmark):
    task = benchmark.data_sets.make_walks(None, seed=0, n_series=500)
    forecasts = benchmark.models.repeat(task, task.season_length)
    bands = benchmark.models.normal_quantiles(forecasts, task)
    width = (bands[0, 0, :, 8] - bands[0, 0, :, 0]) ** 2
    assert width[5:] / width[0] == pytest.approx(np.repeat([2, 3, 4, 5, 6], 5))
    # The fifth step repeats the last price of a walk, so that its errors are those of training.
    step = task.actual()[0, :, 4]
    assert np.mean((bands[0, :, 4, 0] < step) & (step < bands[0, :, 4, 8])) == pytest.approx(
        0.8, abs=0.05
    )


@pytest.mark.parametrize(
    ("name", "load", "season"), [("airline", load_airline, 12), ("co2", load_co2, 52)]
)
def test_the_last_season_is_repeated_from_every_origin_also_where_values_are_missing(
    benchmark, name, load, season
):
    task = benchmark.data_sets.read_shipped(None, name)
    found = benchmark.models.repeat(task, season)
    series = load().iloc[:, 0].to_numpy(float)
    for i in range(5):
        known = series[: len(series) - (5 - i) * season]
        forecast = SeasonalNaive(season).fit(known).forecast(season)
        np.testing.assert_array_equal(found[i, 0], forecast)
    np.testing.assert_array_equal(task.actual()[4, 0], series[-season:])


def test_windows_end_right_before_their_origin(benchmark):
    values = np.arange(120.0).reshape(2, 60).T
    rows = pd.DataFrame(
        {"value": values.T.ravel()}, pd.MultiIndex.from_product([["a", "b"], range(60)])
    )
    task = benchmark.tasks.Task("ETTh1-4", rows, 4, 3, held_out=20, step=1, wide=True)

    class NextRows:
        window_size_ = 7

        def predict(self, windows):
            return windows[:, -1:] + np.arange(1, 5)[:, None]

    frame = benchmark.models.as_given(task)
    found = benchmark.models.from_windows(NextRows(), frame.to_numpy(), task)
    np.testing.assert_array_equal(found, task.actual())
    assert found.shape == (17, 2, 4)


def test_a_task_comes_back_from_its_file(benchmark, tmp_path):
    task = benchmark.data_sets.read_shipped(None, "co2")
    task.save(tmp_path / "task.npz")
    again = benchmark.tasks.Task.load(tmp_path / "task.npz")
    pd.testing.assert_frame_equal(again.rows, task.rows, check_freq=False, check_index_type=False)
    assert (again.name, again.held_out, again.refit) == ("short-co2", 260, True)


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(benchmark, tmp_path, monkeypatch):
    measured = []

    def measure(data, model, seed, data_home):
        measured.append(seed)
        return {"data": data, "model": model, "seed": seed, "MASE": 1 + seed}

    monkeypatch.setattr(benchmark.skill, "measure", measure)
    out = tmp_path / "results" / "skill.csv"
    todo = [("short-airline", "tsrnn", seed) for seed in range(3)]
    assert benchmark.skill.run(todo[:2], out, None, again=False) == 0
    assert benchmark.skill.run(todo, out, None, again=False) == 0
    assert measured == [0, 1, 2]
    assert benchmark.skill.run(todo[:1], out, None, again=True) == 0
    assert measured == [0, 1, 2, 0]
    lines = benchmark.skill.read_lines(out)
    assert sorted(lines["MASE"]) == [1, 2, 3]


def test_peers_that_cannot_be_installed_are_named_and_the_others_run(
    benchmark, tmp_path, monkeypatch, capsys
):
    def measure(data, model, seed, data_home):
        if model == "AutoETS":
            raise subprocess.CalledProcessError(
                1, ["pip", "install"]
            )  # what it says is shown as it comes
        return {"data": data, "model": model, "seed": seed, "MASE": 1.0}

    monkeypatch.setattr(benchmark.skill, "measure", measure)
    todo = [("short-airline", model, 0) for model in ("AutoETS", "naive")]
    assert benchmark.skill.run(todo, tmp_path / "skill.csv", None, again=False) == 1
    assert "failed:\n  Command '['pip', 'install']'" in capsys.readouterr().out
    assert benchmark.skill.read_lines(tmp_path / "skill.csv")["model"].tolist() == ["naive"]


@pytest.mark.slow
def test_one_command_writes_lines_a_table_and_a_picture(tmp_path):
    command = [sys.executable, str(BENCHMARKS / "skill.py"), "--data", "short-airline", "walks-0"]
    command += ["--models", "seasonal-naive", "--out", str(tmp_path / "skill.csv")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = pd.read_csv(tmp_path / "skill.csv").set_index(["data", "model"])
    assert 1 < lines.loc[("walks-0", "seasonal-naive"), "MASE/naive"] < 1.3
    # Origins a year apart, each error over the mean change from year to year before it.
    passengers = load_airline()["Passengers"].to_numpy(float)
    scaled = []
    for n in range(84, 144, 12):
        change = np.abs(passengers[12:n] - passengers[: n - 12]).mean()
        scaled.append(np.abs(passengers[n : n + 12] - passengers[n - 12 : n]).mean() / change)
    assert lines.loc[("short-airline", "seasonal-naive"), "MASE"] == pytest.approx(np.mean(scaled))
    assert lines["fits"].tolist() == [5, 1]
    assert (lines["MB"] > 50).all()
    assert (tmp_path / "skill.txt").read_text() in printed
    assert (tmp_path / "skill.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_has_medians_over_seeds_and_means_over_groups(benchmark):
    rows = [
        {"data": f"walks-{i}", "model": model, "seed": seed, "MASE/naive": error + i, "fits": 1}
        for i in range(5)
        for model, errors in {"naive": [1.0], "tsrnn": [1.5, 1.2, 9.0]}.items()
        for seed, error in enumerate(errors)
    ]
    lines = pd.DataFrame(rows, columns=benchmark.skill.COLUMNS).assign(seconds=4.0, MB=100.0)
    anchors = pd.read_csv(BENCHMARKS / "anchors.csv")
    found = benchmark.skill_table.table(lines, anchors, benchmark.skill.MODELS)
    error = found.set_index(["data", "model"])["MASE/naive"]
    assert error["walks-0", "tsrnn"] == 1.5
    assert error["walks-mean", "tsrnn"] == pytest.approx(3.5)
    # Of walks the metric is over the naive's already, whether or not a seasonal naive was run.
    pd.testing.assert_series_equal(found["/seasonal"], found["MASE/naive"], check_names=False)
    assert found["seeds"].tolist() == [3, 1] * 6


def test_every_anchor_belongs_to_a_data_set(benchmark):
    anchors = pd.read_csv(BENCHMARKS / "anchors.csv")
    assert set(anchors["data"]) <= set(benchmark.skill_table.ORDER)
    assert anchors["source"].notna().all()
