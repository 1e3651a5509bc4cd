"""CharSeqTagger: a label for every character, or token, of a sequence."""

from itertools import compress

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from tsrnn.cells import GRU, validate_cell
from tsrnn.generators import seeded
from tsrnn.nn.tagging import TaggingLoss, TaggingNetwork
from tsrnn.persistence import Persistent
from tsrnn.preprocessing import CharOrdinalEncoder
from tsrnn.streaming import stream_labels
from tsrnn.tokens import label_weights, read_labels, read_steps, step_weights
from tsrnn.training import (
    LengthBatches,
    Sequences,
    build_sequence_net,
    check_choice,
    check_flag,
    check_network_parameters,
    check_same_network,
    check_whole,
    draw_seed,
    going_on,
    history_frame,
    hold_out,
    in_words_of_build,
    patience_of,
    progress_bar,
    train,
)

#: Epochs without a better validation loss that early_stopping=True waits for.
_PATIENCE = 10
#: Sequences, and steps of the longest one, that are labelled at once: bounds of memory.
_SEQUENCES, _STEPS = 256, 2**17


class CharSeqTagger(Persistent, BaseEstimator):
    """Label every step of a sequence with a recurrent network of any cell.

    Each token is encoded, read by recurrent layers, and labelled by a linear layer on the output of its step, or by a
    conditional random field over those of all steps.

    Parameters
    ----------
    encoding : {"embedding", "onehot"}, default="embedding"
        What a token becomes: a vector that is learned, or an indicator. Input that is encoded already stays as it is.
    cell : class, default=GRU
        Recurrent cell: one of `tsrnn.cells`, or a class of your own that keeps their contract.
    hidden_size : int, default=64
        Units of a recurrent layer, in each direction.
    num_layers : int, default=1
        Recurrent layers.
    bidirectional : bool, default=False
        Whether a label may depend on the steps after it too.
    dropout : float, default=0.1
        Share of what enters and leaves each layer that is dropped in training.
    embedding_size : int, default=32
        Length of the vector of a token, with `encoding="embedding"`.
    crf : bool, default=False
        Whether a linear-chain conditional random field ties each label to the next.
    class_weight : dict {label: weight}, "balanced" or None, default=None
        How much each label counts in the loss; "balanced": the less frequent, the more. With `crf` a sequence counts by
        the mean weight of its labels.
    max_epochs : int, default=30
        Epochs of training.
    batch_size : int, default=32
        Sequences per step of the optimizer, at most; those of a batch have nearly equal lengths.
    lr : float, default=0.01
        Learning rate, the highest of the schedule.
    lr_schedule : {"cycles", "onecycle", None}, default="onecycle"
        "onecycle": the rate rises and falls once over the epochs. "cycles": three times, each about four times as long
        as the time before. None: it stays.
    optimizer : class, default=torch.optim.Adam
        A class of torch.optim.
    max_grad_norm : float or None, default=1.0
        Gradients are clipped to this norm.
    early_stopping : bool, int or "auto", default=False
        Epochs without a better validation loss after which training stops; True: 10. "auto":
        training ends after a cycle of `lr_schedule` that brought less than 1.5 %.
    validation_fraction : float, default=0.1
        Share of the sequences, drawn at random, by which the best epoch is told; none where they would be fewer than 5.
    callbacks : list, default=None
        skorch callbacks.
    device : str, default="auto"
        "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1", "mps".
    random_state : int, RandomState instance or None, default=None
        Seed of weights, held-out sequences, batches and dropout.
    warm_start : bool, default=False
        Whether `fit` goes on from the fitted weights; tokens that are new then count as unknown, and what the network
        was built with must stay.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    categories_ : ndarray of object, shape (n_tokens,)
        The known tokens, where they came as such.
    history_ : DataFrame
        epoch, train_loss, valid_loss, lr, seconds.
    net_ : skorch.NeuralNet
    module_ : tsrnn.nn.TaggingNetwork
    device_ : torch.device

    Examples
    --------
    >>> from tsrnn import CharSeqTagger
    >>> tagger = CharSeqTagger(max_epochs=15, random_state=0).fit(["hello"], ["ohlol"])
    >>> tagger.predict(["hello", "hell", ""])
    ['ohlol', 'ohlo', '']

    References
    ----------
    Graves, A. and Schmidhuber, J. (2005). Framewise phoneme classification with bidirectional LSTM and other neural
    network architectures. Neural Networks 18(5-6), 602-610.

    Huang, Z., Xu, W. and Yu, K. (2015). Bidirectional LSTM-CRF models for sequence tagging. arXiv:1508.01991.
    """

    def __init__(
        self,
        encoding="embedding",
        cell=GRU,
        hidden_size=64,
        num_layers=1,
        bidirectional=False,
        dropout=0.1,
        embedding_size=32,
        crf=False,
        class_weight=None,
        max_epochs=30,
        batch_size=32,
        lr=0.01,
        lr_schedule="onecycle",
        optimizer=torch.optim.Adam,
        max_grad_norm=1.0,
        early_stopping=False,
        validation_fraction=0.1,
        callbacks=None,
        device="auto",
        random_state=None,
        warm_start=False,
        verbose=0,
    ):
        self.encoding = encoding
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.embedding_size = embedding_size
        self.crf = crf
        self.class_weight = class_weight
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.optimizer = optimizer
        self.max_grad_norm = max_grad_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.callbacks = callbacks
        self.device = device
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    def fit(self, X, y, sample_weight=None):
        """Train on tagged sequences.

        Parameters
        ----------
        X : list, Series or array of n strings or sequences of hashable tokens
            Or encoded already: ids (n, length) as of `CharOrdinalEncoder`, or features (n, length, n_features); the
            trailing zeros of each sequence are padding.
        y : list, Series or array of n strings or label sequences
            Each as long as its X. None or NaN in a label sequence is a step that has no label to learn from.
        sample_weight : array-like of shape (n,), default=None
            How much each sequence counts.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Where a parameter or the data is not as described; before any training.
        """
        device, p = self._check_parameters(), self.get_params(deep=False)
        steps = read_steps(X)
        y = read_labels(y, steps.lengths)
        goes_on = self.warm_start and hasattr(self, "net_")
        classes = self.classes_ if goes_on else y.classes()
        labels = y.numbered(classes)
        if goes_on:
            check_same_network(self._built, p)
            self._check_kind(steps)
            y.require_known(labels, classes)
        weights = label_weights(labels, steps.lengths, classes, self.class_weight, sample_weight)
        seed = self._seed if goes_on else draw_seed(self.random_state)
        # A sequence without a label that counts is in neither part.
        usable = np.unique(np.arange(len(steps.lengths)).repeat(steps.lengths)[weights > 0])
        training, held_out = hold_out(
            usable, self.validation_fraction, seed, needed=bool(self.early_stopping)
        )
        with going_on([self.net_] if goes_on else [], self.callbacks, self):
            if not goes_on:
                self._learn_tokens(steps, training)
                self.classes_, self.device_, self._seed = classes, device, seed
                self._build()
                self._built = in_words_of_build(p)
            self._form = y.form
            rows = self._rows(steps, torch.as_tensor(labels), torch.as_tensor(weights))
            self._train(rows.part(training), rows.part(held_out))
        return self

    @property
    def module_(self):
        # A reference of its own would be another network once it was pickled.
        return self.net_.module_

    def predict(self, X):
        """Label every step.

        Parameters
        ----------
        X : as in `fit`
            A token that `fit` did not see is an unknown one; an empty sequence has an empty answer.

        Returns
        -------
        list, Series or ndarray of n strings or label sequences
            In the form that y had in `fit`, each as long as its X.
        """
        check_is_fitted(self, "net_")
        steps = read_steps(X)
        labels = self.classes_[self._decode(steps)]
        index = X.index if isinstance(X, pd.Series) else None
        return self._form.of(labels, steps.lengths, index)

    def predict_proba(self, X):
        """Return the probability of every label at every step.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        list of n ndarrays of float32, shape (length, n_classes)
            Columns as `classes_`. With `crf` the labels of the other steps are summed out.
        """
        check_is_fitted(self, "net_")
        steps = read_steps(X)
        probabilities = np.empty((len(steps.values), len(self.classes_)), dtype=np.float32)
        self._answer(steps, self.module_.probabilities, probabilities)
        return np.split(probabilities, np.cumsum(steps.lengths)[:-1])

    def score(self, X, y, sample_weight=None):
        """Return the share of right labels.

        Parameters
        ----------
        X, y : as in `fit`
        sample_weight : array-like of shape (n,), default=None
            How much each sequence counts.

        Returns
        -------
        float
            From 0 to 1; steps without a label are left out.
        """
        check_is_fitted(self, "net_")
        steps = read_steps(X)
        labels = read_labels(y, steps.lengths).numbered(self.classes_)
        weights = step_weights(labels, steps.lengths, sample_weight)
        return float(np.average(self._decode(steps) == labels, weights=weights))

    stream = stream_labels

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags

    # --- before training --------------------------------------------------------------------------

    def _check_parameters(self):
        check_choice("encoding", self.encoding, ("embedding", "onehot"))
        check_whole("embedding_size", self.embedding_size, "a whole number, at least 1")
        for name in ("bidirectional", "crf", "warm_start"):
            check_flag(name, getattr(self, name))
        device = check_network_parameters(self.get_params(deep=False))
        validate_cell(self.cell, hidden_size=self.hidden_size)
        return device

    def _check_kind(self, steps):
        """Refuse sequences of another kind than those of the fit."""
        if steps.kind != self._kind:
            raise TypeError(f"X holds {steps.kind}, but fit had {self._kind}; encode both alike.")
        if steps.kind == "features" and steps.values.shape[1] != self._input_size:
            raise ValueError(
                f"X has {steps.values.shape[1]} features a step, but fit had {self._input_size}."
            )

    # --- training and answering -------------------------------------------------------------------

    def _learn_tokens(self, steps, training):
        """Learn what may come in from the sequences that train."""
        self._kind = steps.kind
        vars(self).pop("categories_", None)
        inside = np.isin(np.arange(len(steps.lengths)), training).repeat(steps.lengths)
        if steps.kind == "features":
            self._input_size = steps.values.shape[1]
        elif steps.kind == "ids":
            self._input_size = max(1, int(steps.values[inside].max()) - 1)
        else:
            # Each token by itself: the encoder pads to the longest sequence that it saw.
            tokens = dict.fromkeys(compress(steps.values, inside))
            self._encoder = CharOrdinalEncoder().fit([[token] for token in tokens])
            self.categories_ = self._encoder.categories_
            self._input_size = len(self.categories_)

    def _build(self):
        """Build the untrained network and its net."""
        with seeded(self._seed, self.device_):
            module = TaggingNetwork(
                self.cell,
                encoding=None if self._kind == "features" else self.encoding,
                input_size=self._input_size,
                n_labels=len(self.classes_),
                embedding_size=self.embedding_size,
                hidden_size=self.hidden_size,
                num_layers=self.num_layers,
                bidirectional=self.bidirectional,
                dropout=self.dropout,
                crf=self.crf,
            )
            self.net_ = build_sequence_net(
                module,
                TaggingLoss(module.crf),
                device=self.device_,
                optimizer=self.optimizer,
                lr=self.lr,
                batch_size=self.batch_size,
                max_grad_norm=self.max_grad_norm,
                callbacks=self.callbacks,
            )

    def _train(self, training, held_out):
        seed = self._seed + len(self.net_.history)
        patience = patience_of(self.early_stopping, _PATIENCE)
        how = {"lr": self.lr, "schedule": self.lr_schedule, "patience": patience, "seed": seed}
        with progress_bar(self.max_epochs, self.verbose) as bar, seeded(seed, self.device_):
            train(self.net_, training, held_out, epochs=self.max_epochs, bar=bar, **how)
        self.history_ = history_frame(self.net_)

    def _rows(self, steps, labels=None, weights=None):
        """Return sequences as the network reads them: features, or ids of which 0 is an unknown token."""
        self._check_kind(steps)
        values = steps.values
        if steps.kind == "tokens":
            (values,) = self._encoder.transform([values])
        values = torch.as_tensor(values)
        if steps.kind != "features":
            values = (values - 1).masked_fill_(values > self._input_size + 1, 0)
        tensors = (None if t is None else t.to(self.device_) for t in (labels, weights))
        return Sequences(values.to(self.device_), steps.lengths, *tensors)

    def _decode(self, steps):
        """Return the number of the most probable label of every step, (steps,)."""
        labels = np.empty(len(steps.values), dtype=np.int64)
        self._answer(steps, self.module_.decode, labels)
        return labels

    def _answer(self, steps, method, out):
        """Write what a method of the network answers at every step into `out`, (steps, ...)."""
        rows = self._rows(steps)
        rows = rows.part(np.flatnonzero(steps.lengths))
        at_once = max(1, min(_SEQUENCES, _STEPS // max(1, steps.lengths.max())))
        self.module_.eval()
        for numbers in LengthBatches(rows, at_once).draw():
            inputs, _ = rows[numbers]
            places, real = rows.places(numbers)
            out[places[real]] = method(**inputs).cpu().numpy()[real]
