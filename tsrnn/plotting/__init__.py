"""Pictures of forecasters, by scikit-learn's Display convention.

A display is made by ``from_estimator`` or ``from_predictions``, drawn by ``plot`` as often as
wanted, and keeps what it drew in ``ax_``, ``axes_`` and ``figure_``. Nothing is shown or saved
unasked.
"""

from tsrnn.plotting.backtest import BacktestDisplay
from tsrnn.plotting.forecast import ForecastDisplay
from tsrnn.plotting.gates import GateDisplay
from tsrnn.plotting.loss_curve import LossCurveDisplay
from tsrnn.plotting.split import SplitDisplay
from tsrnn.plotting.window import WindowDisplay

__all__ = [
    "BacktestDisplay",
    "ForecastDisplay",
    "GateDisplay",
    "LossCurveDisplay",
    "SplitDisplay",
    "WindowDisplay",
]
