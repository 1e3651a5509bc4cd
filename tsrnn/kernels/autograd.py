"""Run a recurrence by its kernel, as a function that torch can differentiate."""

import torch

from tsrnn.kernels import branches, equations
from tsrnn.kernels.blocks import block
from tsrnn.kernels.sharing import parts_of, share, summed
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
    outputs, h, c = _Sweep.apply(recurrence, inputs, h, c, *map(weights.get, _WEIGHTS))
    return outputs, (h, c) if recurrence.memory else (h,)


def branch(recurrence, inputs, state, weights):
    """Go one step from every state with every input.

    Parameters
    ----------
    recurrence, weights : see `run`
    inputs : torch.Tensor (n_inputs, input_size), float32 on the CPU
    state : tuple of torch.Tensor (batch, size)

    Returns
    -------
    outputs : torch.Tensor (batch, n_inputs, output_size)
    """
    recurrence = getattr(equations, recurrence)
    h, c = state if recurrence.memory else (*state, None)
    return _Branches.apply(recurrence, inputs, h, c, *map(weights.get, _WEIGHTS))


_WEIGHTS = ("x", "h", "bias_x", "bias_h", "extra", "projection")


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
    given, tape = list(map(weights.get, _WEIGHTS)), _Tape()
    tape.needs_input_grad = (False,) * 4 + tuple(weight is not None for weight in given)
    _, h, _ = _forth(tape, getattr(equations, recurrence), inputs, None, None, *given)

    def back(dh):
        _, _, _, _, *gradients = _back(tape, None, dh, None)
        return {name: d for name, d in zip(_WEIGHTS, gradients, strict=True) if d is not None}

    return h, back


class _Tape:
    """What a sweep leaves to its way back, in the place of autograd's context."""

    def set_materialize_grads(self, value):
        pass

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors


def _forth(ctx, recurrence, inputs, h, c, *weights):
    ctx.set_materialize_grads(False)
    inputs, h, c = _rows_in_one_piece(inputs), _in_one_piece(h), _in_one_piece(c)
    wx, wh, *_, projection = weights = [_in_one_piece(w) for w in weights]
    (batch, steps, _), size = inputs.shape, wh.shape[1]
    units = len(wx) // recurrence.x_blocks[1]
    *_, outputs = room = _room(ctx, recurrence, batch, steps, units, size, projection)
    h_last = inputs.new_empty(batch, size)
    c_last = inputs.new_empty(batch, units) if recurrence.memory else None
    tensors = (inputs, h, c, *weights, *room)
    at = Tensors(*map(_address, tensors))
    of = _sizes(recurrence, units, inputs.shape, inputs.stride(0), size, *room)
    ends = _address(h_last), _address(c_last)
    parts = parts_of(batch, steps * len(wh) * (size + wh.shape[1]), ROWS)
    packed = prepare(of, at) if len(parts) > 1 else NONE_YET
    share(lambda _, *rows: forward(of, at, packed, *ends, *rows), parts)
    ctx.sizes, ctx.parts = of, parts
    ctx.save_for_backward(*tensors)
    return outputs, h_last, c_last


def _back(ctx, d_outputs, dh, dc):
    tensors = ctx.saved_tensors
    inputs, h, c, *weights = tensors[:-4]
    at, wanted = Tensors(*map(_address, tensors)), ctx.needs_input_grad
    by = [_in_one_piece(d) for d in (d_outputs, dh, dc)]
    dx = block(*inputs.shape) if wanted[1] else None
    d_h = torch.empty_like(h) if wanted[2] else None
    d_c = torch.empty_like(c) if wanted[3] else None
    ends = [_address(d) for d in (*by, dx, d_h, d_c)]
    packed = NONE_YET_BACK
    if len(ctx.parts) > 1:
        packed = prepare_back(ctx.sizes, at, Derivatives(*ends, *[0] * len(weights)))

    def of_part(each, *rows):
        backward(ctx.sizes, at, Derivatives(*ends, *each), packed, *rows)

    return None, dx, d_h, d_c, *summed(weights, ctx.parts, of_part)


class _Sweep(torch.autograd.Function):
    """A sweep over time."""

    forward = staticmethod(_forth)
    backward = staticmethod(torch.autograd.function.once_differentiable(_back))


class _Branches(torch.autograd.Function):
    """A step from every state with every input."""

    @staticmethod
    def forward(ctx, recurrence, inputs, h, c, *weights):
        ctx.set_materialize_grads(False)
        inputs, h, c, wx, wh, *_, projection = given = list(
            map(_in_one_piece, (inputs, h, c, *weights))
        )
        (steps, width), (batch, size) = inputs.shape, h.shape
        units = len(wx) // recurrence.x_blocks[1]
        room = _room(ctx, recurrence, batch, steps, units, size, projection)
        tensors = (*given, *room)
        at = Tensors(*map(_address, tensors))
        ctx.sizes = _sizes(recurrence, units, (batch, steps, width), 0, size, *room)
        ctx.parts = parts_of(batch, (size + steps) * len(wh), ROWS)
        share(lambda _, *rows: branches.forward(ctx.sizes, at, *rows), ctx.parts)
        ctx.save_for_backward(*tensors)
        return room[-1]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, d_outputs):
        if d_outputs is None:
            return (None,) * len(ctx.needs_input_grad)
        tensors = ctx.saved_tensors
        inputs, h, c, *weights = tensors[:-4]
        at, wanted = Tensors(*map(_address, tensors)), ctx.needs_input_grad
        d_outputs = _in_one_piece(d_outputs)
        d_h = torch.empty_like(h) if wanted[2] else None
        d_c = torch.empty_like(c) if wanted[3] else None
        ends = _address(d_h), _address(d_c)

        def sweep(each, *rows):
            dx, *each = each
            d = Derivatives(_address(d_outputs), 0, 0, dx, *ends, *each)
            branches.backward(ctx.sizes, at, d, *rows)

        dx, *sums = summed([inputs if wanted[1] else None, *weights], ctx.parts, sweep)
        return None, dx, d_h, d_c, *sums


def _room(ctx, recurrence, batch, steps, units, size, projection):
    """Return where gates, memories, answers before a projection and outputs are written; None where there are none."""
    # Without a way back each step may overwrite the one before.
    kept = steps if any(ctx.needs_input_grad) else 1
    gates = block(kept if recurrence.keeps_gates else 1, batch, gate_row(recurrence, units))
    cs = block(kept, batch, units) if recurrence.memory else None
    us = None if projection is None else block(kept, batch, units)
    return gates, cs, us, block(batch, steps, size)


def _sizes(recurrence, units, shape, x_row, size, gates, cs, us, _):
    """Return what a sweep has to know besides addresses; `shape` is that of the inputs."""
    (_, x_to), (h_from, h_to) = recurrence.x_blocks, recurrence.h_blocks
    kept = [1 if tensor is None else len(tensor) for tensor in (gates, cs, us)]
    numbers = recurrence.number, h_from, x_to, h_to, recurrence.n_extra
    return Sizes(*numbers, *shape, units, size, gates.shape[2], x_row, *kept)


def _address(tensor):
    return 0 if tensor is None else tensor.data_ptr()


def _in_one_piece(tensor):
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


def _rows_in_one_piece(inputs):
    """Return inputs whose steps follow each other, as they do in a window cut from a longer one."""
    whole = inputs.stride(2) == 1 and inputs.stride(1) == inputs.shape[2]
    return inputs if whole else inputs.contiguous()
