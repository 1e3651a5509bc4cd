"""Gradients of forecast networks without autograd: a recurrent layer and what is around it, a skip, a loss.

Where the network is small autograd's bookkeeping takes as long as the kernels' arithmetic, and the way back through so
few parts is a few lines. Every other network is left to autograd, and so is the little that a skip computes.
"""

import math
from functools import partial

import torch
from torch import nn

from tsrnn import kernels
from tsrnn.nn.bodies import SegmentBody, StepBody
from tsrnn.nn.compiled import is_overheard, is_overheard_back, kernels_of
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.nn.heads import LastOutput
from tsrnn.nn.losses import ForecastLoss
from tsrnn.nn.skips import MixedSkip


def gradients_by_hand(network, criterion):
    """Return a function that does what a forward and a backward pass do.

    Parameters
    ----------
    network : torch.nn.Module
        In training.
    criterion : torch.nn.Module

    Returns
    -------
    differentiate : callable, or None
        Takes the inputs and the target of a batch, writes the gradient of every parameter, and returns what network and
        criterion do; None where the batch must go through autograd, as where a target is missing in it. None in its
        place where every batch must. For one epoch: parts that are changed later are not seen.
    """
    if type(network) is not ForecastNetwork or type(network.body) not in _WAYS:
        return None
    body, slope = network.body, _SLOPES.get(getattr(criterion, "loss", None))
    cells = kernels_of(body.recurrent) if kernels.usable(body.linear.weight) else None
    if cells is None or len(cells) > 1 or slope is None or not _is_plain(network, criterion):
        return None
    forth, skip = _WAYS[type(body)], network.skip
    parts = [body] if skip is None else [body, skip]
    known = {id(p) for part in parts for p in part.parameters()}
    if known != {id(p) for p in network.parameters()}:
        return None
    if type(body) is SegmentBody and not _reads(body, network):
        return None
    over = _over_mixture if type(skip) is MixedSkip and network.n_targets == 1 else _over
    weights_of = _reader(body)

    @torch.no_grad()
    def differentiate(inputs, target):
        past = inputs["past"][:, -network.window_size :]
        if past.shape[2] != network.n_targets or inputs["future"].shape[2]:
            return None
        if math.isnan(target.sum().item()) or not kernels.usable(past, target):
            return None
        rows, z, location, scale = past, past, None, None
        if network.normalization is not None or network.indicator:
            rows, z, location, scale = network.on_own_scale(past)
        if scale is not None:
            if not scale.amin().item() > 0:
                return None
            target = (target - location) / scale
        output, back = forth(body, weights_of, rows)
        if skip is not None:
            added, back_through_skip = over(skip, z)
            output = output + added
        loss, d_output = slope(output, target)
        if math.isnan(loss.item()):  # as where a row of the past is missing
            return None
        if skip is not None:
            back_through_skip(d_output)
        back(d_output)
        return (output if scale is None else location + scale * output, scale), loss

    return differentiate


def _reads(body, network):
    """Whether segments are compiled as a whole, and as wide as those that the network cuts."""
    n_read = network.n_targets * (2 if network.indicator else 1)
    return body.kernel() is not None and body.embed.weight.shape[1] == body.segment_size * n_read


def _through_steps(body, weights_of, rows):
    """Return a `StepBody`'s output and a function that takes its gradient back to the body's weights."""
    linear = body.linear
    recurrence, plain, set_gradients = weights_of()
    h, lead_back = kernels.sweep(recurrence, rows, plain)
    output = torch.addmm(linear.bias, h, linear.weight.t()).view(-1, *body.shape[:2])

    def back(d_output):
        d_output = d_output.reshape(len(h), -1)
        set_gradients(lead_back(d_output @ linear.weight))
        linear.weight.grad, linear.bias.grad = d_output.t() @ h, d_output.sum(0)

    return output, back


def _through_segments(body, weights_of, rows):
    """Do so for a `SegmentBody`."""
    linear, embed, p = body.linear, body.embed, body.dropout.p * body.dropout.training
    segments = body.cut(rows, front=True)
    recurrence, plain, set_gradients = weights_of()
    given = recurrence, segments, body.position, embed, plain
    features, lead_back = kernels.decode_by_hand(*given)
    features = features.flatten(0, 1)
    if p:  # as torch drops, by the same random numbers
        kept = torch.empty_like(features).bernoulli_(1 - p).div_(1 - p)
        features = features * kept
    output = torch.addmm(linear.bias, features, linear.weight.t())
    output = output.view(len(rows), -1, body.output_shape[0])
    beyond = output.shape[1] - body.horizon

    def back(d_output):
        if beyond:
            d_output = nn.functional.pad(d_output, (0, 0, 0, beyond))
        d_output = d_output.reshape(len(features), -1)
        linear.weight.grad, linear.bias.grad = d_output.t() @ features, d_output.sum(0)
        d_features = d_output @ linear.weight
        if p:
            d_features *= kept
        ends = lead_back(d_features.view(len(rows), -1, features.shape[1]))
        body.position.grad, embed.weight.grad, embed.bias.grad, gradients = ends
        set_gradients(gradients)

    return output[:, : body.horizon], back


