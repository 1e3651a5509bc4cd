import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tsrnn import LSTMForecaster
from tsrnn.metrics import smape
from tsrnn.model_selection import backtest

MONTHS = pd.date_range("2015-01-01", periods=60, freq="MS")
SALES = 100 + np.arange(60.0) + 20 * np.sin(np.arange(60) * np.pi / 6)
LIBRARY = {"target": ["sales"], "random_state": 0, "max_epochs": 1, "device": "cpu"}
QUICK = ["--epochs", "1", "--device", "cpu"]


def of(path, *more):
    return [path, "--time", "month", "--target", "sales", *more]


# forecast


def test_forecast_writes_what_the_library_forecasts(works, sales, tmp_path):
    out = tmp_path / "forecast.csv"
    works("forecast", *of(sales), "--horizon", 3, "--out", out, *QUICK)
    history = pd.DataFrame({"sales": SALES}, MONTHS)
    expected = LSTMForecaster(horizon=3, **LIBRARY).fit(history).forecast()
    written = pd.read_csv(out, index_col="month", parse_dates=True)
    pd.testing.assert_frame_equal(written, expected, check_freq=False, check_names=False)
    assert written.index.tolist() == list(pd.date_range("2020-01-01", periods=3, freq="MS"))


def test_forecast_says_what_it_read_left_out_and_wrote(works, sales, tmp_path):
    out = tmp_path / "forecast.csv"
    said = works("forecast", *of(sales), "--out", out, *QUICK)
    assert "Read 60 rows" in said
    assert "sales, 2015-01-01 to 2019-12-01, step MS." in said
    assert "Columns not used: note." in said
    assert f"Wrote 12 rows to {out}." in said


def test_forecast_without_out_shows_the_rows(works, sales):
    said = works("forecast", *of(sales), "--horizon", 2, *QUICK)
    assert "2020-01-01" in said
    assert "2020-02-01" in said


def test_forecast_of_quantiles_has_a_column_for_each(works, sales, tmp_path):
    out = tmp_path / "forecast.csv"
    levels = ["--quantile", 0.9, "--quantile", 0.1]
    works("forecast", *of(sales), "--horizon", 2, *levels, "--out", out, *QUICK)
    written = pd.read_csv(out)
    assert list(written.columns) == ["month", "sales", "sales_0.1", "sales_0.9"]
    assert (written["sales_0.1"] <= written["sales_0.9"]).all()


def test_forecast_of_a_long_file_continues_every_series(works, shops, tmp_path):
    out = tmp_path / "forecast.csv"
    said = works("forecast", *of(shops, "--series", "shop"), "--horizon", 2, "--out", out, *QUICK)
    assert "Read 108 rows of 2 series" in said
    written = pd.read_csv(out, dtype={"shop": str})
    assert written["shop"].tolist() == ["north", "north", "007", "007"]
    assert written["month"].tolist() == ["2020-01-01", "2020-02-01"] * 2


def test_forecast_of_numbered_rows_continues_the_numbers(works, frame, write, tmp_path):
    out = tmp_path / "forecast.csv"
    path = write(frame.assign(month=range(5, 65)))
    works("forecast", *of(path), "--horizon", 2, "--out", out, *QUICK)
    assert pd.read_csv(out)["month"].tolist() == [65, 66]


def test_forecast_of_several_targets_has_a_column_for_each(works, frame, write, tmp_path):
    out = tmp_path / "forecast.csv"
    path = write(frame.assign(visits=frame["sales"] * 3))
    works("forecast", *of(path, "--target", "visits"), "--horizon", 1, "--out", out, *QUICK)
    assert list(pd.read_csv(out).columns) == ["month", "sales", "visits"]


