"""What one panel of a ForecastDisplay shows, read from data of any accepted kind."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.exceptions import UndefinedMetricWarning

from tsrnn.clocks import Clock
from tsrnn.metrics import mase
from tsrnn.plotting._curves import (
    check_same_kind,
    pick,
    place_after,
    put_beside,
    read_curves,
    rename_targets,
)


@dataclass(frozen=True)
class ForecastPanel:
    """One series and target; `key` names both.

    `truth` and the curves in `levels` (by quantile level) are in the rows of `forecast`.
    """

    key: tuple
    history: pd.Series
    forecast: pd.Series
    clock: Clock | None
    truth: pd.Series | None
    levels: dict

    @property
    def joins(self):
        """Whether the forecast begins at the very next step, so that a line may lead to it."""
        follows = self.forecast.index[0] > self.history.index[-1]
        if not follows or self.clock is None:
            return follows
        last, first = self.history.index[-1:], self.forecast.index[:1]
        if self.clock.freq is None:
            return bool(first[0] == last[0] + 1)
        steps, on_grid = self.clock.steps(first, last)
        return bool(on_grid[0] and steps[0] == 1)

    @property
    def mae(self):
        return float((self.truth - self.forecast).abs().mean())

    def mase(self, season_length):
        """Return the mean absolute scaled error, NaN where the history gives no scale."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            return mase(
                self.truth.to_numpy(),
                self.forecast.to_numpy(),
                y_train=self.history.to_numpy(),
                season_length=season_length,
            )


def read_panels(history, forecast, y_true, levels):
    """Match history, forecast, truth and quantiles.

    Parameters
    ----------
    history, forecast : Series, DataFrame, ndarray, panel or list
    y_true : the same, or None
    levels : dict from level to the same

    Returns
    -------
    list of ForecastPanel
        In the order of `forecast`.
    """
    point, past = read_curves(forecast, "forecast"), read_curves(history, "history")
    point = _named_like(past, point)
    past = pick(past, point, "history")
    point = place_after(pick(point, point, "forecast"), past)
    truth = None if y_true is None else _beside(y_true, point, "y_true", whole=False)
    quantiles = {
        level: _beside(data, point, "quantiles", whole=True) for level, data in levels.items()
    }
    panels = []
    for key, curve in point.by_key.items():
        check_same_kind(curve.index, past.by_key[key].index, "forecast", "history")
        panels.append(
            ForecastPanel(
                key=key,
                history=past.by_key[key],
                forecast=curve,
                clock=point.clock if past.clock is None else past.clock,
                truth=None if truth is None else truth.by_key[key],
                levels={level: curves.by_key[key] for level, curves in quantiles.items()},
            )
        )
    return panels


def _named_like(history, forecast):
    """Call the targets of an array, and the only target of anything, as history calls them."""
    n_targets = len(forecast.targets)
    if n_targets == len(history.targets):
        is_lone = n_targets == 1 and history.targets[0] is not None
        if is_lone or not forecast.has_times:
            return rename_targets(forecast, history.targets)
    elif not forecast.has_times:
        raise ValueError(
            f"forecast is an array of {n_targets} columns and history has {len(history.targets)}; "
            "give history the forecast columns alone, or forecast as a Series or DataFrame with "
            "their names."
        )
    return forecast


def _beside(data, point, argument, *, whole):
    curves = pick(read_curves(data, argument), point, argument)
    return put_beside(curves, point, argument, whole=whole)


def mean_mase(panels, season_length):
    """Return the mean MASE of the panels that have one."""
    errors = np.array([panel.mase(season_length) for panel in panels])
    return float(np.nanmean(errors)) if np.isfinite(errors).any() else np.nan
