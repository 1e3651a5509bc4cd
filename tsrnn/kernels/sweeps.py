"""One sweep over time, forward and back, for every recurrence that is a product and some equations.

Rows of a batch do not know each other, so a few of them go through all the steps before the next few begin: what they
need stays in the nearest cache. A step is

    z = [x_t, 1, h_{t-1}]
    gates = z·W                                  the input's weights, the biases and the state's weights in one
    gates, c_t, u_t = equations(gates, h_{t-1}, c_{t-1})
    h_t = u_t, or u_t·Wr                         where the recurrence projects

and the way back undoes it: from the derivatives of h_t and c_t those of the gates, and from these, by the products
transposed, those of what came before. The derivative of W is the product zᵀ·d_gates over all rows and steps: both are
laid aside until there are so many of them that the product is worth loading W's for.

Shapes: B rows, T steps, D features of an input, H units, P outputs (H where nothing is projected), K numbers in a row
of gates, its padding counted. Tensors come as addresses, 0 where there is none.
"""

from collections import namedtuple

import numpy as np
from numba import njit

from tsrnn.kernels.denormals import flush, restore
from tsrnn.kernels.equations import step, step_back
from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.products import PANEL, apart, matrix, pack, packed_size, padded, product
from tsrnn.kernels.sums import add, begin_sums, copy, sums_at, unpack_sums
from tsrnn.kernels.weights import (
    add_to_sums,
    multiply_gates,
    pack_back,
    pack_gates,
)

#: Rows that go through time together, and that are laid aside at most, times steps.
ROWS, _ASIDE = 32, 128

#: `number` and blocks of a `tsrnn.kernels.equations.Recurrence`; sizes, R a projection's rows; numbers from one row of
#: x to the next; of how many steps gates, c and u are kept: of all, or of the last alone.
Sizes = namedtuple(
    "Sizes", "number h_from x_to h_to n_extra B T D H P R K x_row gate_steps c_steps u_steps"
)
#: Addresses. x (B, T, D); h (B, P) and c (B, H) before the first step, 0 for zeros; the weights, wr (P, H)
#: that of the projection; gates (steps, B, K), cs and us (steps, B, H), out (B, T, P): written on the way forward.
Tensors = namedtuple("Tensors", "x h c wx wh bias_x bias_h extra wr gates cs us out")
#: Addresses of derivatives, 0 where they are zero or not wanted. by_out (B, T, P), by_h (B, P) and by_c (B, H): by the
#: outputs and the last state, read; the others, of the same names as above, written.
Derivatives = namedtuple("Derivatives", "by_out by_h by_c x h c wx wh bias_x bias_h extra wr")

Transposed = namedtuple("Transposed", "x h r")
Scratch = namedtuple("Scratch", "zs d_gates d_h d_c d_u d_x nothing")


@njit(nogil=True)
def copy_rows(rows, n, source, source_row, target, target_row):
    if n == 1:  # a vector of which most is masked costs more
        for r in range(rows):
            matrix(target + 4 * r * target_row, 1, 1)[0, 0] = matrix(
                source + 4 * r * source_row, 1, 1
            )[0, 0]
        return
    for r in range(rows):
        copy(n, source + 4 * r * source_row, target + 4 * r * target_row)


@njit(nogil=True)
def clear(rows, n, target, target_row):
    """Write zeros."""
    for r in range(rows):
        row = matrix(target + 4 * r * target_row, 1, n)
        for i in range(n):
            row[0, i] = 0


@kept_on_disk
def prepare(of, at):
    """Return what the way forward multiplies by, packed."""
    return pack_gates(of, at), packed_of(at.wr, of.P, of.H)


