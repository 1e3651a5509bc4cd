"""Columns of numbers in a file: text among them is named with its row."""

import pandas as pd

#: Share of a column's values that are numbers once a comma counts as a point, where it is no text.
_NEARLY_ALL = 0.9
_CURE = "with a point for decimals and nothing between thousands"


def check_numbers(values, option, path):
    """Raise where a target holds text, or a covariate numbers that are written with a comma.

    Parameters
    ----------
    values : Series
        A column of the file; text in a covariate is a category.
    option : str
        That named the column.
    path : pathlib.Path

    Raises
    ------
    ValueError
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        return
    if option == "--target":
        raise ValueError(
            f"{path}: column {values.name!r} (--target) holds text: "
            f"{first_in_words(values, _is_text(values))}. A forecast needs numbers, {_CURE}; leave "
            "a missing value empty."
        )
    there = values.dropna().astype(str)
    has_comma = there.str.contains(",")
    if has_comma.any() and (~_is_text(there.str.replace(",", "."))).mean() >= _NEARLY_ALL:
        with_comma = values.astype(str).str.contains(",") & values.notna()
        raise ValueError(
            f"{path}: column {values.name!r} ({option}) holds {first_in_words(values, with_comma)}, "
            f"so its values would be categories. If they are numbers, write them {_CURE}."
        )


def check_same_kind(future, known, path, known_path):
    """Raise where the steps to come have text in a column that holds numbers before.

    Parameters
    ----------
    future, known : Series
        A column of the file with the steps to come, in the rows of the file, and of the other one.
    path, known_path : pathlib.Path
        Their files.

    Raises
    ------
    ValueError
    """
    if not pd.api.types.is_numeric_dtype(known.dtype):
        return
    bad = _is_text(future)
    if known.dtype == bool:
        bad &= ~future.astype(str).str.lower().isin(["true", "false"])
    if bad.any():
        raise ValueError(
            f"{path}: column {future.name!r} (--known-future) holds text: "
            f"{first_in_words(future, bad)}. It holds numbers in {known_path}; write them here "
            f"too, {_CURE}."
        )


def _is_text(values):
    """Where a column holds what is no number."""
    return values.notna() & pd.to_numeric(values, errors="coerce").isna()


def first_in_words(values, bad):
    """The first bad value in words, and where it is."""
    row = int(bad.to_numpy().argmax())
    value = values.iloc[row]
    shown = "nothing" if pd.isna(value) else repr(value) if isinstance(value, str) else value
    return f"{shown} in row {row + 1} below the header"
