"""Skips: what is added to a forecast network's output, so that it need not learn what is known without it.

Shapes: N series in a batch; W window_size; H horizon; c targets of each.
"""

import torch
from torch import nn


class SeasonalSkip(nn.Module):
    """The window's last season, repeated over the horizon."""

    def __init__(self, lag, horizon):
        super().__init__()
        self.lag = lag
        self.repeats = -(-horizon // lag)
        self.horizon = horizon

    def forward(self, z, share=1.0):
        """Map (N, W, c) to (N, H, c); there is nothing that training added, to keep a share of."""
        return z[:, -self.lag :].repeat(1, self.repeats, 1)[:, : self.horizon]


class LinearSkip(nn.Module):
    """A linear map from the window to the horizon: a start, at first the repeated season, and what training adds to it.

    References
    ----------
    Zeng, Chen, Zhang, Xu (2023). Are Transformers Effective for Time Series Forecasting? AAAI (NLinear).
    """

    def __init__(self, window_size, horizon, lag):
        super().__init__()
        step = torch.arange(horizon)
        repeated = torch.zeros(horizon, window_size)
        repeated[step, window_size - lag + step % lag] = 1.0
        self.register_buffer("start_weight", repeated)
        self.register_buffer("start_bias", torch.zeros(horizon, 1))
        self.weight = nn.Parameter(torch.zeros(horizon, window_size))
        self.bias = nn.Parameter(torch.zeros(horizon, 1))

    def forward(self, z, share=1.0):
        """Map (N, W, c) to (N, H, c), with a share of what training added."""
        weight, bias = self.weight, self.bias
        if share != 1:
            weight, bias = share * weight, share * bias
        return (self.start_weight + weight) @ z + (self.start_bias + bias)

    def move_start(self, weight, bias):
        """Add to the start: `weight` (H, W) and `bias` (H, 1)."""
        self.start_weight += weight
        self.start_bias += bias
