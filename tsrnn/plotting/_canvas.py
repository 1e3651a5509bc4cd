"""What every picture shares: colours, a grid of small multiples, and an axis for any clock."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from tsrnn.plotting._words import shorten

# Okabe and Ito (2008): told apart by every kind of colour vision.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
GREY = "#8A8A8A"

_STYLE = {
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 9.5,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.solid_joinstyle": "round",
}


def calm_style():
    """Return a context in which pictures are drawn; the caller's rcParams come back after it."""
    return plt.rc_context(_STYLE)


def ink():
    """Return the colour of what was observed: that of text, so that dark styles stay legible."""
    return plt.rcParams["text.color"]


def tint(color, strength, background):
    """Blend a colour into its background: 1 is the colour, 0 the background."""
    return to_hex(
        strength * np.array(to_rgb(color)) + (1 - strength) * np.array(to_rgb(background))
    )


def make_axes(ax, n_panels, *, size=None, shape=None, height_ratios=None, sharex=False):
    """Return the figure and axes to draw on, and whether they were made here.

    Parameters
    ----------
    ax : Axes, array-like of Axes or None
        None makes a figure. One Axes is drawn on, or divided where there are several panels.
    n_panels : int
    size : (float, float), optional
        Width and height in inches of a new figure.
    shape : (int, int), optional
        Rows and columns of the grid; by default wide panels in few columns.

    Returns
    -------
    figure : Figure
    axes : ndarray of Axes, shape (n_panels,)
    is_own : bool
    """
    n_rows, n_columns = shape or _grid_shape(n_panels)
    grid = {"squeeze": False, "sharex": sharex, "height_ratios": height_ratios}
    if ax is None:
        figure = plt.figure(figsize=size or _figure_size(n_rows, n_columns), layout="constrained")
        axes = figure.subplots(n_rows, n_columns, **grid).ravel()
    elif not isinstance(ax, Axes):
        axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
        if not all(isinstance(each, Axes) for each in axes):
            raise TypeError(f"ax must be a matplotlib Axes or an array of them, got {ax!r}.")
        if len(axes) < n_panels:
            raise ValueError(f"ax has {len(axes)} axes, but {n_panels} are needed.")
        return axes[0].figure, axes[:n_panels], False
    elif n_panels == 1:
        return ax.figure, np.array([ax]), False
    else:
        figure, axes = ax.figure, _divide(ax, n_rows, n_columns, grid)
    for spare in axes[n_panels:]:
        spare.remove()
    for each in axes[:n_panels]:
        _make_calm(each)
    return figure, axes[:n_panels], ax is None


def _grid_shape(n_panels):
    n_columns = 1 if n_panels <= 3 else 2 if n_panels <= 6 else 3
    return -(-n_panels // n_columns), n_columns


def _figure_size(n_rows, n_columns):
    if n_rows * n_columns == 1:
        return 8.5, 4.5
    return (8.5 if n_columns < 3 else 11), 1.2 + 2.0 * n_rows


def _divide(ax, n_rows, n_columns, grid):
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            f"ax has no place in a grid, so it cannot hold {n_rows * n_columns} panels; "
            "make it with plt.subplots, or give an array of axes."
        )
    ax.set_axis_off()
    inner = place.subgridspec(n_rows, n_columns, height_ratios=grid["height_ratios"], hspace=0.5)
    return inner.subplots(squeeze=False, sharex=grid["sharex"]).ravel()


def _make_calm(ax):
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=8.5)


def one_or_all(axes):
    """Return the only one of `axes`, or all of them."""
    return axes[0] if len(axes) == 1 else axes


def add_legend(figure, axes, is_own, handles=None):
    """Put one legend where it covers no data: beside new axes, or inside the caller's."""
    if handles is None:
        handles, _ = axes[0].get_legend_handles_labels()
    if not is_own:
        axes[0].legend(handles=handles, loc="best", frameon=True, framealpha=0.8)
    elif len(axes) == 1:
        axes[0].legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=len(handles),
            borderaxespad=0.2,
        )
    else:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def set_title(figure, axes, is_own, title, ax):
    """Title the picture as a whole; single axes leave room for the legend."""
    if len(axes) == 1:
        axes[0].set_title(title, pad=26 if is_own else None)
    elif is_own:
        figure.suptitle(title)
    elif isinstance(ax, Axes):
        ax.set_title(title, pad=24)


def label_panels(axes, names, notes, index):
    """Name each panel: a single one on its y axis, small multiples above, with a note on each.

    Parameters
    ----------
    axes : ndarray of Axes, shape (n_panels,)
    names, notes : list of str or None, length n_panels
    index : Index
        Of the time axis.
    """
    grid = axes[0].get_gridspec()
    n_columns = len(axes) if grid is None else grid.ncols
    for i, (ax, name, note) in enumerate(zip(axes, names, notes, strict=True)):
        set_time_axis(ax, index, max_ticks=9 if n_columns == 1 else 5)
        if i + n_columns >= len(axes):
            ax.set_xlabel(time_label(index))
        if len(axes) == 1:
            ax.set_ylabel("value" if name is None else shorten(name, 40))
        else:
            words = [shorten(name, 30)] + ([] if note is None else [note])
            ax.set_title(", ".join(words), fontsize=9.5, fontweight="normal", pad=4)


def positions(index):
    """Return where the stamps of an index lie on an axis: dates in UTC, or numbers."""
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return index.to_numpy()


def set_time_axis(ax, index, *, max_ticks=9):
    """Format the x axis for an index: dates in their own zone, or whole numbers."""
    if not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        ax.xaxis.set_major_locator(MaxNLocator(max_ticks, integer=True))
        ax.xaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        return
    zone = getattr(index, "tz", None)
    locator = AutoDateLocator(tz=zone, minticks=3, maxticks=max_ticks)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))


def time_label(index):
    """Return the label of a time axis: the index's name, and the zone of its stamps."""
    zone = getattr(index, "tz", None)
    if index.name is None and pd.api.types.is_integer_dtype(index.dtype):
        return "row"
    name = "" if index.name is None else str(index.name)
    return name if zone is None else f"{name} ({zone})".strip()
