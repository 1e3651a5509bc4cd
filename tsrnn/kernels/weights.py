"""The matrix W, which makes gates of z = [x, 1, h]: the input's weights, the biases and the state's weights in one.

Some gates read the input alone or the state alone: only a GRU's, whose candidate has a block of gates for each. So W is
cut into three ranges of columns, any of which may be empty, each with the rows that are not zero:

            x only    both    h only
    x         ▇         ▇
    1         ▇         ▇        ▇
    h                   ▇        ▇

torch orders a weight's rows by gate, those of the candidate last: of the input's weights the block that is first here.
The parts are packed one after the other in one array; the sums of their gradients lie likewise.
"""

from collections import namedtuple

import numpy as np
from numba import njit

from tsrnn.kernels.products import (
    LANES,
    PANEL,
    TILE_ROWS,
    matrix,
    pack,
    packed_size,
    padded,
    product,
)

#: Columns from and to, rows from and to, and where its rows of the input's and of the state's weights begin.
Part = namedtuple("Part", "left right top bottom of_x of_h")


@njit(nogil=True)
def part(k, of):
    """Return the k-th of the three parts; `of` has the sizes."""
    H, whole = of.H, of.D + 1 + of.P
    both = (of.x_to - of.h_from) * H
    if k == 0:
        return Part(0, of.h_from * H, 0, of.D + 1, both, 0)
    if k == 1:
        return Part(of.h_from * H, of.x_to * H, 0, whole, 0, 0)
    return Part(of.x_to * H, of.h_to * H, of.D, whole, 0, both)