def test_forecast_uses_covariates_and_their_known_future(works, frame, write, tmp_path):
    rng = np.random.default_rng(0)
    path = write(frame.assign(rain=rng.normal(size=60), holiday=rng.integers(0, 2, 60)))
    ahead = pd.DataFrame({"month": ["2020-01", "2020-02", "2020-03"], "holiday": [1, 0, 1]})
    out = tmp_path / "forecast.csv"
    columns = ["--covariate", "rain", "--known-future", "holiday"]
    options = ["--future", write(ahead, "ahead.csv"), "--horizon", 2, "--out", out, *QUICK]
    works("forecast", *of(path, *columns), *options)

    rows = pd.read_csv(path, index_col="month", parse_dates=True)[["sales", "rain", "holiday"]]
    future = ahead[:2].set_index(pd.to_datetime(ahead["month"][:2]))[["holiday"]]
    forecaster = LSTMForecaster(horizon=2, known_future=["holiday"], **LIBRARY).fit(rows)
    expected = forecaster.forecast(future=future)["sales"]
    np.testing.assert_allclose(pd.read_csv(out)["sales"], expected)


@pytest.mark.parametrize("model", ["gru", "rnn"])
def test_forecast_takes_the_model_that_is_named(works, sales, model):
    shown = works("forecast", *of(sales), "--horizon", 2, *QUICK)
    other = works("forecast", *of(sales), "--horizon", 2, "--model", model, *QUICK)
    assert other != shown


