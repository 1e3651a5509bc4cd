"""A single window through a forecast network, from its rows to its forecast, without a call in between.

The equations are those of `tsrnn.nn.forecast`, whose many small operations take far longer to call than to compute.

Shapes: W rows of a window, H steps of the horizon, T targets, c of them in each series that the recurrence sees, S rows
of a segment, Q quantiles. Tensors come as addresses, 0 where the network has none.
"""

import math
from collections import namedtuple

import numpy as np
from numba import njit

from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.live import (
    add_product,
    addresses_of,
    advance_layers,
    cell_in,
    most_units,
    room_for,
)
from tsrnn.kernels.mixtures import mix
from tsrnn.kernels.products import matrix
from tsrnn.kernels.scales import NORMALIZATIONS, between, fill, scale_of

Sizes = namedtuple(
    "Sizes", "W H T c S Q median normalization lag season seasonal indicator embedded maps mixing"
)
Tensors = namedtuple(
    "Tensors",
    "typical embed embed_bias position kind linear linear_bias skip skip_bias start start_bias "
    "maps hidden hidden_bias gate gate_bias",
)
#: Arrays that are written over and over; an argument, because an address alone keeps no array.
_Room = namedtuple("_Room", "cell state ahead x")


#: What `forecast_window` reads: `Sizes`, `Tensors`, an array of `tsrnn.kernels.live.Cell`s, and the lags of a mixture.
Network = namedtuple("Network", "of at cells lags")


def network_of(cells, tensors, normalization, lags=(), **sizes):
    """Return a network as `forecast` reads it: by the addresses of its weights, which must outlive it.

    Parameters
    ----------
    cells : list of (str, dict)
        For each layer the name of its recurrence and its weights, see `tsrnn.kernels.autograd.run`; each in one piece.
    tensors : dict of str to torch.Tensor
        Those of `Tensors` that the network has, each in one piece: the typical scale (T,), the weights of the linear
        layer, of the one that embeds segments, the segments' position, the targets' kind, the linear skip as it was
        trained, its start, the maps that are mixed with it, and the two layers that say how.
    normalization : {"last", "standard", None}
    lags : sequence of int
        Over which a mixture looks at changes, ascending.
    **sizes : int
        W, H, T, c, S, Q; which quantile is the `median`; `lag` of normalization and skip; the `season` by which
        gaps are filled; whether the skip is `seasonal`, and whether there is an `indicator` of gaps.

    Returns
    -------
    Network
    """
    at = [tensors[name].data_ptr() if name in tensors else 0 for name in Tensors._fields]
    sizes["embedded"] = tensors["embed"].shape[0] if "embed" in tensors else 0
    sizes["maps"] = tensors["gate"].shape[0] - 1 if "gate" in tensors else 0
    sizes["mixing"] = tensors["hidden"].shape[0] if "hidden" in tensors else 0
    sizes["normalization"] = NORMALIZATIONS.index(normalization)
    # Another type of numbers would be compiled for once more.
    of = Sizes(*[int(sizes[name]) for name in Sizes._fields])
    return Network(of, Tensors(*at), addresses_of(cells), np.array(lags, dtype=np.int64))


def with_cells(network, cells):
    """Return a `Network` as it was but for its cells, whose weights lie elsewhere now; see `network_of`."""
    return network._replace(cells=addresses_of(cells))


def forecast(network, share, past):
    """Forecast one window.

    Parameters
    ----------
    network : Network
    share : float
        See `tsrnn.nn.forecast.ForecastNetwork.keep_share`.
    past : ndarray of float32, shape (W, T)

    Returns
    -------
    forecast : ndarray of float32, shape (H, T, Q)
    own : ndarray of float32, shape (T,)
        The scale of each target by the rows of the window alone.
    """
    return forecast_window(*network, float(share), np.ascontiguousarray(past))


# Loops and no array expressions, each of which would take the compiler a second.


@njit(nogil=True)
def _room(of, cells):
    shape = len(cells), 2, most_units(cells)
    state, ahead = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    return _Room(room_for(cells), state, ahead, np.empty(of.embedded, dtype=np.float32))


@njit(nogil=True)
def _body(of, at, cells, kind, rows, room):
    """Return what the recurrent layers and the linear one make of the rows, shape (at least H·c, Q)."""
    _copy(0, room.state.ctypes.data, room.state.size)
    if at.embed:
        _read_segments(of, at, cells, rows, room)
        return _decode(of, at, cells, kind, room)
    size, places, seen = cell_in(cells, -1).P, _places(room.state), 0
    for t in range(len(rows)):
        seen = advance_layers(cells, places, rows[t].ctypes.data, room.cell)
    if at.kind:
        _add(at.kind + 4 * kind * size, seen, size)
    output = np.zeros((of.H * of.c, of.Q), dtype=np.float32)
    add_product(output.size, size, at.linear, seen, at.linear_bias, output.ctypes.data)
    return output


