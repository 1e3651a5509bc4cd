"""Many steps from one state, forward and back: what each of several inputs would make of it.

A network that decodes in parallel goes one step from a window's last state for each segment to come, with the same
inputs for every window. So neither product is done for every pair: the inputs' is the same for all rows, and the
state's for all of its steps; only the equations are each pair's own. What is written is as in `tsrnn.kernels.sweeps`,
a step for each input, but all from the state before the first.
"""

import numpy as np
from numba import njit

from tsrnn.kernels.denormals import flush, restore
from tsrnn.kernels.equations import step, step_back
from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.products import PANEL, apart, padded, product
from tsrnn.kernels.sums import add, sums_at
from tsrnn.kernels.sweeps import ROWS, clear, copy_rows, rows_of_z
from tsrnn.kernels.vectors import elementwise
from tsrnn.kernels.weights import (
    add_state_to_sums,
    add_to_sums,
    multiply_gates,
    multiply_state,
)

total = elementwise(lambda a, b: (a + b,), [(0, 0), (1, 0)], [(2, 0)], 3)


@njit(nogil=True)
def _inputs(of, at):
    """Return z of every input, its state zero, (T, …)."""
    zs = rows_of_z(of, of.T)
    clear(of.T, of.P, zs.ctypes.data + 4 * (of.D + 1), zs.shape[1])
    copy_rows(of.T, of.D, at.x, of.D, zs.ctypes.data, zs.shape[1])
    return zs


@kept_on_disk
def forward(of, at, packed, first, last):
    """Write all steps from the states of rows `first` to `last`."""
    before = flush()
    B, T, H, P, K = of.B, of.T, of.H, of.P, of.K
    weights, projection = packed
    zs, by_input = _inputs(of, at), np.zeros((T, K), dtype=np.float32)
    multiply_gates(of, weights, False, T, zs.ctypes.data, zs.shape[1], by_input.ctypes.data)
    by_state, nothing = np.zeros((ROWS, K), dtype=np.float32), np.zeros(H, dtype=np.float32)
    answers = np.empty((ROWS, padded(P)), dtype=np.float32)
    for row in range(first, last, ROWS):
        rows, h = min(ROWS, last - row), at.h + 4 * row * P
        multiply_state(of, weights, rows, h, P, by_state.ctypes.data)
        c_before, c_row = (at.c + 4 * row * H, H) if at.c else (nothing.ctypes.data, 0)
        for t in range(T):
            gates = at.gates + 4 * (t % of.gate_steps * B + row) * K
            c = at.cs + 4 * (t % of.c_steps * B + row) * H
            answer = at.out + 4 * (row * T + t) * P
            u, u_row = (at.us + 4 * (t % of.u_steps * B + row) * H, H) if at.wr else (answer, T * P)
            for r in range(rows):
                here = gates + 4 * r * K
                total(K, by_input.ctypes.data + 4 * t * K, by_state.ctypes.data + 4 * r * K, here)
                step(
                    of.number, H, here, h + 4 * r * P, c_before + 4 * r * c_row, at.extra,
                    c + 4 * r * H, u + 4 * r * u_row,
                )  # fmt: skip
            if at.wr:
                to, width = answers.ctypes.data, answers.shape[1]
                product(rows, P, H, u, H, 1, projection.ctypes.data, to, width, 0)
                copy_rows(rows, P, to, width, answer, T * P)
    restore(before)


