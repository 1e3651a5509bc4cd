"""tsrnn: recurrent networks for people who know scikit-learn."""

from tsrnn import datasets
from tsrnn.forecasters import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster
from tsrnn.regressors import SequenceRegressor
from tsrnn.taggers import CharSeqTagger

__version__ = "0.1.0"

__all__ = [
    "CharSeqTagger",
    "GRUForecaster",
    "LSTMForecaster",
    "RNNForecaster",
    "RecurrentForecaster",
    "SequenceRegressor",
    "datasets",
]
