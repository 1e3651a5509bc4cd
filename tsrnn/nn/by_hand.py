"""Gradients of the tutorials' network without autograd: a recurrent layer, its last output, a linear layer, a loss.

Where the network is small autograd's bookkeeping takes as long as the kernels' arithmetic, and the way back through so
few parts is a few lines. Every other network is left to autograd.
"""

import math

import torch
from torch import nn

from tsrnn import kernels
from tsrnn.nn.alone import is_overheard, kernels_of
from tsrnn.nn.forecast import ForecastNetwork, StepBody
from tsrnn.nn.heads import LastOutput
from tsrnn.nn.losses import ForecastLoss


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
        criterion do; None where the batch must go through autograd, as where something is missing in it. None in its
        place where every batch must. For one epoch: parts that are changed later are not seen.
    """
    if type(network) is not ForecastNetwork or type(network.body) is not StepBody:
        return None
    body, slope = network.body, _SLOPES.get(getattr(criterion, "loss", None))
    cells = kernels_of(body.recurrent) if kernels.usable(body.linear.weight) else None
    if cells is None or len(cells) > 1 or slope is None or not _is_plain(network, criterion):
        return None
    cell, linear = body.recurrent.cells[0], body.linear
    own = set(map(id, cell.parameters()))
    if own | set(map(id, linear.parameters())) != set(map(id, network.parameters())):
        return None

    @torch.no_grad()
    def differentiate(inputs, target):
        past = inputs["past"][:, -network.window_size :]
        if past.shape[2] != network.n_targets or inputs["future"].shape[2]:
            return None
        if math.isnan(past.sum().item() + target.sum().item()) or not kernels.usable(past, target):
            return None
        with torch.enable_grad():  # some weights of some kernels are computed from a cell's own
            recurrence, weights = cell.kernel()
        h, back = kernels.sweep(recurrence, past, {k: w.detach() for k, w in weights.items()})
        forecast = torch.addmm(linear.bias, h, linear.weight.t()).view(target.shape)
        loss, d_forecast = slope(forecast, target)
        d_forecast = d_forecast.view(len(h), -1)
        _set_gradients(cell, own, weights, back(d_forecast @ linear.weight))
        linear.weight.grad, linear.bias.grad = d_forecast.t() @ h, d_forecast.sum(0)
        return (forecast, None), loss

    return differentiate


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
    nothing = network.normalization, network.skip, network.effect, network.spread, body.kind
    heard = any(
        p._backward_hooks or p._post_accumulate_grad_hooks or not p.requires_grad
        for p in network.parameters()
    )
    return (
        all(part is None for part in nothing)
        and not network.indicator
        and network.share == 1
        and (not network.independent or network.n_targets == 1)
        and type(body.head) is LastOutput
        and type(body.linear) is nn.Linear
        and type(criterion) is ForecastLoss
        and not (heard or _is_overheard(network) or _is_overheard(criterion))
        and not torch.is_anomaly_enabled()
        and not torch.is_autocast_enabled("cpu")
    )


def _is_overheard(module):
    return is_overheard(module) or any(
        m._backward_hooks or m._backward_pre_hooks for m in module.modules()
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