@kept_on_disk
def forward(of, at, packed, h_last, c_last, first, last):
    """Run rows `first` to `last` of a batch through all steps; the state after them goes to two more addresses."""
    before = flush()
    B, T, D, H, P = of.B, of.T, of.D, of.H, of.P
    weights, projection = packed if len(packed[0]) else prepare(of, at)
    zs, nothing = rows_of_z(of, ROWS), np.zeros(H, dtype=np.float32)
    z, z_row = zs.ctypes.data, zs.shape[1]
    h = z + 4 * (D + 1)
    for row in range(first, last, ROWS):
        rows = min(ROWS, last - row)
        _begin(zs[:, D + 1 :], rows, P, at.h, row)
        c_before, c_row = (at.c + 4 * row * H, H) if at.c else (nothing.ctypes.data, 0)
        for t in range(T):
            gates = at.gates + 4 * (t % of.gate_steps * B + row) * of.K
            c = at.cs + 4 * (t % of.c_steps * B + row) * H
            answer = at.out + 4 * (row * T + t) * P
            u, u_row = (at.us + 4 * (t % of.u_steps * B + row) * H, H) if at.wr else (answer, T * P)
            copy_rows(rows, D, at.x + 4 * (row * of.x_row + t * D), of.x_row, z, z_row)
            has_state = t > 0 or at.h != 0
            multiply_gates(of, weights, has_state, rows, z, z_row, gates)
            for r in range(rows):
                step(
                    of.number, H, gates + 4 * r * of.K, h + 4 * r * z_row, c_before + 4 * r * c_row, at.extra,
                    c + 4 * r * H, u + 4 * r * u_row,
                )  # fmt: skip
            if at.wr:
                product(rows, P, H, u, H, 1, projection.ctypes.data, h, z_row, 0)
                copy_rows(rows, P, h, z_row, answer, T * P)
            else:
                copy_rows(rows, P, answer, T * P, h, z_row)
            c_before, c_row = c, H
        copy_rows(rows, P, h, z_row, h_last + 4 * row * P, P)
        if c_last:
            copy_rows(rows, H, c_before, H, c_last + 4 * row * H, H)
    restore(before)


@kept_on_disk
def backward(of, at, d, packed, sums, first, last):
    """Go back through all steps of rows `first` to `last`; add to the sums of a part, see `tsrnn.kernels.sums`."""
    before = flush()
    T, D, H, P = of.T, of.D, of.H, of.P
    back = packed if len(packed.h) else prepare_back(of, at, d)
    # Zeros, because products read beyond the last number of a row: what lies in memory by chance may be one of those
    # next to nothing, by which a processor multiplies twenty times as slowly.
    s = Scratch(
        rows_of_z(of, _ASIDE),
        np.zeros((_ASIDE + 1, apart(of.K)), dtype=np.float32),
        np.zeros((ROWS, apart(P)), dtype=np.float32),
        np.zeros((ROWS, H), dtype=np.float32),
        np.zeros((ROWS, apart(H)), dtype=np.float32),
        np.zeros((_ASIDE if d.x else 0, apart(D)), dtype=np.float32),
        np.zeros(H, dtype=np.float32),
    )
    numbers, aside = begin_sums(of, sums), 0
    to = sums_at(of, numbers)
    for row in range(first, last, ROWS):
        rows = min(ROWS, last - row)
        _begin(s.d_h, rows, P, d.by_h, row)
        _begin(s.d_c, rows, H, d.by_c, row)
        for t in range(T - 1, -1, -1):
            _step_back(of, at, d, back, s, to, aside, row, rows, t)
            aside += rows
            if t == 0 or aside + rows > _ASIDE:
                moved = aside if t or at.h else aside - rows
                add_to_sums(of, to.w, aside, moved, s.zs, s.d_gates)
                if d.x:
                    _to_inputs(of, d.x, back, s, aside, row, rows, t)
                aside = 0
        if d.h:
            copy_rows(rows, P, s.d_h.ctypes.data, s.d_h.shape[1], d.h + 4 * row * P, P)
        if d.c:
            copy_rows(rows, H, s.d_c.ctypes.data, H, d.c + 4 * row * H, H)
    if not len(sums):
        unpack_sums(of, d, numbers.reshape(1, len(numbers)))
    restore(before)


@njit(nogil=True)
def _step_back(of, at, d, back, s, sums, aside, row, rows, t):
    """Go back by one step: from the derivatives `d_h` and `d_c` of the state after it to those of the one before."""
    B, T, H, P = of.B, of.T, of.H, of.P
    d_row, h_row = s.d_gates.shape[1], s.d_h.shape[1]
    h, d_gates = _lay_aside(of, at, s, aside, row, rows, t)
    d_h, d_u, du_row = s.d_h.ctypes.data, s.d_h.ctypes.data, h_row
    answer = 4 * (row * T + t) * P
    gates = at.gates + 4 * (t % of.gate_steps * B + row) * of.K
    c, u, u_row = at.cs + 4 * (t % of.c_steps * B + row) * H, at.out + answer, T * P
    c_before, c_row = (c - 4 * B * H, H) if t else (at.c + 4 * row * H, H)
    if not (t or at.c):
        c_before, c_row = s.nothing.ctypes.data, 0
    if d.by_out:
        for r in range(rows):
            add(P, d.by_out + answer + 4 * r * T * P, d_h + 4 * r * h_row)
    if at.wr:
        u, u_row = at.us + 4 * (t * B + row) * H, H
        d_u, du_row = s.d_u.ctypes.data, s.d_u.shape[1]
        product(P, H, rows, d_h, 1, h_row, u, sums.r, padded(H), 1, PANEL, H)
        product(rows, H, P, d_h, h_row, 1, back.r.ctypes.data, d_u, du_row, 0)
    for r in range(rows):
        step_back(
            of.number, H, gates + 4 * r * of.K, h + 4 * r * s.zs.shape[1], c_before + 4 * r * c_row, at.extra,
            c + 4 * r * H, u + 4 * r * u_row, d_u + 4 * r * du_row,
            s.d_c.ctypes.data + 4 * r * H, d_gates + 4 * r * d_row, sums.extra,
        )  # fmt: skip
    if t or d.h:
        by_h, units_h = d_gates + 4 * of.h_from * H, (of.h_to - of.h_from) * H
        adds = 0 if at.wr else 1
        product(rows, P, units_h, by_h, d_row, 1, back.h.ctypes.data, d_h, h_row, adds)


