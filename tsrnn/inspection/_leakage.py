"""Does a forecast know its future: later rows are moved, and what came before them must stand still."""

import warnings
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from tsrnn.forecasters import RecurrentForecaster
from tsrnn.frames import read_table
from tsrnn.messages import in_words, listed

#: How far numbers are moved: in standard deviations of their column, or as factors where none is negative.
_FAR, _MANIFOLD = 10.0, 3.0
#: Different whole numbers of a column that may stand for labels, such as hours of the day; more are counts.
_MOST_CODES = 24
#: Rounding that depends on what else is in a batch is no leak.
_ROUNDING = 1e-6


def leakage_audit(estimator, df, *, known_future=None, n_cuts=10, random_state=0):
    """Move later rows and return the forecasts that move with them.

    `estimator.predict(df)` is called once as it is, and once for each of `n_cuts` rows from which on all rows are moved
    far: numbers by noise; labels, the values of a column of whole numbers, zeros where nothing is negative, and what is
    missing, to others that the column holds. A column that holds one label or whole number alone stays. Whatever
    `predict` does is audited, so a whole Pipeline can be. A forecaster of the rows of df itself must not use the row
    that it forecasts either; of any other estimator the rows after it are moved alone, since df then holds what is
    known of a row when it is answered.

    What happened before df is not seen here, such as a scaling of all rows before they were split.

    Parameters
    ----------
    estimator : estimator or Pipeline with one prediction for each row
        Fitted.
    df : Series, DataFrame, ndarray or panel
        Rows as `predict` takes them.
    known_future : name or list of names, default=None
        Columns that are known for the steps to come, and are left as they are, as a forecaster's static columns are; by
        default those that the forecaster names in its own `known_future`.
    n_cuts : int, default=10
        Rows, evenly spread, from which on df is moved.
    random_state : int, default=0
        Seed of the noise.

    Returns
    -------
    DataFrame
        One row for each forecast that moved, with the columns series, time, output (the number of the target), moved_by
        (the latest stamp whose rows moved it), before and after; empty when none did.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If it does not predict one answer for each row, no column may or can be moved, df has but one time stamp, or
        `n_cuts` is no whole number from 1 on.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from tsrnn.inspection import leakage_audit
    >>> from tsrnn.preprocessing import SlidingWindow
    >>> x = np.random.default_rng(0).normal(size=(60, 1))
    >>> honest = make_pipeline(SlidingWindow(3, flatten=True), LinearRegression()).fit(x, x[:, 0])
    >>> len(leakage_audit(honest, x))
    0
    >>> centred = FunctionTransformer(lambda x: x - x.mean(axis=0))
    >>> cheat = make_pipeline(centred, LinearRegression()).fit(x, x[:, 0])
    >>> len(leakage_audit(cheat, x))
    59
    """
    check_is_fitted(estimator)
    if not isinstance(n_cuts, Integral) or isinstance(n_cuts, bool):
        raise TypeError(f"n_cuts={n_cuts!r} must be a whole number, at least 1.")
    if n_cuts < 1:
        raise ValueError(f"n_cuts={n_cuts} must be at least 1.")
    table = read_table(df, "df")
    if table.form.kind == "list":
        raise TypeError("df is a list; give one frame of all series, as pd.concat makes it.")
    # The user's row number of each row, series by series, and its stamp.
    order = np.arange(len(table.frame)) if table.order is None else table.order
    times = pd.RangeIndex(len(order)) if table.times is None else table.times
    stamps = times.unique().sort_values()
    if len(stamps) < 2:
        raise ValueError(
            f"df: too few rows (n_samples={len(order)}): no time stamp is later than another; give at least 2 of them."
        )
    last = _last_step(estimator)
    names = _movable(table, last, known_future)
    own_too = isinstance(last, RecurrentForecaster) and not (
        last._fitted.exogenous or last._fitted.ready
    )
    before = _predict(estimator, df, len(order))[order]
    after, latest = before.copy(), np.full(before.shape, -1)
    rng = np.random.default_rng(random_state)
    for cut in np.unique(np.linspace(1, len(stamps) - 1, n_cuts).round().astype(int)):
        later = np.asarray(times >= stamps[cut])
        judged = np.asarray(times <= stamps[cut]) if own_too else ~later
        rows = np.zeros(len(order), dtype=bool)
        rows[order] = later
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # these are not the user's rows
            answers = _predict(estimator, _moved(df, names, rows, rng), len(order))[order]
        leaks = judged[:, None] & ~_same(answers, before)
        after[leaks], latest[leaks] = answers[leaks], cut
    row, output = np.nonzero(latest >= 0)
    return pd.DataFrame(
        {
            "series": np.asarray(table.keys.repeat(table.lengths))[row],
            "time": times[row],
            "output": output,
            "moved_by": stamps[latest[row, output]],
            "before": before[row, output],
            "after": after[row, output],
        }
    )


