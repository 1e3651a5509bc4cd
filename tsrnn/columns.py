"""Columns: which are targets, which are covariates and of what kind, and how all become numbers.

The columns of a panel stand in this order: targets, past covariates (known up to now), known ones (known for the steps
to come as well; a static column, constant within each series, is one of them, because its next value is its last).
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd

from tsrnn.clocks import looks_like_date
from tsrnn.labels import categories_of, codes_of, is_label, kinds_differ, labels_of
from tsrnn.messages import did_you_mean, in_words, listed, warn


@dataclass
class Columns:
    """The columns of a fit and how each becomes numbers.

    `categories` maps a coded column to its categories; code 0 is unknown, code i+1 is category i. `centre` and `scale`
    standardise the other covariates, see `learn_scale`.
    """

    targets: list
    past: list
    known: list
    static: list
    categories: dict
    centre: np.ndarray = field(default_factory=lambda: np.zeros(0))
    scale: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def names(self):
        return [*self.targets, *self.past, *self.known, *self.static]

    @property
    def covariates(self):
        return self.names[len(self.targets) :]

    @property
    def cardinalities(self):
        """For each covariate the number of its categories, 0 for a number."""
        return tuple(len(self.categories.get(name, ())) for name in self.covariates)

    @property
    def known_slice(self):
        """Where in a panel's values the columns stand whose future is known."""
        return slice(len(self.targets) + len(self.past), len(self.names))

    def encode(self, table, names=None):
        """Return columns of a table as numbers.

        Parameters
        ----------
        table : tsrnn.frames.Table
        names : list, optional
            The columns that must be there; all by default. Others come out missing.

        Returns
        -------
        ndarray of float64, shape (rows, C)

        Raises
        ------
        TypeError, ValueError
            Where a column is missing from the table, of the wrong kind, or infinite.
        """
        names = self.names if names is None else names
        require_columns(table, names)
        frame = table.frame
        if names == list(frame.columns) == self.names and (frame.dtypes == np.float64).all():
            values = frame.to_numpy()  # one block of floats needs no copy
            check_finite(table, names, values, len(self.targets))
            return values
        values = np.full((len(frame), len(self.names)), np.nan)
        for i, name in enumerate(self.names):
            if name not in names:
                continue
            if name in self.categories:
                values[:, i] = self._codes(table, name)
            else:
                values[:, i] = numbers(table, name, is_target=name in self.targets)
        check_finite(table, self.names, values, len(self.targets))
        return values

    def _codes(self, table, name):
        """Return the codes of a category column; a label that fit did not see is unknown, a missing one NaN."""
        column, categories = table.frame[name], self.categories[name]
        if column.isna().all():
            return np.full(len(column), np.nan)
        if not pd.api.types.is_numeric_dtype(column.dtype) and not is_label(column):
            numbers(table, name)  # says what it holds
        labels = labels_of(column)
        seen = labels.dropna().unique()
        if kinds_differ(seen, categories):
            is_number = pd.api.types.is_numeric_dtype(column.dtype)
            holds = f"numbers ({column.dtype})" if is_number else _kind_of(seen[0])
            raise TypeError(
                f"{_subject(table, name)} holds {holds}, but held {_kind_of(categories[0])} in fit, such as "
                f"{in_words(categories[0])}; give the same kind."
            )
        return codes_of(labels, categories)

    def forget_unseen(self, values, training):
        """Make unknown the categories that no training row holds, and recode `values` (rows, C) in place.

        Nothing could be learned about them, so they must not be told apart.
        """
        for i, name in enumerate(self.names):
            if name in self.categories:
                codes = np.arange(1, len(self.categories[name]) + 1)
                seen = np.isin(codes, training[:, i])
                if not seen.all():
                    recoded = np.concatenate([[0.0], np.where(seen, np.cumsum(seen), 0.0)])
                    there = ~np.isnan(values[:, i])
                    values[there, i] = recoded[values[there, i].astype(int)]
                    self.categories[name] = self.categories[name][seen]

    def learn_scale(self, training, raw=False):
        """Learn the mean and spread of the covariates from the training rows (rows, C); `raw` leaves them as is."""
        covariates = training[:, len(self.targets) :]
        self.centre, self.scale = np.zeros(covariates.shape[1]), np.ones(covariates.shape[1])
        for i, cardinality in enumerate(self.cardinalities):
            if cardinality or raw:
                continue
            column = covariates[:, i]
            column = column[~np.isnan(column)]
            spread = column.std() if len(column) else 0.0
            self.centre[i] = column.mean() if len(column) else 0.0
            # A column that never varied taught the network nothing; it must not move a forecast later.
            self.scale[i] = 1 / spread if spread > 1e-12 * (1 + abs(self.centre[i])) else 0.0

    def standardise(self, covariates):
        """Return the covariates (..., C - T) on the scale that the network sees."""
        return (covariates - self.centre) * self.scale


