"""Backtest: the forecasts one would have made at earlier times, beside what happened since."""

import numbers
import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from tsrnn.clocks import infer_clock
from tsrnn.columns import check_finite, named_columns
from tsrnn.frames import find_clock, ranges, read_table, to_panel
from tsrnn.messages import MissingDataWarning, warn
from tsrnn.metrics._quantile import checked_levels
from tsrnn.model_selection._split import RollingOriginSplit


def backtest(
    forecaster,
    df,
    *,
    n_splits=5,
    horizon=None,
    step=None,
    gap=0,
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
    gap : int, default=0
        Time steps after each cutoff that are forecast but not given, for data that come late: the
        first `step` is then ``gap + 1``.
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
        - `cutoff`: the last time stamp known of any series;
        - `step`: 1 is the first time step after the cutoff;
        - `time`, `actual`, `forecast`;
        - one column per quantile, named by its level.

        Time stamps without a row in `df` have none here.

    Raises
    ------
    TypeError
        If `forecaster` cannot forecast.
    ValueError
        If a parameter is out of range, the forecaster's names a column that is not there, a value is
        infinite, or there are too few rows for the cutoffs.

    Notes
    -----
    At each cutoff a panel's series are forecast if they have rows after it and, among those that are
    given, a value of each target; the others are not given either. With known-future columns they
    need rows until the end of the horizon. Where a series has no row at the
    cutoff, it is given as missing (NaN); rows before its first target are left out. Missing rows and
    values are counted in one warning.

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
    >>> found = backtest(LastValue(), [3, 5, 8, 6], n_splits=2, horizon=1)
    >>> found
       series  cutoff  step  time  actual  forecast
    0       0       1     1     2       8         5
    1       0       2     1     3       6         8

    Any metric, by series, cutoff or step:

    >>> from tsrnn.metrics import wape
    >>> known = found.dropna(subset="actual")
    >>> known.groupby("cutoff")[["actual", "forecast"]].apply(lambda rows: wape(*rows.T.to_numpy()))
    cutoff
    1    0.375000
    2    0.333333
    dtype: float64
    """
    _check_forecaster(forecaster)
    table = read_table(df, "df")
    _check_no_infinity(table)
    known, targets = (
        named_columns(parameter, getattr(forecaster, parameter, None), table)
        for parameter in ("known_future", "target")
    )
    df = _with_index(df, table)
    if table.times is None:
        table = read_table(df, "df")
    targets = targets or [name for name in table.frame if name not in known]
    df = _from_first_value(df, targets)
    if horizon is None:
        horizon = _own_horizon(forecaster, table)
    levels = [] if quantiles is None else checked_levels(quantiles)
    split = RollingOriginSplit(
        n_splits, horizon=horizon, step=step, gap=gap, max_train_size=max_train_size
    )
    folds = _with_values(df, targets, split.split(df))
    per_fit = _folds_per_fit(refit, n_splits)
    runs = [folds[first : first + per_fit] for first in range(0, n_splits, per_fit)]
    clock = infer_clock(table.times, table.lengths)
    if clock is not None:
        _warn_of_missing(table, clock)
    asked = {"steps": gap + horizon, "levels": levels, "clock": clock, "columns": known}
    results = Parallel(n_jobs=n_jobs)(
        delayed(_forecast_run)(forecaster, df, run, **asked) for run in runs
    )
    frames = [frame for result in results for frame in result]
    if not frames:
        raise ValueError("No series in df has rows both before and after a cutoff.")
    return pd.concat(frames, ignore_index=True)


def _check_forecaster(forecaster):
    if isinstance(forecaster, type):
        name = forecaster.__name__
        raise TypeError(f"forecaster is the class {name} itself; give one made of it, {name}(...).")
    for method in ("fit", "forecast"):
        if not callable(getattr(forecaster, method, None)):
            raise TypeError(f"forecaster must have a method {method}, and {forecaster!r} has none.")


def _check_no_infinity(table):
    """Raise for a later fold's rows too before anything is fitted."""
    names = list(table.frame.select_dtypes("number").columns)
    check_finite(table, names, table.frame[names].to_numpy(float, na_value=np.nan))


def _warn_of_missing(table, clock):
    """Count what is missing once, for all the fits."""
    n_rows = len(table.frame)
    n_steps = len(to_panel(table, np.zeros((n_rows, 1)), clock).values)
    counts = {
        "time stamp": n_steps - n_rows,
        "value": int(table.frame.isna().to_numpy().sum()),
    }
    found = [f"{n} missing {what}{'s' if n > 1 else ''}" for what, n in counts.items() if n]
    if found:
        warn(
            f"df has {', '.join(found)}: the forecaster is given them as missing, and there is no actual value.",
            MissingDataWarning,
        )


def _with_index(df, table):
    """Arrays get the index that their rows count, so that every forecast has time stamps; a list becomes a panel."""
    if isinstance(df, pd.Series | pd.DataFrame):
        return df
    frame, form = table.frame, table.form
    if form.kind == "list":
        counts = ranges(np.zeros_like(table.lengths), table.lengths)
        times = counts if table.times is None else table.times
        index = [table.keys.repeat(table.lengths), times]
        frame = frame.set_axis(pd.MultiIndex.from_arrays(index, names=["series", "time"]))
        form = form.each
    return frame.iloc[:, 0].rename(form.name) if form.kind in ("series", "vector") else frame


def _from_first_value(df, targets):
    """The rows of each series from its first target on: what was not yet seen cannot be learned from."""
    if not targets:
        return df  # fit says that none is left
    seen = df.notna() if isinstance(df, pd.Series) else df[targets].notna().any(axis=1)
    began = seen.groupby(level=0, sort=False, observed=True) if df.index.nlevels == 2 else seen
    return df[began.cummax().to_numpy()]


def _with_values(df, targets, folds):
    """The folds without the series of a panel that are missing throughout the rows that are given.

    A panel made of a wide table holds rows of them, which are as good as none.
    """
    folds = list(folds)
    if df.index.nlevels == 1 or not targets:
        return folds
    series = df.index.codes[0]
    frame = df.to_frame() if isinstance(df, pd.Series) else df[targets]
    seen = frame.notna().to_numpy()
    found = []
    for train, test in folds:
        counts = [np.bincount(series[train], each, series.max() + 1) for each in seen[train].T]
        told = np.all(counts, axis=0)
        if told.any():  # else the forecaster says what it lacks
            train, test = train[told[series[train]]], test[told[series[test]]]
        found.append((train, test))
    return found


def _own_horizon(forecaster, table):
    horizon = getattr(forecaster, "horizon", None)
    if horizon is None:
        raise ValueError("horizon must be given, because the forecaster has none of its own.")
    return find_clock(table).season_length if horizon == "auto" else horizon


def _folds_per_fit(refit, n_splits):
    if isinstance(refit, bool | np.bool_):
        return 1 if refit else n_splits
    if not isinstance(refit, numbers.Integral) or refit < 1:
        raise ValueError(f"refit must be True, False or a whole number from 1 on, not {refit!r}.")
    return int(refit)


def _forecast_run(forecaster, df, folds, **asked):
    """One fit at the first of `folds`, and the forecasts of all of them, as `_forecast_fold` makes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingDataWarning)  # all of it was counted once
        fitted = clone(forecaster, safe=False)
        fitted.fit(df.iloc[folds[0][0]])
        frames = [_forecast_fold(fitted, df, *fold, **asked) for fold in folds]
    return [frame for frame in frames if frame is not None]


def _forecast_fold(fitted, df, train, test, *, steps, levels, clock, columns):
    """The tidy frame of one cutoff, None where no series can be forecast; `columns` are those known ahead."""
    known, to_come, times = df.iloc[train], df.iloc[test], df.index.get_level_values(-1)
    cutoff = known.index.get_level_values(-1).max()
    options = {}
    if columns:
        ahead = df[(times > cutoff) & (times <= to_come.index.get_level_values(-1).max())]
        ahead = _until(_same_series(ahead, to_come), cutoff, steps, clock)
        to_come = _same_series(to_come, ahead)
        options["future"] = ahead[columns]
    if len(to_come) == 0:
        return None
    options["history"] = _up_to(_same_series(known, to_come), cutoff, clock)
    point = fitted.forecast(steps, **options)
    bands = fitted.forecast(steps, quantiles=levels, **options) if levels else None
    return _tidy(point, bands, to_come, cutoff)


def _same_series(rows, others):
    """The rows of those series that `others` has too."""
    if rows.index.nlevels == 1:
        return rows
    return rows[rows.index.get_level_values(0).isin(others.index.unique(0))]


def _up_to(known, cutoff, clock):
    """Rows until the cutoff: a series of a panel that has none there gets a missing one."""
    if known.index.nlevels == 1 or clock is None:
        return known
    ends = known.index[~known.index.get_level_values(0).duplicated(keep="last")]
    last = ends.get_level_values(1)
    _, on_grid = clock.steps(_repeated(cutoff, last), last)
    behind = ends[np.asarray(last < cutoff) & on_grid].get_level_values(0)
    if not len(behind):
        return known
    rows = pd.MultiIndex.from_product([behind, _repeated(cutoff, last)[:1]])
    return known.reindex(known.index.append(rows.set_names(known.index.names)))


def _until(ahead, cutoff, steps, clock):
    """Rows of all `steps` after the cutoff, missing ones as such; a series that ends before is left out."""
    if clock is None:
        return ahead
    origins = _repeated(cutoff, ahead.index.get_level_values(-1)[:1]).repeat(steps)
    times = clock.times(origins, np.arange(1, steps + 1))
    if ahead.index.nlevels == 1:
        grid = times
    else:
        ends = ahead.index[~ahead.index.get_level_values(0).duplicated(keep="last")]
        lasting = ends[ends.get_level_values(1) >= times[-1]].get_level_values(0)
        ahead = ahead[ahead.index.get_level_values(0).isin(lasting)]
        grid = pd.MultiIndex.from_product([lasting, times])
    ahead = ahead[ahead.index.get_level_values(-1) <= times[-1]]
    complete = len(ahead) == len(grid) or not ahead.index.isin(grid).all()
    return ahead if complete else ahead.reindex(grid.set_names(ahead.index.names))


def _repeated(stamp, times):
    """An index like `times` that holds one stamp alone."""
    index = pd.Index([stamp])
    index = index.as_unit(times.unit) if isinstance(times, pd.DatetimeIndex) else index
    return index.repeat(len(times))


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
