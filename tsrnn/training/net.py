"""Build the skorch net of an estimator and train it: begin, train, validate, restore the best."""

import math

import numpy as np
import pandas as pd
import torch
from skorch.callbacks import EarlyStopping, EpochTimer, PassthroughScoring

from tsrnn.messages import warn
from tsrnn.threads import threads_for
from tsrnn.training.batches import WindowBatches
from tsrnn.training.callbacks import (
    BestWeights,
    Clipping,
    Cycles,
    LearningRate,
    ProgressBar,
    cycle_lengths,
)
from tsrnn.training.loop import Net

#: Windows of one series each by which an epoch is judged; more would cost more than they tell.
VALIDATION_WINDOWS = 2048
_OWN = BestWeights, EpochTimer, Clipping, LearningRate, PassthroughScoring
_KEPT = ["epoch", "train_loss", "valid_loss", "lr", "dur"]


def build_net(
    module, criterion, *, device, optimizer, lr, batch_size, epoch_size, max_grad_norm, callbacks,
    judged_by=VALIDATION_WINDOWS,
):  # fmt: skip
    """Wrap a module in a skorch net that gathers its batches by index and holds out the latest rows.

    Parameters
    ----------
    module, criterion : torch.nn.Module
    device : torch.device
    optimizer : class
        Of torch.optim.
    lr : float
    batch_size : int
        Windows per step.
    epoch_size : int
        Windows per epoch, at most.
    judged_by : int
        Held-out windows that tell the best epoch, at most.
    max_grad_norm : float or None
    callbacks : list or None
        The user's skorch callbacks.

    Returns
    -------
    skorch.NeuralNet, initialised
    """
    return wrap(
        module,
        criterion,
        optimizer=optimizer,
        lr=lr,
        max_grad_norm=max_grad_norm,
        callbacks=callbacks,
        device=device,
        batch_size=batch_size,
        iterator_train=WindowBatches,
        iterator_train__shuffle=True,
        iterator_train__at_most=epoch_size,
        iterator_train__seed=0,
        iterator_valid=WindowBatches,
        iterator_valid__batch_size=max(batch_size, 1024),
        iterator_valid__at_most=judged_by,
    )


def wrap(module, criterion, *, kind=Net, max_grad_norm, callbacks, **options):
    """Wrap a module in a skorch net with what every fit of the library has: best weights, learning rates, clipping.

    Parameters
    ----------
    module, criterion : torch.nn.Module
    kind : class, default=Net
        The net's class.
    max_grad_norm : float or None
    callbacks : list or None
        The user's skorch callbacks.
    **options
        The net's own: `optimizer`, `lr`, `device`, iterators and so on.

    Returns
    -------
    skorch.NeuralNet, initialised
    """
    own = [LearningRate(), BestWeights()]
    if max_grad_norm is not None:
        own.append(Clipping(max_grad_norm))
    fused = (torch.optim.Adam, torch.optim.AdamW)
    if options["optimizer"] in fused and torch.device(options["device"]).type in ("cpu", "cuda"):
        options["optimizer__fused"] = True  # one call for all parameters
    net = kind(
        module,
        criterion=criterion,
        train_split=split_windows,
        callbacks=[*own, *(callbacks or [])],
        callbacks__print_log=None,
        verbose=0,
        **options,
    )
    return net.initialize()


class SplitWindows(torch.utils.data.Dataset):
    """Training windows, which know the validation windows that belong to them."""

    def __init__(self, train, valid):
        self.train, self.valid = train, valid

    def __len__(self):
        return len(self.train)

    def __getitem__(self, windows):
        return self.train[windows]


def split_windows(dataset, y=None):
    """Hand skorch the split that the window plan made; the net then holds no data."""
    return dataset.train, dataset.valid if len(dataset.valid) else None


def train(
    net, train_windows, valid_windows, *, epochs, lr, schedule, patience, seed, bar, heard=True
):
    """Train `net` for `epochs` more epochs, restore the best weights, and leave the module in evaluation mode.

    Parameters
    ----------
    net : skorch.NeuralNet
    train_windows, valid_windows : Windows
    epochs : int
    lr : float
    schedule : {"cycles", "onecycle", None}
        How the learning rate moves over these epochs.
    patience : int, "auto" or None
        Epochs without a better validation loss after which training stops; "auto": a cycle of the schedule.
    seed : int
        Draws the batches.
    bar : tqdm.tqdm or None
        Moves on by one each epoch.
    heard : bool
        Whether the user's callbacks hear of it; those that wait for a validation loss would fail where there is none.

    Raises
    ------
    ValueError
        Where the loss is no longer finite.
    KeyboardInterrupt
        Where the user broke off; skorch alone would pass over it.
    """
    before = len(net.history)
    net.max_epochs, net.lr, net.iterator_train__seed = epochs, lr, seed
    for group in net.optimizer_.param_groups:
        group["lr"] = lr  # an earlier cycle left it near nothing
    lasting, passing = net.callbacks_, []
    if bar is not None:
        passing.append(ProgressBar(bar, epochs))
    if schedule is not None:
        passing.append(Cycles(cycle_lengths(schedule, epochs), stops=patience == "auto"))
    if patience not in (None, "auto") and len(valid_windows):
        passing.append(EarlyStopping("valid_loss", patience=patience, threshold=0))
    told = lasting if heard else [pair for pair in lasting if isinstance(pair[1], _OWN)]
    net.callbacks_ = told + [(type(callback).__name__, callback) for callback in passing]
    try:
        with threads_for(net.module_, net.batch_size):
            net.partial_fit(SplitWindows(train_windows, valid_windows))
    finally:
        net.callbacks_ = lasting
    net.module_.eval()  # or whoever calls it would meet its dropout
    _check_finished(net.history[before:], lr)
    for record in net.history[before:]:
        record["batches"] = []  # or a pickle would grow with the rows


def heard_by_user(net):
    """Whether callbacks of the user's hear what happens to a net."""
    return not all(isinstance(callback, _OWN) for _, callback in net.callbacks_)


def epochs_to_best(net, before):
    """Return how many epochs after the first `before` it took to the best one on held-out rows."""
    return int(np.nanargmin([row["valid_loss"] for row in net.history[before:]])) + 1


def warn_of_no_judge():
    """Say that no held-out row tells the best epoch."""
    warn(
        "the held-out rows, the latest of each series, hold no target that is not missing, so they cannot tell the "
        "best epoch: the last one is kept, and early stopping is off. Raise validation_fraction, or set it to 0."
    )


def _check_finished(records, lr):
    for record in records:
        if not math.isfinite(record.get("train_loss", 0.0)):
            raise ValueError(
                f"training diverged: the loss is not finite from epoch {record['epoch']} on; use a lower lr "
                f"(it is {lr}), or a max_grad_norm."
            )
    # A callback stops at an epoch's end, after skorch has timed it; a user in its midst.
    if not records or "dur" not in records[-1]:
        raise KeyboardInterrupt("fit was interrupted")


def history_frame(net):
    """Return what each epoch came to: epoch, train_loss, valid_loss, lr, seconds."""
    frame = pd.DataFrame([{k: row[k] for k in _KEPT if k in row} for row in net.history])
    return frame.reindex(columns=_KEPT).rename(columns={"dur": "seconds"})