@kept_on_disk
def backward(of, at, d, packed, sums, first, last):
    """Go back to the states of rows `first` to `last`, and to the inputs, weights and biases as far as by these."""
    before = flush()
    T, D, H, P = of.T, of.D, of.H, of.P
    at_sums = sums_at(of, sums)
    by_inputs = np.zeros((T, apart(of.K)), dtype=np.float32)
    by_states = np.zeros((ROWS, apart(of.K)), dtype=np.float32)
    d_h = np.zeros((ROWS, apart(P)), dtype=np.float32)
    d_c = np.zeros((ROWS, H), dtype=np.float32)
    for row in range(first, last, ROWS):
        rows, h = min(ROWS, last - row), at.h + 4 * row * P
        for room in (by_states, d_h, d_c):
            clear(1, room.size, room.ctypes.data, 0)
        for t in range(T):
            _step_back(of, at, d, packed, by_inputs, by_states, at_sums, d_h, d_c, row, rows, t)
        by_h, n_h, width = of.h_from * H, (of.h_to - of.h_from) * H, by_states.shape[1]
        to, to_row = d_h.ctypes.data, d_h.shape[1]
        at_gates = by_states.ctypes.data + 4 * by_h
        product(rows, P, n_h, at_gates, width, 1, packed.h.ctypes.data, to, to_row, 1)
        add_state_to_sums(of, at_sums.w, rows, h, P, by_states)
        if d.h:
            copy_rows(rows, P, to, to_row, d.h + 4 * row * P, P)
        if d.c:
            copy_rows(rows, H, d_c.ctypes.data, H, d.c + 4 * row * H, H)
    add_to_sums(of, at_sums.w, T, 0, _inputs(of, at), by_inputs)
    if d.x:
        d_x, width = np.empty((T, apart(D)), dtype=np.float32), by_inputs.shape[1]
        to, n_x = d_x.ctypes.data, of.x_to * H
        product(
            T, D, n_x, by_inputs.ctypes.data, width, 1, packed.x.ctypes.data, to, d_x.shape[1], 0
        )
        copy_rows(T, D, to, d_x.shape[1], d.x, D)
    restore(before)


@njit(nogil=True)
def _step_back(of, at, d, back, by_inputs, by_states, sums, d_h, d_c, row, rows, t):
    """Add what one input's step has to say to the derivatives by the gates, by input and by state, and by the state."""
    B, T, H, P = of.B, of.T, of.H, of.P
    answer, h = 4 * (row * T + t) * P, at.h + 4 * row * P
    gates = at.gates + 4 * (t % of.gate_steps * B + row) * of.K
    c, u, u_row = at.cs + 4 * (t * B + row) * H, at.out + answer, T * P
    nothing, d_gates = np.zeros(H, dtype=np.float32), np.zeros(of.K, dtype=np.float32)
    c_before, c_row = (at.c + 4 * row * H, H) if at.c else (nothing.ctypes.data, 0)
    by_out, out_row = d.by_out + answer, T * P
    d_us = np.empty((ROWS, apart(H)), dtype=np.float32)
    d_u, du_row = d_us.ctypes.data, d_us.shape[1]
    if at.wr:
        u, u_row = at.us + 4 * (t * B + row) * H, H
        product(P, H, rows, by_out, 1, out_row, u, sums.r, padded(H), 1, PANEL, H)
        product(rows, H, P, by_out, out_row, 1, back.r.ctypes.data, d_u, du_row, 0)
    else:
        copy_rows(rows, H, by_out, out_row, d_u, du_row)
    d_memory, at_gates, n = np.empty(H, dtype=np.float32), d_gates.ctypes.data, of.K
    for r in range(rows):
        clear(1, H, d_memory.ctypes.data, 0)
        step_back(
            of.number, H, gates + 4 * r * of.K, h + 4 * r * P, c_before + 4 * r * c_row, at.extra,
            c + 4 * r * H, u + 4 * r * u_row, d_u + 4 * r * du_row, d_memory.ctypes.data, at_gates, sums.extra,
        )  # fmt: skip
        add(n, at_gates, by_inputs.ctypes.data + 4 * t * by_inputs.shape[1])
        add(n, at_gates, by_states.ctypes.data + 4 * r * by_states.shape[1])
        if not at.wr:
            add(H, d_u + 4 * r * du_row, d_h.ctypes.data + 4 * r * d_h.shape[1])
        add(H, d_memory.ctypes.data, d_c.ctypes.data + 4 * r * H)