def test_the_seed_decides_the_forecast(works, sales):
    first, again, other = (
        works("forecast", *of(sales), "--horizon", 2, "--seed", seed, *QUICK) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_forecast_draws_a_picture(works, sales, tmp_path):
    plot = tmp_path / "forecast.png"
    said = works("forecast", *of(sales), "--quantile", 0.1, "--plot", plot, *QUICK)
    assert f"Drew {plot}." in said
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_missing_values_are_counted_in_one_warning(works, frame, write):
    frame.loc[5, "sales"] = np.nan
    said = works("forecast", *of(write(frame)), "--horizon", 1, *QUICK)
    assert said.count("Warning: ") == 1
    assert "1 missing target value" in said


# backtest


def test_backtest_writes_what_the_library_finds(works, sales, tmp_path):
    out = tmp_path / "backtest.csv"
    folds = ["--horizon", 4, "--splits", 2, "--step", 3]
    works("backtest", *of(sales), *folds, "--out", out, *QUICK)
    history = pd.DataFrame({"sales": SALES}, MONTHS)
    forecaster = LSTMForecaster(horizon=4, **LIBRARY)
    expected = backtest(forecaster, history, n_splits=2, horizon=4, step=3)
    written = pd.read_csv(out, parse_dates=["cutoff", "time"])
    pd.testing.assert_frame_equal(written, expected, check_dtype=False)


def test_backtest_prints_the_errors_beside_the_seasonal_naive(works, sales):
    said = works("backtest", *of(sales), "--horizon", 6, "--splits", 2, *QUICK)
    assert "means over 2 cutoffs" in said
    forecaster, naive = said[said.index("MASE") :].splitlines()[1:3]
    assert forecaster.startswith("LSTM")
    # A year adds 12, in these rows as in those that scale the error.
    expected = np.mean(200 * 12 / (SALES[-12:] + SALES[-24:-12]))
    assert naive.split() == ["seasonal", "naive", "(12)", "1.000", f"{expected:.3f}"]


def test_backtest_scores_every_target_of_every_series(works, shops, tmp_path):
    frame = pd.read_csv(shops, dtype={"shop": str})
    frame.assign(visits=1.0 + frame.index % 2).to_csv(shops, index=False)
    out = tmp_path / "backtest.csv"
    columns = ["--series", "shop", "--target", "visits", "--season-length", 1]
    folds = ["--horizon", 2, "--splits", 3, "--no-refit", "--out", out]
    said = works("backtest", *of(shops, *columns), *folds, *QUICK)

    lines = [line.split() for line in said[said.index("MASE") :].splitlines()[1:5]]
    assert [line[:-2] for line in lines] == [
        ["sales", "LSTM"],
        ["last", "value"],
        ["visits", "LSTM"],
        ["last", "value"],
    ]
    # Visits alternate between 1 and 2, so the last value is wrong by 1 in the first of two steps.
    assert lines[3][-2:] == ["0.500", f"{200 / 3 / 2:.3f}"]
    written = pd.read_csv(out, dtype={"series": str})
    assert written.groupby(["series", "target"]).size().to_dict() == {
        (series, target): 6 for series in ("north", "007") for target in ("sales", "visits")
    }
    visits = written[written["target"] == "visits"]
    by_fold = visits.groupby(["cutoff", "series"])
    errors = by_fold.apply(lambda part: smape(part["actual"], part["forecast"]))
    assert lines[2][-1] == f"{errors.mean():.3f}"


def test_backtest_draws_a_picture(works, sales, tmp_path):
    plot = tmp_path / "backtest.png"
    folds = ["--horizon", 6, "--splits", 2, "--no-refit"]
    said = works("backtest", *of(sales), *folds, "--plot", plot, *QUICK)
    assert f"Drew {plot}." in said
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_backtest_with_a_known_future_takes_it_from_the_file(works, frame, write, tmp_path):
    path = write(frame.assign(holiday=np.arange(60) % 2))
    out = tmp_path / "backtest.csv"
    options = ["--horizon", 6, "--splits", 2, "--no-refit", "--out", out]
    works("backtest", *of(path, "--known-future", "holiday"), *options, *QUICK)
    np.testing.assert_allclose(pd.read_csv(out)["actual"], SALES[-12:])


# Files as people have them


@pytest.mark.parametrize(
    ("above", "options"),
    [
        ("", {}),
        ("# where it is from\n# and its licence\n", {}),
        ("\ufeff", {}),
        ("# semicolons\n", {"sep": ";"}),
        ("", {"sep": "\t"}),
        ("", {"lineterminator": "\r\n"}),
    ],
    ids=["plain", "comments", "byte-order mark", "semicolons", "tabs", "Windows"],
)
def test_a_file_is_read_however_it_was_saved(works, frame, write, above, options):
    path = write(frame, above=above, **options)
    assert "Read 60 rows" in works("forecast", *of(path), "--horizon", 1, *QUICK)


# Mistakes


def test_a_file_that_is_not_there_is_named(mistake, tmp_path):
    assert "nowhere.csv" in mistake("forecast", *of(tmp_path / "nowhere.csv"))


def test_a_column_that_is_not_there_is_guessed(mistake, sales):
    said = mistake("forecast", sales, "--time", "Month", "--target", "sale")
    assert "no column 'Month' (--time). Did you mean 'month'? Its columns are: month, sales" in said
    said = mistake("forecast", sales, "--time", "month", "--target", "sale")
    assert "no column 'sale' (--target). Did you mean 'sales'?" in said


def test_a_row_without_a_series_is_named(mistake, shops):
    frame = pd.read_csv(shops)
    frame.loc[2, "shop"] = None
    frame.to_csv(shops, index=False)
    said = mistake("forecast", *of(shops, "--series", "shop"))
    assert "column 'shop' (--series) has nothing in row 3 below the header" in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("month,sales\n", "has a header but no rows"),
        ("month,sales\n2020,1\n2021,2,3,4\n", "is not a table"),
    ],
    ids=["empty", "header alone", "ragged"],
)
def test_a_file_that_is_no_table_is_told_apart(mistake, tmp_path, text, sentence):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert f"{path} {sentence}" in mistake("forecast", *of(path))


def test_a_file_that_is_not_text_is_told_apart(mistake, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"month,sales\n2020-01,\xff\xfe\n")
    assert "not a text file in UTF-8" in mistake("forecast", *of(path))


