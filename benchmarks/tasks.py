"""A task of the benchmark of skill: rows, and where in them to forecast from. All models get it as one file."""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version

import numpy as np
import pandas as pd
from memory import peak_with_children


@dataclass(frozen=True, eq=False)
class Task:
    """Forecast `horizon` steps from several origins in the last `held_out` rows of every series.

    Read by the peers too, which live in another environment: it needs numpy and pandas alone.
    """

    name: str
    rows: pd.DataFrame  # index (series, time); the target, then covariates known ahead
    horizon: int
    season_length: int
    held_out: int
    step: int  # rows from one origin to the next
    refit: bool = False  # whether a model is fitted at every origin, or once before the first
    wide: bool = False  # whether the series share their time stamps: columns of one frame
    validation_rows: int = 0  # of the training rows, where the protocol says so

    @property
    def origins(self):
        """Rows of the held-out ones that are known at each origin."""
        return range(0, self.held_out - self.horizon + 1, self.step)

    @property
    def fits(self):
        return len(self.origins) if self.refit else 1

    @property
    def target(self):
        return self.rows.iloc[:, 0]

    def series(self):
        """Return the values of the target, one array per series."""
        return [y.to_numpy() for _, y in self.target.groupby(level=0, sort=False)]

    def training(self):
        """Return the rows before the first origin."""
        behind = self.rows.groupby(level=0, sort=False).cumcount(ascending=False)
        return self.rows[(behind >= self.held_out).to_numpy()]

    def actual(self):
        """Return what happened: an array (origins, series, horizon)."""
        ends = np.stack([y[len(y) - self.held_out :] for y in self.series()])
        windows = np.lib.stride_tricks.sliding_window_view(ends, self.horizon, axis=1)
        return windows[:, :: self.step].swapaxes(0, 1)

    def save(self, path):
        settings = {name: value for name, value in asdict(self).items() if name != "rows"}
        series, labels = pd.factorize(self.rows.index.get_level_values(0))
        np.savez(
            path,
            settings=json.dumps(settings),
            columns=np.array(self.rows.columns, dtype=str),
            values=self.rows.to_numpy(float),
            times=self.rows.index.get_level_values(1).to_numpy(),
            labels=np.array(labels, dtype=str),
            series=series,
        )

    @classmethod
    def load(cls, path):
        with np.load(path) as file:
            index = pd.MultiIndex.from_arrays(
                [file["labels"][file["series"]], file["times"]], names=["series", "time"]
            )
            rows = pd.DataFrame(file["values"], index, columns=list(file["columns"]))
            return cls(rows=rows, **json.loads(str(file["settings"])))


def write_forecasts(path, forecasts, seconds, package, quantiles=None):
    """Write what a model made of a task: forecasts (origins, series, horizon), and what that took until now."""
    versions = [f"{name} {version(name).split('+')[0]}" for name in (package, "torch", "numpy")]
    cost = {"seconds": seconds, "MB": peak_with_children() / 1e6, "packages": ", ".join(versions)}
    more = {} if quantiles is None else {"quantiles": quantiles}
    np.savez(path, forecasts=forecasts, cost=json.dumps(cost), **more)


def read_forecasts(path):
    """Return forecasts, quantiles (or None) and the dict of what they cost."""
    with np.load(path) as file:
        return file["forecasts"], file.get("quantiles"), json.loads(str(file["cost"]))
