"""Callbacks of training: the best weights kept in memory, one progress bar."""

import contextlib
import copy

import torch
from skorch.callbacks import Callback


class BestWeights(Callback):
    """Keep the weights of the epoch with the lowest validation loss.

    skorch's own EarlyStopping restores weights too, but keeps its copy, so that every pickle would carry two models.
    """

    def on_train_begin(self, net, **kwargs):
        self.best_loss_, self.weights_ = float("inf"), None

    def on_epoch_end(self, net, **kwargs):
        loss = net.history[-1].get("valid_loss")
        if loss is not None and loss < self.best_loss_:
            self.best_loss_, self.weights_ = loss, copy.deepcopy(net.module_.state_dict())

    def on_train_end(self, net, **kwargs):
        if self.weights_ is not None:
            net.module_.load_state_dict(self.weights_)
            self.weights_ = None


@contextlib.contextmanager
def progress_bar(epochs, shown):
    """Open one bar over all epochs of a fit; None where it is not shown."""
    if not shown:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(total=epochs, desc="fit", unit="epoch") as bar:
        yield bar


class ProgressBar(Callback):
    """Move an open bar on by one each epoch, with the latest losses.

    Parameters
    ----------
    bar : tqdm.tqdm
    """

    def __init__(self, bar):
        self.bar = bar

    def on_epoch_end(self, net, **kwargs):
        record = net.history[-1]
        losses = {k: f"{record[k]:.4f}" for k in ("train_loss", "valid_loss") if k in record}
        self.bar.set_postfix(losses, refresh=False)
        self.bar.update()


class LearningRate(Callback):
    """Write the learning rate of each epoch into the history."""

    def on_epoch_end(self, net, **kwargs):
        net.history.record("lr", net.optimizer_.param_groups[0]["lr"])


class OneCycle(Callback):
    """Raise the learning rate to the net's `lr`, then let it fall to nearly nothing, step by step.

    Parameters
    ----------
    epochs : int
        Over which the cycle runs.

    References
    ----------
    Smith, Topin (2018). Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates.
    """

    def __init__(self, epochs):
        self.epochs = epochs

    def on_train_begin(self, net, X=None, **kwargs):
        rows, _ = net.get_split_datasets(X)
        steps = len(net.get_iterator(rows, training=True)) * self.epochs
        self.schedule_ = torch.optim.lr_scheduler.OneCycleLR(
            net.optimizer_, max_lr=net.lr, total_steps=steps + 1, cycle_momentum=False
        )

    def on_batch_end(self, net, training, **kwargs):
        if training:
            self.schedule_.step()
