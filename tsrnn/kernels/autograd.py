"""Run a recurrence by its kernel, as a function that torch can differentiate."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch

from tsrnn.kernels import equations
from tsrnn.kernels.blocks import block
from tsrnn.kernels.sweeps import ROWS, Derivatives, Sizes, Tensors, backward, forward
from tsrnn.kernels.weights import gate_row
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
    state : tuple of torch.Tensor (batch, size) or None
        Before the first step: h, and c where the recurrence has a memory; zeros where it is None.
    weights : dict of str to torch.Tensor
        x (x_blocks·H, input_size), h (h_blocks·H, output_size), bias_x, bias_h, rows in torch.nn's order; extra
        (n_extra, H) and projection (output_size, H) where there are such.

    Returns
    -------
    outputs : torch.Tensor (batch, time, output_size)
    state : tuple of torch.Tensor (batch, size)
        After the last step.
    """
    recurrence = getattr(equations, recurrence)
    h, c = (None, None) if state is None else state if recurrence.memory else (*state, None)
    names = ("x", "h", "bias_x", "bias_h", "extra", "projection")
    outputs, h, c = _Sweep.apply(recurrence, inputs, h, c, *map(weights.get, names))
    return outputs, (h, c) if recurrence.memory else (h,)


class _Sweep(torch.autograd.Function):
    @staticmethod
    def forward(ctx, recurrence, inputs, h, c, *weights):
        ctx.set_materialize_grads(False)
        inputs, h, c = _rows_in_one_piece(inputs), _in_one_piece(h), _in_one_piece(c)
        wx, wh, *_, projection = weights = [_in_one_piece(w) for w in weights]
        (batch, steps, _), size = inputs.shape, wh.shape[1]
        units = len(wx) // recurrence.x_blocks[1]
        # Without a way back each step may overwrite the one before.
        kept = steps if any(ctx.needs_input_grad) else 1
        gates = block(kept if recurrence.keeps_gates else 1, batch, gate_row(recurrence, units))
        cs = block(kept, batch, units) if recurrence.memory else None
        us = None if projection is None else block(kept, batch, units)
        outputs = block(batch, steps, size)
        h_last = inputs.new_empty(batch, size)
        c_last = inputs.new_empty(batch, units) if recurrence.memory else None
        tensors = (inputs, h, c, *weights, gates, cs, us, outputs)
        at = Tensors(*map(_address, tensors))
        of = _sizes(recurrence, inputs, units, size, gates, cs, us)
        ends = _address(h_last), _address(c_last)
        parts = _parts(inputs, wh)
        _share(lambda _, *rows: forward(of, at, *ends, *rows), parts)
        ctx.sizes, ctx.parts = of, parts
        ctx.save_for_backward(*tensors)
        return outputs, h_last, c_last

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, d_outputs, dh, dc):
        tensors = ctx.saved_tensors
        inputs, h, c, *weights = tensors[:-4]
        at, wanted = Tensors(*map(_address, tensors)), ctx.needs_input_grad
        by = [_in_one_piece(d) for d in (d_outputs, dh, dc)]
        dx = block(*inputs.shape) if wanted[1] else None
        d_h = torch.empty_like(h) if wanted[2] else None
        d_c = torch.empty_like(c) if wanted[3] else None
        ends = [_address(d) for d in (*by, dx, d_h, d_c)]
        # A gradient for each part, one after the other.
        several = (len(ctx.parts),) if len(ctx.parts) > 1 else ()
        sums = [None if w is None else w.new_empty(*several, *w.shape) for w in weights]
        sizes = [0 if w is None else w.nbytes for w in weights]

        def sweep(part, *rows):
            each = [_address(d) + part * size for d, size in zip(sums, sizes, strict=True)]
            backward(ctx.sizes, at, Derivatives(*ends, *each), *rows)

        _share(sweep, ctx.parts)
        if several:
            sums = [None if d is None else d.sum(0) for d in sums]
        return None, dx, d_h, d_c, *sums


def _sizes(recurrence, inputs, units, size, gates, cs, us):
    """Return what a sweep has to know besides addresses."""
    (_, x_to), (h_from, h_to) = recurrence.x_blocks, recurrence.h_blocks
    kept = [1 if tensor is None else len(tensor) for tensor in (gates, cs, us)]
    numbers = recurrence.number, h_from, x_to, h_to, recurrence.n_extra
    return Sizes(*numbers, *inputs.shape, units, size, gates.shape[2], inputs.stride(0), *kept)


def _address(tensor):
    return 0 if tensor is None else tensor.data_ptr()


def _in_one_piece(tensor):
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


def _rows_in_one_piece(inputs):
    """Return inputs whose steps follow each other, as they do in a window cut from a longer one."""
    whole = inputs.stride(2) == 1 and inputs.stride(1) == inputs.shape[2]
    return inputs if whole else inputs.contiguous()


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


def _share(sweep, parts):
    """Call `sweep(part, first, last)` for every part, by as many threads as the caller allows."""
    n = min(available_threads(), len(parts)) if len(parts) > 1 else 1
    parts = list(enumerate(parts))

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
