"""Backtest: the forecasts one would have made at earlier times, beside what happened since."""

import numbers

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from tsrnn.frames import find_clock, read_table
from tsrnn.model_selection._split import RollingOriginSplit


def backtest(
    forecaster,
    df,
    *,
    n_splits=5,
    horizon=None,
    step=None,
    max_train_size=None,
    refit=True,
    quantiles=None,
    n_jobs=None,
):
    """Forecast from several past cutoffs and lay each forecast beside what happened.

    Cutoffs roll forward as in :class:`RollingOriginSplit`. Nothing after a cutoff reaches its
    forecast, except the columns that `forecaster.known_future` names.

    Parameters
    ----------
    forecaster : object
        Anything with ``fit(df)`` and ``forecast(steps, history=, future=, quantiles=)``. It is
        cloned, never changed.
    df : Series, DataFrame, ndarray, panel or list
        All rows, in time order, in any form that a forecaster accepts.
    n_splits : int, default=5
        Number of cutoffs.
    horizon : int, default=None
        Time steps forecast at each cutoff; None takes the forecaster's own.
    step : int, default=None
        Time steps between two cutoffs; None takes `horizon`.
    max_train_size : int, default=None
        Time steps known at each cutoff at most, the latest ones; None keeps all.
    refit : bool or int, default=True
        True fits at every cutoff, False once, at the first, and k at every k-th. Without a fit, the
        forecaster is given the rows up to the cutoff as ``history``.
    quantiles : list of float, default=None
        Levels to forecast besides the point forecast.
    n_jobs : int, default=None
        Fits that run at the same time, as joblib counts them: None is 1, -1 all processors.

    Returns
    -------
    DataFrame
        One row per forecast value, cutoff after cutoff, with the columns

        - `series`: the panel's label; without a panel the target's name, 0 if it has none;
        - `target`: its name, only where there are several targets;
        - `cutoff`: the last time stamp known;
        - `step`: 1 is the first time step after the rows known;
        - `time`, `actual`, `forecast`;
        - one column per quantile, named by its level.

        Time stamps without a row in `df` have none here.

    Raises
    ------
    TypeError
        If `forecaster` cannot forecast.
    ValueError
        If a parameter is out of range, or there are too few rows for the cutoffs.

    Notes
    -----
    At each cutoff a panel's series are forecast if they have rows before and after it. With
    known-future columns they need them for the whole horizon.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.model_selection import backtest
    >>> class LastValue:
    ...     def fit(self, df):
    ...         return self
    ...
    ...     def forecast(self, steps, history):
    ...         start = history.index[-1] + 1
    ...         return pd.Series(history.iloc[-1], range(start, start + steps))
    >>> backtest(LastValue(), [3, 5, 8, 6], n_splits=2, horizon=1)
       series  cutoff  step  time  actual  forecast
    0       0       1     1     2       8         5
    1       0       2     1     3       6         8
    """
    for method in ("fit", "forecast"):
        if not callable(getattr(forecaster, method, None)):
            raise TypeError(f"forecaster must have a method {method}, and {forecaster!r} has none.")
    table = read_table(df, "df")
    df = _with_index(df)
    if horizon is None:
        horizon = _own_horizon(forecaster, table)
    levels = _checked_levels(quantiles)
    split = RollingOriginSplit(n_splits, horizon=horizon, step=step, max_train_size=max_train_size)
    folds = list(split.split(df))
    per_fit = _folds_per_fit(refit, n_splits)
    runs = [folds[first : first + per_fit] for first in range(0, n_splits, per_fit)]
    results = Parallel(n_jobs=n_jobs)(
        delayed(_forecast_run)(forecaster, df, run, horizon, levels) for run in runs
    )
    frames = [frame for result in results for frame in result]
    if not frames:
        raise ValueError("No series in df has rows both before and after a cutoff.")
    return pd.concat(frames, ignore_index=True)


