"""y as labels, one for each step, and answers in the form that y had."""

from dataclasses import dataclass, replace
from itertools import chain
from numbers import Real

import numpy as np
import pandas as pd

from tsrnn.tokens._steps import check_sequences

#: The number of a missing label, and of one that is not among the classes.
NO_LABEL, NEW_LABEL = -1, -2


@dataclass(frozen=True)
class Form:
    """How labels were given, so that answers come alike.

    `each` is the type of one label sequence (str, list, tuple or ndarray), `whole` that of all of
    them (list, Series or ndarray), `name` that of a Series; `matrix` says that they were the rows of one.
    """

    each: type
    whole: type
    name: object = None
    matrix: bool = True

    def of(self, labels, lengths, index=None):
        """Return labels in this form.

        Parameters
        ----------
        labels : ndarray of shape (steps,)
            Those of all sequences, end to end.
        lengths : ndarray of int, shape (n,)
        index : Index or None
            That of a Series.

        Returns
        -------
        list, Series or ndarray of n sequences
        """
        parts = np.split(labels, np.cumsum(lengths)[:-1])
        if self.each is str:
            parts = ["".join(part) for part in parts]
        elif self.each is not np.ndarray:
            parts = [self.each(part.tolist()) for part in parts]
        if self.whole is list:
            return parts
        if self.whole is pd.Series:
            return pd.Series(parts, index=index, name=self.name, dtype=object)
        if self.each is str or (self.matrix and len(set(lengths.tolist())) == 1):
            return np.array(parts)
        rows = np.empty(len(parts), dtype=object)
        # At once they would be taken for a matrix where they are of one length.
        for i, part in enumerate(parts):
            rows[i] = part
        return rows


@dataclass(frozen=True)
class Labels:
    """The labels of n sequences, end to end.

    `values` (steps,) are strings, booleans or numbers; where `missing` (steps,) is True they mean
    nothing.
    """

    values: np.ndarray
    missing: np.ndarray
    lengths: np.ndarray
    form: Form

    def classes(self):
        """Return the different labels, sorted."""
        return np.unique(self.values[~self.missing])

    def numbered(self, classes):
        """Return the number of each label among `classes`, `NO_LABEL` or `NEW_LABEL`, (steps,)."""
        numbers = {label: number for number, label in enumerate(classes.tolist())}
        found = [numbers.get(label, NEW_LABEL) for label in self.values.tolist()]
        return np.where(self.missing, NO_LABEL, np.array(found, dtype=np.int64))

    def require_known(self, numbers, classes):
        """Refuse labels that are not among the classes of an earlier fit."""
        new = np.flatnonzero(numbers == NEW_LABEL)
        if len(new):
            label = self.values[new[0]].item()
            raise ValueError(
                f"{self.place(new[0])} is {label!r}, but the first fit had the labels "
                f"{classes.tolist()}; set warm_start=False to begin anew."
            )

    def place(self, step):
        """Say where in y a step is, counted through all sequences."""
        row = int(np.searchsorted(np.cumsum(self.lengths), step, side="right"))
        return f"y[{row}][{step - self.lengths[:row].sum()}]"


def read_labels(y, lengths):
    """Read the labels of sequences.

    Parameters
    ----------
    y : list, Series or array of n strings or label sequences
        None or NaN in a label sequence is a step without a label.
    lengths : ndarray of int, shape (n,)
        Steps of each sequence of X.

    Returns
    -------
    Labels

    Raises
    ------
    TypeError, ValueError
    """
    sequences = check_sequences(y, "y")
    _check_lengths(sequences, lengths)
    form = _form(y, sequences)
    flat = list(chain.from_iterable(sequences))
    missing = np.array([_is_missing(label) for label in flat], dtype=bool)
    if missing.all():
        what = "every label of y is missing" if flat else "every sequence of X is empty"
        raise ValueError(f"{what}; give at least one label to learn from or to compare with.")
    filler = flat[int(np.argmin(missing))]
    known = [filler if gone else label for label, gone in zip(flat, missing, strict=True)]
    kinds = [_kind(label) for label in known]
    labels = Labels(np.fromiter(known, dtype=object, count=len(known)), missing, lengths, form)
    if len(set(kinds)) > 1 or kinds[0] is None:
        _refuse_kinds(labels, kinds)
    if kinds[0] == "a string":
        _refuse_nul(labels)
    return replace(labels, values=np.array(known))


def _check_lengths(sequences, lengths):
    """Refuse labels that are not as many as the steps."""
    if len(sequences) != len(lengths):
        raise ValueError(
            f"X has {len(lengths)} sequences, but y has {len(sequences)}; give each sequence its "
            "labels."
        )
    for i, (sequence, length) in enumerate(zip(sequences, lengths.tolist(), strict=True)):
        if len(sequence) != length:
            raise ValueError(
                f"X[{i}] has {length} steps, but y[{i}] has {len(sequence)} labels; give each step "
                "one."
            )


def _form(y, sequences):
    """Return the form of y, whose sequences must be all strings or none."""
    of_strings = isinstance(sequences[0], str)
    for i, sequence in enumerate(sequences):
        if isinstance(sequence, str) != of_strings:
            raise TypeError(
                f"y[{i}] is a {type(sequence).__name__}, but y[0] is a "
                f"{type(sequences[0]).__name__}; give all labels as strings, or all as lists."
            )
    whole = next((kind for kind in (np.ndarray, pd.Series) if isinstance(y, kind)), list)
    first = next(iter(y))
    each = next((kind for kind in (str, tuple, np.ndarray) if isinstance(first, kind)), list)
    return Form(each, whole, getattr(y, "name", None), getattr(y, "ndim", 1) == 2)


def _is_missing(label):
    return label is None or label is pd.NA or (isinstance(label, Real) and label != label)


def _kind(label):
    """Name the kind of a label; None where it is none."""
    if isinstance(label, str):
        return "a string"
    if isinstance(label, bool | np.bool_):
        return "a boolean"
    return "a number" if isinstance(label, Real) else None


def _refuse_nul(labels):
    """Refuse a label whose end would be lost: arrays of strings fill up with NUL characters, and drop them."""
    for step, label in enumerate(labels.values):
        if label.endswith("\0"):
            raise ValueError(
                f"{labels.place(step)} is {label!r}, but a label cannot end in a NUL character; use another one."
            )


def _refuse_kinds(labels, kinds):
    """Name the first label that is of no kind, or not of the kind of the first one."""
    if None in kinds:
        step = kinds.index(None)
        label = labels.values[step]
        raise TypeError(
            f"{labels.place(step)} is {label!r}, a {type(label).__name__}; labels are strings, "
            "numbers or booleans."
        )
    first = int(np.argmin(labels.missing))
    step = next(i for i, kind in enumerate(kinds) if kind != kinds[first])
    raise TypeError(
        f"{labels.place(step)} is {labels.values[step]!r}, {kinds[step]}, but "
        f"{labels.place(first)} is {labels.values[first]!r}, {kinds[first]}; labels must be of one "
        "kind."
    )