#: How an output comes to be, and its gradient goes back, by the kind of body.
_WAYS = {StepBody: _through_steps, SegmentBody: _through_segments}


def _over(skip, z):
    """Return what a skip adds and a function that takes its gradient back, by autograd."""
    for parameter in skip.parameters():
        parameter.grad = None
    with torch.enable_grad():
        added = skip(z, 1.0)
    return added.detach(), added.backward if added.requires_grad else lambda _: None


def _over_mixture(skip, z):
    """Do so for a `MixedSkip` of one target, by hand: its parts are many and small."""
    z, changes, horizon = z[:, :, 0], skip.changes(z)[:, 0], skip.horizon
    maps = torch.cat([skip.start_weight + skip.weight, skip.maps])
    each = (z @ maps.t()).unflatten(1, (-1, horizon))  # (N, 1 + K, H)
    each[:, 0] += (skip.start_bias + skip.bias)[:, 0]
    hidden = torch.tanh_(skip.hidden(changes))
    counts = torch.softmax(skip.gate(hidden), 1)  # (N, 1 + K)

    def back(d):
        d_counts = (each @ d)[:, :, 0]
        d_asked = counts * (d_counts - (counts * d_counts).sum(1, keepdim=True))
        d_hidden = (d_asked @ skip.gate.weight) * (1 - hidden.square())
        for layer, d_layer, read in (
            (skip.gate, d_asked, hidden),
            (skip.hidden, d_hidden, changes),
        ):
            layer.weight.grad, layer.bias.grad = d_layer.t() @ read, d_layer.sum(0)
        d_each = counts[:, :, None] * d.transpose(1, 2)
        skip.bias.grad = d_each[:, 0].sum(0)[:, None]
        d_maps = d_each.flatten(1).t() @ z
        skip.weight.grad, skip.maps.grad = d_maps[:horizon], d_maps[horizon:]

    return (counts[:, None] @ each).transpose(1, 2), back


def _reader(body):
    """Return a function that returns a recurrence, its weights, and what takes their gradients to the cell's own."""
    cell = body.recurrent.cells[0]
    own = set(map(id, cell.parameters()))

    def read():
        with torch.enable_grad():  # some weights of some kernels are computed from a cell's own
            recurrence, weights = cell.kernel()
        plain = {name: weight.detach() for name, weight in weights.items()}
        return recurrence, plain, partial(_set_gradients, cell, own, weights)

    once = read()
    computed = any(id(weight) not in own for weight in cell.kernel()[1].values())
    return read if computed else lambda: once


def _set_gradients(cell, own, weights, gradients):
    """Write the gradients of what a kernel read, to the cell's `own` weights (ids) or on to those it comes from."""
    computed = []
    for name, gradient in gradients.items():
        if id(weights[name]) in own:
            weights[name].grad = gradient
        elif weights[name].requires_grad:
            computed.append((weights[name], gradient))
    if computed:
        read = set(map(id, weights.values()))
        for parameter in cell.parameters():
            if id(parameter) not in read:
                parameter.grad = None
        torch.autograd.backward(*zip(*computed, strict=True))


def _is_plain(network, criterion):
    """Whether a network does nothing but what its parts do one after the other, heard by nobody."""
    body = network.body
    nothing = network.effect, network.spread, body.kind, getattr(body, "known", None)
    heard = any(
        p._backward_hooks or p._post_accumulate_grad_hooks or not p.requires_grad
        for p in network.parameters()
    )
    return (
        all(part is None for part in nothing)
        and network.share == 1
        and (not network.independent or network.n_targets == 1)
        and type(body.head) in (LastOutput, type(None))
        and type(body.linear) is nn.Linear
        and type(getattr(body, "dropout", None)) in (nn.Dropout, type(None))
        and type(criterion) is ForecastLoss
        and not heard
        and not any(is_overheard(m) or is_overheard_back(m) for m in (network, criterion))
        and not torch.is_anomaly_enabled()
        and not torch.is_autocast_enabled("cpu")
    )


def _squared(forecast, target):
    error = forecast - target
    return error.square().mean(), error.mul_(2 / error.numel())


def _absolute(forecast, target):
    error = forecast - target
    return error.abs().mean(), error.sign_().div_(error.numel())


def _huber(forecast, target):
    loss = nn.functional.huber_loss(forecast, target)
    return loss, (forecast - target).clamp_(-1, 1).div_(target.numel())


#: From forecasts and targets to the loss and its slope, by the name of the loss.
_SLOPES = {"mse": _squared, "mae": _absolute, "huber": _huber}
