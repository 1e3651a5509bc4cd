"""Kernels: the cells' recurrences as compiled code for a CPU, forward and back; whole networks, where a row is alone.

They give what the cells give, to float32 rounding, several times faster. numba compiles them when they are first used,
some seconds once; later processes read them from its cache. Where there is no numba, or nowhere to keep a cache, the
cells go their own way.
"""

import contextlib
import functools

import torch

#: What is added to a change over a lag, in a window's scale, before its logarithm is taken: below it there is none.
NO_CHANGE = 0.01
#: Seasons like the mean that are held against those that a window shows: few tell little of what is usual.
UNSEEN_SEASONS = 2
_allowed = True


def usable(*tensors):
    """Return whether the kernels can run on tensors: float32 on a CPU, differentiated by torch's plain autograd."""
    for tensor in tensors:
        if tensor.dtype != torch.float32 or not tensor.is_cpu:
            return False
    return (
        _allowed
        and not (torch.jit.is_tracing() or torch.compiler.is_compiling())
        and not torch._C._are_functorch_transforms_active()
        and _runner() is not None
    )


def run(recurrence, inputs, state, weights):
    """Run a recurrence by name, see `tsrnn.kernels.autograd.run`."""
    return _runner().run(recurrence, inputs, state, weights)


def sweep(recurrence, inputs, weights):
    """Run a recurrence whose way back is called by hand, see `tsrnn.kernels.autograd.sweep`."""
    return _runner().sweep(recurrence, inputs, weights)


def decode(recurrence, segments, ahead, embedding, weights):
    """Embed segments, run a recurrence and go one step to each one ahead, see `tsrnn.kernels.segments.decode`."""
    return _runner().decode(recurrence, segments, ahead, embedding, weights)


def decode_by_hand(recurrence, segments, ahead, embedding, weights):
    """Do as `decode`; its way back is called by hand, see `tsrnn.kernels.segments.decode_by_hand`."""
    return _runner().decode_by_hand(recurrence, segments, ahead, embedding, weights)


def embed(inputs, weight, bias):
    """Return relu(inputs·weightᵀ + bias), see `tsrnn.kernels.embeddings.embed`."""
    return _runner().embed(inputs, weight, bias)


def gather(flat, first, n_rows, before):
    """Gather windows of rows, see `tsrnn.kernels.gathering.gather`."""
    return _runner().gather(flat, first, n_rows, before)


def scaled(values, typical, normalization, lag, season_length, leads, indicator):
    """Put windows on their own scale, see `tsrnn.kernels.scales.scaled`."""
    how = normalization, lag, season_length, leads, indicator
    return _runner().scaled(values, typical, *how)


def answer(cells, weight, bias, x, state):
    """Advance recurrent layers by one row, see `tsrnn.kernels.live.answer`."""
    return _runner().answer(cells, weight, bias, x, state)


def network_of(cells, tensors, normalization, **sizes):
    """Return a network as `forecast` reads it, see `tsrnn.kernels.window.network_of`."""
    return _runner().network_of(cells, tensors, normalization, **sizes)


def with_cells(network, cells):
    """Return a network whose cells lie elsewhere now, see `tsrnn.kernels.window.with_cells`."""
    return _runner().with_cells(network, cells)


def forecast(network, share, past):
    """Forecast one window, see `tsrnn.kernels.window.forecast`."""
    return _runner().forecast(network, share, past)


@contextlib.contextmanager
def disabled():
    """Let the cells go their own way, as where numba is missing.

    Examples
    --------
    >>> import torch
    >>> from tsrnn import kernels
    >>> from tsrnn.cells import GRU
    >>> cell, inputs = GRU(3, 4), torch.randn(2, 5, 3)
    >>> with kernels.disabled():
    ...     outputs, _ = cell(inputs)
    >>> torch.allclose(cell(inputs)[0], outputs, atol=1e-6)
    True
    """
    global _allowed
    before, _allowed = _allowed, False
    try:
        yield
    finally:
        _allowed = before


@functools.cache
def _runner():
    try:
        from tsrnn.kernels import disk
    except (ImportError, RuntimeError):
        # No numba, or, in numba's words, no locator: compiling in every process would cost more than it saves.
        return None
    disk.ensure()
    return disk
