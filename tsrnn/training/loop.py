"""The loop over batches, with as little Python between two steps as the result needs."""

from functools import partial

import torch
from skorch import NeuralNet
from skorch.callbacks import BatchScoring, Callback, EpochScoring, GradientNormClipping

from tsrnn.nn.by_hand import gradients_by_hand
from tsrnn.training.callbacks import Cycles
from tsrnn.training.stepping import stepping, without_compiler

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")


class Net(NeuralNet):
    """A net of skorch's that tells of its epochs, not of its batches.

    Its batches are tensors on the device. The history of an epoch has one row for all batches together, unless a
    callback of the user's listens to each: then skorch's own loop runs, and tells everything.

    Attributes
    ----------
    ragged : tuple of bool
        Holds True where batches of training, False where those of held-out rows have no common shape.
    is_flat : bool
        Whether answers to held-out rows are a table, (n, T), as scikit-learn's scores take them.
    """

    ragged, is_flat = (), False

    def initialize_callbacks(self):
        super().initialize_callbacks()
        for _, callback in self.callbacks_:
            if isinstance(callback, EpochScoring | BatchScoring):
                self._check_scoring(callback)
        return self

    def _check_scoring(self, callback):
        """Refuse a callback of skorch's that could not score what this net answers."""
        scoring = callback.scoring_
        is_of_sklearn = isinstance(scoring, str) or type(scoring).__module__.startswith("sklearn.")
        is_flat = self.is_flat and callback.use_caching and not callback.on_train
        if scoring is None or (is_of_sklearn and not is_flat):
            name = getattr(callback.scoring, "__name__", repr(callback.scoring))
            raise ValueError(
                f"callbacks holds {type(callback).__name__}({name}), but scikit-learn's scores do not fit what this "
                "network answers; give it a function instead, which is called with (net, X, y) and returns a number."
            )
        lays_out = isinstance(callback, EpochScoring) and callback.use_caching
        if lays_out and callback.on_train in self.ragged:
            raise ValueError(
                "callbacks holds an EpochScoring that lays the answers to all batches end to end, but here they differ "
                "in length; give it use_caching=False. Its function is then called with the net, the sequences, and "
                "None for y."
            )

    def initialize_optimizer(self, *args, **kwargs):
        try:
            with without_compiler():
                return super().initialize_optimizer(*args, **kwargs)
        except (RuntimeError, TypeError, ValueError) as error:
            if not self.optimizer.__module__.startswith("torch."):
                raise  # the user's own says it in its own words
            raise ValueError(
                f"optimizer={self.optimizer.__name__} cannot train this network: {str(error).splitlines()[0]}; use "
                "another one, such as torch.optim.Adam."
            ) from None

    def infer(self, x, **fit_params):
        return self.module_(**x, **fit_params)

    def get_loss(self, y_pred, y_true, *args, **kwargs):
        return self.criterion_(y_pred, y_true)

    def n_judged(self, batch):
        """Return of how many things the loss of a batch is the mean: by these the losses of an epoch are weighed."""
        return len(batch[1])

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        if iterator is None:
            return
        listening = [callback for _, callback in self.callbacks_ if _listens(callback)]
        known = all(isinstance(c, GradientNormClipping | Cycles) for c in listening)
        if not known or isinstance(self.optimizer_, torch.optim.LBFGS):
            self._tell_everything(iterator, training, prefix, step_fn, **fit_params)
            return
        self._set_training(training)
        step = self._judge
        if training:
            parameters = list(self.get_all_learnable_params())
            by_hand = gradients_by_hand(self.module_, self.criterion_)
            step = partial(
                self._train_on, parameters, by_hand, listening, stepping(self.optimizer_)
            )
        total, n_rows, n_batches = torch.zeros((), device=self.device), 0, 0
        for batch in iterator:
            loss = step(batch)
            n = self.n_judged(batch)
            total = torch.add(total, loss.detach(), alpha=n)
            n_rows, n_batches = n_rows + n, n_batches + 1
        self.history.new_batch()
        self.history.record_batch(f"{prefix}_loss", float(total) / n_rows)
        self.history.record_batch(f"{prefix}_batch_size", n_rows)
        self.history.record(f"{prefix}_batch_count", n_batches)

    def _tell_everything(self, iterator, training, prefix, step_fn, **fit_params):
        """Run skorch's own loop, but weigh its losses as they are weighed here."""
        weights = []

        def weighed(batch, **fit_params):
            weights.append(self.n_judged(batch))
            return step_fn(batch, **fit_params)

        super().run_single_epoch(iterator, training, prefix, weighed, **fit_params)
        rows = [row for row in self.history[-1]["batches"] if f"{prefix}_loss" in row]
        for row, weight in zip(rows, weights, strict=True):
            row[f"{prefix}_batch_size"] = weight

    def _judge(self, batch):
        return self.validation_step(batch)["loss"]

    def _train_on(self, parameters, by_hand, listening, move, batch):
        inputs, target = batch
        answered = None if by_hand is None else by_hand(inputs, target)
        if answered is None:
            for _, parameter in parameters:
                parameter.grad = None
            answer = self.infer(inputs)
            loss = self.get_loss(answer, target)
            loss.backward()
        else:
            answer, loss = answered
        for callback in listening:
            callback.on_grad_computed(self, named_parameters=parameters)
        move()
        for listener in (self, *listening):
            listener.on_batch_end(self, batch=batch, training=True, y_pred=answer)
        return loss


def _listens(callback):
    """Whether a callback does something at each batch."""
    return any(
        getattr(type(callback), hook, None) is not getattr(Callback, hook) for hook in _BATCH_HOOKS
    )
