"""Labels: columns of text, categories, True and False, as codes."""

import numpy as np
import pandas as pd


def is_label(column):
    """Whether a covariate is a category: text, a pandas category, True and False, or objects that are no numbers."""
    dtype = column.dtype
    if pd.api.types.is_object_dtype(dtype):
        return pd.api.types.infer_dtype(column, skipna=True) in (
            "string",
            "boolean",
            "mixed-integer",
        )
    return isinstance(dtype, pd.CategoricalDtype) or bool(
        pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_string_dtype(dtype)
    )


def labels_of(column):
    """Return a column as an Index of plain labels, so that "a" as text equals "a" as a category; None is missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Index(column.cat.categories.astype(object).take(column.cat.codes)).where(
            column.notna(), None
        )
    return pd.Index(column.astype(object).where(column.notna(), None), dtype=object)


def categories_of(column):
    """Return the labels of a column, each once."""
    return pd.Index(sorted(set(labels_of(column).dropna()), key=str), dtype=object)


def codes_of(labels, categories):
    """Return the codes of labels, float64: i + 1 of category i, 0 of any other, NaN where a label is missing."""
    return np.where(labels.isna(), np.nan, categories.get_indexer(labels) + 1.0)


def kinds_differ(labels, categories):
    """Whether labels and categories have nothing in common but by mistake: some are text, and none of the others."""
    are_text = [{isinstance(label, str) for label in each} for each in (labels, categories)]
    return all(are_text) and not are_text[0] & are_text[1]
