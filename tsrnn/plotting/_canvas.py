"""What every picture shares: colours, a grid of panels with one title and legend, a time axis."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cbook import normalize_kwargs
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from tsrnn.plotting._words import as_written, shorten, wrap

# Okabe and Ito (2008): told apart by every kind of colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
GREY = "#8A8A8A"
# Of shares from 0 to 1, and of numbers on both sides of 0.
SHARES = LinearSegmentedColormap.from_list("shares", ["white", BLUE])
SIGNED = LinearSegmentedColormap.from_list("signed", [ORANGE, "white", BLUE])

_STYLE = {
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 9.5,
    "figure.titlesize": 11.5,
    "figure.titleweight": "bold",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.solid_joinstyle": "round",
}
_SMALL_TITLE = {"fontsize": 9.5, "fontweight": "normal", "pad": 4}
_POINTS_PER_CHARACTER = 7.2  # of a bold title


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


def with_kw(style, kw, artist=Line2D):
    """Return a style overridden by the caller's keywords, in whatever spelling ("lw")."""
    return style | normalize_kwargs(kw, artist)


class Canvas:
    """Panels to draw on: a new figure, the caller's axes, or panels in the place of one axes.

    Parameters
    ----------
    ax : Axes, array-like of Axes or None
        None makes a figure. One Axes is drawn on, or divided where there are several panels.
    n_panels : int
    size : (float, float), optional
        Width and height in inches of a new figure.
    shape : (int, int), optional
        Rows and columns of the grid; by default few columns of wide panels.
    height_ratios : list of float, optional
        Of the rows.

    Attributes
    ----------
    figure : Figure
    axes : ndarray of Axes, shape (n_panels,)
    """

    def __init__(self, ax, n_panels, *, size=None, shape=None, height_ratios=None):
        self._header = self._own = None
        self.axes = self._make_axes(ax, n_panels, size, shape, height_ratios)
        self.figure = self.axes[0].figure

    def _make_axes(self, ax, n_panels, size, shape, height_ratios):
        n_rows, n_columns = shape or _grid_shape(n_panels)
        if ax is None:
            size = size or _figure_size(n_rows, n_columns)
            self._own = plt.figure(figsize=size, layout="constrained")
            grid = self._own.add_gridspec(n_rows, n_columns, height_ratios=height_ratios)
        elif not isinstance(ax, Axes) or n_panels == 1:
            return _given_axes(ax, n_panels)
        else:
            self._header, place = _split_off_header(ax, n_panels)
            space = None if ax.figure.get_layout_engine() else 0.7
            grid = place.subgridspec(n_rows, n_columns, height_ratios=height_ratios, hspace=space)
        axes = grid.subplots(squeeze=False).ravel()
        for spare in axes[n_panels:]:
            spare.remove()
        for each in axes[:n_panels]:
            _make_calm(each)
        return axes[:n_panels]

    @property
    def ax(self):
        """The only panel, or the array of all."""
        return self.axes[0] if len(self.axes) == 1 else self.axes

    def set_title(self, title):
        """Title the picture; the panels of a caller's array have their own titles alone."""
        if len(self.axes) == 1:
            pad = None if self._own is None else 26  # leaves room for the legend
            self.axes[0].set_title(as_written(_fit(title, self.axes[0])), pad=pad)
        elif self._own is not None:
            self._own.suptitle(as_written(wrap(title)))
        elif self._header is not None:
            self._header.set_title(as_written(_fit(title, self._header)), y=0.7)

    def add_legend(self, handles=None):
        """Put one legend for all panels beside the data, or where the caller's axes have room."""
        if handles is None:
            handles, _ = self.axes[0].get_legend_handles_labels()
        row = {"handles": handles, "ncols": len(handles)}
        if self._header is not None:
            self._header.legend(**row | {"ncols": 3}, loc="upper center", bbox_to_anchor=(0.5, 0.7))
        elif self._own is None:
            self.axes[0].legend(handles=handles, loc="best", frameon=True, framealpha=0.8)
        elif len(self.axes) == 1:
            place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.2}
            self.axes[0].legend(**row, **place)
        else:
            self.figure.legend(**row, loc="outside lower center")

    def label(self, names, notes, index):
        """Label the time axes, and the panels where there are several.

        Parameters
        ----------
        names, notes : list of str or None, length n_panels
            Titles of small multiples, and what to add to each.
        index : Index
            Of the time axis.
        """
        for i, (ax, name, note) in enumerate(zip(self.axes, names, notes, strict=True)):
            set_time_axis(ax, index, max_ticks=9 if self._n_columns == 1 else 5)
            if i + self._n_columns >= len(self.axes):
                ax.set_xlabel(time_label(index))
            if len(self.axes) > 1:
                title = as_written(shorten(name, 30))
                ax.set_title(title if note is None else f"{title}, {note}", **_SMALL_TITLE)

    def name_values(self, name):
        """Label the y axes of the first column."""
        width = 36 if len(self.axes) == 1 else 20
        for ax in self.axes[:: self._n_columns]:
            ax.set_ylabel("" if name is None else as_written(shorten(name, width)))

    @property
    def _n_columns(self):
        grid = self.axes[0].get_gridspec()
        return len(self.axes) if grid is None else min(grid.ncols, len(self.axes))


