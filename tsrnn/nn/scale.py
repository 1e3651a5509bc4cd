"""Windows without gaps, and what each is shifted and divided by."""

import math

import torch

from tsrnn.kernels import UNSEEN_SEASONS


def fill_gaps(values, season_length=1, leads=False):
    """Return (N, W, c) with gaps filled, see `fill_missing`, and which rows were observed."""
    if not math.isnan(values.sum().item()):  # in a small network every operation is felt
        return values, torch.ones_like(values, dtype=torch.bool)
    observed = ~torch.isnan(values)
    return fill_missing(values, observed, season_length, leads), observed


def fill_missing(values, observed, season_length=1, leads=False):
    """Fill gaps of (N, W, c), and what precedes the first row with it; 0 where nothing is seen.

    Gaps are filled with the row before, or where a season of more than one row repeats by what is usual then, added to
    a line from the row before to the row after; with `leads` what precedes the first row, too.
    """
    first = observed.to(torch.uint8).argmax(1, keepdim=True)
    filled = torch.where(observed, values, values.gather(1, first))
    row = torch.arange(values.shape[1], device=values.device)[None, :, None]
    seasonal = season_length > 1
    if not (seasonal and leads) and bool((observed | (row < first)).all()):
        return filled  # a short past has no other gaps
    latest = torch.where(observed, row, -1).cummax(1).values
    if seasonal:
        usual = _usual(values, observed, season_length)
        gap = ~observed & (leads | (row > first))
        filled = torch.where(gap, usual + _line(values - usual, observed, latest), filled)
    else:
        filled = torch.where(latest < first, filled, values.gather(1, latest.clamp_min(0)))
    return torch.nan_to_num(filled)


def _usual(values, observed, season_length):
    """Return how far each row of the season usually is from the mean, for each row of the window: (N, W, c)."""
    n_rows = values.shape[1]
    mean = (values * observed).nansum(1, keepdim=True) / observed.sum(1, keepdim=True).clamp_min(1)
    apart = torch.where(observed, values - mean, 0)
    apart, seen = (
        torch.nn.functional.pad(x, (0, 0, 0, -n_rows % season_length))
        .unflatten(1, (-1, season_length))
        .sum(1)
        for x in (apart, observed.to(values.dtype))
    )
    usual = apart / (seen + UNSEEN_SEASONS)
    return usual.repeat(1, -(-n_rows // season_length), 1)[:, :n_rows]


def _line(values, observed, latest):
    """Return a line from the observed row before each row, `latest`, to the one after it; level if one is missing."""
    n_rows = values.shape[1]
    row = torch.arange(n_rows, device=values.device)[None, :, None]
    following = torch.where(observed, row, n_rows).flip(1).cummin(1).values.flip(1)
    before = values.gather(1, latest.clamp_min(0))
    after = values.gather(1, following.clamp_max(n_rows - 1))
    after = torch.where(following < n_rows, after, before)
    before = torch.where(latest >= 0, before, after)
    part = (row - latest).to(values.dtype) / (following - latest).clamp_min(1)
    return before + (after - before) * part


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
