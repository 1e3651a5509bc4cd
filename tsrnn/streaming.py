"""Streaming: live sessions on fitted estimators, one row in, one answer out, at a cost that no history raises.

A session holds a state that no step changes in place, so a copy of it goes its own way.
"""

import copy
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from sklearn.utils.validation import check_is_fitted

from tsrnn.clocks import index_kind
from tsrnn.messages import did_you_mean, in_words, listed
from tsrnn.nn.alone import answer_alone
from tsrnn.threads import threads_for
from tsrnn.tokens import Steps, check_hashable


class Session:
    """What the sessions share: going back to the start, and copies.

    Parameters
    ----------
    start : object
        The state before the first row; no step changes it in place.
    """

    def __init__(self, start=None):
        self.start = start
        self.reset()

    def reset(self):
        """Go back to where the session was opened.

        Returns
        -------
        self
        """
        self.state, self.n_steps_ = self.start, 0
        return self

    def copy(self):
        """Return a session that goes on from here by itself."""
        return copy.copy(self)


class RowReader:
    """Rows as numbers, one at a time.

    Parameters
    ----------
    columns : tsrnn.columns.Columns
    names : list
        Columns of a row, in the order of an array.
    """

    def __init__(self, columns, names):
        self.columns, self.names, self.order = columns, names, columns.names

    def read(self, row):
        """Return a row as numbers, shape (C,), in the order of the panel's columns; NaN where it has none."""
        given = self._by_name(row)
        return np.array([self._number(n, given[n]) if n in given else np.nan for n in self.order])

    def _by_name(self, row):
        if isinstance(row, float) and len(self.names) == 1:
            return {self.names[0]: row}  # a live row is often one number
        if isinstance(row, pd.DataFrame):
            if len(row) != 1:
                raise ValueError(f"row has {len(row)} rows; step takes one at a time.")
            row = {name: row[name].iloc[0] for name in row}
        if isinstance(row, pd.Series) and row.index.is_unique:
            # Each look-up in a Series would take as long as this.
            row = dict(zip(row.index, row.tolist(), strict=True))
        if isinstance(row, pd.Series | dict):
            missing = [name for name in self.names if name not in row]
            if missing:
                raise ValueError(
                    f"row lacks column {in_words(missing[0])}{did_you_mean(missing[0], list(row.keys()))}"
                )
            return row
        values = np.atleast_1d(np.asarray(row, dtype=object))
        if values.shape != (len(self.names),):
            raise ValueError(
                f"row has the shape {values.shape}, but it must hold {len(self.names)} values, those of the columns "
                f"{listed(self.names)}."
            )
        return dict(zip(self.names, values.tolist(), strict=True))

    def _number(self, name, value):
        if value is None or value is pd.NA:
            return np.nan
        if name in self.columns.categories and value == value:  # else NaN: missing
            return float(self.columns.categories[name].get_indexer([value])[0] + 1)
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise TypeError(
                f"row: column {in_words(name)} holds {in_words(value)}, but must be a number."
            ) from None
        if math.isinf(number):
            raise ValueError(
                f"row: column {in_words(name)} is infinity; give a number, or NaN where it is missing."
            )
        return number


