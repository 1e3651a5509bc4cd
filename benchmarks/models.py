"""tsrnn's forecasters and the naive ones on one task: python benchmarks/models.py TASK FORECASTS MODEL SEED

A process of its own runs each, so that its memory can be told.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd
from data_sets import LEVELS
from scipy.stats import norm
from tasks import Task, write_forecasts

from tsrnn import LSTMForecaster

#: Networks of the ensemble.
N_ESTIMATORS = 8
#: Ready windows forecast at once.
CHUNK = 512


def tsrnn(task, seed, n_estimators=1):
    """Our defaults: nothing is set but the horizon, and the held-out part where the protocol has one."""
    settings = {"horizon": task.horizon, "n_estimators": n_estimators, "random_state": seed}
    if len(task.rows.columns) > 1:
        settings["target"] = task.target.name
        settings["known_future"] = list(task.rows.columns[1:])
    if task.validation_rows:
        n_training = len(task.series()[0]) - task.held_out
        settings["validation_fraction"] = task.validation_rows / n_training
    forecaster = LSTMForecaster(**settings)
    frame = as_given(task)
    if task.refit:
        rows = [frame[: len(frame) - task.held_out + origin] for origin in task.origins]
        forecasts = [forecaster.fit(part).forecast() for part in rows]
        return np.stack(forecasts).reshape(len(rows), 1, -1), None
    if len(task.origins) == 1:
        forecaster.fit(task.training()[task.target.name])
        return as_array(forecaster.forecast(), task), forecaster
    forecaster.fit(frame[: -task.held_out])
    if task.step == task.horizon:
        rows = forecaster.predict(frame[-task.held_out :])
        return rows.reshape(len(task.origins), 1, task.horizon), None
    return from_windows(forecaster, frame.to_numpy(), task), None


def as_given(task):
    """The rows as a user has them: a panel, a frame of several series, or one series and its covariates."""
    if task.wide:
        names = task.rows.index.unique(0)
        return task.target.unstack(level=0)[names]
    one = len(task.rows.index.unique(0)) == 1
    return task.rows.droplevel(0) if one else task.rows


def as_array(panel, task):
    """A panel of forecasts, or of their quantiles, as (1, series, horizon[, levels])."""
    return panel.to_numpy().reshape(1, -1, task.horizon, *panel.shape[1:])


def from_windows(forecaster, values, task):
    """Forecast from every origin by the rows before it, (origins, series, horizon)."""
    size = forecaster.window_size_
    known = values[len(values) - task.held_out - size :][: size + task.origins[-1]]
    windows = np.lib.stride_tricks.sliding_window_view(known, size, axis=0)[:: task.step]
    parts = [windows[i : i + CHUNK].swapaxes(1, 2) for i in range(0, len(windows), CHUNK)]
    return np.concatenate([forecaster.predict(part) for part in parts]).swapaxes(1, 2)


def repeat(task, season_length):
    """The last season before each origin again, missing values from the one before."""
    rows = np.arange(task.horizon) % season_length
    forecasts = []
    for y in task.series():
        place = np.arange(len(y)) % season_length
        filled = pd.Series(y).groupby(place).ffill().ffill().to_numpy()
        begins = len(y) - task.held_out + np.array(task.origins) - season_length
        forecasts.append(filled[begins[:, None] + rows])
    return np.stack(forecasts, axis=1)


def normal_quantiles(forecasts, task):
    """Quantiles of a seasonal naive forecast if its errors in training were normal: they grow from season to season."""
    m = task.season_length
    errors = task.training()[task.target.name].groupby(level=0, sort=False).diff(m)
    deviation = errors.groupby(level=0, sort=False).std().to_numpy()[:, None]
    wide = deviation * np.sqrt(1 + np.arange(task.horizon) // m)
    return forecasts[..., None] + wide[..., None] * norm.ppf(LEVELS)


def run(task, model, seed):
    """Return forecasts, seconds and, where the metrics ask for them, quantiles."""
    start = time.perf_counter()
    if model == "naive":
        return repeat(task, 1), time.perf_counter() - start, None
    if model == "seasonal-naive":
        forecasts = repeat(task, task.season_length)
        seconds = time.perf_counter() - start
        is_panel = len(task.origins) == 1
        return forecasts, seconds, normal_quantiles(forecasts, task) if is_panel else None
    n_estimators = int(model.removeprefix("tsrnn").removeprefix("-x") or 1)
    forecasts, fitted = tsrnn(task, seed, n_estimators)
    seconds = time.perf_counter() - start
    quantiles = as_array(fitted.forecast(quantiles=LEVELS), task) if fitted else None
    return forecasts, seconds, quantiles


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    given, out, model, seed = sys.argv[1:]
    forecasts, seconds, quantiles = run(Task.load(given), model, int(seed))
    write_forecasts(out, forecasts, seconds, "tsrnn", quantiles)
