"""The folds of a cross-validation over time: which rows train, which are left out, which are tested."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from sklearn.model_selection import check_cv

from tsrnn.clocks import infer_clock
from tsrnn.frames import read_table
from tsrnn.plotting import _canvas as canvas
from tsrnn.plotting._checks import check_count
from tsrnn.plotting._words import count, shorten, steps_in_words

_ROLES = ("left out", "train", "gap", "test")
_COLORS = {
    "train": canvas.BLUE,
    "gap": canvas.tint(canvas.GREY, 0.6, "white"),
    "test": canvas.ORANGE,
}


@dataclass(frozen=True)
class SplitPanel:
    """The roles of the rows of one series, and of the others whose rows have the same times and roles.

    `roles` (n_folds, n_rows) holds indices into ("left out", "train", "gap", "test").
    """

    names: list
    times: pd.Index
    roles: np.ndarray


class SplitDisplay:
    """Each fold of a cross-validation as a row of bars over time: train, gap and test.

    Series of a panel whose spans are unequal have a picture each. Make it with :meth:`from_splitter`;
    :meth:`plot` draws it again.

    Parameters
    ----------
    panels : list of SplitPanel
        One per picture.
    title : str
        What the folds have in common.

    Attributes
    ----------
    ax_ : Axes, or ndarray of Axes
        The axes; the same array as `axes_` where there are several.
    axes_ : ndarray of Axes, shape (n_panels,)
    figure_ : Figure
    bars_ : list of dict of str to list of (int, left, right)
        For each picture and role ("train", "gap", "test") the fold, counted from 1, and the first
        and the last time of each bar.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.model_selection import RollingOriginSplit
    >>> from tsrnn.plotting import SplitDisplay
    >>> df = pd.DataFrame({"load": 1.0}, pd.date_range("2024-01-01", periods=60, name="day"))
    >>> display = SplitDisplay.from_splitter(RollingOriginSplit(3, horizon=7), df)
    >>> display.ax_.get_title()
    '3 folds: 7 days tested, each after 39 to 53 days of training'
    """

    def __init__(self, *, panels, title):
        self.panels = panels
        self.title = title

    @classmethod
    def from_splitter(cls, cv, X, y=None, groups=None, *, max_series=9, ax=None, bar_kw=None):
        """Draw the folds that a splitter makes of X.

        Parameters
        ----------
        cv : splitter, int or iterable
            What ``cv=`` of :class:`~sklearn.model_selection.GridSearchCV` takes, such as
            :class:`~tsrnn.model_selection.RollingOriginSplit`.
        X : Series, DataFrame, ndarray or panel
            The rows to be split.
        y, groups : array-like, default=None
            For splitters that ask for them.
        max_series, ax, bar_kw
            See :meth:`plot`.

        Returns
        -------
        SplitDisplay

        Raises
        ------
        TypeError
            If X is a list of series, whose rows have no common number.
        ValueError
            If X is not in time order, or `cv` cannot split it.
        """
        if isinstance(X, list | tuple) and len(X) and hasattr(X[0], "shape"):
            raise TypeError(
                "X is a list of series, whose rows a splitter cannot number; join them with "
                "pd.concat, which makes a panel."
            )
        table = read_table(X)
        folds = list(check_cv(cv).split(X, y, groups))
        if not folds:
            raise ValueError(f"cv={cv!r} makes no fold of X.")
        roles = _roles(table, folds)
        display = cls(panels=_panels(table, roles), title=_title(table, roles))
        return display.plot(ax, max_series=max_series, bar_kw=bar_kw)

    def plot(self, ax=None, *, max_series=9, bar_kw=None):
        """Draw the display.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            Where to draw; None makes a figure. One Axes is divided where there are several pictures.
        max_series : int, default=9
            Pictures at most; the title says how many are not shown.
        bar_kw : dict, default=None
            Arguments for ``Axes.barh``.

        Returns
        -------
        SplitDisplay
            This display.
        """
        check_count("max_series", max_series, 1)
        shown = self.panels[:max_series]
        hidden = len(self.panels) - len(shown)
        note = f"\n({hidden:,} of {len(self.panels):,} not shown)" if hidden else ""
        with canvas.calm_style():
            grid = canvas.Canvas(ax, len(shown))
            self.figure_, self.axes_, self.ax_ = grid.figure, grid.axes, grid.ax
            self.bars_ = [
                _draw(each, panel, bar_kw) for each, panel in zip(self.axes_, shown, strict=True)
            ]
            _share_time(self.axes_)
            grid.label(
                [_name(panel) for panel in shown],
                [_tested(panel) for panel in shown],
                shown[0].times,
            )
            grid.name_values("fold")
            grid.set_title(self.title + note)
            grid.add_legend(_legend(self.axes_))
        return self


def _roles(table, folds):
    """Return the role of each row of the table in each fold, shape (n_folds, rows)."""
    roles = np.zeros((len(folds), len(table.frame)), dtype=np.int8)
    for fold, (train, test) in enumerate(folds):
        of_user = np.zeros(len(table.frame), dtype=np.int8)
        of_user[train] = _ROLES.index("train")
        of_user[test] = _ROLES.index("test")
        roles[fold] = of_user if table.order is None else of_user[table.order]
        for first, end in zip(table.offsets[:-1], table.offsets[1:], strict=True):
            _mark_gap(roles[fold, first:end])
    return roles


def _mark_gap(roles):
    """Mark the rows that are left out between the training rows of a series and its test rows."""
    train, test = (np.flatnonzero(roles == _ROLES.index(role)) for role in ("train", "test"))
    if len(train) and len(test) and train[-1] < test[0]:
        roles[train[-1] + 1 : test[0]] = _ROLES.index("gap")


def _panels(table, roles):
    """Return a panel for all series whose rows have the same times and roles, in the order of the table."""
    times = pd.RangeIndex(len(table.frame)) if table.times is None else table.times
    alike = {}
    for key, first, end in zip(table.keys, table.offsets[:-1], table.offsets[1:], strict=True):
        panel = SplitPanel([key], times[first:end], roles[:, first:end])
        stamps = np.asarray(panel.times.asi8 if hasattr(times, "asi8") else panel.times)
        known = alike.setdefault((stamps.tobytes(), panel.roles.tobytes()), panel)
        if known is not panel:
            known.names.append(key)
    return list(alike.values())


def _title(table, roles):
    """Say how many steps are tested after how many of training, or that a fold trains on what comes later."""
    times = pd.RangeIndex(len(table.frame)) if table.times is None else table.times
    n_folds = count(len(roles), "fold")
    series = f"{len(table.keys):,} series, " if len(table.keys) > 1 else ""
    order = times.asi8 if hasattr(times, "asi8") else times.to_numpy()
    stamps = [[np.unique(order[row == role]) for row in roles] for role in range(len(_ROLES))]
    _, train, gap, test = stamps
    late = sum(a[-1] > b[0] for a, b in zip(train, test, strict=True) if len(a) and len(b))
    if late:
        return f"{series}{n_folds}: {late} of them trained on rows later than the first one tested"
    clock = None if table.times is None else infer_clock(table.times, table.lengths)
    words = f"{series}{n_folds}: {_from_to(test, clock)} tested, "
    words += f"{'each ' if len(roles) > 1 else ''}after {_from_to(train, clock)} of training"
    n_left_out = {len(stamps) for stamps in gap}
    return words if n_left_out == {0} else f"{words} and a gap of {max(n_left_out):,}"


def _from_to(stamps, clock):
    sizes = {len(each) for each in stamps}
    least = "" if len(sizes) == 1 else f"{min(sizes):,} to "
    return least + steps_in_words(clock, max(sizes))


def _draw(ax, panel, bar_kw):
    """Draw a row of bars for each fold, and return their ends by role."""
    edges = canvas.RowEdges(panel.times)
    bars = {role: [] for role in _COLORS}
    n_folds, n_rows = panel.roles.shape
    # What the series has, behind what the folds take from it.
    folds = np.arange(1, n_folds + 1)
    whole = {"left": edges(0), "height": 0.12, "color": canvas.GREY, "alpha": 0.3}
    ax.barh(folds, edges(n_rows) - edges(0), **whole)
    for fold, roles in zip(folds, panel.roles, strict=True):
        borders = [0, *np.flatnonzero(np.diff(roles)) + 1, n_rows]
        for first, end in itertools.pairwise(borders):
            role = _ROLES[roles[first]]
            if role not in bars:
                continue
            style = {"color": _COLORS[role], "height": 0.7, "label": role}
            ax.barh(
                fold,
                edges(end) - edges(first),
                left=edges(first),
                **canvas.with_kw(style, bar_kw, Patch),
            )
            bars[role].append((int(fold), panel.times[first], panel.times[end - 1]))
    ax.set_yticks(folds if n_folds <= 12 else folds[:: -(-n_folds // 12)])
    ax.set_ylim(n_folds + 0.6, 0.4)  # the earliest fold on top
    ax.grid(visible=False)
    return bars


def _share_time(axes):
    """Give all axes the span of all of them, so that series which start late or end early look so."""
    limits = np.array([ax.get_xlim() for ax in axes])
    first, last = limits[:, 0].min(), limits[:, 1].max()
    for ax in axes:
        ax.set_xlim(first, last)


def _name(panel):
    others = len(panel.names) - 1
    name = shorten(panel.names[0], 20)
    return f"{name} and {others:,} like it" if others else name


def _tested(panel):
    tested = int((panel.roles == _ROLES.index("test")).any(1).sum())
    return f"tested in {tested} of {len(panel.roles)}"


def _legend(axes):
    """Return one handle for each role that is drawn."""
    handles = {}
    for ax in axes:
        for container in ax.containers:
            if container.get_label() in _COLORS:
                handles.setdefault(container.get_label(), container)
    return [handles[role] for role in _COLORS if role in handles]