@njit(nogil=True)
def _to_inputs(of, dx, back, s, aside, row, rows, t):
    """Write the derivatives of the inputs of the steps that are laid aside, of which t was the last."""
    T, D, x_row = of.T, of.D, s.d_x.shape[1]
    d_x, d_gates = s.d_x.ctypes.data, s.d_gates.ctypes.data
    product(
        aside, D, of.x_to * of.H, d_gates, s.d_gates.shape[1], 1, back.x.ctypes.data, d_x, x_row, 0
    )
    for first in range(aside - rows, -1, -rows):
        copy_rows(rows, D, d_x + 4 * first * x_row, x_row, dx + 4 * (row * T + t) * D, T * D)
        t += 1


@njit(nogil=True)
def _lay_aside(of, at, s, aside, row, rows, t):
    """Write z of a step; return the addresses of its h, and of where the gates' derivatives belong."""
    z_row, T, D, P = s.zs.shape[1], of.T, of.D, of.P
    z = s.zs.ctypes.data + 4 * aside * z_row
    h, d_gates = z + 4 * (D + 1), s.d_gates.ctypes.data + 4 * aside * s.d_gates.shape[1]
    copy_rows(rows, D, at.x + 4 * (row * of.x_row + t * D), of.x_row, z, z_row)
    if t:
        copy_rows(rows, P, at.out + 4 * (row * T + t - 1) * P, T * P, h, z_row)
    else:
        _begin(s.zs[aside:, D + 1 :], rows, P, at.h, row)
    return h, d_gates


@njit(nogil=True)
def _begin(rows_of, rows, n, source, row):
    """Write `n` numbers of some rows from an address, zeros where there is none."""
    target, stride = rows_of.ctypes.data, rows_of.strides[0] // 4
    if source:
        copy_rows(rows, n, source + 4 * row * n, n, target, stride)
    else:
        clear(rows, n, target, stride)


@njit(nogil=True)
def rows_of_z(of, n):
    """Return room for `n` rows of z, its 1 written, and for what a product reads or writes beyond the last."""
    z = np.zeros((n + 1, apart(of.D + 1 + padded(of.P))), dtype=np.float32)
    for row in range(n + 1):
        z[row, of.D] = 1
    return z


@njit(nogil=True)
def packed_of(weight, columns, inner):
    """Return a matrix (columns, inner) packed for a product by its transpose; nothing where it has no address."""
    packed = np.zeros(packed_size(inner, columns) if weight else 0, dtype=np.float32)
    if weight:
        pack(packed, inner, matrix(weight, columns, inner))
    return packed


@kept_on_disk
def prepare_back(of, at, d):
    """Return what the way back multiplies by, packed."""
    return Transposed(
        pack_back(of, at.wx if d.x else 0),
        _packed_back(at.wh, (of.h_to - of.h_from) * of.H, of.P),
        _packed_back(at.wr, of.P, of.H),
    )


@njit(nogil=True)
def _packed_back(weight, rows, columns):
    """Return a matrix (rows, columns) packed for a product by itself; nothing where it has no address."""
    packed = np.zeros(packed_size(rows, columns) if weight else 0, dtype=np.float32)
    if weight:
        pack(packed, rows, matrix(weight, rows, columns).T)
    return packed


#: Packed weights of a sweep that is in one part, which packs them itself: each call costs more than it computes.
NONE_YET = (np.zeros(0, dtype=np.float32),) * 2
NONE_YET_BACK = Transposed(*NONE_YET, NONE_YET[0])
