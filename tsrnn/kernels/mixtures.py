"""Linear maps of a window, mixed by how far it moved over some lags: the equations of `tsrnn.nn.skips.MixedSkip`."""

import math

import numpy as np
from numba import njit

from tsrnn.kernels import NO_CHANGE
from tsrnn.kernels.live import add_product


@njit(nogil=True)
def mix(of, at, lags, z, linear):
    """Turn what the first map makes of a window z, (H,), into what all of them do, mixed."""
    counts, forecasts = _counts(of, at, lags, z), np.zeros(of.maps * of.H, dtype=np.float32)
    add_product(len(forecasts), of.W, at.maps, z.ctypes.data, 0, forecasts.ctypes.data)
    for step in range(of.H):
        linear[step] *= counts[0]
        for k in range(of.maps):
            linear[step] += counts[k + 1] * forecasts[k * of.H + step]


@njit(nogil=True)
def _counts(of, at, lags, z):
    """Return how much each map counts."""
    changes = np.empty(len(lags), dtype=np.float32)
    for i in range(len(lags)):
        lag, total = lags[i], np.float32(0)
        n = min(lags[-1], of.W - lag)
        for t in range(of.W - n, of.W):
            total += abs(z[t] - z[t - lag])
        changes[i] = math.log(total / n + NO_CHANGE)
    hidden, counts = np.zeros(of.mixing, np.float32), np.zeros(1 + of.maps, np.float32)
    to = hidden.ctypes.data
    add_product(of.mixing, len(lags), at.hidden, changes.ctypes.data, at.hidden_bias, to)
    for i in range(of.mixing):
        hidden[i] = math.tanh(hidden[i])
    add_product(1 + of.maps, of.mixing, at.gate, to, at.gate_bias, counts.ctypes.data)
    largest, total = counts[0], 0.0
    for k in range(len(counts)):
        largest = max(largest, counts[k])
    for k in range(len(counts)):
        counts[k] = math.exp(counts[k] - largest)
        total += counts[k]
    for k in range(len(counts)):
        counts[k] /= total
    return counts