def _with_index(df):
    """Arrays get the index that their rows count, so that every forecast has time stamps."""
    if isinstance(df, pd.Series | pd.DataFrame):
        return df
    if isinstance(df, list) and len(df) and hasattr(df[0], "shape"):
        parts = {label: _with_index(part) for label, part in enumerate(df)}
        return pd.concat(parts, names=["series", "time"])
    values = np.asarray(df)
    return pd.Series(values) if values.ndim == 1 else pd.DataFrame(values)


def _own_horizon(forecaster, table):
    horizon = getattr(forecaster, "horizon", None)
    if horizon is None:
        raise ValueError("horizon must be given, because the forecaster has none of its own.")
    return find_clock(table).season_length if horizon == "auto" else horizon


def _checked_levels(quantiles):
    levels = [] if quantiles is None else [float(level) for level in quantiles]
    if not all(0 < level < 1 for level in levels) or len(set(levels)) < len(levels):
        raise ValueError(f"quantiles must be different levels between 0 and 1, not {levels!r}.")
    return levels


def _folds_per_fit(refit, n_splits):
    if isinstance(refit, bool | np.bool_):
        return 1 if refit else n_splits
    if not isinstance(refit, numbers.Integral) or refit < 1:
        raise ValueError(f"refit must be True, False or a whole number from 1 on, not {refit!r}.")
    return int(refit)


def _forecast_run(forecaster, df, folds, horizon, levels):
    """One fit at the first of `folds`, and the forecasts of all of them."""
    fitted = clone(forecaster, safe=False)
    fitted.fit(df.iloc[folds[0][0]])
    frames = []
    for train, test in folds:
        known, to_come = df.iloc[train], df.iloc[test]
        options = {}
        if getattr(fitted, "known_future", None) is not None:
            to_come = _whole_horizons(to_come, horizon)
            columns = fitted.known_future
            options["future"] = to_come[list(columns) if is_list_like(columns) else [columns]]
        if len(to_come) == 0:
            continue
        options["history"] = _same_series(known, to_come)
        point = fitted.forecast(horizon, **options)
        bands = fitted.forecast(horizon, quantiles=levels, **options) if levels else None
        cutoff = known.index.get_level_values(-1).max()
        frames.append(_tidy(point, bands, to_come, cutoff))
    return frames


def _same_series(known, to_come):
    if known.index.nlevels == 1:
        return known
    labels = to_come.index.unique(0)
    return known[known.index.get_level_values(0).isin(labels)]


def _whole_horizons(to_come, horizon):
    """A series that ends within the horizon has no known future for all of it."""
    if to_come.index.nlevels == 1:
        return to_come
    lengths = to_come.groupby(level=0, observed=True)[to_come.columns[0]].transform("size")
    return to_come[lengths == horizon]


def _tidy(point, bands, to_come, cutoff):
    is_panel = to_come.index.nlevels == 2
    point, bands, to_come = (_as_panel(frame) for frame in (point, bands, to_come))
    rows = point.index.isin(to_come.index)
    steps = point.groupby(level=0, sort=False, observed=True).cumcount() + 1
    frames = []
    for target in point.columns:
        columns = {
            "series": point.index.get_level_values(0) if is_panel else target,
            "target": target,
            "cutoff": cutoff,
            "step": steps.to_numpy(),
            "time": point.index.get_level_values(1),
            "actual": to_come[target].reindex(point.index).to_numpy(),
            "forecast": point[target].to_numpy(),
        }
        frame = pd.DataFrame(columns)[rows]
        if bands is not None:
            own = bands[target] if bands.columns.nlevels == 2 else bands
            frame[list(own.columns)] = own.to_numpy()[rows]
        frames.append(frame)
    if len(frames) == 1:
        return frames[0].drop(columns="target")
    return pd.concat(frames)


def _as_panel(frame):
    """A frame with the index (series, time); one series is number 0."""
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(0 if frame.name is None else frame.name)
    if frame is None or frame.index.nlevels == 2:
        return frame
    return pd.concat({0: frame})
