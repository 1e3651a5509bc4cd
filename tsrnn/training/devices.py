"""Devices by name, refused early where they are not there."""

import torch


def resolve_device(device):
    """Return the `torch.device` that `device` names.

    Parameters
    ----------
    device : str or torch.device
        "auto" takes a GPU where there is one; else any name that torch knows, such as "cpu", "cuda:1", "mps".

    Raises
    ------
    ValueError
        Where the name is unknown or the device is not there; the message names those that are.
    """
    there = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        there.append("mps")
    if isinstance(device, str) and device == "auto":
        return torch.device("cuda" if len(there) > 1 and there[1] == "cuda:0" else there[-1])
    try:
        named = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(
            f"device={device!r} is unknown; use 'auto', or what this machine has: {', '.join(there)}."
        ) from None
    full = "cuda:0" if str(named) == "cuda" else str(named).replace("mps:0", "mps")
    if full not in there:
        raise ValueError(
            f"device={str(device)!r} is not there; use 'auto', or what this machine has: {', '.join(there)}."
        )
    return named
