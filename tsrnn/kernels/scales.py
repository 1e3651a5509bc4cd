"""Windows on a scale of their own: gaps filled, what each is shifted and divided by, and the rows that a network reads.

The equations are those of `tsrnn.nn.scale`, in one pass over a window that stays in the nearest cache.
"""

import math

import numpy as np
from numba import njit

from tsrnn.kernels import UNSEEN_SEASONS
from tsrnn.kernels.blocks import block
from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.sharing import parts_of, share

#: By their place: what a window is shifted and divided by.
NORMALIZATIONS = (None, "last", "standard")
#: Sums may be taken in vectors, in any order.
_SUMS = {"reassoc", "contract", "nsz"}
#: As many multiplications of a product take as long as one number of a window.
_WORK = 200


def scaled(values, typical, normalization, lag, season_length, leads, indicator):
    """Put windows on their own scale.

    Parameters
    ----------
    values : torch.Tensor of float32, shape (N, W, c)
        NaN is missing.
    typical : torch.Tensor of float32, shape (T,)
        What a window's own scale is brought towards, by the geometric mean, target by target; 0: it stays its own.
        Windows of one target each follow one another target by target.
    normalization : {"last", "standard", None}
    lag : int
        Rows by whose mean "last" shifts.
    season_length : int
    leads : bool
        See `tsrnn.nn.scale.fill_missing`.
    indicator : bool
        Whether the network is told which rows were seen.

    Returns
    -------
    rows : torch.Tensor, shape (N, W, c) or, with an indicator, (N, W, 2c)
    z : torch.Tensor, shape (N, W, c)
        The same without the indicator.
    location, scale : torch.Tensor, shape (N, 1, c), or None
        None without a normalization.
    """
    n, n_rows, c = values.shape
    values = values.detach().contiguous()
    z, location, scale = block(n, n_rows, c), block(n, 1, c), block(n, 1, c)
    rows = block(n, n_rows, 2 * c) if indicator else z
    how = (
        NORMALIZATIONS.index(normalization),
        int(lag),
        int(season_length),
        bool(leads),
        bool(indicator),
    )
    arrays = [part.numpy() for part in (values, typical, z, rows, location, scale)]
    parts = parts_of(n, n_rows * c * _WORK, 1)
    share(lambda _, first, last: scale_windows(*how, *arrays, first, last), parts)
    if normalization is None:
        return rows, z, None, None
    return rows, z, location, scale


@njit(nogil=True)
def fill(past, target, values, seen, season_length, leads):
    """Write a column, its gaps filled as by `tsrnn.nn.scale.fill_missing`."""
    latest, begun, has_gaps = np.float32(0), False, False
    for t in range(len(values) - 1, -1, -1):
        values[t] = past[t, target]
        seen[t] = not math.isnan(values[t])
        if seen[t]:
            latest = values[t]
    for t in range(len(values)):
        if seen[t]:
            latest, begun = values[t], True
        has_gaps |= not seen[t] and (begun or leads)
        values[t] = latest
    if begun and has_gaps and season_length > 1:
        _fill_by_season(values, seen, season_length, leads)


@njit(nogil=True)
def _fill_by_season(values, seen, season_length, leads):
    """Fill gaps by what is usual in the season, added to a line between the rows beside."""
    usual, before = _usual(values, seen, season_length), -1
    for t in range(len(values)):
        if not seen[t]:
            continue
        if leads or before >= 0:
            _draw_line(values, usual, before, t)
        before = t
    _draw_line(values, usual, before, len(values))


@njit(nogil=True)
def _usual(values, seen, season_length):
    """Return how far each row of the season usually is from the mean."""
    usual, counts = np.zeros(season_length), np.zeros(season_length)
    mean, n_seen = 0.0, 0
    for t in range(len(values)):
        if seen[t]:
            mean, n_seen = mean + values[t], n_seen + 1
    mean /= max(1, n_seen)
    for t in range(len(values)):
        if seen[t]:
            usual[t % season_length] += values[t] - mean
            counts[t % season_length] += 1
    for k in range(season_length):
        usual[k] /= counts[k] + UNSEEN_SEASONS
    return usual


@njit(nogil=True)
def _draw_line(values, usual, before, after):
    """Write the rows between two others, one of which may not be there."""
    there = after if before < 0 else before
    begin = end = values[there] - usual[there % len(usual)]
    if after < len(values):
        end = values[after] - usual[after % len(usual)]
    for t in range(before + 1, after):
        part = (t - before) / (after - before)
        values[t] = usual[t % len(usual)] + begin + (end - begin) * part


@njit(nogil=True, fastmath=_SUMS)
def scale_of(values, seen, normalization, lag):
    """Return what filled values are shifted and divided by, 0 and 1 without a normalization; see `window_scale`."""
    if normalization == 0:
        return 0.0, 1.0
    n, count = len(values), np.int32(0)
    largest, moved, total, squares = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for t in range(n):
        largest = max(largest, abs(values[t]))
        count += seen[t]
    count = max(1, count)
    if normalization == 1:
        location = 0.0
        for t in range(n - lag, n):
            location += values[t] / lag
        for t in range(1, n):
            moved += abs(values[t] - values[t - 1])
        scale = moved / max(1, count - 1)
    else:
        for t in range(n):
            total += values[t] if seen[t] else np.float32(0)
        location = total / count
        middle = np.float32(location)
        for t in range(n):
            apart = values[t] - middle if seen[t] else np.float32(0)
            squares += apart * apart
        scale = math.sqrt(squares / count)
    return location, scale if scale > 1e-6 * largest else 0.0


@njit(nogil=True)
def between(own, typical):
    """Return the geometric mean of a window's own scale and the typical one, or the own where one of them is 0."""
    both = own * typical
    return math.sqrt(both) if both > 0 else own


@kept_on_disk
def scale_windows(
    normalization,
    lag,
    season,
    leads,
    indicator,
    values,
    typical,
    z,
    rows,
    location,
    scale,
    first,
    last,
):
    _, n, c = values.shape
    filled, seen = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.bool_)
    for i in range(first, last):
        for j in range(c):
            fill(values[i], j, filled, seen, season, leads)
            where, own = scale_of(filled, seen, normalization, lag)
            by = between(own, typical[(i * c + j) % len(typical)] if normalization else 0.0)
            location[i, 0, j], scale[i, 0, j] = where, by
            shift, divisor = np.float32(where), np.float32(by if by > 0 else 1)
            for t in range(n):
                z[i, t, j] = (filled[t] - shift) / divisor
            if indicator:
                for t in range(n):
                    rows[i, t, j] = z[i, t, j]
                    rows[i, t, c + j] = 1 if seen[t] else -1
