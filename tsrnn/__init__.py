"""tsrnn: recurrent networks for people who know scikit-learn."""

from tsrnn import datasets
from tsrnn.forecasters import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster
from tsrnn.persistence import load
from tsrnn.regressors import SequenceRegressor
from tsrnn.taggers import CharSeqTagger
from tsrnn.version import __version__

__all__ = [
    "CharSeqTagger",
    "GRUForecaster",
    "LSTMForecaster",
    "RNNForecaster",
    "RecurrentForecaster",
    "SequenceRegressor",
    "__version__",
    "datasets",
    "load",
]
