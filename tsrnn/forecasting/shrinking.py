"""Shrink a fitted network towards the naive forecast that its training started from."""

import torch

from tsrnn.threads import threads_for

_CHUNK = 512
#: Shares of what training added that are tried. The least is kept in any case: what the network has seen, a covariate
#: say, still shows.
_SHARES = torch.linspace(0, 1, 21)
_LEAST = 0.1
#: What is gained on the naive forecast by luck: the same rows told the best epoch.
_LUCK = 0.05


@torch.inference_mode()
def shrink(net, windows, at_most):
    """Keep as much of what training added to the naive forecast as does best on held-out rows.

    Of a random walk a network learns noise, and the forecast is all but the naive one again, as wherever
    no share is better by a twentieth. The forecast is linear in the share, so that two passes tell the loss of each.

    Parameters
    ----------
    net : skorch.NeuralNet
        Of a `ForecastNetwork`, one forecast per step.
    windows : tsrnn.windows.Windows
        Held out.
    at_most : int
        Windows to look at, evenly spread over all.

    Returns
    -------
    float
        The share that was kept.
    """
    network = net.module_.eval()
    numbers = windows.origins.spread(at_most)
    losses, seen = torch.zeros(len(_SHARES)), 0
    with threads_for(network, _CHUNK):
        for inputs, target in windows.batches(numbers, _CHUNK):
            network.keep_share(0.0)
            naive, scale = network(**inputs)
            network.keep_share(1.0)
            forecast, _ = network(**inputs)
            n = int((~torch.isnan(target)).sum())
            for i, share in enumerate(_SHARES):
                loss = net.criterion_((naive + share * (forecast - naive), scale), target)
                losses[i] += n * float(loss)
            seen += n
    if not seen:
        return 1.0
    best = int(losses.argmin())
    learned = losses[best] < (1 - _LUCK) * losses[0]
    share = max(_LEAST, round(float(_SHARES[best]), 2)) if learned else _LEAST
    network.keep_share(share)
    return share
