"""Losses of forecasts: on the scale of each window, over the values that were observed."""

import math

import torch
from torch import nn

from tsrnn.nn.arguments import keeps_arguments


@keeps_arguments
class ForecastLoss(nn.Module):
    """Mean loss over the observed targets, each divided by its window's scale.

    It is called with a forecast and its scale, as a forecast network returns them, and the target. A scale of None is
    one for all windows: 1.

    Parameters
    ----------
    loss : {"mae", "mse", "huber", "quantile"} or nn.Module
        A module is called with (forecast, target), both scaled, shape (n,).
    levels : tuple of float
        Quantile levels, for "quantile".
    """

    def __init__(self, loss="mae", levels=()):
        super().__init__()
        self.loss = loss
        self.register_buffer("levels", torch.tensor(levels, dtype=torch.float32))

    def forward(self, output, target):
        forecast, scale = output
        named = isinstance(self.loss, str) and self.loss != "quantile"
        if named and _is_complete(target, scale):
            if scale is not None:
                forecast, target = forecast / scale, target / scale
            return _ELEMENTWISE[self.loss](forecast, target)
        scale = torch.ones_like(target) if scale is None else scale
        # A missing target, or one after a constant window, says nothing on this scale: over infinity both are 0.
        seen = (target == target) & (scale > 0)
        scale = torch.where(seen, scale, torch.inf)
        target = torch.nan_to_num(target) / scale
        n_seen = seen.sum().clamp_min(1)
        if self.loss == "quantile":
            forecast = forecast.view(*target.shape, -1)  # a single level has no axis of its own
            error = target[..., None] - forecast / scale[..., None]
            each = torch.maximum(self.levels * error, (self.levels - 1) * error).mean(-1) * 2
        else:
            forecast = forecast / scale
            if isinstance(self.loss, nn.Module):
                if not seen.any():
                    return 0.0 * forecast.sum()  # the mean of nothing would be NaN
                return _by_module(self.loss, forecast[seen], target[seen])
            return _ELEMENTWISE[self.loss](forecast, target, reduction="sum") / n_seen
        return each.sum() / n_seen


def _by_module(loss, forecast, target):
    """Return what a module says of forecasts (n,), or raise where nothing could be learned from that."""
    name = type(loss).__name__
    try:
        value = loss(forecast, target)
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        if not type(loss).__module__.startswith("torch."):
            raise  # the user's own says it in its own words
        raise ValueError(
            f"loss={name}() cannot compare forecasts with targets, both numbers of shape (n,): "
            f"{str(error).splitlines()[0].rstrip('.')}; use another one, such as torch.nn.HuberLoss()."
        ) from None
    if not isinstance(value, torch.Tensor):
        raise TypeError(
            f"loss={name} returns a {type(value).__name__}, from which no gradient can be had; return a tensor that "
            "torch computed of the forecast."
        )
    if value.numel() != 1:
        raise ValueError(
            f"loss={name} returns {value.numel()} numbers, but training lowers a single one; return their mean, as "
            "torch's own losses do with reduction='mean'."
        )
    if forecast.requires_grad and not value.requires_grad:
        raise ValueError(
            f"loss={name} returns a number that has no gradient; compute it of the forecast by differentiable "
            "operations of torch, without detach()."
        )
    return value


def _is_complete(target, scale):
    """Whether every target counts; asked where the answer costs less than what it spares, not on a GPU."""
    if not target.is_cpu or math.isnan(target.sum().item()):
        return False
    return scale is None or scale.amin().item() > 0


_ELEMENTWISE = {
    "mae": nn.functional.l1_loss,
    "mse": nn.functional.mse_loss,
    "huber": nn.functional.huber_loss,
}
#: Losses by name.
LOSSES = (*_ELEMENTWISE, "quantile")
