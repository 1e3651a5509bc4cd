"""One sweep over time, forward and back, for every recurrence that is a product and some equations.

Rows of a batch do not know each other, so a few of them go through all the steps before the next few begin: what they
need stays in the nearest cache. A step is

    gates = bias + x_t·Wx + h_{t-1}·Wh          two products, each into some of the gates' blocks
    gates, c_t, u_t = equations(gates, h_{t-1}, c_{t-1})
    h_t = u_t, or u_t·Wr                         where the recurrence projects

and the way back undoes it: from the derivatives of h_t and c_t those of the gates, and from these, by the products
transposed, those of what came before. Nothing of the size of the whole sequence is written but what the way back needs.

Shapes: B rows, T steps, D features of an input, H units, P outputs (H where nothing is projected), K numbers in a row
of gates, its padding counted. Addresses are integers; strides are in numbers.
"""

import hashlib
from pathlib import Path

import numpy as np
from numba import njit

from tsrnn.kernels.equations import step, step_back
from tsrnn.kernels.products import PANEL, add_product, pack, padded
from tsrnn.kernels.vectors import elementwise

#: Rows that go through time together. A multiple of a tile's, and enough to make the weights' gradient worth loading.
ROWS = 32

copy = elementwise(lambda a: (a,), [(0, 0)], [(1, 0)], 2)
add = elementwise(lambda a, b: (a + b,), [(0, 0), (1, 0)], [(1, 0)], 2)


@njit(nogil=True)
def _forward(
    number, x_from, x_to, h_from, h_to, x, h, c, wx, wh, bias, extra, wr, gates, cs, us, out, first, last,
):  # fmt: skip
    """Run rows `first` to `last` of a batch through all steps.

    Parameters
    ----------
    number, x_from, x_to, h_from, h_to : int
        Of the recurrence; see `tsrnn.kernels.equations.Recurrence`.
    x : ndarray (B, T, D)
    h : ndarray (B, P)
        Before the first step.
    c : ndarray (B, H)
        Before the first step; of a recurrence without a memory anything.
    wx, wh, bias : ndarray (x_blocks·H, D), (h_blocks·H, P), (blocks·H,)
    extra : ndarray (n, H)
    wr : ndarray (P, H)
        Without a row where nothing is projected.
    gates : ndarray (T or 1, B, K)
        Written: the gates of each step, or of the last alone.
    cs, us : ndarray (T or 1, B, H)
        Written: the memory of each step, and what is projected.
    out : ndarray (B, T, P)
        Written.
    """
    B, T, D = x.shape
    H, P, K = cs.shape[2], out.shape[2], gates.shape[2]
    units_x, units_h = (x_to - x_from) * H, (h_to - h_from) * H
    gate_step = B * K if len(gates) > 1 else 0
    memory_step = B * H if len(cs) > 1 else 0
    projected = len(wr) > 0
    packed_x, packed_h, packed_r = pack(wx), pack(wh), pack(wr)
    wide_bias = np.zeros(K, dtype=np.float32)
    wide_bias[: len(bias)] = bias
    projection = np.empty((ROWS, padded(P)), dtype=np.float32)
    at_x, at_h, at_c, at_out = x.ctypes.data, h.ctypes.data, c.ctypes.data, out.ctypes.data
    at_gates, at_cs, at_us, at_p = (
        gates.ctypes.data,
        cs.ctypes.data,
        us.ctypes.data,
        projection.ctypes.data,
    )
    width = projection.shape[1]
    for row in range(first, last, ROWS):
        rows = min(ROWS, last - row)
        h_before, h_row = at_h + 4 * row * P, P
        c_before, c_row = at_c + 4 * row * H, H
        for t in range(T):
            gate = at_gates + 4 * (t * gate_step + row * K)
            memory = 4 * (t * memory_step + row * H)
            answer = at_out + 4 * (row * T + t) * P
            for r in range(rows):
                copy(K, wide_bias.ctypes.data, gate + 4 * r * K)
            add_product(
                rows, units_x, D, at_x + 4 * (row * T + t) * D, T * D, 1,
                packed_x.ctypes.data, D * PANEL, PANEL, gate + 4 * x_from * H, K,
            )  # fmt: skip
            add_product(
                rows, units_h, P, h_before, h_row, 1,
                packed_h.ctypes.data, P * PANEL, PANEL, gate + 4 * h_from * H, K,
            )  # fmt: skip
            u, u_row = (at_us + memory, H) if projected else (answer, T * P)
            for r in range(rows):
                step(
                    number, H, gate + 4 * r * K, h_before + 4 * r * h_row, c_before + 4 * r * c_row, extra.ctypes.data,
                    at_cs + memory + 4 * r * H, u + 4 * r * u_row,
                )  # fmt: skip
            if projected:
                projection[:rows] = 0
                add_product(
                    rows, P, H, u, H, 1, packed_r.ctypes.data, H * PANEL, PANEL, at_p, width
                )
                for r in range(rows):
                    copy(P, at_p + 4 * r * width, answer + 4 * r * T * P)
            h_before, h_row = answer, T * P
            c_before, c_row = at_cs + memory, H


