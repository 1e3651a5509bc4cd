"""What a segment network does to its rows, as one: embed segments, run the recurrence, go one step to each one ahead.

One after the other, each by itself, would hand the next a tensor of the whole batch, pack the same weights again and
have its threads wait for each other. Here a part of the batch goes through all three, there and back.
"""

from collections import namedtuple

import torch

from tsrnn.kernels import branches, embeddings, equations, sweeps
from tsrnn.kernels.autograd import WEIGHTS, Tape, address, in_one_piece, room_of, sizes_of
from tsrnn.kernels.blocks import block
from tsrnn.kernels.sharing import parts_of, share
from tsrnn.kernels.sums import room_for_sums, unpack_sums

#: Sizes and addresses of the recurrence over the past and of the steps ahead, the size of a segment.
_Plan = namedtuple("_Plan", "of at of_ahead at_ahead n parts")


def decode(recurrence, segments, ahead, embedding, weights):
    """Return what the recurrence makes of each step ahead, after the embedded segments of the past.

    Parameters
    ----------
    recurrence : str
        Name of one in `tsrnn.kernels.equations`.
    segments : torch.Tensor (batch, steps, n), float32 on the CPU
        Nothing leads back to them.
    ahead : torch.Tensor (n_ahead, size)
        Input of each step ahead, all of which begin at the state after the past.
    embedding : torch.nn.Linear
        From n to size, followed by a rectifier.
    weights : see `tsrnn.kernels.autograd.run`

    Returns
    -------
    features : torch.Tensor (batch, n_ahead, output_size)
    """
    given = ahead, embedding.weight, embedding.bias, *map(weights.get, WEIGHTS)
    return _Segments.apply(getattr(equations, recurrence), segments, *given)


def decode_by_hand(recurrence, segments, ahead, embedding, weights):
    """Do as `decode`, without autograd; its way back is called by hand.

    Returns
    -------
    features : torch.Tensor (batch, n_ahead, output_size)
    back : callable
        From the gradient of the features to those of ahead, of the embedding's weight and bias, and of the weights, a
        dict; it may be called once.
    """
    given = ahead, embedding.weight, embedding.bias, *map(weights.get, WEIGHTS)
    tape = Tape()
    tape.needs_input_grad = (True,)
    features = _forth(tape, getattr(equations, recurrence), segments, *given)

    def back(d_features):
        _, _, d_ahead, d_weight, d_bias, *each = _back(tape, d_features)
        each = {name: d for name, d in zip(WEIGHTS, each, strict=True) if d is not None}
        return d_ahead, d_weight, d_bias, each

    return features, back


def _forth(ctx, recurrence, segments, ahead, weight, bias, *weights):
    ctx.set_materialize_grads(False)
    segments, ahead, weight, bias, *weights = map(
        in_one_piece, (segments, ahead, weight, bias, *weights)
    )
    wx, wh, *_, projection = weights
    (batch, steps, n), (size, units) = segments.shape, (len(weight), len(wx))
    units //= recurrence.x_blocks[1]
    embedded = block(batch, steps, size)
    sizes = units, wh.shape[1], projection
    room = room_of(ctx, recurrence, batch, steps, *sizes)
    room_ahead = room_of(ctx, recurrence, batch, len(ahead), *sizes)
    h = block(batch, wh.shape[1])
    c = block(batch, units) if recurrence.memory else None
    past = embedded, None, None, *weights, *room
    future = ahead, h, c, *weights, *room_ahead
    of = sizes_of(recurrence, units, embedded.shape, steps * size, wh.shape[1], *room)
    of_ahead = sizes_of(recurrence, units, (batch, len(ahead), size), 0, wh.shape[1], *room_ahead)
    at, at_ahead = (sweeps.Tensors(*map(address, tensors)) for tensors in (past, future))
    parts = parts_of(
        batch, steps * size * n + (steps + 1) * len(wh) * (size + wh.shape[1]), sweeps.ROWS
    )
    ctx.plan = _Plan(of, at, of_ahead, at_ahead, n, parts)
    packed = sweeps.prepare(of, at)
    embedding = n, size, address(segments), address(weight), address(bias), at.x

    def of_part(_, first, last):
        embeddings.forward(*embedding, first * steps, last * steps)
        sweeps.forward(of, at, packed, at_ahead.h, at_ahead.c, first, last)
        branches.forward(of_ahead, at_ahead, packed, first, last)

    share(of_part, parts)
    ctx.save_for_backward(
        segments, ahead, weight, bias, *weights, embedded, *room, h, c, *room_ahead
    )
    return room_ahead[-1]


def _back(ctx, d_features):
    if d_features is None:
        return (None,) * (5 + len(WEIGHTS))
    of, at, of_ahead, at_ahead, n, parts = ctx.plan
    segments, ahead, weight, bias, *weights = ctx.saved_tensors[: 4 + len(WEIGHTS)]
    d_features, d_embedded = in_one_piece(d_features), block(of.B, of.T, of.D)
    d_h = block(of.B, of.P)
    d_c = block(of.B, of.H) if at_ahead.c else None
    gradients = [None if w is None else torch.empty_like(w) for w in weights]
    several = len(parts)
    d_ahead, d_weight, d_bias = (t.new_empty(several, *t.shape) for t in (ahead, weight, bias))
    ends = [address(d) for d in (d_h, d_c)]
    d = sweeps.Derivatives(0, *ends, address(d_embedded), 0, 0, *map(address, gradients))
    of_future = sweeps.Derivatives(address(d_features), 0, 0, 0, *ends, *d[6:])
    packed, sums = sweeps.prepare_back(of, at, d), room_for_sums(of, several)
    numbers = n, of.D, address(segments), at.x, d.x

    def of_part(part, first, last):
        here = of_future._replace(x=address(d_ahead[part]))
        branches.backward(of_ahead, at_ahead, here, packed, sums[part], first, last)
        sweeps.backward(of, at, d, packed, sums[part], first, last)
        to = address(d_weight[part]), address(d_bias[part])
        embeddings.backward(*numbers, *to, first * of.T, last * of.T)

    share(of_part, parts)
    unpack_sums(of, d, sums)
    summed = [each[0] if several == 1 else each.sum(0) for each in (d_ahead, d_weight, d_bias)]
    return None, None, *summed, *gradients


class _Segments(torch.autograd.Function):
    """Features of the steps ahead, from segments of the past."""

    forward = staticmethod(_forth)
    backward = staticmethod(torch.autograd.function.once_differentiable(_back))
