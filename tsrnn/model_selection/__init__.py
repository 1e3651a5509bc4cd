"""Folds in time, forecasts of every fold, and the forecast to beat."""

from tsrnn.model_selection._backtest import backtest
from tsrnn.model_selection._naive import SeasonalNaive
from tsrnn.model_selection._split import RollingOriginSplit

__all__ = ["RollingOriginSplit", "SeasonalNaive", "backtest"]
