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
    """Let torch compute on one thread where it has little to do in a batch, and leave the caller's number as it was.

    What modules do that share their work out themselves, as they say by `shares_work`, is none of torch's: its threads
    would spin for more on the processors that those are on.
    """
    before = torch.get_num_threads()
    if before == 1 or not _has_little(module, batch_size):
        yield
        return
    token = _available.set(before)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        _available.reset(token)


def _has_little(module, batch_size):
    return min(_weights(module), _torchs(module)) * batch_size <= _SMALL


def _weights(module):
    return sum(p.numel() for p in module.parameters())


def _torchs(module):
    """Return how many weights are left to torch."""
    own = (m for m in module.modules() if getattr(m, "shares_work", False))
    return _weights(module) - sum(map(_weights, own))
