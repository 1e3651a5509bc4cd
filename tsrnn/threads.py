"""Threads: one where a step is too small to share."""

import contextlib
from contextvars import ContextVar

import torch

#: Weights times rows of a batch below which handing work to a second thread costs more than it saves: many times more
#: where another process has the second core, because threads wait for each other by spinning.
_SMALL = 8_000_000
_available = ContextVar("available", default=None)


def available_threads():
    """Return how many threads the caller allows, also where torch was told to use one alone.

    Work that comes in a few large parts may take them all: its threads wait for each other asleep.
    """
    return _available.get() or torch.get_num_threads()


@contextlib.contextmanager
def threads_for(module, batch_size):
    """Compute on one thread where a batch through `module` is small, and leave the caller's number as it was."""
    before = torch.get_num_threads()
    if before == 1 or batch_size * sum(p.numel() for p in module.parameters()) > _SMALL:
        yield
        return
    token = _available.set(before)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        _available.reset(token)