def gate_row(recurrence, units):
    """Return the length of a row of gates, with room for what a product writes beyond the last of each part."""
    (_, x_to), (h_from, h_to) = recurrence.x_blocks, recurrence.h_blocks
    parts = [(0, h_from), (h_from, x_to), (x_to, h_to), (0, recurrence.blocks)]
    ends = [left * units - (left - right) * units // LANES * LANES for left, right in parts]
    return -(-max(ends) // LANES) * LANES


@njit(nogil=True)
def pack_gates(of, at):
    """Return W, packed, from the addresses of its parts."""
    size = 0
    for k in range(3):
        p = part(k, of)
        size += packed_size(p.bottom - p.top, p.right - p.left)
    packed, begin = np.zeros(size, dtype=np.float32), 0
    for k in range(3):
        p = part(k, of)
        inner, n = p.bottom - p.top, p.right - p.left
        here = packed[begin:]
        bias = np.zeros((n, 1), dtype=np.float32)
        if k < 2:
            pack(here, inner, matrix(at.wx + 4 * p.of_x * of.D, n, of.D))
            for i in range(n):
                bias[i, 0] += matrix(at.bias_x + 4 * p.of_x, n, 1)[i, 0]
        if k > 0:
            pack(here, inner, matrix(at.wh + 4 * p.of_h * of.P, n, of.P), of.D + 1 - p.top)
            for i in range(n):
                bias[i, 0] += matrix(at.bias_h + 4 * p.of_h, n, 1)[i, 0]
        pack(here, inner, bias, of.D - p.top)
        begin += packed_size(inner, n)
    return packed


@njit(nogil=True)
def pack_back(of, wx):
    """Return the input's weights packed for the way back from the gates to the input; nothing without an address."""
    rows = of.x_to * of.H
    packed = np.zeros(packed_size(rows, of.D) if wx else 0, dtype=np.float32)
    for k in range(2 if wx else 0):
        p = part(k, of)
        weight = matrix(wx + 4 * p.of_x * of.D, p.right - p.left, of.D)
        pack(packed, rows, weight.T, p.left)
    return packed


@njit(nogil=True)
def multiply_gates(of, packed, has_state, rows, z, z_row, gates):
    """Write the gates z·W of some rows; without a state as if it were zero. z and the gates are addresses."""
    at = packed.ctypes.data
    for k in range(3):
        p = part(k, of)
        inner, n = p.bottom - p.top, p.right - p.left
        used = inner if has_state else of.D + 1 - p.top
        product(
            rows, n, used, z + 4 * p.top, z_row, 1, at, gates + 4 * p.left, of.K, 0, inner * PANEL
        )
        at += 4 * packed_size(inner, n)


@njit(nogil=True)
def multiply_state(of, packed, rows, h, h_row, gates):
    """Write what the state alone adds to the gates of some rows. h and the gates are addresses."""
    at = packed.ctypes.data
    for k in range(3):
        p = part(k, of)
        inner, n = p.bottom - p.top, p.right - p.left
        if k > 0:
            begin = at + 4 * (inner - of.P) * PANEL
            product(rows, n, of.P, h, h_row, 1, begin, gates + 4 * p.left, of.K, 0, inner * PANEL)
        at += 4 * packed_size(inner, n)


@njit(nogil=True)
def size_of_w(of):
    """Return how many numbers the sums of the gradient of W take."""
    size = 0
    for k in range(3):
        p = part(k, of)
        size += (p.bottom - p.top) * padded(p.right - p.left)
    return size


@njit(nogil=True)
def add_to_sums(of, at, n, n_moved, z, d_gates):
    """Add zᵀ·d_gates of n rows to the gradient of W, at an address; the first `n_moved` rows alone have a state."""
    for k in range(3):
        p = part(k, of)
        rows, width = p.bottom - p.top, padded(p.right - p.left)
        # Whole tiles: some of the state's numbers are multiplied though they are zero.
        stateless = (
            min(rows, -(-(of.D + 1 - p.top) // TILE_ROWS) * TILE_ROWS) if n_moved < n else rows
        )
        for top, bottom, inner in ((0, stateless, n), (stateless, rows, n_moved)):
            if bottom > top and inner:
                product(
                    bottom - top, p.right - p.left, inner, z.ctypes.data + 4 * (p.top + top), 1, z.shape[1],
                    d_gates.ctypes.data + 4 * p.left, at + 4 * top * width, width, 1, PANEL, d_gates.shape[1],
                )  # fmt: skip
        at += 4 * rows * width


@njit(nogil=True)
def add_state_to_sums(of, at, n, h, h_row, d_gates):
    """Add hᵀ·d_gates of n rows to the gradient of the state's weights in W. It and h are addresses."""
    for k in range(3):
        p = part(k, of)
        width = padded(p.right - p.left)
        if k > 0:
            begin = at + 4 * (p.bottom - p.top - of.P) * width
            product(
                of.P, p.right - p.left, n, h, 1, h_row, d_gates.ctypes.data + 4 * p.left, begin, width, 1,
                PANEL, d_gates.shape[1],
            )  # fmt: skip
        at += 4 * (p.bottom - p.top) * width


@njit(nogil=True)
def transpose(rows, columns, source, source_row, target):
    """Write the transpose of (rows, columns), a few columns at a time: their lines stay in the cache. At addresses."""
    to = matrix(target, columns, rows)
    for first in range(0, columns, LANES):
        for i in range(rows):
            row = matrix(source + 4 * i * source_row, 1, columns)
            for j in range(first, min(columns, first + LANES)):
                to[j, i] = row[0, j]


@njit(nogil=True)
def unpack_w(of, at, d):
    """Write the gradient of W, at an address, to the addresses of its parts."""
    for k in range(3):
        p = part(k, of)
        rows, n, width = p.bottom - p.top, p.right - p.left, padded(p.right - p.left)
        of_one, of_h = at + 4 * (of.D - p.top) * width, at + 4 * (of.D + 1 - p.top) * width
        if k < 2:
            transpose(of.D, n, at, width, d.wx + 4 * p.of_x * of.D)
            transpose(1, n, of_one, width, d.bias_x + 4 * p.of_x)
        if k > 0:
            transpose(of.P, n, of_h, width, d.wh + 4 * p.of_h * of.P)
            transpose(1, n, of_one, width, d.bias_h + 4 * p.of_h)
        at += 4 * rows * width
