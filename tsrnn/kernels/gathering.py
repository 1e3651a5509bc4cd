"""Windows gathered from the rows of a panel, those that are cut short filled with NaN in front."""

import numpy as np

from tsrnn.kernels.blocks import block
from tsrnn.kernels.keeping import kept_on_disk


def gather(flat, first, n_rows, before):
    """Return a window of rows for each place.

    Parameters
    ----------
    flat : torch.Tensor of float32, shape (rows, C), on the CPU
    first, before : torch.Tensor of int64, shape (n,)
        The row at which each begins, and how many of its rows are not seen.
    n_rows : int

    Returns
    -------
    torch.Tensor, shape (n, n_rows, C)
    """
    windows = block(len(first), n_rows, flat.shape[1])
    copy_windows(*(part.numpy() for part in (flat, first, before, windows)))
    return windows


@kept_on_disk
def copy_windows(flat, first, before, windows):
    n, n_rows, n_columns = windows.shape
    rows, to = flat.reshape(-1), windows.reshape(n, n_rows * n_columns)
    for i in range(n):
        begin, unseen = first[i] * n_columns, before[i] * n_columns
        if begin < 0 or begin + to.shape[1] > len(rows):
            raise IndexError("a window lies beyond the rows")
        for j in range(to.shape[1]):
            to[i, j] = rows[begin + j]
        for j in range(unseen):
            to[i, j] = np.nan
