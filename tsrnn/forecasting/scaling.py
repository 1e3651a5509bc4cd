"""The typical scale of a panel's windows, by which each is divided half, and half by its own."""

import torch

#: Windows that are looked at, and at once.
_ENOUGH, _CHUNK = 2048, 512


@torch.no_grad()
def count_on_typical_scale(network, windows):
    """Let a network divide each window by the geometric mean of its own scale and the typical one.

    By its own scale alone a window that happens to be calm counts as much in the loss as a restless one, and is made as
    restless before the network sees it. By one scale for all, series that are always restless drown the others. The
    typical scale is the geometric mean of windows of training, of each target.

    Parameters
    ----------
    network : tsrnn.nn.forecast.ForecastNetwork
    windows : tsrnn.windows.Windows
        Of training; on a logarithmic scale, where series of any unit compare.
    """
    parts = windows.batches(windows.origins.spread(_ENOUGH), _CHUNK)
    scales = torch.cat([network.own_scale(**inputs) for inputs, _ in parts])
    logs = torch.where(scales > 0, scales.log(), torch.nan)
    network.count_on(torch.nan_to_num(logs.nanmean(0).exp()))
