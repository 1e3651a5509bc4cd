"""The data sets of the benchmark of skill: the rows of each, the origins, and the metric of its field."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, mean_squared_error
from tasks import Task

from tsrnn import datasets
from tsrnn.metrics import crps_from_quantiles, mase, owa, smape

#: Where fetched data and the files of ../shared are, beside the checkout.
DATA_HOME = Path(__file__).resolve().parents[2] / "shared" / "data"
#: Levels of the weighted quantile loss.
LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
HALF_HOURS = 48  # of a day
ETT_TRAIN, ETT_VALIDATION, ETT_TEST = 8640, 11520, 14400  # last rows of each part

#: Short series that ship: how to load, the column, and the season (of sunspots the known cycle).
SHIPPED = {
    "airline": (datasets.load_airline, "Passengers", 12),
    "sunspots": (datasets.load_sunspots, "SUNACTIVITY", 11),
    "co2": (datasets.load_co2, "co2", 52),
    "macrodata": (datasets.load_macrodata, "realgdp", 4),
    "seattle": (datasets.load_seattle_weather, "temp_max", 7),
    "bikeshare": (datasets.load_bikeshare, "bikers", 24),
}
#: Short series of the folder classics: file, the columns of dates and values, the format of a date, and the season.
CLASSICS = {
    "expenditures": ("expenditures_australia.csv", "date", "turnover", "%Y-%m-%d", 12),
    "fuel": ("fuel_consumption.csv", "Fecha", "Gasolinas", "%Y-%m-%d", 12),
    "h2o": ("h2o.csv", "fecha", "x", "%Y-%m-%d", 12),
    "flights": ("uk_daily_flights.csv", "Date", "Number of flights", "%d/%m/%Y", 7),
}


def read_m4(data_home, frequency):
    m4 = datasets.fetch_m4(frequency, data_home=data_home)
    rows = pd.concat([m4.train, m4.test]).to_frame()
    # Stable, so that the test rows of a series follow its training rows.
    number = pd.factorize(rows.index.get_level_values(0))[0]
    rows = rows.iloc[np.argsort(number, kind="stable")]
    return Task(f"M4-{frequency}", rows, m4.horizon, m4.season_length, m4.horizon, m4.horizon)


def read_etth1(data_home, horizon):
    frame = datasets.fetch_ett("ETTh1", data_home=data_home)[:ETT_TEST]
    train = frame[:ETT_TRAIN]
    frame = (frame - train.mean()) / train.std(ddof=0)
    return Task(
        f"ETTh1-{horizon}",
        _long(frame),
        horizon,
        season_length=24,
        held_out=ETT_TEST - ETT_VALIDATION,
        step=1,
        wide=True,
        validation_rows=ETT_VALIDATION - ETT_TRAIN,
    )


def read_electricity(data_home, with_temperature):
    path = Path(data_home) / "electricity" / "vic_electricity.csv"
    frame = pd.read_csv(path, index_col="Time", parse_dates=True).tz_localize(None)
    frame = frame[["Demand", "Temperature"] if with_temperature else ["Demand"]]
    return Task(
        "electricity-temperature" if with_temperature else "electricity",
        pd.concat({"Victoria": frame}, names=["series", "time"]),
        horizon=HALF_HOURS,
        season_length=7 * HALF_HOURS,
        held_out=60 * HALF_HOURS,
        step=HALF_HOURS,
    )


def read_shipped(data_home, name):
    load, column, season = SHIPPED[name]
    return _short(name, load()[column], season)


def read_classic(data_home, name):
    file, dates, column, form, season = CLASSICS[name]
    frame = pd.read_csv(Path(data_home) / "classics" / file, encoding="utf-8-sig")
    times = pd.to_datetime(frame[dates], format=form)
    return _short(name, frame.set_index(times)[column].astype(float), season)


def _short(name, series, season):
    """A season to forecast from each of five origins, a season apart, where a model is fitted anew."""
    rows = pd.concat({name: series.to_frame()}, names=["series", "time"])
    return Task(f"short-{name}", rows, season, season, 5 * season, season, refit=True)


def make_walks(data_home, seed, kind="walks", common=0.0, n_series=20, days=600, horizon=30):
    """Twenty prices whose logarithms walk at random, each with its own volatility: nothing beats the last price.

    `common` is the correlation of their changes, as exchange rates have, which are all in one currency.
    """
    generator = np.random.default_rng(seed)
    volatility = generator.uniform(0.003, 0.02, n_series)
    steps = generator.standard_normal((days + horizon, n_series))
    if common:
        shared = generator.standard_normal((days + horizon, 1))
        steps = common**0.5 * shared + (1 - common) ** 0.5 * steps
    logs = np.cumsum(steps * volatility, axis=0)
    times = pd.bdate_range("2020-01-01", periods=days + horizon)
    prices = 100 * np.exp(logs)
    frame = pd.DataFrame(prices, times, [f"price {i}" for i in range(n_series)])
    return Task(f"{kind}-{seed}", _long(frame), horizon, 5, horizon, horizon)


def _long(frame):
    """A panel of the columns of a frame."""
    return pd.concat({name: frame[[name]].set_axis(["value"], axis=1) for name in frame})


#: Name of a data set: a function of the folder of the data that returns its task.
DATA_SETS = {
    **{f"M4-{name}": partial(read_m4, frequency=name) for name in ("Weekly", "Hourly")},
    **{f"ETTh1-{h}": partial(read_etth1, horizon=h) for h in (96, 192, 336, 720)},
    "electricity": partial(read_electricity, with_temperature=False),
    "electricity-temperature": partial(read_electricity, with_temperature=True),
    **{f"short-{name}": partial(read_shipped, name=name) for name in SHIPPED},
    **{f"short-{name}": partial(read_classic, name=name) for name in CLASSICS},
    **{f"walks-{seed}": partial(make_walks, seed=seed) for seed in range(5)},
    **{f"rates-{s}": partial(make_walks, seed=s, kind="rates", common=0.7) for s in range(5)},
}
#: The metric of the field, by how the name of a data set begins.
METRICS = {
    "M4": "OWA",
    "ETTh1": "MSE",
    "electricity": "MASE",
    "short": "MASE",
    "walks": "MASE/naive",
    "rates": "MASE/naive",
}


def main_metric(name):
    return METRICS[name.split("-")[0]]


def score(task, forecasts, quantiles, data_home):
    """Return a dict of metrics of forecasts (origins, series, horizon)."""
    actual = task.actual()
    if forecasts.shape != actual.shape:
        raise ValueError(f"{task.name}: forecasts are {forecasts.shape}, not {actual.shape}.")
    kind = task.name.split("-")[0]
    if kind == "ETTh1":
        flat = actual.ravel(), forecasts.ravel()
        return {"MSE": mean_squared_error(*flat), "MAE": mean_absolute_error(*flat)}
    if kind == "electricity":  # one series, of which the blocks are a piece
        flat = actual.ravel(), forecasts.ravel()
        y_train = task.training()[task.target.name].to_numpy()
        scaled = mase(*flat, y_train=y_train, season_length=task.season_length)
        return {"MASE": scaled, "MAE": mean_absolute_error(*flat)}
    y_true, y_pred, y_train = _panel(actual), _panel(forecasts), _histories(task)
    if METRICS[kind] == "MASE/naive":
        last = np.array([y[-1 - task.held_out] for y in task.series()])[None, :, None]
        naive = mase(y_true, _panel(np.broadcast_to(last, actual.shape)), y_train=y_train)
        return {"MASE/naive": mase(y_true, y_pred, y_train=y_train) / naive}
    scale = {"y_train": y_train, "season_length": task.season_length}
    scores = {"MASE": mase(y_true, y_pred, **scale)}
    if kind == "M4":
        naive2 = _panel(_naive2(task, data_home)[None])
        scores["sMAPE"] = smape(y_true, y_pred)
        scores["OWA"] = owa(y_true, y_pred, y_pred_benchmark=naive2, **scale)
    if quantiles is not None:
        loss = crps_from_quantiles(
            actual.ravel(), quantiles.reshape(-1, len(LEVELS)), quantiles=LEVELS
        )
        scores["WQL"] = loss / np.abs(actual).mean()
    return scores


def _panel(values):
    """A panel with one series for each origin and series of an array (origins, series, horizon)."""
    values = np.asarray(values).reshape(-1, values.shape[2])
    index = pd.MultiIndex.from_product([range(len(values)), range(values.shape[1])])
    return pd.Series(values.ravel(), index)


def _histories(task):
    """A panel of the rows before each origin, in the order of `_panel`."""
    parts = [
        pd.Series(y[: len(y) - task.held_out + origin])
        for origin in task.origins
        for y in task.series()
    ]
    return pd.concat(dict(enumerate(parts)))


def _naive2(task, data_home):
    frequency = task.name.split("-")[1]
    table = pd.read_csv(Path(data_home) / "m4" / f"{frequency}-naive2.csv", index_col=0)
    order = task.rows.index.get_level_values(0).unique()
    return table.loc[order].to_numpy()[:, : task.horizon]
