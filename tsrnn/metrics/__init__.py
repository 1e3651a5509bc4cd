"""How good a forecast is: errors that may be compared between series, and scores of quantiles.

Every metric takes arrays, Series or DataFrames, one column per target; a Series or DataFrame with a
two-level index (series, time) and a list of arrays are panels. Values and forecasts are matched row
by row: rows whose ``y_true`` is missing are left out, and a missing forecast is an error.
"""

from tsrnn.metrics._point import mase, owa, rmsse, smape, wape
from tsrnn.metrics._quantile import (
    coverage,
    crps_from_quantiles,
    interval_width,
    mean_pinball_loss,
)
from tsrnn.metrics._scorer import make_forecast_scorer

__all__ = [
    "coverage",
    "crps_from_quantiles",
    "interval_width",
    "make_forecast_scorer",
    "mase",
    "mean_pinball_loss",
    "owa",
    "rmsse",
    "smape",
    "wape",
]
