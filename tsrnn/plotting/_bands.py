"""Quantile forecasts as nested bands."""

from numbers import Real

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection

from tsrnn.plotting import _canvas as canvas


def by_level(quantiles, levels=None):
    """Split quantile forecasts into one forecast per level.

    Parameters
    ----------
    quantiles : DataFrame, ndarray, list of these, or dict
        DataFrame with one column per level or two-level columns (target, level); array whose last
        axis are the `levels`; a dict is split already.
    levels : list of float, optional

    Returns
    -------
    dict of float to Series, DataFrame, ndarray or list
        Ascending levels.
    """
    if isinstance(quantiles, dict):
        return {_check_level(level): quantiles[level] for level in sorted(quantiles)}
    if isinstance(quantiles, list) and len(quantiles):
        parts = [by_level(each, levels) for each in quantiles]
        return {level: [part[level] for part in parts] for level in parts[0]}
    if isinstance(quantiles, np.ndarray) and levels is not None:
        return {float(level): quantiles[..., i] for i, level in enumerate(levels)}
    if not isinstance(quantiles, pd.DataFrame):
        raise TypeError(
            "quantiles must be a DataFrame with one column per level, or a dict from level to "
            f"forecast, got {type(quantiles).__name__}."
        )
    if quantiles.columns.nlevels == 2:
        found = sorted(quantiles.columns.unique(1), key=_check_level)
        return {float(level): quantiles.xs(level, axis=1, level=1) for level in found}
    return {float(level): quantiles[level] for level in sorted(quantiles, key=_check_level)}


def _check_level(level):
    if isinstance(level, Real) and 0 < level < 1:
        return float(level)
    raise ValueError(
        f"quantiles: the columns must be levels, numbers between 0 and 1, got {level!r}."
    )


def pair_levels(levels):
    """Pair levels into central intervals.

    Returns
    -------
    pairs : list of (low, high)
        The widest first.
    lone : list of float
        Levels without a partner, the median left out: the point forecast shows the middle.

    Examples
    --------
    >>> pair_levels([0.05, 0.1, 0.5, 0.75, 0.9, 0.95])
    ([(0.05, 0.95), (0.1, 0.9)], [0.75])
    """
    by_distance = {round(level, 9): level for level in levels}
    pairs = [
        (low, by_distance[round(1 - low, 9)])
        for low in sorted(levels)
        if low < 0.5 and round(1 - low, 9) in by_distance
    ]
    paired = {level for pair in pairs for level in pair}
    return pairs, [level for level in sorted(levels) if level not in paired and level != 0.5]


def share_in_words(share):
    """Write a share in per cent.

    Examples
    --------
    >>> share_in_words(0.8), share_in_words(0.975)
    ('80 %', '97.5 %')
    """
    return f"{round(100 * share, 4):g} %"


def draw_bands(ax, x, levels, band_kw, *, labelled=True):
    """Draw nested intervals, the widest lightest, and dashed lines for levels without a partner.

    Parameters
    ----------
    ax : Axes
    x : ndarray, shape (steps,)
    levels : dict of float to array-like, shape (steps,)
    band_kw : dict or None
        Arguments for ``Axes.fill_between``.
    labelled : bool
        Whether the bands appear in a legend.

    Returns
    -------
    dict
        Artists by (low, high), or by level.
    """
    pairs, lone = pair_levels(levels)
    artists = {}
    for i, (low, high) in enumerate(pairs):
        strength = 0.2 + 0.32 * i / max(2, len(pairs) - 1)
        style = {
            "facecolor": canvas.tint(canvas.BLUE, strength, ax.get_facecolor()[:3]),
            "linewidth": 0,
            "zorder": 1.5 + i / 100,
            "label": share_in_words(high - low) if labelled else None,
        }
        style = canvas.with_kw(style, band_kw, PolyCollection)
        artists[low, high] = ax.fill_between(x, levels[low], levels[high], **style)
    for level in lone:
        label = f"{share_in_words(level)} quantile" if labelled else None
        (artists[level],) = ax.plot(
            x, levels[level], color=canvas.BLUE, linewidth=1, linestyle="--", label=label
        )
    return artists
