"""Run a recurrence by its kernel, as a function that torch can differentiate."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch

from tsrnn.kernels import equations
from tsrnn.kernels.blocks import block
from tsrnn.kernels.products import padded
from tsrnn.kernels.sweeps import ROWS, backward, forward
from tsrnn.threads import available_threads

#: Multiplications of a sweep below which a second thread costs more than it saves, and parts of a sweep at most.
_SHARED, _MOST_PARTS = 20_000_000, 4


def run(recurrence, inputs, state, weights):
    """Run over a batch of sequences.

    Parameters
    ----------
    recurrence : str
        Name of one in `tsrnn.kernels.equations`.
    inputs : torch.Tensor (batch, time, input_size), float32 on the CPU
    state : tuple of torch.Tensor (batch, size)
        Before the first step: h, and c where the recurrence has a memory.
    weights : dict of str to torch.Tensor
        x (x_blocks·H, input_size), h (h_blocks·H, output_size), bias (blocks·H,), in the order of the blocks; extra
        (n_extra, H) and projection (output_size, H) where there are such.

    Returns
    -------
    outputs : torch.Tensor (batch, time, output_size)
    state : tuple of torch.Tensor (batch, size)
        After the last step.
    """
    recurrence = getattr(equations, recurrence)
    h, c = state if recurrence.memory else (*state, None)
    names = ("x", "h", "bias", "extra", "projection")
    outputs, h, c = _Sweep.apply(recurrence, inputs, h, c, *map(weights.get, names))
    return outputs, (h, c) if recurrence.memory else (h,)


class _Sweep(torch.autograd.Function):
    @staticmethod
    def forward(ctx, recurrence, inputs, h, c, wx, wh, bias, extra, projection):
        ctx.set_materialize_grads(False)
        given = (inputs, h, c, wx, wh, bias, extra, projection)
        batch, steps, _ = inputs.shape
        units = len(bias) // recurrence.blocks
        # Without a way back each step may overwrite the one before.
        kept = steps if any(ctx.needs_input_grad) else 1
        gates = block(kept, batch, padded.py_func(recurrence.blocks * units))
        cs = block(kept if recurrence.memory else 1, batch, units)
        us = block(1 if projection is None else kept, batch, units)
        outputs = block(batch, steps, wh.shape[1])
        arrays = [*map(_array, given), *map(_array, (gates, cs, us, outputs))]
        _share(lambda _, *rows: forward(*_numbers(recurrence), *arrays, *rows), inputs, wh)
        ctx.recurrence = recurrence
        ctx.save_for_backward(*given, gates, cs, us, outputs)
        return outputs, outputs[:, -1].clone(), cs[-1].clone() if recurrence.memory else None

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, d_outputs, dh, dc):
        inputs, h, c, wx, wh, bias, extra, projection, *kept = ctx.saved_tensors
        arrays = [_array(t) for t in (inputs, h, c, wx, wh, extra, projection, *kept)]
        dh = torch.zeros_like(h) if dh is None else dh.clone()
        dc = torch.zeros_like(h if c is None else c) if dc is None else dc.clone()
        dx = block(*inputs.shape) if ctx.needs_input_grad[1] else None
        ends = [_array(d_outputs, 3), _array(dh), _array(dc), _array(dx, 3)]
        weights = (wx, wh, bias, extra, projection)
        parts = _parts(inputs, wh)
        sums = [None if w is None else torch.empty(len(parts), *w.shape) for w in weights]

        def sweep(part, *rows):
            each = [_array(None if d is None else d[part]) for d in sums]
            backward(*_numbers(ctx.recurrence), *arrays, *ends, *each, *rows)

        _share(sweep, inputs, wh)
        d_weights = [d if d is None else d[0] if len(d) == 1 else d.sum(0) for d in sums]
        return None, dx, dh, None if c is None else dc, *d_weights


def _numbers(recurrence):
    return recurrence.number, *recurrence.x_blocks, *recurrence.h_blocks


def _array(tensor, n_dims=2):
    """Return what a kernel reads of a tensor, an array without a row where there is none."""
    if tensor is None:
        return np.zeros((0,) * n_dims, dtype=np.float32)
    return tensor.detach().contiguous().numpy()


def _parts(inputs, wh):
    """Return the first and last rows of each part: one part where there is little to do.

    The parts do not depend on how many threads there are, or the gradients, which are summed over them, would.
    """
    batch, steps, size = inputs.shape
    n_groups = -(-batch // ROWS)
    work = batch * steps * len(wh) * (size + wh.shape[1])
    n = max(1, min(_MOST_PARTS, n_groups, work // _SHARED))
    bounds = [min(batch, ROWS * (i * n_groups // n)) for i in range(n + 1)]
    return list(pairwise(bounds))


def _share(sweep, inputs, wh):
    """Call `sweep(part, first, last)` for every part, by as many threads as the caller allows."""
    parts = list(enumerate(_parts(inputs, wh)))
    n = min(available_threads(), len(parts))

    def every_nth(first):
        for part, rows in parts[first::n]:
            sweep(part, *rows)

    running = [_threads().submit(every_nth, first) for first in range(1, n)]
    every_nth(0)
    for future in running:
        future.result()


_pool = None


def _threads():
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="tsrnn")
    return _pool


def _forget_threads():
    """A forked process has none of its parent's threads."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