def _last_step(estimator):
    if hasattr(estimator, "best_estimator_"):
        return _last_step(estimator.best_estimator_)
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _movable(table, last, known_future):
    """Return the columns that may be moved."""
    if known_future is None:
        known_future = getattr(last, "known_future", None)
        if isinstance(last, RecurrentForecaster) and last._fitted.exogenous:
            known_future = list(table.frame.columns)
    known = [] if known_future is None else np.atleast_1d(np.asarray(known_future, object)).tolist()
    there = list(table.frame.columns)
    missing = [name for name in known if name not in there]
    if missing:
        raise ValueError(
            f"known_future={in_words(missing[0])} is not a column of df; there is {listed(there)}."
        )
    if isinstance(last, RecurrentForecaster):
        known += last._fitted.columns.static  # their next value is their last
    names = [name for name in there if name not in known]
    if not names:
        raise ValueError(
            "every column of df is known for the steps to come, so there is no future that a forecast must not know."
        )
    varied = [name for name in names if _can_move(table.frame[name])]
    if not varied:
        raise ValueError(
            f"df: of the columns that may be moved ({listed(names)}) each holds one label or whole number alone, so "
            "there is none to move it to; give rows in which one varies."
        )
    return varied


def _can_move(column):
    return column.nunique(dropna=False) > 1 or pd.api.types.is_float_dtype(column.dtype)


def _predict(estimator, df, n_rows):
    answers = np.asarray(estimator.predict(df))
    if len(answers) != n_rows or not np.issubdtype(answers.dtype, np.number):
        raise TypeError(
            f"estimator must predict a number for each of the {n_rows} rows of df, but "
            f"{type(estimator).__name__}.predict gave {answers.dtype} of shape {answers.shape}."
        )
    return answers.reshape(n_rows, -1).astype(np.float64)


def _same(answers, before):
    apart = np.abs(answers - before) > _ROUNDING * (1 + np.abs(before))
    return ~apart & (np.isnan(answers) == np.isnan(before))


def _moved(df, names, rows, rng):
    """Return df with some rows (a mask) moved in the columns `names`, in its own form."""
    if isinstance(df, pd.Series):
        return pd.Series(_moved_column(df, rows, rng), index=df.index, name=df.name)
    frame = df.copy() if isinstance(df, pd.DataFrame) else pd.DataFrame(np.array(df))
    for name in names:
        frame[name] = _moved_column(frame[name], rows, rng)
    return frame if isinstance(df, pd.DataFrame) else frame.to_numpy().reshape(np.shape(df))


def _moved_column(column, rows, rng):
    """Return a column as an array, moved in `rows`, so that no value there is what it was.

    A move by little or nothing would hide a leak, and one to what no column of its kind holds would be refused by an
    honest estimator.
    """
    if _is_code(column):
        return _with_others(column, rows, rng)
    before = column.to_numpy(np.float64, na_value=np.nan)
    values, is_whole = before.copy(), not (before % 1 > 0).any()
    noise = rng.choice([-1, 1], rows.sum()) * rng.uniform(1, 3, rows.sum())
    spread = np.nanstd(values)
    if np.nanmin(values) >= 0 and spread > 0:
        values[rows] *= _MANIFOLD**noise  # what must not be negative stays so
    else:
        values[rows] += _FAR * (spread if spread > 0 else 1.0) * noise
    if is_whole:
        values[rows] = values[rows].round()
    unmoved = rows & ((values == before) | np.isnan(values))
    values[unmoved] = _with_others(column, unmoved, rng)[unmoved]
    return values.astype(column.dtype) if column.dtype.kind in "iu" else values


def _is_code(column):
    """Whether a column holds labels, or a few whole numbers again and again, which may stand for labels."""
    dtype = column.dtype
    if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return True
    held = column.dropna().unique()
    if len(held) == 1:
        return not pd.api.types.is_float_dtype(dtype)
    return len(held) <= min(_MOST_CODES, len(column) // 2) and not (held % 1 != 0).any()


def _with_others(column, rows, rng):
    """Return a column as an array, with another value that the column holds in each of `rows`."""
    codes, held = pd.factorize(column)  # what is missing has -1
    ahead = rng.integers(1, max(2, len(held)), rows.sum())
    values = column.array.copy()
    if len(held):
        values[rows] = held.take((codes[rows] + ahead) % len(held))
    return values
