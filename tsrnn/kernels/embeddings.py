"""Rows through one linear layer and a rectifier, forward and back: relu(x·Wᵀ + b).

Torch makes a tensor of the size of all rows for each of the bias, the product, the rectifier and its way back, and
reads it again. Here a few rows go through everything while they are in the nearest cache.
"""

import numpy as np
import torch
from numba import njit

from tsrnn.kernels.blocks import block
from tsrnn.kernels.denormals import flush, restore
from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.products import PANEL, apart, matrix, pack, packed_size, padded, product
from tsrnn.kernels.sharing import parts_of, share, summed
from tsrnn.kernels.sweeps import ROWS, copy_rows
from tsrnn.kernels.vectors import elementwise, relu
from tsrnn.kernels.weights import transpose

#: Rows whose gradients are summed at a time: enough that the product is worth loading the sums for.
_ASIDE = 128

rectify = elementwise(lambda a: (relu(a),), [(0, 0)], [(1, 0)], 2)
where_positive = elementwise(lambda a, d: (a.where_positive(d),), [(0, 0), (1, 0)], [(2, 0)], 3)


def embed(inputs, weight, bias):
    """Return relu(inputs·weightᵀ + bias); nothing leads back to the inputs.

    Parameters
    ----------
    inputs : torch.Tensor (..., input_size), float32 on the CPU
    weight : torch.Tensor (size, input_size)
    bias : torch.Tensor (size,)

    Returns
    -------
    outputs : torch.Tensor (..., size)
    """
    return _Embedding.apply(inputs.contiguous(), weight.contiguous(), bias.contiguous())


class _Embedding(torch.autograd.Function):
    @staticmethod
    def forward(ctx, inputs, weight, bias):
        size, n = weight.shape
        outputs = block(*inputs.shape[:-1], size)
        parts = parts_of(outputs.numel() // size, n * size, ROWS)
        at = inputs.data_ptr(), weight.data_ptr(), bias.data_ptr(), outputs.data_ptr()
        share(lambda _, first, last: forward(n, size, *at, first, last), parts)
        ctx.parts = parts
        ctx.save_for_backward(inputs, weight, bias, outputs)
        return outputs

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, d_outputs):
        inputs, weight, bias, outputs = ctx.saved_tensors
        d_outputs = d_outputs.contiguous()
        (size, n), at = weight.shape, (inputs.data_ptr(), outputs.data_ptr(), d_outputs.data_ptr())
        sums = summed(
            [weight, bias], ctx.parts, lambda each, *rows: backward(n, size, *at, *each, *rows)
        )
        return None, *sums


@njit(nogil=True)
def _with_one(n, rows):
    """Return room for rows of x with a 1 behind, and for what a product reads beyond."""
    z = np.zeros((rows + 1, apart(n + 1)), dtype=np.float32)
    for row in range(rows + 1):
        z[row, n] = 1
    return z


@kept_on_disk
def forward(n, size, x, weight, bias, out, first, last):
    """Write the outputs of rows `first` to `last`."""
    before = flush()
    packed = np.zeros(packed_size(n + 1, size), dtype=np.float32)
    pack(packed, n + 1, matrix(weight, size, n))
    pack(packed, n + 1, matrix(bias, size, 1), n)
    zs, sums = _with_one(n, ROWS), np.empty((ROWS, padded(size)), dtype=np.float32)
    z, z_row, to, width = zs.ctypes.data, zs.shape[1], sums.ctypes.data, sums.shape[1]
    for row in range(first, last, ROWS):
        rows = min(ROWS, last - row)
        copy_rows(rows, n, x + 4 * row * n, n, z, z_row)
        product(rows, size, n + 1, z, z_row, 1, packed.ctypes.data, to, width, 0)
        for r in range(rows):
            rectify(size, to + 4 * r * width, out + 4 * (row + r) * size)
    restore(before)


@kept_on_disk
def backward(n, size, x, out, by_out, d_weight, d_bias, first, last):
    """Write the gradients of weight and bias as far as by rows `first` to `last`."""
    before = flush()
    zs, ds = _with_one(n, _ASIDE), np.zeros((_ASIDE + 1, apart(size)), dtype=np.float32)
    sums = np.zeros((n + 1, padded(size)), dtype=np.float32)
    z, z_row, d, d_row = zs.ctypes.data, zs.shape[1], ds.ctypes.data, ds.shape[1]
    width = sums.shape[1]
    for row in range(first, last, _ASIDE):
        rows = min(_ASIDE, last - row)
        copy_rows(rows, n, x + 4 * row * n, n, z, z_row)
        for r in range(rows):
            place = 4 * (row + r) * size
            where_positive(size, out + place, by_out + place, d + 4 * r * d_row)
        product(n + 1, size, rows, z, 1, z_row, d, sums.ctypes.data, width, 1, PANEL, d_row)
    transpose(n, size, sums.ctypes.data, width, d_weight)
    transpose(1, size, sums.ctypes.data + 4 * n * width, width, d_bias)
    restore(before)