def learn_columns(table, target=None, known_future=None):
    """Sort the columns of a table into roles.

    Parameters
    ----------
    table : tsrnn.frames.Table
    target : name, list of names or None
        None: every column is a target.
    known_future : name, list of names or None

    Returns
    -------
    Columns

    Raises
    ------
    TypeError, ValueError
        Where a name is not that of a column or stands in both lists, or a column is of a kind that has no role.
    """
    names = list(table.frame.columns)
    known = named_columns("known_future", known_future, table)
    targets = [name for name in names if name not in known]
    if target is not None:
        targets = named_columns("target", target, table)
    both = [name for name in known if name in targets]
    if both:
        raise ValueError(
            f"column {in_words(both[0])} is both target and known_future, but the future of a target is what is "
            "forecast; leave it out of one of them."
        )
    if not targets:
        given = (
            f"target={target!r} names no column"
            if target is not None
            else "known_future names every column"
        )
        raise ValueError(
            f"{given}, so nothing is left to forecast; {table.argument} has {listed(names)}."
        )
    for name in targets:
        numbers(table, name, is_target=True, is_named=target is not None)
    others = [name for name in names if name not in targets and name not in known]
    for name in [*others, *known]:
        if not is_label(table.frame[name]):
            numbers(table, name)
    static = [name for name in others if _is_static(table, name)]
    return Columns(
        targets=targets,
        past=[name for name in others if name not in static],
        known=known,
        static=static,
        categories={
            name: categories_of(table.frame[name])
            for name in [*others, *known]
            if is_label(table.frame[name])
        },
    )


def named_columns(parameter, value, table):
    """Return a parameter that names columns as a list, None as none, or raise where one is not there."""
    if value is None:
        return []
    there = list(table.frame.columns)
    is_list = isinstance(value, list | tuple | pd.Index | np.ndarray)
    names = (
        list(value) if is_list and not (isinstance(value, tuple) and value in there) else [value]
    )
    for i, name in enumerate(names):
        try:
            hash(name)
        except TypeError:
            raise TypeError(
                f"{parameter}={value!r} must be the name of a column or a list of names."
            ) from None
        if name not in there:
            raise ValueError(
                f"{parameter}={in_words(name)} is not a column of {table.argument}{did_you_mean(name, there)}"
            )
        names[i] = name = there[there.index(name)]  # True equals 1
        if name in names[:i]:
            raise ValueError(f"{parameter}={value!r} names {in_words(name)} twice.")
    return names


def numbers(table, name, *, is_target=False, is_named=True):
    """Return a column as float64, NaN where missing.

    Parameters
    ----------
    table : tsrnn.frames.Table
    name : column name
    is_target, is_named : bool
        Whether the column is a target, and whether the user said so; for messages.

    Raises
    ------
    TypeError
        Where it holds something else.
    """
    column = table.frame[name]
    if column.dtype == object:
        column = _of_objects(column)
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(
        column.dtype
    ):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    subject = _subject(table, name, "target column" if is_target else "column")
    what, cure = _what_else(table, name, column)
    if is_target and not is_named and table.frame.shape[1] > 1:
        cure = f"name the columns to forecast in target=; else {cure}"
    raise TypeError(f"{subject} holds {what}; {cure}.")


#: What pandas calls objects that are numbers.
_NUMBERS = ("integer", "floating", "decimal", "mixed-integer-float", "boolean", "empty")


