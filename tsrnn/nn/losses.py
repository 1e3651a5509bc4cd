"""Losses of forecasts: on the scale of each window, over the values that were observed."""

import torch
from torch import nn

from tsrnn.nn.arguments import keeps_arguments


@keeps_arguments
class ForecastLoss(nn.Module):
    """Mean loss over the observed targets, each divided by its window's scale.

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
        self.register_buffer("levels", torch.tensor(levels))

    def forward(self, output, target):
        forecast, scale = output
        # A missing target, or one after a constant window, says nothing on this scale.
        seen = ~torch.isnan(target) & (scale > 0)
        scale = torch.where(scale > 0, scale, 1.0)
        target = torch.where(seen, target, 0.0) / scale
        if self.loss == "quantile":
            forecast = forecast.view(*target.shape, -1)  # a single level has no axis of its own
            error = target[..., None] - forecast / scale[..., None]
            each = torch.maximum(self.levels * error, (self.levels - 1) * error).mean(-1) * 2
        else:
            forecast = forecast / scale
            if isinstance(self.loss, nn.Module):
                # The mean of nothing would be NaN.
                return (
                    self.loss(forecast[seen], target[seen]) if seen.any() else 0.0 * forecast.sum()
                )
            each = _ELEMENTWISE[self.loss](forecast, target, reduction="none")
        return torch.where(seen, each, 0.0).sum() / seen.sum().clamp_min(1)


_ELEMENTWISE = {
    "mae": nn.functional.l1_loss,
    "mse": nn.functional.mse_loss,
    "huber": nn.functional.huber_loss,
}
#: Losses by name.
LOSSES = (*_ELEMENTWISE, "quantile")
