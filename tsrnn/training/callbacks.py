"""Callbacks of training: the best weights kept in memory, one progress bar."""

import contextlib
import copy
import math
from itertools import pairwise

import torch
from skorch.callbacks import Callback, GradientNormClipping

#: Share of the loss on held-out rows by which a cycle is better for no reason.
_LUCK = 0.015


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
    epochs : int
        As many as there may be.
    """

    def __init__(self, bar, epochs):
        self.bar = bar
        self.epochs_left = epochs

    def on_epoch_end(self, net, **kwargs):
        record = net.history[-1]
        losses = {k: f"{record[k]:.4f}" for k in ("train_loss", "valid_loss") if k in record}
        self.bar.set_postfix(losses, refresh=False)
        self.bar.update()
        self.epochs_left -= 1

    def on_train_end(self, net, **kwargs):
        self.bar.total -= self.epochs_left  # training that ends early is done all the same
        self.bar.refresh()


class Clipping(GradientNormClipping):
    """Clip the norm of all gradients, as skorch's own callback does, in a tenth of its operations.

    torch takes the norm of each gradient by itself, and multiplies all of them by 1 where nothing is clipped.
    """

    def on_grad_computed(self, net, named_parameters, **kwargs):
        gradients = [p.grad for _, p in named_parameters if p.grad is not None]
        if not gradients or not all(g.is_cpu and g.dtype == torch.float32 for g in gradients):
            super().on_grad_computed(net, named_parameters, **kwargs)
            return
        norm = torch.linalg.vector_norm(torch.cat([g.reshape(-1) for g in gradients])).item()
        most = self.gradient_clip_value
        if not norm <= most:  # nor where it is NaN
            torch._foreach_mul_(gradients, most / (norm + 1e-6))


class LearningRate(Callback):
    """Write the learning rate of each epoch into the history."""

    def on_epoch_end(self, net, **kwargs):
        net.history.record("lr", net.optimizer_.param_groups[0]["lr"])


class Cycles(Callback):
    """Raise the learning rate to the net's `lr` and let it fall to nearly nothing, step by step, once or several times.

    Parameters
    ----------
    lengths : list of int
        Epochs of each cycle.
    stops : bool
        Whether training ends after a cycle in which no epoch was better, on held-out rows, than the best before it, but
        for 1.5 %.

    References
    ----------
    Smith, Topin (2018). Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates.

    Loshchilov, Hutter (2017). SGDR: Stochastic Gradient Descent with Warm Restarts. ICLR.
    """

    def __init__(self, lengths, stops):
        self.lengths = lengths
        self.stops = stops

    def on_train_begin(self, net, X=None, **kwargs):
        rows, _ = net.get_split_datasets(X)
        self.n_steps_ = len(net.get_iterator(rows, training=True))
        self.left_, self.best_ = list(self.lengths), float("inf")
        self._begin(net)

    def on_batch_end(self, net, training, **kwargs):
        if training:
            self.step_ += 1
            self._set(net)

    def on_epoch_end(self, net, **kwargs):
        self.best_in_cycle_ = min(self.best_in_cycle_, net.history[-1].get("valid_loss", -math.inf))
        if self.step_ < self.left_[0] * self.n_steps_ or len(self.left_) == 1:
            return
        if self.stops and self.best_in_cycle_ > (1 - _LUCK) * self.best_ > -math.inf:
            raise KeyboardInterrupt  # how skorch's own EarlyStopping ends a training
        self.best_ = min(self.best_, self.best_in_cycle_)
        self.left_.pop(0)
        self._begin(net)

    def _begin(self, net):
        self.step_, self.best_in_cycle_ = 0, math.inf
        self._set(net)

    def _set(self, net):
        rate = net.lr * one_cycle(self.step_ / (self.left_[0] * self.n_steps_))
        for group in net.optimizer_.param_groups:
            group["lr"] = rate


def one_cycle(part):
    """Return the learning rate, as a share of the highest, after this part of a cycle: torch's OneCycleLR."""
    if part < 0.3:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * part / 0.3)) / 2
    return 4e-6 + (1 - 4e-6) * (1 + math.cos(math.pi * (part - 0.3) / 0.7)) / 2


def cycle_lengths(schedule, epochs):
    """Return the epochs of each cycle: all in "onecycle"; in "cycles" three, each about four times as long as the last.

    Fewer than 21 epochs are one cycle.
    """
    if schedule == "onecycle" or epochs < 21:
        return [epochs]
    ends = [round(epochs * part / 21) for part in (0, 1, 5, 21)]
    return [last - first for first, last in pairwise(ends)]
