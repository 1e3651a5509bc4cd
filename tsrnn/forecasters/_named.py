"""LSTMForecaster, GRUForecaster, RNNForecaster: RecurrentForecaster with its cell fixed."""

import inspect

from tsrnn.cells import GRU, LSTM, RNN
from tsrnn.forecasters._recurrent import RecurrentForecaster


def _fixing(cell):
    """Return an `__init__` of RecurrentForecaster's parameters without `cell`, which it fixes."""
    general = inspect.signature(RecurrentForecaster.__init__)
    signature = general.replace(
        parameters=[p for name, p in general.parameters.items() if name != "cell"]
    )

    def __init__(self, *args, **params):
        try:
            given = signature.bind(self, *args, **params).arguments
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {error}") from None
        given.pop("self")
        RecurrentForecaster.__init__(self, cell=cell, **given)

    __init__.__signature__ = signature
    return __init__


class LSTMForecaster(RecurrentForecaster):
    """Forecast time series with a long short-term memory network.

    The parameters, attributes and methods are those of `RecurrentForecaster`, its `cell` being `tsrnn.cells.LSTM`.

    Examples
    --------
    >>> from tsrnn import LSTMForecaster
    >>> from tsrnn.datasets import load_airline
    >>> f = LSTMForecaster(max_epochs=2, random_state=0).fit(load_airline())
    >>> f.forecast(24).shape
    (24, 1)
    """

    __init__ = _fixing(LSTM)


class GRUForecaster(RecurrentForecaster):
    """Forecast time series with a gated recurrent unit network.

    The parameters, attributes and methods are those of `RecurrentForecaster`, its `cell` being `tsrnn.cells.GRU`.

    Examples
    --------
    >>> from tsrnn import GRUForecaster
    >>> from tsrnn.datasets import load_airline
    >>> f = GRUForecaster(horizon=6, max_epochs=2, random_state=0).fit(load_airline())
    >>> f.forecast().shape
    (6, 1)
    """

    __init__ = _fixing(GRU)


class RNNForecaster(RecurrentForecaster):
    """Forecast time series with a plain (Elman) recurrent network.

    The parameters, attributes and methods are those of `RecurrentForecaster`, its `cell` being `tsrnn.cells.RNN`.

    Examples
    --------
    >>> from tsrnn import RNNForecaster
    >>> from tsrnn.datasets import load_airline
    >>> f = RNNForecaster(horizon=6, max_epochs=2, random_state=0).fit(load_airline())
    >>> f.forecast().shape
    (6, 1)
    """

    __init__ = _fixing(RNN)