@njit(nogil=True)
def _read_segments(of, at, cells, rows, room):
    """Embed each segment of S rows, and advance the state by it."""
    places, size, x = _places(room.state), of.S * rows.shape[1], room.x.ctypes.data
    for first in range(0, len(rows), of.S):
        _copy(0, x, of.embedded)
        segment = rows[first].ctypes.data
        add_product(of.embedded, size, at.embed, segment, at.embed_bias, x)
        for i in range(of.embedded):
            room.x[i] = max(room.x[i], np.float32(0))
        advance_layers(cells, places, x, room.cell)


@njit(nogil=True)
def _decode(of, at, cells, kind, room):
    """Return what the linear layer makes of one step more from the last state for each segment ahead."""
    n, size, n_ahead = of.embedded, cell_in(cells, -1).P, -(-of.H // of.S)
    each, x, places = of.S * of.c * of.Q, room.x.ctypes.data, _places(room.ahead)
    output = np.zeros((n_ahead * of.S * of.c, of.Q), dtype=np.float32)
    for k in range(n_ahead):
        _copy(at.position + 4 * k * n, x, n)
        if at.kind:
            _add(at.kind + 4 * kind * n, x, n)
        _copy(room.state.ctypes.data, room.ahead.ctypes.data, room.state.size)
        seen = advance_layers(cells, places, x, room.cell)
        to = output.ctypes.data + 4 * k * each
        add_product(each, size, at.linear, seen, at.linear_bias, to)
    return output


@njit(nogil=True)
def _places(state):
    """Return the addresses of h and c of each layer."""
    places = np.empty((len(state), 2), dtype=np.int64)
    for i in range(len(places)):
        for j in range(2):
            places[i, j] = state[i, j].ctypes.data
    return places


@njit(nogil=True)
def _copy(source, target, n):
    """Write n numbers from one address to another, zeros where there is none."""
    to = matrix(target, 1, n)[0]
    for i in range(n):
        to[i] = matrix(source, 1, n)[0, i] if source else np.float32(0)


@njit(nogil=True)
def _add(source, target, n):
    """Add n numbers at one address to those at another."""
    more, to = matrix(source, 1, n)[0], matrix(target, 1, n)[0]
    for i in range(n):
        to[i] += more[i]


@njit(nogil=True)
def _skip(of, at, lags, z):
    """Return the skip's start and what training added to it, both (H,)."""
    start, trained = np.zeros(of.H, dtype=np.float32), np.zeros(of.H, dtype=np.float32)
    if of.seasonal:
        for step in range(of.H):
            start[step] = z[of.W - of.lag + step % of.lag]
    elif at.skip:
        window = z.ctypes.data
        add_product(of.H, of.W, at.start, window, at.start_bias, start.ctypes.data)
        add_product(of.H, of.W, at.skip, window, at.skip_bias, trained.ctypes.data)
    if of.maps:
        _add(start.ctypes.data, trained.ctypes.data, of.H)
        mix(of, at, lags, z, trained)
        for step in range(of.H):
            trained[step] -= start[step]
    return start, trained


@njit(nogil=True)
def _ascend(raw, median):
    """Make quantiles ascend from their median, see `tsrnn.nn.forecast.QuantileSpread`."""
    for q in range(median + 1, len(raw)):
        raw[q] = raw[q - 1] + _softplus(raw[q])
    for q in range(median - 1, -1, -1):
        raw[q] = raw[q + 1] - _softplus(raw[q])


@njit(nogil=True)
def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@kept_on_disk
def forecast_window(of, at, cells, lags, share, past):
    forecast = np.empty((of.H, of.T, of.Q), dtype=np.float32)
    own = np.empty(of.T, dtype=np.float32)
    typical = matrix(at.typical, 1, of.T)[0]
    lacking = -of.W % of.S  # rows of zeros before the first segment
    z, seen = np.empty((of.c, of.W), dtype=np.float32), np.empty(of.W, dtype=np.bool_)
    location, scale = np.empty(of.c), np.empty(of.c)
    room = _room(of, cells)
    for kind in range(of.T // of.c):
        rows = np.zeros((lacking + of.W, of.c * (1 + of.indicator)), dtype=np.float32)
        for j in range(of.c):
            target = kind * of.c + j
            fill(past, target, z[j], seen, of.season, True)
            location[j], own[target] = scale_of(z[j], seen, of.normalization, of.lag)
            scale[j] = between(own[target], typical[target] if of.normalization else 0.0)
            divisor = scale[j] if scale[j] > 0 else 1.0
            for t in range(of.W):
                z[j, t] = rows[lacking + t, j] = (z[j, t] - location[j]) / divisor
                if of.indicator:
                    rows[lacking + t, of.c + j] = 1.0 if seen[t] else -1.0
        output = _body(of, at, cells, kind, rows, room)
        for j in range(of.c):
            start, trained = _skip(of, at, lags, z[j])
            for step in range(of.H):
                raw = output[step * of.c + j]
                _ascend(raw, of.median)
                for q in range(of.Q):
                    value = start[step] + share * (trained[step] + raw[q])
                    forecast[step, kind * of.c + j, q] = location[j] + scale[j] * value
    return forecast, own
