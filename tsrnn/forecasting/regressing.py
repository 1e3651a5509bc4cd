"""Where training starts: a ridge regression of the horizon on the window, shrunk towards a simpler start."""

import numpy as np
import torch

from tsrnn.forecasting.evidence import design_effect
from tsrnn.forecasting.starting import FEWEST, is_luck, rows_on_scale
from tsrnn.windows import Origins, Windows

#: Windows of a stretch of time that are looked at; more would hardly change a regression.
_ENOUGH = 10_000
#: Regressions, each with weights by the errors of the one before.
_PASSES = 3
#: How much is shrunk, in mean squares of a window's rows.
_PENALTIES = np.logspace(-5, 2, 15)
#: Windows without a gain that are held against those it is judged by: it has as many coefficients as a window rows.
_UNCONVINCED = 1


@torch.no_grad()
def start_from_regression(network, windows):
    """Add a regression to what the linear skip of an untrained network starts from, where that forecasts better.

    What the horizon has beyond that start, naive or smoothed, is regressed on the window, both on the window's scale.
    How much the coefficients are shrunk, towards 0 and so the start, is told in time order: by forecasts of the last
    fifth of each series' windows from those before. Windows that are missed by far count less the next time, so that
    after some passes the mean absolute error is about the least.

    Parameters
    ----------
    network : tsrnn.nn.forecast.ForecastNetwork
        With a `LinearSkip`.
    windows : tsrnn.windows.Windows
        Of training.

    References
    ----------
    Hoerl, Kennard (1970). Ridge Regression: Biased Estimation for Nonorthogonal Problems. Technometrics 12(1).

    Toner, Darlow (2024). An Analysis of Linear Time Series Forecasting Models. ICML.
    """
    early, late, judge = _in_time_order(windows)
    if len(early) < FEWEST or not len(judge):
        return
    size = network.window_size + 1, network.horizon
    before = everything = torch.zeros(size, dtype=torch.float64)
    for _ in range(_PASSES):
        moments = _moments(network, early, before)
        all_moments = moments + _moments(network, late, everything)
        unit = float(all_moments.diagonal().mean())
        ridges = _ridges(moments, unit)
        errors = _errors(network, judge, ridges)
        if not len(errors[0]):  # all windows are constant
            return
        best = int(errors.mean(1).argmin())
        before, everything = ridges[best], _ridges(all_moments, unit)[best]
    left, change, when = _change(network, judge, ridges[best])
    there = ~left.isnan()
    fields = torch.where(there, left, 0), torch.where(there, change, 0)
    if not is_luck(left, change, design_effect(when, *fields), _UNCONVINCED):
        weight = everything.float().to(windows.flat.device)
        network.skip.move_start(weight[:-1].T, weight[-1:].T)


def _in_time_order(windows):
    """Return the windows that share no target with the last fifth of each series, the others, and that fifth."""
    origins, gap = windows.origins, windows.horizon - 1
    nothing, everything = np.zeros_like(origins.counts), origins.counts
    begins = _four_fifths(origins, 0)
    ends = _four_fifths(origins, gap)
    return (
        _between(windows, nothing, ends),
        _between(windows, ends, everything),
        _between(windows, begins, everything),
    )


def _four_fifths(origins, gap):
    """Return how many windows of each series come before its last fifth, `gap` windows less."""
    if not origins.one_series:
        return np.maximum(origins.counts * 4 // 5 - gap, 0)
    # Of windows that the user cut those that are held out have a place, too, and a count of 0.
    before = np.cumsum(origins.counts) <= len(origins) * 4 // 5 - gap
    return np.where(before, origins.counts, 0)


def _between(windows, first, last):
    """Return the windows of each series from number `first` to before `last`."""
    of = windows.origins
    origins = Origins(of.starts, of.first + first, np.maximum(last - first, 0), of.one_series)
    sizes = windows.window_size, windows.horizon, windows.n_targets
    return Windows(windows.flat, origins, *sizes, windows.known)


def _rows(network, windows):
    """Yield the window and a one, (n, W + 1), what the start leaves to regress on it, (n, H), and when, (n,)."""
    weight, bias = (v.cpu().double() for v in (network.skip.start_weight, network.skip.start_bias))
    for past, ahead, when in rows_on_scale(network, windows, _ENOUGH):
        rows = torch.nn.functional.pad(past, (0, 1), value=1.0)
        yield rows, ahead - past @ weight.T - bias.T, when


def _moments(network, windows, coefficients):
    """Return the sums of squares and products of a regression, (W + 1, W + 1 + H).

    Each window counts by how far the coefficients of the pass before, or at first 0, miss it. Where a value is missing,
    their forecast takes its place.
    """
    size = network.window_size + 1
    sums = torch.zeros(size, size + network.horizon, dtype=torch.float64)
    for rows, left, _ in _rows(network, windows):
        forecast = rows @ coefficients
        weights = _weights((left - forecast).abs().nanmean(1, keepdim=True))
        left = torch.where(left.isnan(), forecast, left)
        sums += (rows * weights).T @ torch.cat([rows, left], 1)
    return sums


def _weights(missed):
    """Return how much each window counts, by how far it is missed: as in least absolute errors, but for the least."""
    return 1 / (missed + 0.2 * missed.mean()).clamp_min(1e-12)


def _ridges(moments, unit):
    """Return the coefficients (W + 1, H) for each penalty, zeros first: the start as it was."""
    squares, products = moments.split([len(moments), moments.shape[1] - len(moments)], 1)
    values, vectors = torch.linalg.eigh(squares)
    turned, values = vectors.T @ products, values.clamp_min(0.0)[:, None]
    ridges = [vectors @ (turned / (values + penalty * unit)) for penalty in _PENALTIES]
    return [torch.zeros_like(products), *ridges]


def _errors(network, windows, ridges):
    """Return the mean absolute error of each regression on each window, (ridges, n): windows it has not seen."""
    errors = [
        torch.stack([(left - rows @ ridge).abs().nanmean(1) for ridge in ridges])
        for rows, left, _ in _rows(network, windows)
    ]
    return torch.cat(errors, 1) if errors else torch.zeros(len(ridges), 0, dtype=torch.float64)


def _change(network, windows, ridge):
    """Return what the start leaves of windows that a regression has not seen, how that changes it, and when."""
    parts = [(left, rows @ ridge, when) for rows, left, when in _rows(network, windows)]
    return [torch.cat(each) for each in zip(*parts, strict=True)]