def _grid_shape(n_panels):
    n_columns = 1 if n_panels <= 3 else 2 if n_panels <= 6 else 3
    return -(-n_panels // n_columns), n_columns


def _figure_size(n_rows, n_columns):
    if n_rows * n_columns == 1:
        return 8.5, 4.5
    return (8.5 if n_columns < 3 else 11), 1.2 + 2.0 * n_rows


def _given_axes(ax, n_panels):
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if not all(isinstance(each, Axes) for each in axes):
        raise TypeError(f"ax must be a matplotlib Axes or an array of them, got {ax!r}.")
    if len(axes) < n_panels:
        raise ValueError(f"ax has {len(axes)} axes, but {n_panels} are needed.")
    return axes[:n_panels]


def _split_off_header(ax, n_panels):
    """Return an empty axes for title and legend, and the place below it for panels."""
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            f"ax has no place in a grid, so it cannot hold {n_panels} panels; make it with "
            "plt.subplots, or give an array of axes."
        )
    ax.set_axis_off()
    above, below = place.subgridspec(2, 1, height_ratios=[1, 5])
    header = ax.figure.add_subplot(above)
    header.set_axis_off()
    return header, below


def _make_calm(ax):
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=8.5)


def _fit(title, ax):
    """Break a title into lines that are not wider than its axes."""
    points = 72 * ax.get_window_extent().width / ax.figure.dpi
    return wrap(title, max(20, int(points / _POINTS_PER_CHARACTER)))


def positions(index):
    """Return where the stamps of an index lie on an axis: dates in UTC, or numbers."""
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex) and index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return index.to_numpy()


def add_scale(ax, mesh):
    """Put the scale of a mesh's colours beside it, inside the space that is there."""
    place = ax.inset_axes([1.012, 0, 0.012, 1])
    bar = ax.figure.colorbar(mesh, cax=place)
    bar.outline.set_visible(False)
    low, high = mesh.get_clim()
    bar.set_ticks([low, (low + high) / 2, high])
    bar.ax.tick_params(labelsize=7, length=2, pad=2)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}")


class RowEdges:
    """Where the cells of rows meet on an axis; rows outside the series go on evenly."""

    def __init__(self, times):
        x = positions(times)
        self._at = date2num(x) if np.issubdtype(x.dtype, np.datetime64) else x.astype(float)

    def __call__(self, rows):
        step = (self._at[-1] - self._at[0]) / max(1, len(self._at) - 1) or 1.0
        centre = np.asarray(rows) - 0.5
        inside = np.interp(centre, np.arange(len(self._at)), self._at)
        before, after = np.minimum(centre, 0), np.maximum(centre - (len(self._at) - 1), 0)
        return inside + step * (before + after)


def set_time_axis(ax, index, *, max_ticks=9):
    """Format the x axis for an index: dates in their own zone, or whole numbers."""
    if not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        ax.xaxis.set_major_locator(MaxNLocator(max_ticks, integer=True, min_n_ticks=1))
        ax.xaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        return
    zone = getattr(index, "tz", None)
    # With few ticks, three of one unit and a few of the next smaller one leave lengths that have neither.
    locator = AutoDateLocator(tz=zone, minticks=3 if max_ticks >= 7 else 2, maxticks=max_ticks)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))


def time_label(index):
    """Return the label of a time axis: the index's name, and the zone of its stamps."""
    zone = getattr(index, "tz", None)
    if index.name is None and pd.api.types.is_integer_dtype(index.dtype):
        return "row"
    name = "" if index.name is None else as_written(index.name)
    if zone is None:
        return name
    return f"{name} ({zone})" if name else str(zone)
