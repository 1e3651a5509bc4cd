"""Build the skorch net of an estimator and train it: begin, train, validate, restore the best."""

import contextlib
import math

import pandas as pd
import torch
from skorch import NeuralNet
from skorch.callbacks import GradientNormClipping

from tsrnn.training.batches import WindowBatches
from tsrnn.training.callbacks import BestWeights, LearningRate, OneCycle, ProgressBar

#: Windows by which an epoch is judged; more would cost more than they tell.
VALIDATION_WINDOWS = 2048
_KEPT = ["epoch", "train_loss", "valid_loss", "lr", "dur"]


def build_net(
    module, criterion, *, device, optimizer, lr, batch_size, epoch_size, patience, max_grad_norm,
    callbacks, verbose,
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
    patience : int or None
        Epochs without improvement before training stops.
    max_grad_norm : float or None
    callbacks : list or None
        The user's skorch callbacks.
    verbose : int
        1 shows a progress bar.

    Returns
    -------
    skorch.NeuralNet, initialised
    """
    own = [LearningRate()]
    if max_grad_norm is not None:
        own.append(GradientNormClipping(max_grad_norm))
    if verbose:
        own.append(ProgressBar())
    net = NeuralNet(
        module,
        criterion=criterion,
        optimizer=optimizer,
        lr=lr,
        batch_size=batch_size,
        iterator_train=WindowBatches,
        iterator_train__shuffle=True,
        iterator_train__at_most=epoch_size,
        iterator_train__seed=0,
        iterator_valid=WindowBatches,
        iterator_valid__batch_size=max(batch_size, 256),
        iterator_valid__at_most=VALIDATION_WINDOWS,
        train_split=split_windows,
        callbacks=[*own, *(callbacks or []), BestWeights(patience)],
        callbacks__print_log=None,
        device=device,
        verbose=0,
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


def train(net, train_windows, valid_windows, *, epochs, schedule, seed):
    """Train `net` for `epochs` more epochs and restore the best weights.

    Parameters
    ----------
    net : skorch.NeuralNet
    train_windows, valid_windows : Windows
    epochs : int
    schedule : {"onecycle", None}
        How the learning rate moves over these epochs.
    seed : int
        Draws the batches.

    Raises
    ------
    KeyboardInterrupt
        Where the user broke off; skorch alone would pass over it.
    """
    before = len(net.history)
    net.max_epochs, net.iterator_train__seed = epochs, seed
    one_cycle = [OneCycle(epochs)] if schedule == "onecycle" else []
    for group in net.optimizer_.param_groups:
        group["lr"] = net.lr  # an earlier cycle left it near nothing
    net.callbacks_ = [("schedule", c) for c in one_cycle] + net.callbacks_
    try:
        net.partial_fit(SplitWindows(train_windows, valid_windows))
    finally:
        net.callbacks_ = net.callbacks_[len(one_cycle) :]
    _check_converged(net, before)
    best = net.callbacks_[-1][1]
    if len(net.history) - before < epochs and not best.stopped_:
        raise KeyboardInterrupt("fit was interrupted")
    return net


def _check_converged(net, before):
    for record in net.history[before:]:
        if not math.isfinite(record.get("train_loss", 0.0)):
            raise ValueError(
                f"training diverged: the loss is not finite from epoch {record['epoch']} on; use a lower lr "
                f"(it is {net.lr}), or a max_grad_norm."
            )


def history_frame(net):
    """Return what each epoch came to: epoch, train_loss, valid_loss, lr, seconds."""
    frame = pd.DataFrame([{k: row[k] for k in _KEPT if k in row} for row in net.history])
    return frame.reindex(columns=_KEPT).rename(columns={"dur": "seconds"})


@contextlib.contextmanager
def seeded(seed, device):
    """Run torch's random draws from `seed` and leave the caller's generators as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
