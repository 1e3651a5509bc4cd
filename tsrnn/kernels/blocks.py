"""Memory that one step of training leaves to the next.

A big tensor that is freed goes back to the system, and the next one comes page by page, each page cleared: at larger
batches that takes as long as the arithmetic. Blocks of the last steps are kept instead, and handed out again by size.
"""

import math
import threading

import numpy as np
import torch

#: Bytes below which the allocator does well, and bytes that are kept at most.
_SMALL, _MOST = 1 << 17, 1 << 28
_lock = threading.RLock()  # a block may be freed while another is being taken
_free, _kept = {}, 0


def block(*shape):
    """Return an uninitialised tensor of float32; what it held is kept for the next one when the last view is gone."""
    size = math.prod(shape)
    # A product reads whole vectors, so some numbers beyond the last must be there.
    room = size + 16
    # Resized, or cut by NumPy: to torch it is no view, so the user may write into it.
    if 4 * size < _SMALL:
        return torch.empty(room, dtype=torch.float32, device="cpu").resize_(shape)
    return torch.from_numpy(np.asarray(_Block(room))[:size].reshape(shape))


class _Block:
    """Numbers that go back on the shelf when nothing refers to them any more."""

    def __init__(self, size):
        global _kept
        with _lock:
            shelf = _free.get(size)
            self.numbers = shelf.pop() if shelf else None
            if self.numbers is not None:
                _kept -= 4 * size
        if self.numbers is None:
            self.numbers = np.empty(size, dtype=np.float32)
        self.__array_interface__ = self.numbers.__array_interface__

    def __del__(self):
        global _kept
        size = len(self.numbers)
        if 4 * size > _MOST:
            return
        with _lock:
            if _kept + 4 * size > _MOST:
                _free.clear()
                _kept = 0
            _free.setdefault(size, []).append(self.numbers)
            _kept += 4 * size
