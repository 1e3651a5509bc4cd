"""Forecasters: recurrent networks behind scikit-learn's fit, predict and score."""

from tsrnn.forecasters._named import GRUForecaster, LSTMForecaster, RNNForecaster
from tsrnn.forecasters._recurrent import RecurrentForecaster

__all__ = ["GRUForecaster", "LSTMForecaster", "RNNForecaster", "RecurrentForecaster"]
