"""Gates and states of every cell, step by step, as a tidy table."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch

from tsrnn.aligned import read_rows
from tsrnn.forecasters import RecurrentForecaster
from tsrnn.forecasting.context import last_windows
from tsrnn.forecasting.rollout import at_once
from tsrnn.inspection._estimators import innermost, overhear, recurrent_of, trace
from tsrnn.inspection._windows import is_ready, panel_of, ready_windows, unknown_future
from tsrnn.regressors import SequenceRegressor
from tsrnn.taggers import CharSeqTagger
from tsrnn.tokens import read_steps

_COLUMNS = ["series", "time", "layer", "unit", "gate", "value"]


@dataclass(frozen=True)
class Run:
    """What the recurrent layers read of one series: `inputs` (1, steps, size), one step at each of `times`.

    `shown` is the same as the user gave it: a DataFrame of rows as numbers, or a list of tokens, which is number
    `position` of X.
    """

    series: object
    times: pd.Index
    inputs: torch.Tensor
    shown: pd.DataFrame | list
    target: object = None
    position: int = 0


def gate_activations(estimator, X):
    """Return every gate and state of every cell, at every step of X.

    The gates are named by their role, as the cell names them: of an LSTM "input", "forget", "cell" and "output", of a
    GRU "reset", "update" and "candidate"; the states are "hidden_state" and, of an LSTM, "cell_state". A cell of your
    own shows the gates that its `gates` returns; NaN at the first step where it starts from a state that it tells only
    itself, unless it is a `tsrnn.cells.Cell` with its own `initial_state`.

    Parameters
    ----------
    estimator : SequenceRegressor, CharSeqTagger or forecaster; or a search or Pipeline that ends in one
        Fitted. Of several networks (`n_estimators`) the first one is shown.
    X : as the estimator's `predict` takes it
        Of a forecaster, the window that ends with the last row of each series is shown, the one from which
        `forecast(history=X)` starts; or each of the ready windows (n, window, k). After `fit(X, y)` it needs the column
        of y too.

    Returns
    -------
    DataFrame
        One row for each value, with the columns series, time, layer, unit, gate, value. `layer` and `unit` count from
        0; in a bidirectional layer the units of the reversed cell come second. `series` is the position in a list, the
        label in a panel or a Series of texts. `time` is the stamp of the row, its number where there is no index, or
        the position of a token; of a forecaster that reads segments the stamp of the segment's last row. Where a
        forecaster reads several targets one by one, a column `target` names them.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If it is none of these.
    ValueError
        If X is not as `predict` takes it, or the cell has neither gates nor a state.

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn import SequenceRegressor
    >>> from tsrnn.inspection import gate_activations
    >>> X = np.random.default_rng(0).normal(size=(30, 1))
    >>> regressor = SequenceRegressor(hidden_size=2, max_epochs=1, random_state=0).fit(X, X[:, 0])
    >>> gates = gate_activations(regressor, X)
    >>> gates.columns.tolist()
    ['series', 'time', 'layer', 'unit', 'gate', 'value']
    >>> gates["gate"].unique().tolist()
    ['input', 'forget', 'cell', 'output', 'hidden_state', 'cell_state']
    """
    estimator, X = innermost(estimator, X)
    tables = [activations_of(estimator, run) for run in runs_of(estimator, X)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS)


def runs_of(estimator, X):
    """Return an iterator over what the recurrent layers of a fitted estimator read of X, a Run for each series."""
    if isinstance(estimator, SequenceRegressor):
        return _runs_of_regressor(estimator, X)
    if isinstance(estimator, CharSeqTagger):
        return _runs_of_tagger(estimator, X)
    if isinstance(estimator, RecurrentForecaster):
        return _runs_of_forecaster(estimator, X)
    raise TypeError(
        "estimator must be a SequenceRegressor, a CharSeqTagger or a forecaster, got "
        f"{type(estimator).__name__}."
    )


def activations_of(estimator, run):
    """Return every gate and state of a Run, as `gate_activations` does."""
    recurrent = recurrent_of(estimator.module_.eval())
    layers = trace(recurrent, run.inputs)
    if not any(layers):
        name = type(recurrent.cells[0]).__name__
        raise ValueError(f"cell={name} has neither gates nor a state to show.")
    parts = [
        _tidy(run, layer, name, value[0].cpu().numpy())
        for layer, values in enumerate(layers)
        for name, value in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _tidy(run, layer, name, values):
    """Return the values (steps, units) of one gate as rows, unit by unit within a step."""
    n_steps, n_units = values.shape
    columns = {
        "series": pd.Series([run.series]).repeat(values.size).array,
        "time": run.times.repeat(n_units),
        "layer": layer,
        "unit": np.tile(np.arange(n_units), n_steps),
        "gate": name,
        "value": values.ravel(),
    }
    return pd.DataFrame(columns if run.target is None else columns | {"target": run.target})


def times_of(table, panel):
    """Return the stamps of a panel's rows, series by series; row numbers where it has none."""
    if panel.firsts is None:
        return [pd.RangeIndex(length) for length in panel.lengths]
    name = table.form.index_names[-1]
    parts = []
    for series, length in enumerate(panel.lengths):
        first = panel.firsts[[series]].repeat(length)
        parts.append(panel.clock.times(first, np.arange(length)).rename(name))
    return parts


