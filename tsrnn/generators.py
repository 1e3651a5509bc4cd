"""torch's generators and default type: used by one fit at a time, and left as they were."""

import contextlib
import threading

import torch

_CPU = torch.device("cpu")
#: torch draws from one generator for all threads, so that two fits at once would disturb each other.
_ONE_AT_A_TIME = threading.RLock()


@contextlib.contextmanager
def seeded(seed, device=_CPU):
    """Run torch's random draws on the CPU and on `device` from `seed`, and leave all generators as they were.

    Whatever builds a module must do so in here: its first weights are drawn, and thrown away ones too
    would move the draws of a fit in another thread. What is built or made in here is float32, as the rows are that it
    meets, whatever torch's default type is.

    Parameters
    ----------
    seed : int
    device : torch.device, default=cpu
    """
    on_gpu = device.type != "cpu"
    kept = {"devices": [device], "device_type": device.type} if on_gpu else {"devices": []}
    with _ONE_AT_A_TIME, torch.random.fork_rng(**kept):
        # torch.manual_seed would also reseed every GPU, which are the caller's.
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        elif on_gpu:
            torch.mps.manual_seed(seed)
        default = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(default)
