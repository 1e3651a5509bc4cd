"""Calibrate: learn from rows that no network was trained on how far forecasts miss."""

from dataclasses import replace

import numpy as np
from sklearn.utils.validation import check_is_fitted

from tsrnn.forecasting.context import join
from tsrnn.forecasting.data import check_same_windows, read_fit
from tsrnn.forecasting.fitting import windows_over
from tsrnn.forecasting.held_out import examine, quantiles_of_errors
from tsrnn.forecasting.spread import residual_quantiles
from tsrnn.windows import Origins, plan_ready_windows

#: Windows whose errors are looked at, at most.
_AT_MOST = 8192


def calibrate(self, X, y=None):
    """Learn the quantiles of forecasts from rows that `fit` did not see, by split conformal prediction.

    Each window of the rows is forecast, and the errors give the quantiles of later forecasts, each step of the horizon
    its own. If later windows are missed as those of X are, a share q of the values lies below quantile q. That takes
    many windows: of fewer than 60, or than 20 that share no target, only how large the errors are counts, if they are
    larger than those on the windows of training, which tell the rest. Series that err together, as prices do that a
    common shock moves, count as fewer. Without this method the rows that `fit` held out give the quantiles, in the same
    way. Those that the network forecasts itself, by `loss="quantile"`, are shifted level by level.

    Parameters
    ----------
    X, y : as in `fit`
        Where the index of X follows the fit rows, these come before it. Forecasts still start from the fit rows.

    Returns
    -------
    self

    Raises
    ------
    ValueError, TypeError
        Where the rows are not as those of the fit, or too few for one forecast.

    Examples
    --------
    >>> from tsrnn import LSTMForecaster
    >>> from tsrnn.datasets import load_airline
    >>> df = load_airline()
    >>> f = LSTMForecaster(max_epochs=2, random_state=0).fit(df[:-36]).calibrate(df[-36:-12])
    >>> f.forecast(12, history=df[:-12], quantiles=[0.1, 0.9]).shape
    (12, 2)

    References
    ----------
    Lei, G'Sell, Rinaldo, Tibshirani, Wasserman (2018). Distribution-free predictive inference for regression. Journal
    of the American Statistical Association 113.

    Romano, Patterson, Candès (2019). Conformalized quantile regression. NeurIPS.
    """
    check_is_fitted(self, "net_")
    data = read_fit(X, y, self.target, self.known_future, self._fitted, type(self).__name__)
    check_same_windows(data, self.window_size_, self.horizon_)
    fit, levels = self._fit_, self._fit_.rollout.levels
    data, origins = _windows_to_forecast(fit, self._fitted, data)
    residuals = None
    if len(origins):
        (windows,) = windows_over(fit, data, origins)
        errors, changes, _ = examine(fit, windows, _AT_MOST)
        if levels:
            residuals = residual_quantiles(errors, levels)
        else:
            residuals = quantiles_of_errors(fit, windows, _AT_MOST, errors, changes)
    if residuals is None:
        raise ValueError(
            f"X: too few rows: forecasts of horizon={fit.rollout.horizon} are to be compared with what came, but no "
            "series has that many rows with values of every target; give more rows."
        )
    fit.rollout.residuals = residuals
    return self


def _windows_to_forecast(fit, fitted, data):
    """Return the data, with the rows of the fit before it where it follows them, and the windows to forecast."""
    window_size, horizon = fit.settings.window_size, fit.rollout.horizon
    if data.ready:
        return data, plan_ready_windows(len(data.panel.keys), window_size, horizon).train
    lengths = data.panel.lengths
    follows = not data.form.has_clock
    named = data.form.panel and fitted.form.panel
    joined, n_before = join(fitted.panel, data.panel, window_size, follows=follows, named=named)
    # A series that nothing comes before gives up its own first rows to look back on.
    own = np.where(n_before > 0, 0, np.clip((lengths - horizon) // 2, 1, window_size))
    starts = joined.offsets[:-1]
    counts = np.maximum(lengths - own - horizon + 1, 0)
    return replace(data, panel=joined), Origins(starts, starts + n_before + own, counts)
