"""How far back inputs move the output."""

import math
import numbers

import numpy as np
import pandas as pd
import torch
from sklearn.utils import Bunch

from tsrnn.aligned import read_rows
from tsrnn.forecasters import RecurrentForecaster
from tsrnn.forecasting.context import dense_windows
from tsrnn.inspection._estimators import innermost, refuse
from tsrnn.inspection._windows import is_ready, panel_of, ready_windows, unknown_future
from tsrnn.regressors import SequenceRegressor


def memory_profile(estimator, X, *, max_lag=200, coverage=0.95, n_samples=64, random_state=0):
    """Return how far back inputs move the output, and the window size that this suggests.

    The influence of a lag is the size of the output's derivative by the inputs that many rows back, each input in units
    of its own standard deviation: the Frobenius norm of the Jacobian, averaged over outputs at evenly spread rows of X.
    It is what the network does with its numbers, not what would be best; categories have no derivative.

    Parameters
    ----------
    estimator : SequenceRegressor or forecaster; or a search or Pipeline that ends in one
        Fitted. Of several networks (`n_estimators`) the first one is asked.
    X : as the estimator's `predict` takes it
        Of a forecaster after `fit(X, y)` with the column of y too.
    max_lag : int, default=200
        The farthest lag of a regressor; a forecaster has its window.
    coverage : float, default=0.95
        Share of the whole influence that the suggested window holds.
    n_samples : int, default=64
        Outputs that are asked, at most.
    random_state : int, default=0
        Seed of the random directions in which outputs are differentiated.

    Returns
    -------
    Bunch
        `profile`, a DataFrame with the columns lag, influence (shares that sum to 1) and cumulative; and `window_size`,
        the rows of the smallest window that holds `coverage` of the influence, for a forecaster in whole segments. The
        row that is answered has lag 0; a forecaster does not see it, and its last row has lag 1.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If it is none of these, a parameter is out of range, or X has too few rows.

    References
    ----------
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training recurrent neural networks. ICML.

    Hutchinson, M. F. (1990). A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
    splines. Communications in Statistics 19(2).

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn import SequenceRegressor
    >>> from tsrnn.inspection import memory_profile
    >>> X = np.random.default_rng(0).normal(size=(300, 1))
    >>> y = np.convolve(X[:, 0], [0, 0, 1])[:300]  # the number two rows back
    >>> regressor = SequenceRegressor(max_epochs=10, lr=0.03, random_state=0).fit(X, y)
    >>> found = memory_profile(regressor, X)
    >>> int(found.profile["influence"].idxmax())
    2
    """
    _check(max_lag, coverage, n_samples)
    estimator, X = innermost(estimator, X)
    signs = np.random.default_rng(random_state)
    if isinstance(estimator, SequenceRegressor):
        squares, first_lag, step = _of_regressor(estimator, X, max_lag, n_samples, signs), 0, 1
    elif isinstance(estimator, RecurrentForecaster):
        squares = _of_forecaster(estimator, X, n_samples, signs)
        first_lag, step = 1, estimator.segment_size_
    else:
        refuse(estimator, "a SequenceRegressor or a forecaster")
    influence = np.sqrt(squares)
    influence = influence / max(influence.sum(), np.finfo(float).tiny)
    cumulative = influence.cumsum()
    n_rows = int(np.searchsorted(cumulative, coverage * cumulative[-1])) + 1
    lags = np.arange(first_lag, first_lag + len(influence))
    profile = pd.DataFrame({"lag": lags, "influence": influence, "cumulative": cumulative})
    return Bunch(profile=profile, window_size=min(math.ceil(n_rows / step) * step, len(influence)))


def _check(max_lag, coverage, n_samples):
    for name, value in (("max_lag", max_lag), ("n_samples", n_samples)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name}={value!r} must be a whole number, at least 1.")
    if not isinstance(coverage, numbers.Real) or not 0 < coverage < 1:
        raise ValueError(f"coverage={coverage!r} must be above 0 and below 1.")


