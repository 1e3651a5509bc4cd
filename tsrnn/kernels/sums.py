"""Gradients of a recurrence's weights: summed in one array, each part of a batch in its own, then brought to torch.

The array holds the sums of W as `tsrnn.kernels.weights` lays it out, then those of the projection, then those of the
extra vectors. It begins with zeros, and what goes back through the same weights, one after the other, adds to it.
"""

from collections import namedtuple

import numpy as np
from numba import njit

from tsrnn.kernels.blocks import block
from tsrnn.kernels.keeping import kept_on_disk
from tsrnn.kernels.products import padded
from tsrnn.kernels.vectors import elementwise
from tsrnn.kernels.weights import size_of_w, unpack_w

#: Where the sums of W, of the projection and of the extra vectors lie.
Sums = namedtuple("Sums", "w r extra")

copy = elementwise(lambda a: (a,), [(0, 0)], [(1, 0)], 2)
add = elementwise(lambda a, b: (a + b,), [(0, 0), (1, 0)], [(1, 0)], 2)

#: Sums of a sweep that is in one part, which makes and unpacks them itself.
NO_SUMS = np.zeros((1, 0), dtype=np.float32)


@kept_on_disk
def n_sums(of):
    """Return how many numbers the sums take; `of` has the sizes."""
    return size_of_w(of) + of.R * padded(of.H) + of.n_extra * of.H


def room_for_sums(of, n_parts):
    """Return zeros for the sums of as many parts, (n_parts, n)."""
    return block(n_parts, n_sums(of)).zero_().numpy()


@njit(nogil=True)
def begin_sums(of, given):
    """Return what was given, or zeros where that is nothing."""
    return given if len(given) else np.zeros(n_sums(of), dtype=np.float32)


@njit(nogil=True)
def sums_at(of, numbers):
    """Return the addresses within one part's sums."""
    w = numbers.ctypes.data
    r = w + 4 * size_of_w(of)
    return Sums(w, r, r + 4 * of.R * padded(of.H))


@kept_on_disk
def unpack_sums(of, d, numbers):
    """Add up all parts' sums, (n_parts, n), in the first of them, and write the gradients to their addresses."""
    at = sums_at(of, numbers[0])
    for part in range(1, len(numbers)):
        add(numbers.shape[1], numbers[part].ctypes.data, at.w)
    unpack_w(of, at.w, d)
    for i in range(of.R):
        copy(of.H, at.r + 4 * i * padded(of.H), d.wr + 4 * i * of.H)
    for k in range(of.n_extra):
        copy(of.H, at.extra + 4 * k * of.H, d.extra + 4 * k * of.H)