class RegressorSession(Session):
    """A live session on a fitted `tsrnn.SequenceRegressor`, opened by its `stream()`.

    Attributes
    ----------
    n_steps_ : int
        Rows since the session was opened or reset.

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn import SequenceRegressor
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> regressor = SequenceRegressor(max_epochs=1, random_state=0).fit(X, X.sum(axis=1))
    >>> session = regressor.stream()
    >>> live = [session.step(row) for row in X]
    >>> bool(np.allclose(live, regressor.predict(X), atol=1e-6))
    True
    """

    def __init__(self, network, data, transform):
        super().__init__()
        self.reader = RowReader(data.columns, data.feature_names)
        self.network, self.data, self.transform = network, data, transform

    def step(self, row):
        """Answer the next row.

        Parameters
        ----------
        row : array-like of shape (k,), Series, dict, or number where there is one column
            The columns of X, by name or in the order of the fit. NaN is missing.

        Returns
        -------
        float, or ndarray of float64, shape (n_targets,)
            What `predict` answers to the last of the rows so far.

        Raises
        ------
        ValueError, TypeError
            Where a column is missing, or its value is not one. The state stays as it was.
        """
        values = self.data.as_read(self.reader.read(row))
        rows, network = torch.from_numpy(values.astype(np.float32)[None, None]), self.network
        if network.training:
            network.eval()
        answer, self.state = answer_alone(network, rows, self.state)
        if answer is None:
            answer = self._answer(rows)
        self.n_steps_ += 1
        answer = self.transform.inverse(answer.astype(np.float64))
        return float(answer[0]) if self.data.flat else answer

    @torch.inference_mode()
    def _answer(self, rows):
        with threads_for(self.network, 1):
            rows = rows.to(self.network.linear.weight.device)
            answers, self.state = self.network(rows, self.state)
        return answers.cpu().numpy()[0, 0]


class ForecasterSession(Session):
    """A live session on a fitted forecaster, opened by its `stream()`.

    It keeps the last `window_size_` rows, those of the fit to begin with, which is all that a forecast looks back on.

    Attributes
    ----------
    n_steps_ : int
        Rows since the session was opened or reset.
    """

    def __init__(self, rollout, fitted, names, past):
        # The stamp of the last row tells where the steps to come begin; without known columns nobody asks.
        super().__init__(start=(past, fitted.panel.lasts if rollout.columns.known else None))
        self.reader = RowReader(rollout.columns, names)
        self.rollout, self.fitted = rollout, fitted
        self.flat = len(rollout.columns.targets) == 1

    def step(self, row, future=None):
        """Take in the next row and forecast the steps after it.

        Parameters
        ----------
        row : array-like of shape (k,), Series, dict, or number where there is one column
            The columns of the fit, by name or in its order. NaN is missing.
        future : Series, DataFrame or ndarray, default=None
            Known-future covariates of the next `horizon_` steps, as `forecast` takes them: by name and time where they
            have these. The steps follow the time of `row`, the name of a Series or the index of a frame; where it bears
            none, it is taken to come one step after the row before it.

        Returns
        -------
        ndarray of float64, shape (horizon_,) or (horizon_, n_targets)
            What `forecast` answers with the rows so far as its history.

        Raises
        ------
        ValueError, TypeError
            Where a column is missing, its value is not one, or `future` does not cover the steps. The rows kept stay as
            they were.
        """
        past, last = self.state
        values = self.reader.read(row)
        panel = self.fitted.panel
        if last is not None:
            last = self._time_of(row, last)
            panel = replace(panel, lasts=last)
        known = self.fitted.future(future, panel, self.rollout.horizon, self.fitted.form)
        self.rollout.transform.warn_of_low(values[: len(self.rollout.columns.targets)])
        past = np.concatenate([past[:, 1:], values[None, None]], axis=1)
        forecast = self.rollout.point(past, known)[0]
        self.state = past, last
        self.n_steps_ += 1
        return forecast[:, 0] if self.flat else forecast

    def _time_of(self, row, last):
        """Return the stamp of a row: its own where it bears one of the kind of `last`, else one step after this."""
        own = pd.Index([])
        if isinstance(row, pd.DataFrame):
            own = row.index.get_level_values(-1)
        elif isinstance(row, pd.Series):
            own = pd.Index([row.name[-1] if isinstance(row.name, tuple) else row.name])
        are_stamps = own.dtype.kind in "iuM" or isinstance(own, pd.PeriodIndex)
        if not are_stamps or own.hasnans or index_kind(own) != index_kind(last):
            return self.fitted.panel.clock.after(last, 1)
        return own if getattr(own, "tz", None) is None else own.tz_convert(last.tz)


