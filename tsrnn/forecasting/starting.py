"""What the ways to start training share: rows on the windows' scale, and what of a gain is luck."""

import numpy as np
import torch

from tsrnn.windows import Origins, Windows

#: Fewer windows than that tell nothing.
FEWEST = 8
#: Share of the naive error that is gained by luck, at least.
_LUCK = 0.05


def rows_on_scale(network, windows, at_most, at_once=1024, ends=False):
    """Yield windows and what came after them as the skip meets them: float64, (n, W) and (n, H), on the CPU.

    Third comes when each is, (n,): windows of the same time have the same number.

    Parameters
    ----------
    network : tsrnn.nn.forecast.ForecastNetwork
    windows : tsrnn.windows.Windows
    at_most : int
        Windows to look at, evenly spread over all; each of independent targets is one. Values to come that are missing
        are NaN; windows of which all are missing are left out.
    at_once : int
        Windows in each piece that is yielded, at most.
    ends : bool, default=False
        Whether to go on to the last target row of each series, by windows whose later steps are missing; not of windows
        that the user cut.
    """
    ends = ends and not windows.origins.one_series
    windows = _with_ends(windows) if ends else windows
    n_each = windows.n_targets if network.independent else 1
    numbers = windows.origins.spread(max(1, at_most // n_each))
    size = max(1, at_once // n_each)
    parts = (numbers[first : first + size] for first in range(0, len(numbers), size))
    for part, (inputs, target) in zip(parts, windows.batches(numbers, size), strict=True):
        when = torch.from_numpy(windows.origins.times(part))
        if ends:  # steps after the last target row are held out, or another series'
            late = torch.arange(windows.horizon)[None, :, None] > when[:, None, None]
            target = target.masked_fill(late.to(target.device), torch.nan)
        z, y = network.on_scale(**inputs, target=target)
        z, y = (v.transpose(1, 2).flatten(0, 1) for v in (z, y))
        seen = torch.isfinite(y).any(1)
        if seen.any():
            when = when.repeat_interleave(len(z) // len(part))
            yield z[seen].cpu().double(), y[seen].cpu().double(), when[seen.cpu()]


def _with_ends(windows):
    """Return windows and, of each series, those after the last one that begin before its last target row."""
    of = windows.origins
    counts = np.where(of.counts > 0, of.counts + windows.horizon - 1, 0)
    sizes = windows.window_size, windows.horizon, windows.n_targets
    return Windows(windows.flat, Origins(of.starts, of.first, counts), *sizes, windows.known)


def is_luck(left, change, together=1.0, unconvinced=0):
    """Whether a change of forecasts gains no more than chance gives; windows that share targets count as one.

    Parameters
    ----------
    left : Tensor, shape (n, H)
        What the forecasts miss without the change, NaN where a value is missing.
    change : Tensor, shape (n, H)
    together : float, default=1
        How many of them count as one since series err together, see `tsrnn.forecasting.evidence`.
    unconvinced : int, default=0
        Windows without a gain that are held against those that were seen.
    """
    horizon, n_seen = left.shape[1], int((~left.isnan()).sum())
    naive = left.abs().nansum(1) / horizon
    gain = naive - (left - change).abs().nansum(1) / horizon
    if len(gain) < 2:
        return True
    whole = n_seen / horizon  # windows, each counted by its steps that are there
    apart = whole / horizon / together
    error = gain.std() / apart**0.5 * (1 + unconvinced / apart)
    return not gain.sum() / whole > max(_LUCK * naive.sum() / whole, error)
