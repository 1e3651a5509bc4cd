"""Aligned: X and its y as one Panel with its Columns, and answers back in the form of y.

Targets are aligned with the rows of X, or with its series: one row of y for each.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tsrnn.clocks import index_kind
from tsrnn.columns import (
    Columns,
    check_finite,
    learn_columns,
    named_as,
    numbers,
    require_columns,
)
from tsrnn.frames import Panel, check_width, panel_of, read_table, refuse_vector
from tsrnn.messages import in_words, warn
from tsrnn.targets import free_name, named_as_fitted
from tsrnn.windows import held_out_rows

_COUNTS_AS = "a number counts as its column's mean, a label as unknown"


@dataclass(frozen=True)
class Aligned:
    """The rows of a fit.

    Parameters
    ----------
    panel : Panel
        The targets first, then the columns of X.
    columns : Columns
    feature_names : list
        Columns of X as the user has them.
    per_row : bool
        Whether y has a row for each row of X; else for each series, and here it is repeated for all rows.
    flat : bool
        Whether y was a vector or Series, so that answers have no axis for targets.
    n_missing : int
        Values of X, and rows missing from its index, that were not there.
    n_unknown : int
        Values of y that were not there.
    means : ndarray of float64, shape (columns of X,), or None
        What a missing value counts as; None: 0, which is the mean on the scale that was learned.
    """

    panel: Panel
    columns: Columns
    feature_names: list
    per_row: bool
    flat: bool
    n_missing: int = 0
    n_unknown: int = 0
    means: np.ndarray | None = None

    @property
    def n_targets(self):
        return len(self.columns.targets)

    def with_scale(self, training, *, raw):
        """Learn the scale of X from the training rows (rows, C) and return the same rows with it; `raw`: none."""
        self.columns.learn_scale(training)
        if not raw:
            return self
        means = self.columns.centre
        self.columns.learn_scale(training, raw=True)
        return replace(self, means=means)

    def as_read(self, values):
        """Return the columns of X of rows (..., C) as the network reads them."""
        values = values[..., self.n_targets :]
        if self.means is not None:
            values = np.where(np.isnan(values), self.means, values)
        return self.columns.standardise(values)

    def training_counts(self, validation_fraction):
        """Return how many rows of each series train, ndarray of int64, shape (n_series,).

        The latest ones are held out; with one row of y for a series, the last series are. Raises ValueError where no
        other one has a target.
        """
        lengths = self.panel.lengths
        if self.per_row:
            counts = lengths - held_out_rows(lengths, 1, validation_fraction)
        else:
            held = math.ceil(validation_fraction * len(lengths))
            held = held if len(lengths) > held else 0
            counts = np.where(np.arange(len(lengths)) < len(lengths) - held, lengths, 0)
        if np.isnan(self.panel.head(counts).values[:, : self.n_targets]).all():
            raise ValueError(
                f"y: it is missing in all rows but those that validation_fraction={validation_fraction} holds out, so "
                "there is nothing to learn; set validation_fraction=0, or fill in earlier values."
            )
        return counts

    def warn_of_missing(self):
        """Count in one warning what is missing."""
        parts = [
            f"{n} {what}"
            for n, what in (
                (self.n_missing, f"missing values in X ({_COUNTS_AS})"),
                (self.n_unknown, "missing values in y, left out of the loss"),
            )
            if n
        ]
        if parts:
            warn(f"There are {', and '.join(parts)}.")

    def without_rows(self):
        """Return the same without its rows, which is all that `predict` needs."""
        return replace(self, panel=self.panel.tail(1))


def read_pairs(X, y, *, per_row=True, fitted=None):
    """Read the rows of a fit.

    Parameters
    ----------
    X, y : see `SequenceRegressor.fit`
    per_row : bool
        Whether y has a row for each row of X, or one for each series.
    fitted : Aligned, optional
        Of an earlier fit that goes on.

    Returns
    -------
    Aligned

    Raises
    ------
    TypeError, ValueError
        Where X or y is of no accepted kind, the two do not fit, or a column is not of numbers or categories.
    """
    table = _read(X, fitted)
    features = list(table.frame.columns)
    targets, flat = _read_targets(table, y, per_row, fitted)
    seen = ~np.isnan(_check_targets(replace(table, frame=targets, argument="y")))
    joined = replace(table, frame=pd.concat([targets, table.frame], axis=1))
    columns = learn_columns(joined, list(targets.columns), features)
    if fitted is not None:
        columns = fitted.columns
    values = columns.encode(joined)
    panel = panel_of(table, values, None if fitted is None else fitted.panel)
    n_missing = np.isnan(values[:, seen.shape[1] :]).sum() + len(panel.values) - len(values)
    n_unknown = (~seen if per_row else ~seen[table.offsets[:-1]]).sum()
    means = None if fitted is None else fitted.means
    missing = int(n_missing), int(n_unknown)
    return Aligned(panel, columns, features, per_row, flat, *missing, means)


def read_rows(X, fitted):
    """Read rows to be answered.

    Parameters
    ----------
    X : see `SequenceRegressor.predict`
    fitted : Aligned

    Returns
    -------
    table : Table
    panel : Panel
        Columns as in `fitted`, the targets missing.
    """
    table = _read(X, fitted)
    values = fitted.columns.encode(table, fitted.columns.known)
    return table, panel_of(table, values, fitted.panel)


def _read(X, fitted):
    """Return X as a Table that has the columns of the fit."""
    table = read_table(_as_list(X))
    refuse_vector(table)
    if fitted is None:
        return table
    table = named_as(table, fitted.feature_names, "SequenceRegressor")
    check_width(table, fitted.feature_names, "SequenceRegressor")
    require_columns(table, fitted.feature_names)
    return table


def as_given(answers, X, table, panel, fitted):
    """Give answers back in the form of y.

    Parameters
    ----------
    answers : ndarray of float64, shape (rows of the panel, T) or (n_series, T)
    X : object
        As the user gave it.
    table : Table
    panel : Panel
    fitted : Aligned

    Returns
    -------
    ndarray or list of ndarray
    """
    answers = answers[:, 0] if fitted.flat else answers
    if not fitted.per_row:
        return answers
    answers = answers if panel.placed is None else answers[panel.placed]
    if table.form.kind == "list":
        parts = np.split(answers, table.offsets[1:-1])
        return np.stack(parts) if _is_batch(X) else parts
    return answers if table.order is None else answers[np.argsort(table.order)]


def scored_rows(X, y, answers, sample_weight, fitted):
    """Return the rows of y that are known, the answers to them, and their weights.

    Parameters
    ----------
    X, y : as `read_pairs` takes them
    answers : ndarray or list of ndarray
        To X, in the form of y.
    sample_weight : ndarray, shape (n,), or None
    fitted : Aligned

    Returns
    -------
    actual, answers : ndarray of float64, shape (rows known, T)
    weight : ndarray, shape (rows known,), or None

    Raises
    ------
    TypeError, ValueError
        Where y does not fit X or what was fitted, or the weights have another number of rows.
    """
    table = _read(X, fitted)
    targets, _ = _read_targets(table, y, fitted.per_row, fitted)
    actual = _check_targets(replace(table, frame=targets, argument="y"))
    if not fitted.per_row:
        actual = actual[table.offsets[:-1]]
    elif table.order is not None:
        actual = actual[np.argsort(table.order)]
    answers = np.concatenate(answers) if isinstance(answers, list) else answers
    answers = answers.reshape(actual.shape)
    seen = ~np.isnan(actual).any(1)
    if sample_weight is None:
        return actual[seen], answers[seen], None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (len(actual),):
        raise ValueError(
            f"sample_weight has shape {weight.shape}, but there are {len(actual)} rows."
        )
    return actual[seen], answers[seen], weight[seen]


def _is_batch(X):
    return getattr(X, "ndim", 0) == 3


def _as_list(X):
    """Take an array (n_series, rows, columns) for a list of series."""
    return list(np.asarray(X)) if _is_batch(X) else X


def _read_targets(table, y, per_row, fitted):
    """Return the targets as a frame with the rows of the table and the names of the fit, and whether they were flat."""
    if y is None:
        raise ValueError("y is needed: requires y to be passed, but the target y is None.")
    targets, flat = (_targets_of_rows if per_row else _targets_of_series)(table, y)
    names = ["y" if name == 0 else name for name in targets.columns]
    names = [free_name(name, table.frame.columns) for name in names]
    targets = targets.set_axis(names, axis=1)
    return (targets if fitted is None else named_as_fitted(targets, fitted.columns.targets)), flat


def _targets_of_rows(table, y):
    """Return the targets as a frame with the rows of the table, and whether they were flat."""
    if table.form.kind == "list":
        given = _read_list_of_targets(table, y)
    else:
        given = read_table(y, "y")
        if len(given.frame) != len(table.frame):
            raise ValueError(
                f"X and y have different lengths: X has {len(table.frame)} rows and y has "
                f"{len(given.frame)}; give one y for each row of X."
            )
    _check_same_index(table, given)
    frame = given.frame
    if table.order is not None and given.order is None and not given.form.panel:
        frame = frame.iloc[table.order]
    return frame.set_axis(table.frame.index, axis=0), _is_flat(given.form)


def _read_list_of_targets(table, y):
    n_series = len(table.keys)
    if not hasattr(y, "__len__") or isinstance(y, str | dict):
        raise TypeError(f"y: X is a list, so y must be one too, but it is {type(y).__name__}.")
    if len(y) != n_series:
        raise ValueError(
            f"X and y have different lengths: X has {n_series} series and y has {len(y)}; give one "
            "element of y for each."
        )
    elements = [v if isinstance(v, pd.Series | pd.DataFrame) else np.asarray(v) for v in y]
    for i, (element, length) in enumerate(zip(elements, table.lengths, strict=True)):
        n = len(element) if element.ndim else 0
        if n != length:
            raise ValueError(
                f"y[{i}] has {n} rows, but X[{i}] has {length}; give one y for each row of X."
            )
    return read_table(elements, "y")


def _check_targets(table):
    """Return the targets as numbers, after checking that each is one, and is there at all."""
    names = list(table.frame.columns)
    values = np.column_stack([numbers(table, name, is_target=True) for name in names])
    check_finite(table, names, values, len(names))
    for name, column in zip(names, values.T, strict=True):
        if np.isnan(column).all():
            raise ValueError(
                f"y: column {in_words(name)} is missing everywhere; there is nothing to learn, or to "
                "compare with."
            )
    return values


def _check_same_index(table, given):
    if given.times is None or table.times is None:
        return
    if index_kind(given.times) != index_kind(table.times):
        raise TypeError(
            f"y: its index holds {index_kind(given.times)}, that of X {index_kind(table.times)}; use "
            "y.set_axis(X.index)."
        )
    differ = np.asarray(given.times != table.times)
    if table.form.panel and given.form.panel:
        ours, theirs = (np.repeat(t.keys, t.lengths) for t in (table, given))
        differ = differ | np.asarray(ours != theirs)
    if differ.any():
        raise ValueError(
            f"y: its index differs from that of X, first at {table.where(differ)}; use "
            "y = y.reindex(X.index)."
        )


def _targets_of_series(table, y):
    """Return one row of targets for each series, repeated for all its rows, and whether they were flat."""
    n_series = len(table.keys)
    if isinstance(y, pd.Series | pd.DataFrame):
        given = (y.to_frame("y" if y.name is None else y.name)) if y.ndim == 1 else y
        flat = y.ndim == 1
        if table.form.panel and len(y) == n_series and not y.index.equals(table.keys):
            wrong = int(np.argmax(np.asarray(y.index != table.keys)))
            raise ValueError(
                f"y: its index differs from the series of X, first at {in_words(table.keys[wrong])}; "
                "use y = y.reindex(X.index.get_level_values(0).unique())."
            )
    else:
        given = read_table(y, "y")
        given, flat = given.frame, _is_flat(given.form)
    if len(given) != n_series:
        raise ValueError(
            f"X and y have different lengths: X has {n_series} series and y has {len(given)} rows, but "
            "the head makes one answer of a series; give one row of y for each."
        )
    rows = given.iloc[np.repeat(np.arange(n_series), table.lengths)]
    return rows.set_axis(table.frame.index, axis=0), flat


def _is_flat(form):
    return (form.each or form).kind in ("vector", "series")
