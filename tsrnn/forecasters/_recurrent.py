"""RecurrentForecaster: a recurrent network behind scikit-learn's fit, predict and score.

`fit` reads the frame, settles what was left to "auto" from the training rows, and trains. `forecast` continues the
series; `predict` forecasts every row of X from the rows before it.
"""

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from tsrnn.cells import LSTM
from tsrnn.forecasting.ahead import forecast_ahead
from tsrnn.forecasting.calibrating import calibrate
from tsrnn.forecasting.data import check_same_windows, read_fit
from tsrnn.forecasting.fitting import begin, go_on
from tsrnn.forecasting.held_out import diagnose
from tsrnn.forecasting.parameters import HiddenParameter, check_parameters
from tsrnn.forecasting.predicting import predict_rows
from tsrnn.forecasting.reading import read_scored, read_targets
from tsrnn.nn import LastOutput
from tsrnn.persistence import Persistent
from tsrnn.streaming import stream_forecasts
from tsrnn.training import check_same_network, going_on, history_frame


class RecurrentForecaster(Persistent, RegressorMixin, BaseEstimator):
    """Forecast time series with a recurrent network of any cell.

    Each window of rows is shifted and scaled by its own values, cut into segments, read by a recurrent network one
    segment a step, and all steps of the horizon are decoded at once and added to the window's last season. One
    network serves all series and targets.

    Parameters
    ----------
    cell : class, default=LSTM
        Recurrent cell: one of `tsrnn.cells`, or a class of your own that keeps their contract.
    horizon : int or "auto", default="auto"
        Steps forecast at once. "auto": one season of the index's frequency, 1 where none is known.
    window_size : int or "auto", default="auto"
        Rows that a forecast looks back on.
    target : name, int, list of these, or None, default=None
        Columns to forecast, by name, or by number in an array; None: every one not in `known_future`.
        The other columns are covariates.
    known_future : name, int or list of these, default=None
        Covariates whose values are known for the steps to come.
    season_length : int or "auto", default="auto"
        Steps in one season. "auto": that of the index's frequency, else found by autocorrelation.
    hidden_size : int, default=64
        Units of a recurrent layer.
    num_layers : int, default=1
        Recurrent layers.
    dropout : float, default=0.1
        Share of units dropped in training.
    segment_size : int or "auto", default="auto"
        Rows per recurrent step. 1: one row per step and a linear layer on the last output.
    transform : {"auto", "log", "arcsinh", None}, default="auto"
        Of the target. "auto": a log where all targets are positive and vary more where they are higher.
    normalization : {"auto", "standard", "last", None}, default="auto"
        How each window is shifted and scaled: by its mean and deviation, by its last value (the mean of its last
        season where there is one) and mean step, or not. "auto": "standard" where the steps of the series repeat after
        a season, else "last".
    skip : {"auto", "seasonal", "linear", "mixture", None}, default="auto"
        What is added to the network's output: the window's last season; a linear map of the window that starts as
        exponential smoothing or a ridge regression where these are better; or that and maps that start as repeated
        seasons, mixed by how well each window repeats itself. "auto": "mixture" where some series of a panel are best
        forecast by one lag, others by another, else "linear".
    channels : {"auto", "independent", "joint"}, default="auto"
        Whether each of several targets is forecast from its own past (and the covariates) with shared weights, or all
        from all.
    head : class, default=tsrnn.nn.LastOutput
        What is made of the recurrent outputs over the window: one of `tsrnn.nn` that pools them, such as `MeanPooling`
        or `AdditiveAttention`. Where `segment_size` is above 1 the last state is read all the same.
    loss : {"mae", "mse", "huber", "quantile"} or torch.nn.Module, default="mae"
        Training loss, on the scale of each window.
    quantiles : list of float, default=None
        Levels of loss="quantile"; by default 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975.
    n_estimators : int, default=1
        Networks that differ in their seed and, where `window_size` is "auto", in how far they look back; the forecast
        is their median. On a CPU, what takes more than a few seconds is shared out among as many processes as
        `torch.get_num_threads()` says.
    max_epochs : int, default=100
        Epochs of training.
    batch_size : int or "auto", default="auto"
        Windows per step of the optimizer.
    epoch_size : int or "auto", default="auto"
        Windows per epoch at most; of more a random part is drawn. "auto": 50 batches.
    lr : float or "auto", default="auto"
        Learning rate, the highest of the schedule. "auto": 1e-3 for batches of 32, more by the square root for larger.
    lr_schedule : {"auto", "cycles", "onecycle", None}, default="auto"
        "onecycle": the rate rises and falls once over the epochs. "cycles": three times, each about four times as long
        as the time before. None: it stays. "auto": "onecycle" where rows are plenty, else "cycles".
    optimizer : class, default=torch.optim.Adam
        A class of torch.optim.
    max_grad_norm : float or None, default=1.0
        Gradients are clipped to this norm.
    early_stopping : "auto", bool or int, default="auto"
        Epochs without a better validation loss after which training stops; True: 20. "auto": training ends after a
        cycle of `lr_schedule` that brought less than 1.5 %.
    validation_fraction : float, default=0.1
        Share of the rows, the latest ones, at least one horizon, by which the best epoch is told. 0: none.
    refit : bool or "auto", default="auto"
        Whether training goes on with these rows, too, for two thirds as many epochs as it took to the best one. "auto":
        unless rows are plenty.
    callbacks : list, default=None
        skorch callbacks.
    device : str, default="auto"
        "auto" (a GPU where there is one), "cpu", "cuda", "cuda:1", "mps".
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches and dropout.
    warm_start : bool, default=False
        Whether `fit` goes on from the fitted weights.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    history_ : DataFrame
        epoch, train_loss, valid_loss, lr, seconds.
    net_ : skorch.NeuralNet
        Of the first network.
    module_ : torch.nn.Module
        The first network.
    horizon_, window_size_, lookbacks_, season_length_, segment_size_, transform_, normalization_, skip_, skip_lag_,
    skip_lags_, channels_, batch_size_, epoch_size_, lr_, lr_schedule_, refit_, device_
        What "auto" came to.
    target_names_ : list
        Target columns.
    freq_ : str
        Step of the index.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Examples
    --------
    >>> from tsrnn import RecurrentForecaster
    >>> from tsrnn.cells import GRU
    >>> from tsrnn.datasets import load_airline
    >>> f = RecurrentForecaster(GRU, max_epochs=2, random_state=0).fit(load_airline())
    >>> f.forecast(3).index.strftime("%Y-%m").tolist()
    ['1961-01', '1961-02', '1961-03']

    References
    ----------
    Lin, Lin, Wu, Zhao, Mo, Zhang (2023). SegRNN: Segment Recurrent Neural Network for Long-Term Time Series
    Forecasting. arXiv:2308.11200.
    """

    transform = HiddenParameter()

    def __init__(
        self,
        cell=LSTM,
        horizon="auto",
        window_size="auto",
        target=None,
        known_future=None,
        season_length="auto",
        hidden_size=64,
        num_layers=1,
        dropout=0.1,
        segment_size="auto",
        transform="auto",
        normalization="auto",
        skip="auto",
        channels="auto",
        head=LastOutput,
        loss="mae",
        quantiles=None,
        n_estimators=1,
        max_epochs=100,
        batch_size="auto",
        epoch_size="auto",
        lr="auto",
        lr_schedule="auto",
        optimizer=torch.optim.Adam,
        max_grad_norm=1.0,
        early_stopping="auto",
        validation_fraction=0.1,
        refit="auto",
        callbacks=None,
        device="auto",
        random_state=None,
        warm_start=False,
        verbose=0,
    ):
        self.cell = cell
        self.horizon = horizon
        self.window_size = window_size
        self.target = target
        self.known_future = known_future
        self.season_length = season_length
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.segment_size = segment_size
        self.transform = transform
        self.normalization = normalization
        self.skip = skip
        self.channels = channels
        self.head = head
        self.loss = loss
        self.quantiles = quantiles
        self.n_estimators = n_estimators
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.epoch_size = epoch_size
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.optimizer = optimizer
        self.max_grad_norm = max_grad_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.refit = refit
        self.callbacks = callbacks
        self.device = device
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    def get_params(self, deep=True):
        """Return the parameters by name; none of them is an estimator, so `deep` changes nothing."""
        return {name: vars(self)[name] for name in self._get_param_names()}

    # --- fitting ----------------------------------------------------------------------------------------------------

    def fit(self, X, y=None):
        """Train on the rows of X.

        Parameters
        ----------
        X : Series, DataFrame, ndarray (n,) or (n, k), panel, list of these, or ready windows (n, window, k)
            Rows in time order. Without `y`, targets and covariates in one; with `y`, covariates that are known for the
            steps to come, an array of them (n, k).
        y : Series, DataFrame or ndarray, length n, default=None
            Targets. For ready windows (n,) or (n, horizon), in the windows' order. Of its index the series of a panel
            are read: where they alternate nothing else tells which column is the target's past but `target`.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            Where a parameter or the data is not as described; before any training.
        """
        goes_on = self.warm_start and hasattr(self, "net_")
        return self._fit(X, y, goes_on, self.max_epochs, self.lr_schedule)

    def partial_fit(self, X, y=None):
        """Train one epoch more on the rows of X, at the learning rate `lr`.

        Forecasts then start from these rows; where their index follows the rows before, those come before them. A
        series of a panel that X lacks is no longer forecast, unless its rows are given as `history`.

        Parameters
        ----------
        X, y : as in `fit`

        Returns
        -------
        self
        """
        return self._fit(X, y, hasattr(self, "net_"), 1, None)

    def _fit(self, X, y, goes_on, epochs, schedule):
        params = {"cell": self.cell, **self.get_params(deep=False)}
        device = check_parameters(params)
        fitted = self._fitted if goes_on else None
        data = read_fit(X, y, self.target, self.known_future, fitted, type(self).__name__)
        if goes_on:
            check_same_network(self._fit_.built, params)
            check_same_windows(data, self.window_size_, self.horizon_)
            fit = self._fit_
        else:
            fit = begin(data, params, device, self.random_state)
        data.warn_of_missing()
        with going_on(fit.nets if goes_on else [], self.callbacks, self, fit, fit.rollout):
            go_on(fit, data, params, epochs, schedule)
            if not goes_on:
                self._fit_ = fit
                self._show_settings(data)
            self.net_ = fit.nets[0]
            self.history_ = history_frame(self.net_)
            self._fitted = data.kept(self.window_size_, fitted)
        return self

    def _show_settings(self, data):
        for name, value in vars(self._fit_.settings).items():
            setattr(self, f"{name}_", value)
        self.device_ = self._fit_.device
        self.target_names_ = list(data.columns.targets)
        self.freq_ = data.panel.clock.name
        self.n_features_in_ = len(data.feature_names)
        vars(self).pop("feature_names_in_", None)
        if all(isinstance(name, str) for name in data.feature_names):
            self.feature_names_in_ = np.array(data.feature_names, dtype=object)

    @property
    def module_(self):
        """The torch module of the first network."""
        return self.net_.module_

    calibrate = calibrate
    diagnose = diagnose

    # --- forecasting ------------------------------------------------------------------------------------------------

    def forecast(self, steps=None, *, history=None, future=None, quantiles=None):
        """Forecast the steps after the rows of the fit, or of `history`.

        Parameters
        ----------
        steps : int, default=None
            How many; beyond `horizon_` the forecasts roll forward on themselves. None: `horizon_`.
        history : Series, DataFrame, ndarray, panel or list, default=None
            Rows to forecast from instead, columns as in `fit`; no refit. Where its index follows the fit rows, these
            come before it. Of an array only its own rows are used.
        future : Series, DataFrame or ndarray, default=None
            Known-future covariates of the steps to come; rows beyond them are ignored.
        quantiles : list of float, default=None
            Levels to forecast instead of the median. With loss="quantile" any between those of the fit; else any that
            the errors on the held-out rows give.

        Returns
        -------
        Series, DataFrame, ndarray or list
            As the targets in `fit` (or `history`) came, the index continued. With `quantiles` a DataFrame with one
            column per level, or two-level columns (target, quantile); for arrays one more axis.

        Raises
        ------
        ValueError, TypeError
            Where `future` does not cover the steps, a column is missing, or a level cannot be had.
        """
        check_is_fitted(self, "net_")
        return forecast_ahead(self._fit_, self._fitted, steps, history, future, quantiles)

    def predict(self, X, quantiles=None):
        """Forecast every row of X.

        Fitted without `y`: rows of X are forecast in blocks of `horizon_`, each from the rows before it alone. Fitted
        with `y`: from X and the forecasts themselves. The rows of the fit come before those of X where X's index
        follows them or begins among their last ones, and where X is a plain array. With `y`, an array with the values
        of the fit is the rows of the fit; where these repeat, as days of the week do, it may as well be those that
        follow, and is taken for them, with a warning.

        Parameters
        ----------
        X : Series, DataFrame, ndarray, panel or list; or windows (n, window, k)
            Columns as in `fit`.
        quantiles : list of float, default=None
            Levels to forecast instead of the median, as in `forecast`.

        Returns
        -------
        ndarray of float64, shape (n,) or (n, n_targets)
            For windows (n, horizon_) or (n, horizon_, n_targets); (n,) where they were also fitted on, at one step.
            With `quantiles` one more axis, of ascending levels.
        """
        check_is_fitted(self, "net_")
        return predict_rows(self._fit_, self._fitted, X, type(self).__name__, quantiles)

    def score(self, X, y=None, sample_weight=None):
        """Return R² of predict(X) against the targets.

        Parameters
        ----------
        X : as in `predict`
        y : Series, DataFrame or ndarray, default=None
            Targets of the rows of X, with its index if they have one. None: the target columns of X.
        sample_weight : ndarray, shape (n,), default=None

        Returns
        -------
        float
            1 is perfect; missing targets are left out. Of several targets, and steps of windows, the mean.
        """
        forecasts = self.predict(X)
        actual = read_targets(self._fit_, self._fitted, X, y, type(self).__name__)
        actual, forecasts, weight = read_scored(actual, forecasts, sample_weight)
        return float(r2_score(actual, forecasts, sample_weight=weight))

    def stream(self, series=None):
        """Open a `tsrnn.streaming.ForecasterSession` after the rows of the fit; `series` names one of a panel."""
        check_is_fitted(self, "net_")
        return stream_forecasts(self._fit_.rollout, self._fitted, self.window_size_, series)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        tags.target_tags.multi_output = True
        tags.target_tags.required = False
        # Of rows that follow no order, as in scikit-learn's checks, the past tells nothing.
        tags.regressor_tags.poor_score = True
        return tags