def _of_objects(column):
    """Return a column of objects with the dtype that they have in common, as it is where they have none."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in _NUMBERS or (kind.startswith("mixed") and not _no_numbers(column).any()):
        return column.where(column.notna(), np.nan).astype(np.float64)
    return column.infer_objects()


def _what_else(table, name, column):
    """Say in words what a column holds that is not a number, and how it becomes one."""
    dtype, is_frame = column.dtype, (table.form.each or table.form).kind == "frame"
    its = f"df[{in_words(name)}]" if is_frame else table.argument
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        index = f"df.set_index({in_words(name)})" if is_frame else "pd.Series(values, index=dates)"
        return f"dates ({dtype})", f"make them the index, as in {index}"
    if isinstance(dtype, pd.CategoricalDtype):
        return (
            f"categories ({dtype.categories.dtype})",
            f"make them numbers with {its}.astype(float)",
        )
    if pd.api.types.is_timedelta64_dtype(dtype):
        return f"lengths of time ({dtype})", f"make them numbers with {its}.dt.total_seconds()"
    if not pd.api.types.is_object_dtype(dtype) and not pd.api.types.is_string_dtype(dtype):
        return f"values of the kind {dtype}", "make them numbers, such as real and imaginary parts"
    bad = _no_numbers(column)
    value = column.iloc[int(np.argmax(bad))]
    if not isinstance(value, str):
        what = f"a {type(value).__name__}, {value!r} at {table.where(bad)}"
        return what, "an argument must be a string or a number, and a target a number"
    what = f"text, {value!r} at {table.where(bad)}"
    if looks_like_date(pd.Index([value])):
        return what, f"if these are the times of the rows, use df.set_index(pd.to_datetime({its}))"
    return what, f"use pd.to_numeric({its}, errors='coerce'), which makes NaN of what is no number"


def _kind_of(label):
    return "text" if isinstance(label, str) else f"labels of the kind {type(label).__name__}"


def _no_numbers(column):
    """Return in which rows of a column of objects something else than a number stands, ndarray of bool."""
    are = [isinstance(value, Real | Decimal) for value in column]
    return ~np.array(are, dtype=bool) & column.notna().to_numpy()


def _subject(table, name, role="column"):
    """Begin a message on a column; what has but one column without a name is meant as a whole."""
    return table.argument if _is_nameless(table) else f"{table.argument}: {role} {in_words(name)}"


def _is_nameless(table):
    form = table.form.each or table.form
    return form.kind == "vector" or (form.kind == "series" and form.name is None)


def require_columns(table, names):
    """Raise where a table lacks one of `names`, saying which."""
    missing = [name for name in names if name not in table.frame.columns]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise ValueError(
            f"{table.argument} lacks column {in_words(missing[0])}, which fit had{more}"
            f"{did_you_mean(missing[0], list(table.frame.columns))}"
        )


def named_as(table, names, owner=None):
    """Name the columns of an array `names`, and the only column of a Series: neither has names that need to agree.

    With `owner`, the estimator in words, those of a frame as well, after a fit without names; then it warns.
    """
    form = table.form.each or table.form
    if table.frame.shape[1] != len(names):
        return table
    if form.kind == "frame":
        if owner is None or not _are_named_anew(list(table.frame.columns), names):
            return table
        warn(f"{table.argument} has feature names, but {owner} was fitted without feature names")
    return replace(table, frame=table.frame.set_axis(names, axis=1))


def _are_named_anew(given, names):
    """Return whether columns have names where those of the fit have numbers, and nowhere else another one."""
    own_place = all(a == b or a not in names for a, b in zip(given, names, strict=True))
    numbered = any(isinstance(name, int | np.integer) for name in names)
    return own_place and numbered and all(isinstance(name, str) for name in given)


def check_targets_seen(table, names, values):
    """Raise where a target, or a target of one series, holds no value at all.

    Parameters
    ----------
    table : tsrnn.frames.Table
    names : list
        The targets, which are the first columns of `values`.
    values : ndarray of float64, shape (rows, at least T)
    """
    for i, name in enumerate(names):
        seen = ~np.isnan(values[table.offsets[1:] - 1, i])  # nearly always enough
        if not seen.all():
            seen = np.logical_or.reduceat(~np.isnan(values[:, i]), table.offsets[:-1])
        if not seen.all():
            place = f" in {table.which(~seen)}" if seen.any() else ""
            raise ValueError(
                f"{_subject(table, name, 'target column')} is missing everywhere{place}, so there is nothing to "
                f"forecast from; fill in its values, or drop the {'series' if place else 'column'}."
            )


#: Targets are squared in float32, which ends at 3e38, and summed over a window.
_LARGEST = 1e17


def check_finite(table, names, values, n_targets=0):
    """Raise where a column of `values` (rows, C) is infinite, or one of the first `n_targets` too large."""
    for i, name in enumerate(names):
        with np.errstate(over="ignore", invalid="ignore"):
            squares = values[:, i] @ values[:, i]
        if squares <= _LARGEST**2:
            continue  # told by one look; where a value is missing it is NaN, which is not
        extremes = -np.fmin.reduce(values[:, i]), np.fmax.reduce(values[:, i])
        if not max(extremes) > _LARGEST:  # both are NaN where all is missing
            continue
        infinite = np.isinf(values[:, i])
        if infinite.any():
            raise ValueError(
                f"{_subject(table, name)} is infinite at {table.where(infinite)}; correct it, or mark it as missing "
                "(NaN), which is masked."
            )
        large = np.abs(values[:, i]) > _LARGEST
        if i < n_targets and large.any():
            raise ValueError(
                f"{_subject(table, name, 'target column')} is {values[np.argmax(large), i]:g} at {table.where(large)}, "
                f"beyond the {_LARGEST:g} that can be computed with; give it in a larger unit, such as billions."
            )


def _is_static(table, name):
    codes, _ = pd.factorize(table.frame[name])
    firsts = np.repeat(codes[table.offsets[:-1]], table.lengths)
    return bool((codes == firsts).all())
