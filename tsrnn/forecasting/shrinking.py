"""Shrink a fitted network towards the forecast that its training started from."""

import torch

from tsrnn.forecasting.evidence import design_effect
from tsrnn.threads import threads_for

_CHUNK = 512
#: Shares of what training added that are tried. The least is kept in any case: what the network has seen, a covariate
#: say, still shows.
_SHARES = torch.linspace(0, 1, 21, dtype=torch.float32)
LEAST = 0.1
#: What is gained on the start by luck: the same rows told the best epoch.
_LUCK = 0.05
#: Runs of held-out windows, one after the other, by whose losses it is told how sure the gain is.
_RUNS = 8
#: Windows without a gain that are held against those that were seen.
_UNCONVINCED = 4


@torch.inference_mode()
def shrink(net, windows, at_most, held_out=True):
    """Keep as much of what training added to its start as does best on held-out rows.

    Of a random walk a network learns noise, and the forecast is all but the naive one again, as wherever no share is
    better by a twentieth, and by the standard error of the gain. Few held-out windows are little evidence: the share is
    the less, as if some more of them, which share no target, had shown no gain. Series that err together are fewer.
    Where nothing can be held out the windows of training, on which there always is a gain, tell how few they are.

    Parameters
    ----------
    net : skorch.NeuralNet
        Of a `ForecastNetwork`, one forecast per step.
    windows : tsrnn.windows.Windows
        Held out, or of training.
    at_most : int
        Windows to look at, evenly spread over all.
    held_out : bool, default=True
        Whether the windows are held out.

    Returns
    -------
    float
        The share that was kept.
    """
    origins = windows.origins
    numbers = origins.spread(at_most)
    losses, seen, missed, change = _look(net, windows, numbers)
    if not len(seen):
        return 1.0
    times = torch.from_numpy(origins.times(numbers))
    together = design_effect(times, missed, change, at_once=origins.at_once())
    mean = seen @ losses / seen.sum()
    best = int(mean.argmin())
    gains = losses[:, 0] - losses[:, best]
    error = gains.std(correction=1) * (together / len(gains)) ** 0.5 if len(gains) > 1 else 0.0
    learned = not held_out or mean[0] - mean[best] > max(_LUCK * mean[0], error)
    apart = len(windows) / windows.horizon / together
    share = float(_SHARES[best]) * apart / (apart + _UNCONVINCED) if learned else 0.0
    share = max(LEAST, round(share, 2))
    net.module_.keep_share(share)
    return share


def _look(net, windows, numbers):
    """Return what each share comes to in each run of windows, and what there is to learn in each window.

    The forecast is linear in the share, so that two passes tell the loss of each.

    Returns
    -------
    losses : Tensor, shape (runs, shares)
    seen : Tensor, shape (runs,)
        Targets of a run.
    missed, change : Tensor, shape (windows, H·T)
        What the start misses, and how the network's forecast differs from it; 0 where a target is missing.
    """
    network = net.module_.eval()
    size = min(_CHUNK, -(-len(numbers) // _RUNS))
    losses, seen, missed, change = [], [], [], []
    with threads_for(network, size):
        for inputs, target in windows.batches(numbers, size):
            network.keep_share(0.0)
            start, scale = network(**inputs)
            network.keep_share(1.0)
            forecast, _ = network(**inputs)
            there = ~torch.isnan(target)
            missed.append(torch.where(there, target - start, 0).flatten(1).cpu())
            change.append(torch.where(there, forecast - start, 0).flatten(1).cpu())
            if there.any():
                each = [start + share * (forecast - start) for share in _SHARES]
                losses.append([float(net.criterion_((f, scale), target)) for f in each])
                seen.append(float(there.sum()))
    losses, seen = (torch.tensor(numbers, dtype=torch.float32) for numbers in (losses, seen))
    return losses, seen, torch.cat(missed), torch.cat(change)
