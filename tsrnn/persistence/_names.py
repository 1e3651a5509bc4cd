"""The classes that a file may name: the library's own and torch's, looked up here; no file has a module imported."""

import functools
import importlib

import numpy as np
import pandas as pd
import torch

#: Rebuilt from their parameters, then given what they learned.
ESTIMATORS = (
    "tsrnn.forecasters.RecurrentForecaster",
    "tsrnn.forecasters.LSTMForecaster",
    "tsrnn.forecasters.GRUForecaster",
    "tsrnn.forecasters.RNNForecaster",
    "tsrnn.taggers.CharSeqTagger",
    "tsrnn.regressors.SequenceRegressor",
    "tsrnn.preprocessing.CharOrdinalEncoder",
)
#: Rebuilt from their attributes, which are what their `__init__` takes.
RECORDS = (
    "tsrnn.clocks.Clock",
    "tsrnn.columns.Columns",
    "tsrnn.transforms.TargetTransform",
    "tsrnn.frames.Form",
    "tsrnn.frames.Panel",
    "tsrnn.aligned.Aligned",
    "tsrnn.tokens._labels.Form",
    "tsrnn.forecasting.data.FitData",
    "tsrnn.forecasting.difficulty.Difficulty",
    "tsrnn.forecasting.fitting.Fit",
    "tsrnn.forecasting.held_out.HeldOut",
    "tsrnn.forecasting.rollout.Rollout",
    "tsrnn.forecasting.settings.Settings",
)
#: Rebuilt from their `arguments`, then given their weights.
NETWORKS = (
    "tsrnn.nn.forecast.ForecastNetwork",
    "tsrnn.nn.SequenceNetwork",
    "tsrnn.nn.TaggingNetwork",
    "tsrnn.nn.TaggingLoss",
    "tsrnn.nn.losses.ForecastLoss",
)
NETS = (
    "tsrnn.training.loop.Net",
    "tsrnn.training.chunks.ChunkNet",
    "tsrnn.training.sequences.SequenceNet",
)
#: What the nets draw their batches with.
BATCHES = (
    "tsrnn.training.chunks.AllAtOnce",
    "tsrnn.training.chunks.ChunkBatches",
    "tsrnn.training.batches.WindowBatches",
    "tsrnn.training.LengthBatches",
)
#: Modules all of whose public classes may be parameters: cells, heads, optimizers, losses.
PARAMETERS = ("tsrnn.cells", "tsrnn.nn", "torch.optim", "torch.nn")
#: What labels may come as.
TYPES = {
    "str": str,
    "list": list,
    "tuple": tuple,
    "numpy.ndarray": np.ndarray,
    "pandas.Series": pd.Series,
}


@functools.cache
def classes(listed):
    """Return the classes of one of the lists above by name.

    They are looked up at the first save or load: most of them are on floors above.
    """
    found = {}
    for name in listed:
        module, _, own = name.rpartition(".")
        found[name] = getattr(importlib.import_module(module), own)
    return found


@functools.cache
def known():
    """Return all classes that a file may name, by name."""
    found = TYPES | classes(ESTIMATORS) | classes(RECORDS) | classes(NETWORKS)
    found |= classes(NETS) | classes(BATCHES)
    for module in PARAMETERS:
        public = vars(importlib.import_module(module))
        for name, item in public.items():
            is_part = isinstance(item, type) and issubclass(
                item, torch.nn.Module | torch.optim.Optimizer
            )
            if is_part and not name.startswith("_"):
                found[f"{module}.{name}"] = item
    return found


@functools.cache
def names():
    """Return the name of every class that a file may name."""
    return {item: name for name, item in known().items()}