def _runs_of_regressor(regressor, X):
    data, network = regressor._data, regressor.module_
    table, panel = read_rows(X, data)
    values = panel.values[:, data.n_targets :]
    rows = regressor._rows(data, panel)[None]
    ends = zip(
        panel.keys, times_of(table, panel), panel.offsets[:-1], panel.offsets[1:], strict=True
    )
    for key, times, start, end in ends:
        (inputs,) = overhear(network.recurrent, partial(network, rows[:, start:end]))
        shown = pd.DataFrame(values[start:end], index=times, columns=data.columns.covariates)
        yield Run(key, times, inputs, shown)


def _runs_of_tagger(tagger, X):
    recurrent = recurrent_of(tagger.module_)
    for position, length in enumerate(read_steps(X).lengths):
        if length:
            one = sequence_at(X, position)
            (inputs,) = overhear(recurrent, partial(tagger.predict, one))
            series = X.index[position] if isinstance(X, pd.Series) else position
            tokens = tokens_of(one, length)
            yield Run(series, pd.RangeIndex(length), inputs, tokens, position=position)


def sequence_at(X, position):
    """Return the sequence at a position of X, as an X of one."""
    part = slice(position, position + 1)
    return X.iloc[part] if isinstance(X, pd.Series) else X[part]


def tokens_of(one, n_steps):
    """Return the tokens of an X of one as they are shown: features, which have no name, by their position."""
    (sequence,) = one
    nameless = isinstance(sequence, np.ndarray) and sequence.ndim > 1
    return list(range(n_steps)) if nameless else list(sequence)[:n_steps]


def _runs_of_forecaster(forecaster, X):
    window = forecaster.window_size_
    if is_ready(X):
        past = ready_windows(forecaster, X)
        n_rows = min(window, np.shape(X)[1])
        keys, times = range(len(past)), [pd.RangeIndex(n_rows)] * len(past)
    else:
        table, panel = panel_of(forecaster, X)
        past = last_windows(panel, window)
        keys, times = panel.keys, [stamps[-window:] for stamps in times_of(table, panel)]
    recurrent, rollout = recurrent_of(forecaster.module_), forecaster._fit_.rollout
    chunk = at_once(past)  # what the rollout would split by itself is heard in parts
    for first in range(0, len(past), chunk):
        part = slice(first, first + chunk)
        known = unknown_future(forecaster, past[part])
        # The layers read the window first; what they are given after that belongs to the forecast.
        heard = overhear(recurrent, partial(rollout.point, past[part], known))
        yield from _runs_of_windows(forecaster, heard[0], keys[part], times[part], past[part])


def _runs_of_windows(forecaster, inputs, keys, times, past):
    """Yield a Run for each window, and for each target where these are read one by one."""
    targets, size = forecaster.target_names_, forecaster.segment_size_
    each = targets if len(inputs) == len(targets) * len(keys) > len(keys) else [None]
    inputs = inputs.unflatten(0, (len(keys), len(each)))
    names = forecaster._fit_.rollout.columns.names
    for window, key, stamps, rows in zip(inputs, keys, times, past, strict=True):
        # Segments end with the window; those before the first row hold nothing but padding.
        ends = stamps[(len(stamps) - 1) % size :: size]
        shown = pd.DataFrame(rows[len(rows) - len(stamps) :], index=stamps, columns=names)
        for steps, target in zip(window, each, strict=True):
            others = [name for name in targets if name != target and target is not None]
            inside = steps[None, len(steps) - len(ends) :]
            yield Run(key, ends, inside, shown.drop(columns=others), target)
