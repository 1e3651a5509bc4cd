"""A single row through recurrent layers: weights are read where they lie, so that nothing is packed or goes stale.

A sweep packs the weights and multiplies many rows by them; for one row the packing would take longer than the products.
"""

from collections import namedtuple

import numpy as np
from numba import njit

from tsrnn.kernels import equations
from tsrnn.kernels.equations import step as apply_equations
from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.products import matrix

#: `number` and blocks of a `tsrnn.kernels.equations.Recurrence`; D features of an input, H units, P outputs; addresses
#: of the weights, 0 where there is none.
Cell = namedtuple("Cell", "number h_from x_to h_to D H P wx wh bias_x bias_h extra wr")


def answer(cells, weight, bias, x, state):
    """Advance recurrent layers by one row, and put the linear layer on top of them.

    Parameters
    ----------
    cells : list of (str, dict)
        For each layer the name of its recurrence and its weights, see `tsrnn.kernels.autograd.run`.
    weight, bias : torch.Tensor (n, output_size), (n,)
        Of the linear layer.
    x : torch.Tensor (1, input_size)
    state : sequence of tuples of torch.Tensor (1, size)
        Of each layer, before the row; it stays as it is.

    Returns
    -------
    answer : ndarray of float32, shape (n,)
    state : tuple of tuples of torch.Tensor (1, size)
        After the row.
    """
    cells, x = pieces_of(cells), x.contiguous()
    weight, bias = weight.contiguous(), bias.contiguous()
    state = tuple(tuple(part.contiguous().clone() for part in layer) for layer in state)
    ends = np.array([(layer[0].data_ptr(), layer[-1].data_ptr()) for layer in state])
    at = x.data_ptr(), weight.data_ptr(), bias.data_ptr(), bias.shape[0]
    return answer_row(addresses_of(cells), ends, *at), state


def pieces_of(cells):
    """Return recurrences and weights, each weight in one piece, so that its address says where all of it is."""
    return [(name, {k: w.contiguous() for k, w in weights.items()}) for name, weights in cells]


def addresses_of(cells):
    """Return an array with a `Cell` in each row; the weights of `cells`, which lie in one piece, must outlive it."""
    return np.array([_cell_of(getattr(equations, name), weights) for name, weights in cells])


def _cell_of(of, weights):
    wx, wh = weights["x"], weights["h"]
    sizes = wx.shape[1], wx.shape[0] // of.x_blocks[1], wh.shape[1]
    rest = [weights.get(name) for name in ("bias_x", "bias_h", "extra", "projection")]
    at = [0 if tensor is None else tensor.data_ptr() for tensor in (wx, wh, *rest)]
    return Cell(of.number, of.h_blocks[0], of.x_blocks[1], of.h_blocks[1], *sizes, *at)


@njit(nogil=True)
def room_for(cells):
    """Return room for what `advance_layers` writes; the caller's, because an address alone keeps no array."""
    return np.empty(5 * most_units(cells), dtype=np.float32)


@njit(nogil=True)
def most_units(cells):
    """Return the most units that a layer has."""
    most = 0
    for i in range(len(cells)):
        most = max(most, cell_in(cells, i).H)
    return most


@njit(nogil=True)
def cell_in(cells, i):
    """Return the i-th row as a `Cell`."""
    a = cells[i]
    return Cell(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12])


@njit(nogil=True)
def advance_layers(cells, state, x, room):
    """Advance the state, addresses of h (P) and c (H) of each layer, by the input at x; return where the output is."""
    for k in range(len(cells)):
        of, h, c = cell_in(cells, k), state[k, 0], state[k, 1]
        D, H = of.D, of.H
        # Of the input's weights the rows of the block that it alone adds to, here the first, are the last.
        alone, both, by_h = of.h_from * H, (of.x_to - of.h_from) * H, (of.h_to - of.h_from) * H
        gates, u = room.ctypes.data, room.ctypes.data + 4 * of.h_to * H
        for i in range(of.h_to * H):
            room[i] = 0
        add_product(alone, D, of.wx + 4 * both * D, x, of.bias_x + 4 * both, gates)
        add_product(both, D, of.wx, x, of.bias_x, gates + 4 * alone)
        add_product(by_h, of.P, of.wh, h, of.bias_h, gates + 4 * alone)
        apply_equations(of.number, H, gates, h, c, of.extra, c, u if of.wr else h)
        if of.wr:
            output = matrix(h, 1, of.P)[0]
            for i in range(of.P):
                output[i] = 0
            add_product(of.P, H, of.wr, u, 0, h)
        x = h
    return x


# A sum in any order goes by whole vectors; NaN stays NaN.
@njit(nogil=True, fastmath={"reassoc", "contract", "nsz"})
def add_product(rows, n, weight, x, bias, out):
    """Add W·x + b, W (rows, n), to `out`; all are addresses, 0 for no b."""
    w, x, sums = matrix(weight, rows, n), matrix(x, 1, n)[0], matrix(out, 1, rows)[0]
    if bias:
        b = matrix(bias, 1, rows)[0]
        for j in range(rows):
            sums[j] += b[j]
    # Four rows at a time: additions of one row wait for each other.
    whole = rows - rows % 4
    for j in range(0, whole, 4):
        s0 = s1 = s2 = s3 = np.float32(0)
        for i in range(n):
            s0 += w[j, i] * x[i]
            s1 += w[j + 1, i] * x[i]
            s2 += w[j + 2, i] * x[i]
            s3 += w[j + 3, i] * x[i]
        sums[j] += s0
        sums[j + 1] += s1
        sums[j + 2] += s2
        sums[j + 3] += s3
    for j in range(whole, rows):
        for i in range(n):
            sums[j] += w[j, i] * x[i]


@kept_on_disk
def answer_row(cells, state, x, weight, bias, n):
    """Advance the state, addresses of h and c of each layer, and return the answer, (n,)."""
    size, answer = cell_in(cells, -1).P, np.zeros(n, dtype=np.float32)
    output = advance_layers(cells, state, x, room_for(cells))
    add_product(n, size, weight, output, bias, answer.ctypes.data)
    return answer
