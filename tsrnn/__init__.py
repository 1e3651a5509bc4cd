"""tsrnn: recurrent networks for people who know scikit-learn."""

from tsrnn import datasets
from tsrnn.forecasters import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster
from tsrnn.regressors import SequenceRegressor

__version__ = "0.1.0"

__all__ = [
    "GRUForecaster",
    "LSTMForecaster",
    "RNNForecaster",
    "RecurrentForecaster",
    "SequenceRegressor",
]
