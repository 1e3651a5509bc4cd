"""What the ways to start training share: rows on the windows' scale, and what of a gain is luck."""

import torch

#: Fewer windows than that tell nothing.
FEWEST = 8
#: Share of the naive error that is gained by luck, at least.
_LUCK = 0.05


def rows_on_scale(network, windows, at_most, at_once=1024):
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
    """
    n_each = windows.n_targets if network.independent else 1
    numbers = windows.origins.spread(max(1, at_most // n_each))
    size = max(1, at_once // n_each)
    parts = (numbers[first : first + size] for first in range(0, len(numbers), size))
    for part, (inputs, target) in zip(parts, windows.batches(numbers, size), strict=True):
        z, y = network.on_scale(**inputs, target=target)
        z, y = (v.transpose(1, 2).flatten(0, 1) for v in (z, y))
        seen = torch.isfinite(y).any(1)
        if seen.any():
            when = torch.from_numpy(windows.origins.times(part))
            when = when.repeat_interleave(len(z) // len(part))
            yield z[seen].cpu().double(), y[seen].cpu().double(), when[seen.cpu()]


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
    naive = left.abs().nanmean(1)
    gain = naive - (left - change).abs().nanmean(1)
    if len(gain) < 2:
        return True
    apart = len(gain) / left.shape[1] / together
    error = gain.std() / apart**0.5 * (1 + unconvinced / apart)
    return not gain.mean() > max(_LUCK * naive.mean(), error)