@pytest.mark.parametrize("command", ["forecast", "backtest"])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--horizon", 0], "--horizon"),
        (["--model", "transformer"], "'transformer' is not one of"),
        (["--quantile", 90], "--quantile 90 must be above 0 and below 1"),
        (["--quantile", 0.9, "--quantile", 0.9], "--quantile 0.9 is there twice"),
        (["--known-future", "sales"], "'sales' is both --target and --known-future"),
        (["--covariate", "month"], "must all be different"),
        (["--plot", "picture.docx"], "must end in one of .png"),
        (["--plot", "nowhere/picture.png"], "there is no folder nowhere"),
        (["--out", "nowhere/out.csv"], "there is no folder nowhere"),
        (["--out", "."], "is a folder"),
    ],
)
def test_an_option_out_of_range_is_named(mistake, sales, command, options, sentence):
    assert sentence in mistake(command, *of(sales), *options)


@pytest.mark.parametrize("option", ["--out", "--plot"])
def test_the_file_itself_is_not_overwritten(mistake, frame, write, option):
    path = write(frame, "sales.png")
    assert "is the file to read" in mistake("forecast", *of(path, option, path))


def test_known_future_needs_the_file_with_the_steps_to_come(mistake, frame, write):
    path = write(frame.assign(holiday=0))
    said = mistake("forecast", *of(path, "--known-future", "holiday"), "--horizon", 2)
    assert "--known-future holiday needs --future FILE" in said


def test_a_future_that_is_too_short_names_the_first_step_it_lacks(mistake, frame, write):
    path = write(frame.assign(holiday=0))
    ahead = write(pd.DataFrame({"month": ["2020-01"], "holiday": [1]}), "ahead.csv")
    options = ["--known-future", "holiday", "--future", ahead, "--horizon", 2]
    said = mistake("forecast", *of(path, *options))
    assert f"{ahead} has no row for 2020-02-01 00:00:00; it must hold the 2 steps" in said


def test_a_future_of_no_known_column_is_an_error(mistake, sales):
    assert "is of no use without --known-future" in mistake(
        "forecast", *of(sales, "--future", sales)
    )


def test_too_few_rows_for_the_splits_tell_how_many_are_needed(mistake, sales):
    said = mistake("backtest", *of(sales), "--horizon", 12, "--splits", 5)
    assert "need at least 61 time steps, and X has 60" in said


def test_what_the_library_refuses_is_one_sentence(run, sales):
    result = run("forecast", *of(sales), "--window-size", 500, *QUICK)
    assert result.exit_code == 2
    assert "Error: X: too few rows" in result.output
    assert "Traceback" not in result.output


# Help, version, exit status


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["forecast", "backtest", "--version"]),
        (["forecast", "--help"], ["--known-future", "--season-length", "--quantile", "Example"]),
        (["backtest", "--help"], ["--splits", "--no-refit", "seasonal naive"]),
    ],
)
def test_help_names_the_options(works, arguments, words):
    said = works(*arguments)
    assert [word for word in words if word not in said] == []


def test_version_is_that_of_the_package(works):
    import tsrnn

    assert works("--version") == f"tsrnn {tsrnn.__version__}\n"


def test_the_process_answers_a_mistake_on_stderr_with_status_2(sales):
    code = "from tsrnn.cli import main; main()"
    wrong = [*of(sales)[:-1], "sails"]
    command = [sys.executable, "-c", code, "forecast", *map(str, wrong)]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("Error: ")
    assert "Did you mean 'sales'?" in process.stderr
    assert "Traceback" not in process.stderr


def test_the_process_reports_success_with_status_0(sales, tmp_path):
    out = tmp_path / "forecast.csv"
    code = "from tsrnn.cli import main; main()"
    arguments = ["forecast", *of(sales), "--horizon", 2, "--out", out, *QUICK]
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert "Wrote 2 rows" in process.stdout
    assert len(pd.read_csv(out)) == 2
