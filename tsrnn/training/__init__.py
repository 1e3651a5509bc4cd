"""Training: the only room that knows skorch."""

from tsrnn.training.callbacks import progress_bar
from tsrnn.training.devices import resolve_device
from tsrnn.training.net import VALIDATION_WINDOWS, build_net, history_frame, seeded, train

__all__ = ["VALIDATION_WINDOWS", "build_net", "history_frame", "progress_bar", "resolve_device", "seeded", "train"]
