"""SequenceRegressor: an answer for every row of a sequence, from the rows up to it."""

import copy

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from tsrnn.aligned import as_given, read_pairs, read_rows, scored_rows
from tsrnn.cells import LSTM, validate_cell
from tsrnn.generators import seeded
from tsrnn.nn.heads import PerStep, pools
from tsrnn.nn.losses import ForecastLoss
from tsrnn.nn.regression import SequenceNetwork, answer_sequences
from tsrnn.persistence import Persistent
from tsrnn.streaming import RegressorSession
from tsrnn.training import (
    build_chunk_net,
    check_choice,
    check_flag,
    check_loss,
    check_network_parameters,
    check_same_network,
    check_whole,
    choose_sizes,
    draw_seed,
    going_on,
    history_frame,
    in_words_of_build,
    patience_of,
    progress_bar,
    split_chunked,
    train,
)
from tsrnn.transforms import learn_transform, standardising

_LOSSES = ("mse", "mae", "huber")
#: Epochs without a better validation loss that early_stopping=True waits for.
_PATIENCE = 20


class SequenceRegressor(Persistent, RegressorMixin, BaseEstimator):
    """Regress sequences row by row with a recurrent network of any cell: y_t from x_1 to x_t.

    The rows are read one by one by recurrent layers, and a linear layer makes an answer of each output. Unlike a
    forecaster it never sees y, and it looks back on all rows that came before, not on a window of them.

    Parameters
    ----------
    cell : class, default=LSTM
        Recurrent cell: one of `tsrnn.cells`, or a class of your own that keeps their contract.
    stateful : bool, default=False
        True: the chunks of a sequence are trained in the order of time, and the hidden state is carried from chunk to
        chunk; it is detached, so that gradients end where a chunk begins (truncated back-propagation through time).
        False: chunks are trained in random order, each from the initial state, so that what lies further apart than
        `chunk_size` rows is not learned. `predict` carries the state in either case.
    hidden_size : int, default=64
        Units of a recurrent layer.
    num_layers : int, default=1
        Recurrent layers.
    dropout : float, default=0.0
        Share of units dropped in training, between layers and before the linear layer.
    head : class, default=tsrnn.nn.PerStep
        What is made of the outputs over time. A head that pools them, such as `tsrnn.nn.MeanPooling` or
        `tsrnn.nn.AdditiveAttention`, makes one answer of a whole sequence: y then has one row for each.
    chunk_size : int or "auto", default="auto"
        Rows that are trained at once. "auto": the longest sequence, but at most 200 rows, and at most an eighth of all
        rows. Heads that pool read whole sequences.
    normalization : {"standard", None}, default="standard"
        Whether the columns of X and y are shifted and scaled by the mean and deviation of the training rows.
    loss : {"mse", "mae", "huber"} or torch.nn.Module, default="mse"
        Training loss; a module is called with (answer, target), both normalised, shape (n,).
    max_epochs : int, default=100
        Epochs of training.
    batch_size : int or "auto", default="auto"
        Chunks per step of the optimizer; with `stateful`, sequences that are read side by side. "auto": such that an
        epoch has about eight steps, at most 64.
    lr : float, default=5e-3
        Learning rate, the highest of the schedule.
    lr_schedule : {"cycles", "onecycle", None}, default="onecycle"
        "onecycle": the rate rises and falls once over the epochs. "cycles": three times, each about four times as long
        as the time before. None: it stays.
    optimizer : class, default=torch.optim.Adam
        A class of torch.optim.
    max_grad_norm : float or None, default=1.0
        Gradients are clipped to this norm.
    early_stopping : bool, int or "auto", default=False
        Epochs without a better validation loss after which training stops; True: 20. "auto":
        training ends after a cycle of `lr_schedule` that brought less than 1.5 %.
    validation_fraction : float, default=0.1
        Share of the rows, the latest of each sequence, by which the best epoch is told; of a pooling head's sequences
        the last ones. 0: none.
    callbacks : list, default=None
        skorch callbacks.
    device : str, default="auto"
        "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1", "mps".
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches and dropout.
    warm_start : bool, default=False
        Whether `fit` goes on from the fitted weights; what the network was built with must then stay.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    history_ : DataFrame
        epoch, train_loss, valid_loss, lr, seconds.
    net_ : skorch.NeuralNet
    module_ : tsrnn.nn.SequenceNetwork
    chunk_size_, batch_size_, device_
        What "auto" came to.
    target_names_ : list
        Columns of y.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Examples
    --------
    The mean of all numbers so far:

    >>> import numpy as np
    >>> from tsrnn import SequenceRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 1))
    >>> y = X[:, 0].cumsum() / np.arange(1, 401)
    >>> SequenceRegressor(stateful=True, max_epochs=5, random_state=0).fit(X, y).predict(X).shape
    (400,)

    References
    ----------
    Williams, R. J. and Peng, J. (1990). An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories. Neural Computation, 2(4), 490-501.
    """

    def __init__(
        self,
        cell=LSTM,
        stateful=False,
        hidden_size=64,
        num_layers=1,
        dropout=0.0,
        head=PerStep,
        chunk_size="auto",
        normalization="standard",
        loss="mse",
        max_epochs=100,
        batch_size="auto",
        lr=5e-3,
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
        self.cell = cell
        self.stateful = stateful
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.head = head
        self.chunk_size = chunk_size
        self.normalization = normalization
        self.loss = loss
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

    def fit(self, X, y):
        """Train on sequences and their targets.

        Parameters
        ----------
        X : Series, DataFrame, ndarray (n, k), panel, list of these, or ndarray (n_sequences, n, k)
            Rows in time order. Categories are encoded; a missing number counts as the mean of the column's training
            rows, a missing label as unknown, a row missing from the index as a row of both.
        y : the same, or an ndarray with the rows of X
            Targets; a missing one is left out of the loss. For a list or array of sequences a list or array of as many.
            With a `head` that pools, one row for each sequence: shape (n_sequences,) or (n_sequences, n_targets).

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Where a parameter or the data is not as described; before any training.
        """
        goes_on = self.warm_start and hasattr(self, "history_")
        return self._fit(X, y, goes_on, self.max_epochs, self.lr_schedule)

    def partial_fit(self, X, y):
        """Train one epoch more, at the learning rate `lr`.

        Parameters
        ----------
        X, y : as in `fit`

        Returns
        -------
        self
        """
        return self._fit(X, y, hasattr(self, "history_"), 1, None)

    def _fit(self, X, y, goes_on, epochs, schedule):
        device, p = self._check_parameters(), self.get_params(deep=False)
        if goes_on:
            check_same_network(self._built, p)
        data = read_pairs(
            X, y, per_row=not pools(self.head), fitted=self._data if goes_on else None
        )
        data.warn_of_missing()
        counts = data.training_counts(self.validation_fraction)
        patience = patience_of(self.early_stopping, _PATIENCE)
        how = {"epochs": epochs, "lr": self.lr, "schedule": schedule, "patience": patience}
        with going_on([self.net_] if goes_on else [], self.callbacks, self):
            if not goes_on:
                data = self._begin(data, counts, device)
                self._built = in_words_of_build(p)
            seed = self._seed + len(self.net_.history)
            with progress_bar(epochs, self.verbose) as bar, seeded(seed, self.device_):
                train(self.net_, *self._datasets(data, counts), seed=seed, bar=bar, **how)
            self.history_ = history_frame(self.net_)
            self._data = data.without_rows()
        return self

    def _begin(self, data, counts, device):
        """Learn the scales, settle what is "auto", build the untrained net, and return the data on their scale."""
        columns, raw = data.columns, self.normalization is None
        training = data.panel.head(counts).values
        columns.forget_unseen(data.panel.values, training)
        data = data.with_scale(training, raw=raw)
        if not data.per_row:
            training = data.panel.values[data.panel.offsets[:-1][counts > 0]]
        targets = training[:, : data.n_targets]
        self._transform = learn_transform(None, targets) if raw else standardising(targets)
        self.chunk_size_, self.batch_size_ = choose_sizes(
            counts[counts > 0],
            self.chunk_size if data.per_row else int(counts.max()),
            self.batch_size,
            stateful=self.stateful,
        )
        self._seed = draw_seed(self.random_state)
        with seeded(self._seed, device):
            network = SequenceNetwork(
                self.cell,
                cardinalities=columns.cardinalities,
                n_targets=data.n_targets,
                hidden_size=self.hidden_size,
                num_layers=self.num_layers,
                dropout=self.dropout,
                head=self.head,
            )
        self.net_ = build_chunk_net(
            network,
            ForecastLoss(copy.deepcopy(self.loss)),  # the user's stays as it was
            device=device,
            optimizer=self.optimizer,
            lr=self.lr,
            batch_size=self.batch_size_,
            chunk_size=self.chunk_size_,
            stateful=self.stateful,
            max_grad_norm=self.max_grad_norm,
            callbacks=self.callbacks,
        )
        self.device_, self.target_names_ = device, list(columns.targets)
        self.n_features_in_ = len(data.feature_names)
        vars(self).pop("feature_names_in_", None)
        if all(isinstance(name, str) for name in data.feature_names):
            self.feature_names_in_ = np.array(data.feature_names, dtype=object)
        return data

    def _datasets(self, data, counts):
        """Return the training and the held-out sequences on the device."""
        panel = data.panel
        targets = panel.values if data.per_row else panel.values[panel.offsets[:-1]]
        return split_chunked(
            self._rows(data, panel),
            self._tensor(self._transform.forward(targets[:, : data.n_targets])),
            torch.from_numpy(panel.offsets),
            torch.from_numpy(counts),
            per_row=data.per_row,
        )

    def _rows(self, data, panel):
        return self._tensor(data.as_read(panel.values))

    def _tensor(self, values):
        return torch.from_numpy(values.astype(np.float32)).to(self.device_)

    def predict(self, X):
        """Answer every row of X from the rows of its sequence up to it.

        Parameters
        ----------
        X : Series, DataFrame, ndarray, panel or list
            Columns as in `fit`. A sequence starts from the initial state, whatever was fitted or predicted before.

        Returns
        -------
        ndarray of float64, shape (n,) or (n, n_targets); or list of these
            In the order of the rows of X; for a list a list. With a head that pools (n_sequences,) or
            (n_sequences, n_targets).

        Raises
        ------
        ValueError, TypeError
            Where a column is missing or of the wrong kind.
        """
        check_is_fitted(self, "history_")
        table, panel = read_rows(X, self._data)
        rows = self._rows(self._data, panel)
        starts, lengths = (torch.from_numpy(a) for a in (panel.offsets[:-1], panel.lengths))
        answers = answer_sequences(self.module_, rows, starts, lengths).cpu().numpy()
        answers = self._transform.inverse(answers.astype(np.float64))
        return as_given(answers, X, table, panel, self._data)

    def score(self, X, y, sample_weight=None):
        """Return R² of predict(X).

        Parameters
        ----------
        X, y : as in `fit`
            Rows belong together, and columns of y to those of the fit, as they do there: by index and name.
        sample_weight : ndarray, shape (n,), default=None

        Returns
        -------
        float
            1 is perfect; missing targets are left out.
        """
        actual, answers, weight = scored_rows(X, y, self.predict(X), sample_weight, self._data)
        return float(r2_score(actual, answers, sample_weight=weight))

    def stream(self):
        """Open a live session on one sequence, from the initial state.

        Returns
        -------
        tsrnn.streaming.RegressorSession
            Its `step(row)` answers what `predict` answers to the last of the rows so far.

        Raises
        ------
        ValueError
            With a head that pools, which answers whole sequences.
        """
        check_is_fitted(self, "history_")
        data = self._data
        if not data.per_row:
            raise ValueError(
                f"head={self.head.__name__} answers whole sequences, not rows; fit with head=tsrnn.nn.PerStep."
            )
        return RegressorSession(self.module_, data, self._transform)

    @property
    def module_(self):
        """The torch module."""
        return self.net_.module_

    def _check_parameters(self):
        """Check every parameter and return the device."""
        p = self.get_params(deep=False)
        for name, of in (("chunk_size", "rows"), ("batch_size", "chunks")):
            if not (isinstance(p[name], str) and p[name] == "auto"):
                check_whole(name, p[name], f"'auto' or a whole number of {of}, at least 1")
        device = check_network_parameters(p | {"batch_size": 1})
        check_flag("stateful", self.stateful)
        check_choice("normalization", self.normalization, ("standard", None))
        check_loss(self.loss, _LOSSES)
        validate_cell(self.cell, hidden_size=self.hidden_size)
        if pools(self.head) and self.stateful:
            raise ValueError(
                f"head={self.head.__name__} answers whole sequences, which stateful=True would cut; use stateful=False."
            )
        return device

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        tags.target_tags.multi_output = True
        return tags