@njit(nogil=True)
def _backward(
    number, x_from, x_to, h_from, h_to, x, h, c, wx, wh, extra, wr, gates, cs, us, out,
    d_out, dh, dc, dx, dwx, dwh, dbias, dextra, dwr, first, last,
):  # fmt: skip
    """Go back through all steps of rows `first` to `last`, adding to the gradients of the weights.

    Parameters
    ----------
    number, x_from, x_to, h_from, h_to, x, h, c, wx, wh, extra, wr, gates, cs, us, out : as in `_forward`
    d_out : ndarray (B, T, P)
        Derivative of the loss by the outputs; without a row where it is zero.
    dh, dc : ndarray (B, P), (B, H)
        By the last state; overwritten with that by the first.
    dx : ndarray (B, T, D)
        Written; without a row where it is not wanted.
    dwx, dwh, dbias, dextra, dwr : ndarray
        By the weights, of their shapes: written.
    """
    B, T, D = x.shape
    H, P, K = cs.shape[2], out.shape[2], gates.shape[2]
    units_x, units_h = (x_to - x_from) * H, (h_to - h_from) * H
    projected, wants_dx, has_d_out = len(wr) > 0, len(dx) > 0, len(d_out) > 0
    packed_x, packed_h, packed_r = pack(wx.T), pack(wh.T), pack(wr.T)
    sum_x = np.zeros((D, padded(units_x)), dtype=np.float32)
    sum_h = np.zeros((P, padded(units_h)), dtype=np.float32)
    sum_r = np.zeros((P, padded(H)), dtype=np.float32)
    sum_bias = np.zeros(K, dtype=np.float32)
    dextra[:] = 0
    d_gates = np.zeros((ROWS, K), dtype=np.float32)
    d_h = np.zeros((ROWS, padded(P)), dtype=np.float32)
    d_u = np.zeros((ROWS, padded(H)), dtype=np.float32)
    d_x = np.zeros((ROWS, padded(D)), dtype=np.float32)
    at_d, at_dh, at_dx = d_gates.ctypes.data, d_h.ctypes.data, d_x.ctypes.data
    at_du = d_u.ctypes.data if projected else at_dh
    h_width, x_width = d_h.shape[1], d_x.shape[1]
    u_width = d_u.shape[1] if projected else h_width
    at_x, at_out, at_gates, at_cs, at_us = (
        x.ctypes.data, out.ctypes.data, gates.ctypes.data, cs.ctypes.data, us.ctypes.data,
    )  # fmt: skip
    for row in range(first, last, ROWS):
        rows = min(ROWS, last - row)
        for r in range(rows):
            copy(P, dh.ctypes.data + 4 * (row + r) * P, at_dh + 4 * r * h_width)
        for t in range(T - 1, -1, -1):
            gate, memory = at_gates + 4 * (t * B + row) * K, 4 * (t * B + row) * H
            answer = 4 * (row * T + t) * P
            h_before, h_row = (
                (at_out + answer - 4 * P, T * P) if t else (h.ctypes.data + 4 * row * P, P)
            )
            c_before = at_cs + memory - 4 * B * H if t else c.ctypes.data + 4 * row * H
            u, u_row = (at_us + memory, H) if projected else (at_out + answer, T * P)
            if has_d_out:
                for r in range(rows):
                    add(P, d_out.ctypes.data + answer + 4 * r * T * P, at_dh + 4 * r * h_width)
            if projected:
                add_product(
                    P, H, rows, at_dh, 1, h_width, u, PANEL, H, sum_r.ctypes.data, sum_r.shape[1]
                )
                d_u[:rows] = 0
                add_product(
                    rows,
                    H,
                    P,
                    at_dh,
                    h_width,
                    1,
                    packed_r.ctypes.data,
                    P * PANEL,
                    PANEL,
                    at_du,
                    u_width,
                )
                d_h[:rows] = 0
            for r in range(rows):
                step_back(
                    number, H, gate + 4 * r * K, h_before + 4 * r * h_row, c_before + 4 * r * H, extra.ctypes.data,
                    at_cs + memory + 4 * r * H, u + 4 * r * u_row, at_du + 4 * r * u_width,
                    dc.ctypes.data + 4 * (row + r) * H, at_d + 4 * r * K, dextra.ctypes.data,
                )  # fmt: skip
                add(K, at_d + 4 * r * K, sum_bias.ctypes.data)
            add_product(
                rows, P, units_h, at_d + 4 * h_from * H, K, 1,
                packed_h.ctypes.data, units_h * PANEL, PANEL, at_dh, h_width,
            )  # fmt: skip
            add_product(
                P, units_h, rows, h_before, 1, h_row,
                at_d + 4 * h_from * H, PANEL, K, sum_h.ctypes.data, sum_h.shape[1],
            )  # fmt: skip
            add_product(
                D, units_x, rows, at_x + 4 * (row * T + t) * D, 1, T * D,
                at_d + 4 * x_from * H, PANEL, K, sum_x.ctypes.data, sum_x.shape[1],
            )  # fmt: skip
            if wants_dx:
                d_x[:rows] = 0
                add_product(
                    rows, D, units_x, at_d + 4 * x_from * H, K, 1,
                    packed_x.ctypes.data, units_x * PANEL, PANEL, at_dx, x_width,
                )  # fmt: skip
                for r in range(rows):
                    copy(D, at_dx + 4 * r * x_width, dx.ctypes.data + 4 * ((row + r) * T + t) * D)
        for r in range(rows):
            copy(P, at_dh + 4 * r * h_width, dh.ctypes.data + 4 * (row + r) * P)
    dwx[:], dwh[:] = sum_x[:, :units_x].T, sum_h[:, :units_h].T
    if projected:
        dwr[:] = sum_r[:, :H]
    dbias[:] = sum_bias[: len(dbias)]


#: Of the sources in this folder.
DIGEST = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()[:16]


def _kept_on_disk(digest):
    """Return `_forward` and `_backward`, compiled by the first process that calls them, and read by later ones.

    numba knows what it compiled by the code of the function and what that encloses, not by what it calls; the digest
    stands for that.
    """

    @njit(nogil=True, cache=True)
    def forward(*args):
        digest  # noqa: B018
        _forward(*args)

    @njit(nogil=True, cache=True)
    def backward(*args):
        digest  # noqa: B018
        _backward(*args)

    return forward, backward


forward, backward = _kept_on_disk(DIGEST)