def _squares(outputs, inputs, signs):
    """Return the squared derivatives of outputs (B, ...) by inputs (B, L, C), summed over both but L, latest first.

    One random direction for each of B outputs: the expected square of a sum with random signs is the sum of squares.
    """
    direction = torch.from_numpy(signs.choice([-1.0, 1.0], size=tuple(outputs.shape)))
    (outputs * direction.to(outputs)).sum().backward()
    values = inputs.detach().flatten(0, 1)
    seen = ~values.isnan()
    count = seen.sum(0).clamp_min(1)
    mean = torch.nan_to_num(values).sum(0) / count
    spread = (torch.nan_to_num(values - mean).square().sum(0) / count).sqrt()
    gradient = torch.nan_to_num(inputs.grad * spread)
    return gradient.square().sum((0, 2)).flip(0).cpu().double().numpy()


def _spread(first, last, n):
    """Return at most `n` whole numbers from first to last, evenly spread."""
    return np.unique(np.linspace(first, last, min(n, last - first + 1)).round().astype(int))


def _of_regressor(regressor, X, max_lag, n_samples, signs):
    """Sum the squared derivatives of answers over all series, shape (lags,)."""
    _, panel = read_rows(X, regressor._data)
    rows = torch.nan_to_num(regressor._rows(regressor._data, panel))
    network = regressor.module_.eval()
    max_lag = min(max_lag, int(panel.lengths.max()) - 1)
    squares = np.zeros(max_lag + 1)
    n_each = max(1, n_samples // len(panel.keys))
    for start, end in zip(panel.offsets[:-1], panel.offsets[1:], strict=True):
        series = rows[start:end]
        if not network.per_row:
            inputs = series[None].clone().requires_grad_()
            found = _squares(network(inputs)[0], inputs, signs)[: max_lag + 1]
            squares[: len(found)] += found
        elif len(series) > max_lag:
            # Not from the first row on, where there is one more: its state is not one that was carried.
            starts = _spread(min(1, len(series) - 1 - max_lag), len(series) - 1 - max_lag, n_each)
            inputs = torch.stack([series[s : s + max_lag + 1] for s in starts]).requires_grad_()
            answers = network(inputs, _states(network, series, starts))[0][:, -1]
            squares += _squares(answers, inputs, signs)
    return squares


@torch.no_grad()
def _states(network, series, starts):
    """Return the network's state before each of ascending rows, as one batch; None before the first row of all."""
    states, state, done = [], None, 0
    for start in starts:
        if start > done:
            _, state = network(series[None, done:start], state)
            done = start
        states.append(state)
    if states[-1] is None:
        return None
    cells = zip(*states, strict=True)
    return tuple(tuple(torch.cat(parts) for parts in zip(*cell, strict=True)) for cell in cells)


def _of_forecaster(forecaster, X, n_samples, signs):
    """Sum the squared derivatives of forecasts over windows of X, shape (window_size,)."""
    past = _windows(forecaster, X, n_samples)
    rollout, network = forecaster._fit_.rollout, forecaster.module_.eval()
    inputs, future, _ = rollout.encode(past, unknown_future(forecaster, past))
    device = next(network.parameters()).device
    inputs = inputs.to(device).requires_grad_()
    forecast, _ = network(inputs, future.to(device))
    return _squares(forecast, inputs, signs)


def _windows(forecaster, X, n_samples):
    """Return about `n_samples` windows of X, evenly spread over its series and rows, ndarray (n, window_size_, C)."""
    if is_ready(X):
        past = ready_windows(forecaster, X)
        return past[_spread(0, len(past) - 1, n_samples)]
    (_, panel), window = panel_of(forecaster, X), forecaster.window_size_
    n_each = max(1, n_samples // len(panel.keys))
    starts, ends = panel.offsets[:-1], panel.offsets[1:]
    origins = [_spread(min(s + window, e), e, n_each) for s, e in zip(starts, ends, strict=True)]
    starts = starts.repeat([len(each) for each in origins])
    past, _ = dense_windows(panel, starts, np.concatenate(origins), window, 1)
    return past
