"""Run a recurrence by its kernel, as a function that torch can differentiate."""

import torch

from tsrnn.kernels import equations
from tsrnn.kernels.blocks import block
from tsrnn.kernels.sharing import parts_of, share
from tsrnn.kernels.sums import NO_SUMS, room_for_sums, unpack_sums
from tsrnn.kernels.sweeps import (
    NONE_YET,
    NONE_YET_BACK,
    ROWS,
    Derivatives,
    Sizes,
    Tensors,
    backward,
    forward,
    prepare,
    prepare_back,
)
from tsrnn.kernels.weights import gate_row


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
    outputs, h, c = _Sweep.apply(recurrence, inputs, h, c, *map(weights.get, WEIGHTS))
    return outputs, (h, c) if recurrence.memory else (h,)


#: Names of weights, in the order in which sweeps read them.
WEIGHTS = ("x", "h", "bias_x", "bias_h", "extra", "projection")


def sweep(recurrence, inputs, weights):
    """Run over a batch of sequences from zeros, without autograd; its way back is called by hand.

    Parameters
    ----------
    recurrence, inputs, weights : see `run`

    Returns
    -------
    h : torch.Tensor (batch, output_size)
        After the last step.
    back : callable
        From the gradient of h to those of the weights, a dict; it may be called once.
    """
    given, tape = list(map(weights.get, WEIGHTS)), Tape()
    tape.needs_input_grad = (False,) * 4 + tuple(weight is not None for weight in given)
    _, h, _ = _forth(tape, getattr(equations, recurrence), inputs, None, None, *given)

    def back(dh):
        _, _, _, _, *gradients = _back(tape, None, dh, None)
        return {name: d for name, d in zip(WEIGHTS, gradients, strict=True) if d is not None}

    return h, back


class Tape:
    """What a sweep leaves to its way back, in the place of autograd's context."""

    def set_materialize_grads(self, value):
        pass

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors


def _forth(ctx, recurrence, inputs, h, c, *weights):
    ctx.set_materialize_grads(False)
    inputs, h, c = rows_in_one_piece(inputs), in_one_piece(h), in_one_piece(c)
    wx, wh, *_, projection = weights = [in_one_piece(w) for w in weights]
    (batch, steps, _), size = inputs.shape, wh.shape[1]
    units = len(wx) // recurrence.x_blocks[1]
    *_, outputs = room = room_of(ctx, recurrence, batch, steps, units, size, projection)
    h_last = inputs.new_empty(batch, size)
    c_last = inputs.new_empty(batch, units) if recurrence.memory else None
    tensors = (inputs, h, c, *weights, *room)
    at = Tensors(*map(address, tensors))
    of = sizes_of(recurrence, units, inputs.shape, inputs.stride(0), size, *room)
    ends = address(h_last), address(c_last)
    parts = parts_of(batch, steps * len(wh) * (size + wh.shape[1]), ROWS)
    packed = prepare(of, at) if len(parts) > 1 else NONE_YET
    share(lambda _, *rows: forward(of, at, packed, *ends, *rows), parts)
    ctx.sizes, ctx.parts = of, parts
    ctx.save_for_backward(*tensors)
    return outputs, h_last, c_last


def _back(ctx, d_outputs, dh, dc):
    tensors = ctx.saved_tensors
    inputs, h, c, *weights = tensors[:-4]
    at, wanted = Tensors(*map(address, tensors)), ctx.needs_input_grad
    by = [in_one_piece(d) for d in (d_outputs, dh, dc)]
    dx = block(*inputs.shape) if wanted[1] else None
    d_h = torch.empty_like(h) if wanted[2] else None
    d_c = torch.empty_like(c) if wanted[3] else None
    gradients = [None if weight is None else torch.empty_like(weight) for weight in weights]
    d = Derivatives(*map(address, (*by, dx, d_h, d_c, *gradients)))
    of, packed, sums = ctx.sizes, NONE_YET_BACK, NO_SUMS
    if len(ctx.parts) > 1:
        packed, sums = prepare_back(of, at, d), room_for_sums(of, len(ctx.parts))
    share(lambda part, *rows: backward(of, at, d, packed, sums[part], *rows), ctx.parts)
    if len(ctx.parts) > 1:
        unpack_sums(of, d, sums)
    return None, dx, d_h, d_c, *gradients


class _Sweep(torch.autograd.Function):
    """A sweep over time."""

    forward = staticmethod(_forth)
    backward = staticmethod(torch.autograd.function.once_differentiable(_back))


def room_of(ctx, recurrence, batch, steps, units, size, projection):
    """Return where gates, memories, answers before a projection and outputs are written; None where there are none."""
    # Without a way back each step may overwrite the one before.
    kept = steps if any(ctx.needs_input_grad) else 1
    gates = block(kept if recurrence.keeps_gates else 1, batch, gate_row(recurrence, units))
    cs = block(kept, batch, units) if recurrence.memory else None
    us = None if projection is None else block(kept, batch, units)
    return gates, cs, us, block(batch, steps, size)


def sizes_of(recurrence, units, shape, x_row, size, gates, cs, us, _):
    """Return what a sweep has to know besides addresses; `shape` is that of the inputs."""
    (_, x_to), (h_from, h_to) = recurrence.x_blocks, recurrence.h_blocks
    kept = [1 if tensor is None else len(tensor) for tensor in (gates, cs, us)]
    numbers = recurrence.number, h_from, x_to, h_to, recurrence.n_extra
    projected = 0 if us is None else size
    return Sizes(*numbers, *shape, units, size, projected, gates.shape[2], x_row, *kept)


def address(tensor):
    return 0 if tensor is None else tensor.data_ptr()


def in_one_piece(tensor):
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


def rows_in_one_piece(inputs):
    """Return inputs whose steps follow each other, as they do in a window cut from a longer one."""
    whole = inputs.stride(2) == 1 and inputs.stride(1) == inputs.shape[2]
    return inputs if whole else inputs.contiguous()
