"""What the ways to start training share: rows on the windows' scale, and what of a gain is luck."""

import torch

#: Fewer windows than that tell nothing.
FEWEST = 8
#: Share of the naive error that is gained by luck, at least.
_LUCK = 0.05


def rows_on_scale(network, windows, at_most, at_once=1024):
    """Yield windows and what came after them as the skip meets them: float64, (n, W) and (n, H), on the CPU.

    Parameters
    ----------
    network : tsrnn.nn.forecast.ForecastNetwork
    windows : tsrnn.windows.Windows
    at_most : int
        Windows to look at, evenly spread over all; each of independent targets is one. Those of which a value to come
        is missing are left out.
    at_once : int
        Windows in each piece that is yielded, at most.
    """
    n_each = windows.n_targets if network.independent else 1
    numbers = windows.origins.spread(max(1, at_most // n_each))
    for inputs, target in windows.batches(numbers, max(1, at_once // n_each)):
        z, y = network.on_scale(**inputs, target=target)
        z, y = (v.transpose(1, 2).flatten(0, 1) for v in (z, y))
        seen = torch.isfinite(y).all(1)
        if seen.any():
            yield z[seen].cpu().double(), y[seen].cpu().double()


def is_luck(naive, errors, horizon):
    """Whether errors are below the naive ones by no more than chance gives; windows that share targets count as one.

    Parameters
    ----------
    naive, errors : Tensor, shape (n,)
        Mean absolute errors of windows.
    horizon : int
    """
    gain = naive - errors
    if len(gain) < 2:
        return True
    doubt = gain.std() / max(1.0, len(gain) / horizon) ** 0.5
    return not gain.mean() > max(_LUCK * naive.mean(), doubt)