def stream_forecasts(rollout, fitted, window_size, series=None):
    """Open a session that goes on from the last rows of a forecaster's fit.

    Parameters
    ----------
    rollout : tsrnn.forecasting.rollout.Rollout
    fitted : tsrnn.forecasting.data.FitData
        Its panel the last rows of the fit.
    window_size : int
    series : label, default=None
        Which series of a panel.

    Returns
    -------
    ForecasterSession

    Raises
    ------
    ValueError
        Where there is no such series, or none is named of several.
    """
    if fitted.ready:
        raise ValueError(
            "stream needs the rows of a series, but fit had ready windows; fit on the series itself."
        )
    panel, columns = fitted.panel, rollout.columns
    if series is None and len(panel.keys) > 1:
        raise ValueError(
            f"series is needed: a session is on one series, and fit had {listed(list(panel.keys))}."
        )
    if series is not None and series not in panel.keys:
        raise ValueError(f"series={series!r} is not one of the fit's, {listed(list(panel.keys))}.")
    number = 0 if series is None else panel.keys.get_loc(series)
    panel = panel.take([number])
    rows = panel.values[-window_size:]
    past = np.full((1, window_size, len(columns.names)), np.nan)
    past[0, window_size - len(rows) :] = rows
    own = fitted.feature_names
    names = [*columns.targets, *own] if fitted.exogenous else own
    return ForecasterSession(rollout, replace(fitted, panel=panel), names, past)


class TaggerSession(Session):
    """A live session on a fitted `tsrnn.CharSeqTagger`, opened by its `stream()`.

    Attributes
    ----------
    n_steps_ : int
        Tokens since the session was opened or reset.
    proba_ : ndarray of float32, shape (n_classes,)
        The probability of each label of the last token.

    Examples
    --------
    >>> from tsrnn import CharSeqTagger
    >>> tagger = CharSeqTagger(max_epochs=15, random_state=0).fit(["hello"], ["ohlol"])
    >>> session = tagger.stream()
    >>> "".join(session.step(character) for character in "hello")
    'ohlol'
    """

    def __init__(self, tagger):
        super().__init__()
        self.tagger = tagger

    def step(self, token):
        """Label the next token.

        Parameters
        ----------
        token : hashable; or an id, or the features (k,) of a step, where `fit` had these

        Returns
        -------
        label : object
            What `predict` answers to the last of the tokens so far.
        """
        tagger, network = self.tagger, self.tagger.module_
        if network.training:
            network.eval()
        steps = self._read(token)
        scores, self.state = answer_alone(network, steps, self.state)
        if scores is None:
            scores = self._scores(steps)
        self.proba_ = torch.from_numpy(scores).softmax(0).numpy()
        self.n_steps_ += 1
        label = tagger.classes_[self.proba_.argmax()]
        return label.item() if isinstance(label, np.generic) else label

    def _read(self, token):
        """Return what the network reads, shape (1, 1), or (1, 1, k) of features."""
        tagger = self.tagger
        if tagger._kind == "tokens":
            check_hashable([token], "tokens")
            # As in `_rows`, which is for many: 0 is an unknown token.
            return torch.tensor([[tagger._encoder._ids.get(token, 1) - 1]])
        return tagger._rows(Steps(tagger._kind, np.asarray([token]), np.array([1]))).steps[None, :1]

    @torch.inference_mode()
    def _scores(self, steps):
        network = self.tagger.module_
        with threads_for(network, 1):
            steps = steps.to(network.linear.weight.device)
            outputs, self.state = network.recurrent(network.encode(steps), self.state)
            return network.linear(outputs)[0, 0].cpu().numpy()


def stream_labels(tagger):
    """Open a `tsrnn.streaming.TaggerSession` before the first token of a sequence.

    Raises
    ------
    ValueError
        With `bidirectional` or `crf`, where a label depends on the tokens that follow.
    """
    check_is_fitted(tagger, "net_")
    for name in ("bidirectional", "crf"):
        if getattr(tagger, name):
            raise ValueError(
                f"{name}=True: a label depends on the tokens that follow, so it cannot be told live; fit with "
                f"{name}=False."
            )
    return TaggerSession(tagger)
