"""Windows without gaps, and what each is shifted and divided by."""

import math

import torch


def fill_gaps(values):
    """Return (N, W, c) with gaps filled, see `fill_missing`, and which rows were observed."""
    if not math.isnan(values.sum().item()):  # in a small network every operation is felt
        return values, torch.ones_like(values, dtype=torch.bool)
    observed = ~torch.isnan(values)
    return fill_missing(values, observed), observed


def fill_missing(values, observed):
    """Fill gaps of (N, W, c) with the row before, and what precedes the first row with it; 0 where nothing is seen."""
    first = observed.to(torch.uint8).argmax(1, keepdim=True)
    filled = torch.where(observed, values, values.gather(1, first))
    row = torch.arange(values.shape[1], device=values.device)[None, :, None]
    if bool((observed | (row < first)).all()):  # a short past has no other gaps
        return filled
    latest = torch.where(observed, row, -1).cummax(1).values
    filled = torch.where(latest < first, filled, values.gather(1, latest.clamp_min(0)))
    return torch.nan_to_num(filled)


def window_scale(values, observed, normalization, lag=1):
    """Return what each window (N, W, c) is shifted and divided by, both (N, 1, c); a constant window has scale 0."""
    count = observed.sum(1, keepdim=True).clamp_min(1)
    if normalization == "last":
        location = values[:, -lag:].mean(1, keepdim=True)
        steps = (values[:, 1:] - values[:, :-1]).abs()
        scale = steps.sum(1, keepdim=True) / (count - 1).clamp_min(1)
    else:
        location = (values * observed).sum(1, keepdim=True) / count
        squares = ((values - location) * observed).square().sum(1, keepdim=True) / count
        scale = root(squares)
    # Rounding noise in a constant window is no scale.
    floor = 1e-6 * values.abs().amax(1, keepdim=True)
    return location, torch.where(scale > floor, scale, 0.0)


def root(squares):
    """Return the root of what is not negative; 0 passes no gradient, where its slope would be infinite."""
    if not squares.requires_grad:
        return squares.sqrt()
    there = squares > 0
    return torch.where(there, torch.where(there, squares, 1.0).sqrt(), 0.0)
