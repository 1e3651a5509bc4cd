"""The peers on one task, each at its defaults: .venv-peers/bin/python benchmarks/peers.py TASK FORECASTS MODEL SEED

Times are row numbers here, and a missing value is the one before it: the peers take none. Networks look back on three
horizons, the default of neuralforecast, at most on 336 rows, and train for 1,000 steps. AutoETS and AutoTheta learn
from the last 3,000 rows of a series: a fit to 50,000 takes them minutes.
"""

import logging
import sys
import time
import warnings

import numpy as np
import pandas as pd
from tasks import Task, write_forecasts

STEPS = 1000
LONGEST_WINDOW = 336
LONGEST_HISTORY = 3000
QUIET = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False}
QUIET |= {"enable_model_summary": False, "enable_checkpointing": False}


def long_frame(task):
    """Columns unique_id, ds, y and the covariates."""
    rows = task.rows.groupby(level=0, sort=False)
    numbers = pd.factorize(task.rows.index.get_level_values(0))[0]
    frame = rows.ffill().rename(columns={task.target.name: "y"}).reset_index(drop=True)
    return frame.assign(unique_id=numbers, ds=rows.cumcount().to_numpy())


def from_folds(found, name, task):
    """The column of a model in a cross-validation's long answer as an array (origins, series, horizon)."""
    found = found.sort_values(["unique_id", "cutoff", "ds"], kind="stable")
    return found[name].to_numpy().reshape(-1, len(task.origins), task.horizon).swapaxes(0, 1)


def window(task):
    return min(3 * task.horizon, LONGEST_WINDOW)


def statsforecast(task, model, seed):
    from statsforecast import StatsForecast, models

    forecaster = getattr(models, model)(season_length=task.season_length)
    rows = long_frame(task).groupby("unique_id").tail(LONGEST_HISTORY + task.held_out)
    found = StatsForecast([forecaster], freq=1, n_jobs=2).cross_validation(
        h=task.horizon,
        df=rows,
        n_windows=len(task.origins),
        step_size=task.step,
        refit=task.refit,
    )
    return from_folds(found, model, task)


def neuralforecast(task, model, seed):
    from neuralforecast import NeuralForecast, models

    name = model.removeprefix("neuralforecast-")
    settings = {"max_steps": STEPS, "random_seed": seed + 1, **QUIET}
    if name == "GRU":
        settings["scaler_type"] = "robust"
    covariates = list(task.rows.columns[1:])
    if covariates:
        settings["futr_exog_list"] = covariates
    network = getattr(models, name)(h=task.horizon, input_size=window(task), **settings)
    found = NeuralForecast([network], freq=1).cross_validation(
        long_frame(task),
        n_windows=None,
        test_size=task.held_out,
        step_size=task.step,
        val_size=task.validation_rows,
    )
    return from_folds(found, name, task)


def darts(task, model, seed):
    from darts import TimeSeries
    from darts.dataprocessing.transformers import Scaler
    from darts.models import BlockRNNModel

    frame = long_frame(task)
    values = [y["y"].to_numpy(np.float32) for _, y in frame.groupby("unique_id")]
    series = [TimeSeries.from_values(y) for y in values]
    known = [y[: len(y) - task.held_out] for y in series]
    training = [y[: len(y) - task.validation_rows] for y in known]
    scaler = Scaler().fit(training)
    network = BlockRNNModel(
        input_chunk_length=window(task),
        output_chunk_length=task.horizon,
        model="LSTM",
        n_epochs=STEPS,  # of at least one step each
        random_state=seed,
        pl_trainer_kwargs={"max_steps": STEPS, **QUIET},
    ).fit(scaler.transform(training))
    if len(task.origins) == 1:
        found = [[y] for y in network.predict(task.horizon, scaler.transform(known))]
    else:
        found = network.historical_forecasts(
            scaler.transform(series),
            start=len(known[0]),
            start_format="position",
            forecast_horizon=task.horizon,
            stride=task.step,
            retrain=False,
            last_points_only=False,
        )
    found = scaler.inverse_transform(found)
    return np.stack([[y.values()[:, 0] for y in origins] for origins in found], axis=1)


def main(given, out, model, seed):
    task = Task.load(given)
    package = "statsforecast" if model.startswith("Auto") else model.split("-")[0]
    run = {"statsforecast": statsforecast, "neuralforecast": neuralforecast, "darts": darts}
    __import__(package)
    start = time.perf_counter()
    forecasts = run[package](task, model, seed)
    seconds = time.perf_counter() - start
    write_forecasts(out, forecasts, seconds, package)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    given, out, model, seed = sys.argv[1:]
    main(given, out, model, int(seed))
