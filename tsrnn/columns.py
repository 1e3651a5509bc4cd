"""Columns: which are targets, which are covariates and of what kind, and how all become numbers.

The columns of a panel stand in this order: targets, past covariates (known up to now), known ones (known for the steps
to come as well; a static column, constant within each series, is one of them, because its next value is its last).
"""

import difflib
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd


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
            _check_finite(table, values, names)
            return values
        values = np.full((len(frame), len(self.names)), np.nan)
        for i, name in enumerate(self.names):
            if name not in names:
                continue
            if name in self.categories:
                codes = pd.Index(self.categories[name]).get_indexer(_as_labels(frame[name]))
                values[:, i] = codes + 1
            else:
                values[:, i] = numbers(table, name, name in self.targets)
        _check_finite(table, values, self.names)
        return values

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
    known_future : list of names or None

    Returns
    -------
    Columns
    """
    names = list(table.frame.columns)
    targets = names if target is None else _as_names(target)
    known = [] if known_future is None else _as_names(known_future)
    if target is None and known:
        targets = [name for name in names if name not in known]
    for argument, wanted in (("target", targets), ("known_future", known)):
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ValueError(
                f"{argument}={missing[0]!r} is not a column of {table.argument}"
                + _did_you_mean(missing[0], names)
            )
    both = [name for name in known if name in targets]
    if both:
        raise ValueError(
            f"column {both[0]!r} is both target and known_future; a target's future is what is forecast."
        )
    if not targets:
        raise ValueError(f"{table.argument}: no target column is left of {names}; name one in target=.")
    for name in targets:
        numbers(table, name, is_target=True)
    others = [name for name in names if name not in targets and name not in known]
    static = [name for name in others if _is_static(table, name)]
    return Columns(
        targets=targets,
        past=[name for name in others if name not in static],
        known=known,
        static=static,
        categories={
            name: _categories(table, name) for name in [*others, *known] if _is_label(table.frame[name])
        },
    )


def numbers(table, name, is_target=False):
    """Return a column as float64, NaN where missing."""
    column = table.frame[name]
    role = "target column" if is_target else "column"
    if isinstance(column.dtype, np.dtype) and column.dtype == object:
        column = pd.to_numeric(column, errors="coerce").where(column.notna())
        bad = (column.isna() & table.frame[name].notna()).to_numpy()
        if bad.any():
            value = table.frame[name].iloc[int(np.argmax(bad))]
            raise TypeError(
                f"{table.argument}: {role} {name!r} holds {value!r} at {table.where(bad)}: argument must "
                "be a string or a number, and a target a number; convert it with pd.to_numeric."
            )
    if is_target and _is_label(column) and not pd.api.types.is_bool_dtype(column.dtype):
        raise TypeError(
            f"{table.argument}: {role} {name!r} is {column.dtype}, such as {column.iloc[0]!r}; a target "
            "must be numeric: convert it with pd.to_numeric, or name the target columns in target=."
        )
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise TypeError(
            f"{table.argument}: {role} {name!r} is {column.dtype}; make it a number, a category or drop it."
        )
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def require_columns(table, names):
    """Raise where a table lacks one of `names`, saying which."""
    missing = [name for name in names if name not in table.frame.columns]
    if missing:
        there = list(table.frame.columns)
        raise ValueError(
            f"{table.argument} lacks column {missing[0]!r}, which fit had"
            + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else "")
            + _did_you_mean(missing[0], there)
        )


def named_as(table, names):
    """Name the columns of an array `names`, and the only column of a Series: neither has names that need to agree."""
    form = table.form.each or table.form
    nameless = form.kind in ("array", "vector") or (form.kind == "series" and len(names) == 1)
    if not nameless or table.frame.shape[1] != len(names):
        return table
    return replace(table, frame=table.frame.set_axis(names, axis=1))


def check_targets_seen(table, columns, values):
    """Raise where a target, or a target of one series, holds no value at all."""
    for i, name in enumerate(columns.targets):
        seen = np.add.reduceat(~np.isnan(values[:, i]), table.offsets[:-1], dtype=np.int64)
        if (seen == 0).any():
            empty = np.repeat(seen == 0, table.lengths)
            place = "" if (seen == 0).all() else f" in {table.where(empty)}"
            raise ValueError(
                f"{table.argument}: target column {name!r} is missing everywhere{place}; there is nothing to "
                "forecast from. Drop the column or series, or fill in its values."
            )


def _check_finite(table, values, names):
    for i, name in enumerate(names):
        bad = np.isinf(values[:, i])
        if bad.any():
            raise ValueError(
                f"{table.argument}: column {name!r} is infinity at {table.where(bad)}; replace it by a number "
                "or by NaN, which is masked."
            )


def _as_names(value):
    return list(value) if isinstance(value, list | tuple | pd.Index | np.ndarray) else [value]


def _did_you_mean(name, names):
    close = difflib.get_close_matches(str(name), [str(n) for n in names], 1)
    return f"; did you mean {close[0]!r}?" if close else f"; it has {names[:8]}."


def _is_label(column):
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(dtype):
        return True
    return pd.api.types.is_string_dtype(dtype) and not pd.api.types.is_numeric_dtype(dtype)


def _as_labels(column):
    """Return a column as an Index of plain labels, so that "a" as text equals "a" as a category."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Index(column.cat.categories.astype(object).take(column.cat.codes)).where(
            column.notna(), None
        )
    return pd.Index(column.astype(object).where(column.notna(), None), dtype=object)


def _categories(table, name):
    labels = _as_labels(table.frame[name])
    return pd.Index(sorted(set(labels.dropna()), key=str), dtype=object)


def _is_static(table, name):
    codes, _ = pd.factorize(table.frame[name])
    firsts = np.repeat(codes[table.offsets[:-1]], table.lengths)
    return bool((codes == firsts).all())
