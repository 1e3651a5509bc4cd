"""Callbacks of training: the best weights kept in memory, one progress bar."""

import copy

import torch
from skorch.callbacks import Callback


class BestWeights(Callback):
    """Keep the weights of the epoch with the lowest validation loss; stop when it has not fallen for long.

    skorch's own EarlyStopping restores weights too, but keeps its copy, so that every pickle would carry two models.

    Parameters
    ----------
    patience : int or None
        Epochs without improvement after which training stops; None never stops early.
    """

    def __init__(self, patience=None):
        self.patience = patience

    def on_train_begin(self, net, **kwargs):
        self.best_loss_, self.best_epoch_, self.weights_ = float("inf"), 0, None
        self.stopped_ = False

    def on_epoch_end(self, net, **kwargs):
        record = net.history[-1]
        loss = record.get("valid_loss")
        if loss is None:
            return
        if loss < self.best_loss_:
            self.best_loss_, self.best_epoch_ = loss, record["epoch"]
            self.weights_ = copy.deepcopy(net.module_.state_dict())
        elif self.patience is not None and record["epoch"] - self.best_epoch_ >= self.patience:
            self.stopped_ = True
            raise KeyboardInterrupt  # skorch's way to leave the loop and still run on_train_end

    def on_train_end(self, net, **kwargs):
        if self.weights_ is not None:
            net.module_.load_state_dict(self.weights_)
            self.weights_ = None


class ProgressBar(Callback):
    """One bar over the epochs, with the latest losses."""

    def on_train_begin(self, net, **kwargs):
        from tqdm.auto import tqdm

        self.bar_ = tqdm(total=net.max_epochs, desc="fit", unit="epoch")

    def on_epoch_end(self, net, **kwargs):
        record = net.history[-1]
        losses = {k: f"{record[k]:.4f}" for k in ("train_loss", "valid_loss") if k in record}
        self.bar_.set_postfix(losses, refresh=False)
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()
        self.bar_ = None


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
        steps = len(net.get_iterator(X, training=True)) * self.epochs
        self.schedule_ = torch.optim.lr_scheduler.OneCycleLR(
            net.optimizer_, max_lr=net.lr, total_steps=steps + 1, cycle_momentum=False
        )

    def on_batch_end(self, net, training, **kwargs):
        if training:
            self.schedule_.step()
