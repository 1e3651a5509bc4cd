"""Which rows of a series became input, target, validation or nothing, and the shape of a batch."""

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from sklearn.utils.validation import check_is_fitted

from tsrnn.plotting import _canvas as canvas
from tsrnn.plotting._window_rows import read_rows
from tsrnn.plotting._words import as_written, count, headline, shorten
from tsrnn.windows import ROLES, WindowPlan, row_roles

_COLORS = {
    "nothing": canvas.GREY,
    "input": canvas.BLUE,
    "target": canvas.ORANGE,
    "validation": canvas.GREEN,
}
_PADDING = {"facecolor": "none", "edgecolor": canvas.BLUE, "hatch": "////", "linewidth": 0}


class WindowDisplay:
    """A series coloured by the role of its rows, some of its windows, and one window enlarged.

    A row that serves several windows has the role that comes last in ``tsrnn.windows.ROLES``. Make
    it with :meth:`from_estimator` or :meth:`from_plan`; :meth:`plot` draws it again.

    Parameters
    ----------
    plan : WindowPlan
        Windows of one series.
    values : ndarray of float, shape (n_rows,)
    times : Index, length n_rows
    segment_size : int, default=1
        Rows per recurrent step.
    batch_size : int, default=None
        Windows in a batch; None leaves the number open.
    n_columns, n_targets : int, default=1
        Columns of the input and of the target.
    name : str, default=None
        Of the series.
    target : str, default=None
        What its values are; None takes `name`.

    Attributes
    ----------
    ax_, axes_ : ndarray of Axes, shape (3,)
        The series, example windows, one window enlarged.
    figure_ : Figure
    roles_ : ndarray of int8, shape (n_rows,)
        Role of each row, an index into ``tsrnn.windows.ROLES``.
    lines_ : dict of str to list of Line2D
        Stretches of the series, by role.
    windows_ : dict of str to (int, int, int)
        First input row, first target row and first row after the targets of each window drawn.
        Input rows below 0 are padding.

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn.plotting import WindowDisplay
    >>> from tsrnn.windows import plan_windows
    >>> plan = plan_windows(np.array([0, 40]), window_size=8, horizon=4, validation_fraction=0.2)
    >>> display = WindowDisplay.from_plan(plan, np.arange(40.0))
    >>> np.bincount(display.roles_).tolist()
    [0, 8, 24, 8]
    """

    def __init__(
        self,
        *,
        plan,
        values,
        times,
        segment_size=1,
        batch_size=None,
        n_columns=1,
        n_targets=1,
        name=None,
        target=None,
    ):
        self.plan = plan
        self.values = values
        self.times = times
        self.segment_size = segment_size
        self.batch_size = batch_size
        self.n_columns = n_columns
        self.n_targets = n_targets
        self.name = name
        self.target = target

    @classmethod
    def from_estimator(cls, estimator, X, y=None, *, series=None, ax=None, line_kw=None):
        """Draw what the rows of X are to a fitted forecaster.

        Parameters
        ----------
        estimator : forecaster
            Fitted.
        X : Series, DataFrame, ndarray, panel or list
            The rows that it was fitted with.
        y : Series, DataFrame or ndarray, default=None
            The targets, after ``fit(X, y)``.
        series : label, default=None
            Which series of a panel; None takes the first. Of a list, its position.
        ax, line_kw
            See :meth:`plot`.

        Returns
        -------
        WindowDisplay

        Raises
        ------
        NotFittedError
            If the forecaster is not fitted.
        TypeError
            If `estimator` is not a forecaster, or X of no accepted kind.
        ValueError
            If X has no such series, or `y` is missing or of another length.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "window_size_"):
            raise TypeError(
                "estimator must be a forecaster, with a window_size_; "
                f"{type(estimator).__name__} has none."
            )
        rows = read_rows(estimator, X, y, series)
        return cls.from_plan(
            rows.plan,
            rows.values,
            rows.times,
            segment_size=getattr(estimator, "segment_size_", 1),
            batch_size=rows.batch_size,
            n_columns=rows.n_columns,
            n_targets=rows.n_targets,
            name=rows.name,
            target="value" if rows.target is None else rows.target,
            ax=ax,
            line_kw=line_kw,
        )

    @classmethod
    def from_plan(
        cls,
        plan,
        values,
        times=None,
        *,
        segment_size=1,
        batch_size=None,
        n_columns=1,
        n_targets=1,
        name=None,
        target=None,
        ax=None,
        line_kw=None,
    ):
        """Draw a plan of windows.

        Parameters
        ----------
        plan : WindowPlan
            Windows of one series.
        values : array-like of float, shape (n_rows,)
        times : Index, default=None
            Time stamps of the rows; None numbers them.
        segment_size, batch_size, n_columns, n_targets, name, target
            See :class:`WindowDisplay`.
        ax, line_kw
            See :meth:`plot`.

        Returns
        -------
        WindowDisplay

        Raises
        ------
        TypeError
            If `plan` is not a WindowPlan.
        ValueError
            If it is not of one series, or `values` and `times` do not have its rows.
        """
        values = np.asarray(values, dtype=float)
        times = pd.RangeIndex(len(values)) if times is None else pd.Index(times)
        _check_plan(plan, values, times)
        display = cls(
            plan=plan,
            values=values,
            times=times,
            segment_size=segment_size,
            batch_size=batch_size,
            n_columns=n_columns,
            n_targets=n_targets,
            name=name,
            target=target,
        )
        return display.plot(ax, line_kw=line_kw)

    def plot(self, ax=None, *, line_kw=None):
        """Draw the display.

        Parameters
        ----------
        ax : Axes or array-like of 3 Axes, default=None
            Where to draw; None makes a figure, one Axes is divided.
        line_kw : dict, default=None
            Arguments for the ``Axes.plot`` of the series.

        Returns
        -------
        WindowDisplay
            This display.
        """
        self.roles_ = row_roles(self.plan, len(self.values))
        self.windows_ = _examples(self.plan)
        n_bars = max(1, len(self.windows_))
        layout = {"size": (8.5, 6.5), "shape": (3, 1), "height_ratios": [8, 1 + n_bars, 1.4]}
        with canvas.calm_style():
            panels = canvas.Canvas(ax, 3, **layout)
            self.figure_, self.axes_, self.ax_ = panels.figure, panels.axes, panels.ax
            self._draw_series(self.axes_[0], line_kw)
            self._draw_windows(self.axes_[1])
            self._draw_enlarged(self.axes_[2])
            panels.set_title(self._title())
            panels.add_legend(self._legend())
        return self

    def _draw_series(self, ax, line_kw):
        x = canvas.positions(self.times)
        borders = np.flatnonzero(np.diff(self.roles_)) + 1
        self.lines_ = {role: [] for role in ROLES}
        for first, end in zip([0, *borders], [*borders, len(x)], strict=True):
            role = ROLES[self.roles_[first]]
            stretch = slice(first, end + 1)  # one row more, so that the line has no gap
            style = canvas.with_kw({"color": _COLORS[role], "linewidth": 1.3}, line_kw)
            self.lines_[role] += ax.plot(x[stretch], self.values[stretch], **style)
        canvas.set_time_axis(ax, self.times)
        label = self.name if self.target is None else self.target
        ax.set_ylabel(as_written(shorten("value" if label is None else label, 30)))
        ax.margins(x=0.01)

    def _draw_windows(self, ax):
        edges = canvas.RowEdges(self.times)
        for y, (label, window) in enumerate(self.windows_.items()):
            targets = "validation" if "validation" in label else "target"
            _draw_bar(ax, y, window, edges, targets, self.segment_size, has_rows_before=False)
        ax.set_yticks(range(len(self.windows_)), list(self.windows_))
        ax.set_ylim(max(1, len(self.windows_)) - 0.4, -0.6)
        if not self.windows_:
            note = "too few rows for a window"
            ax.text(0.5, 0.5, note, ha="center", va="center", transform=ax.transAxes)
        ax.set_xlabel(canvas.time_label(self.times))
        ax.sharex(self.axes_[0])
        self.axes_[0].tick_params(labelbottom=False)
        ax.grid(visible=False)

    def _draw_enlarged(self, ax):
        window = (-self.plan.window_size, 0, self.plan.horizon)
        rows = canvas.RowEdges(pd.RangeIndex(2))
        _draw_bar(ax, 0, window, rows, "target", self.segment_size, has_rows_before=True)
        ax.set_yticks([0], ["one window"])
        ax.set_ylim(0.5, -0.5)
        ax.set_xlabel("rows from the first target")
        canvas.set_time_axis(ax, pd.RangeIndex(2))
        ax.margins(x=0.01)
        ax.set_title(self._batch(), fontsize=9.5, fontweight="normal")
        ax.grid(visible=False)

    def _title(self):
        words = f"{count(len(self.plan.train), 'training window')}"
        if len(self.plan.valid):
            words += f", {count(len(self.plan.valid), 'validation window')}"
        words += f" from {count(len(self.values), 'row')}"
        return headline([(None, self.name)], words, 1)

    def _batch(self):
        batch = "B" if self.batch_size is None else self.batch_size
        past = f"({batch}, {self.plan.window_size}, {self.n_columns})"
        target = f"({batch}, {self.plan.horizon}, {self.n_targets})"
        cut = f"; segments of {self.segment_size} rows" if self.segment_size > 1 else ""
        return f"one batch: past {past} → target {target}{cut}"

    def _legend(self):
        counts = np.bincount(self.roles_, minlength=len(ROLES))
        handles = [
            Patch(color=_COLORS[role], label=f"{role}: {count(n, 'row')}")
            for role, n in zip(ROLES, counts.tolist(), strict=True)
            if n
        ]
        if any(first < 0 for first, _, _ in self.windows_.values()):
            handles.append(Patch(**_PADDING, label="padding"))
        return handles


def _check_plan(plan, values, times):
    if not isinstance(plan, WindowPlan):
        raise TypeError(f"plan must be a WindowPlan, got {type(plan).__name__}.")
    if len(plan.train.starts) != 1:
        raise ValueError(
            f"plan must be of one series, got {len(plan.train.starts)}; plan each series alone, "
            "with offsets [0, n_rows]."
        )
    if len(values) != len(times):
        raise ValueError(f"values has {len(values)} rows and times has {len(times)}.")
    last_origins = [int(o.first[0] + o.counts[0]) - 1 for o in (plan.train, plan.valid) if len(o)]
    n_needed = max(last_origins) + plan.horizon if last_origins else 0
    if n_needed > len(values):
        raise ValueError(f"values has {len(values)} rows, but plan needs {n_needed}.")


def _examples(plan):
    """Return the first and the last window of training and validation."""
    windows = {}
    for kind, origins in (("training", plan.train), ("validation", plan.valid)):
        n = len(origins)
        for label, number in (("first", 0), ("last", n - 1))[: min(n, 2)]:
            origin = int(origins.rows(np.array([number]))[0][0])
            label = f"{label} {kind}" if n > 1 else f"only {kind}"
            windows[label] = (origin - plan.window_size, origin, origin + plan.horizon)
    return windows


def _draw_bar(ax, y, window, edges, target_role, segment_size, *, has_rows_before):
    first, origin, end = window
    known = first if has_rows_before else max(first, 0)
    parts = [
        (first, known, _PADDING),
        (known, origin, {"facecolor": _COLORS["input"]}),
        (origin, end, {"facecolor": _COLORS[target_role]}),
    ]
    for left, right, style in parts:
        if right > left:
            ax.barh(y, edges(right) - edges(left), left=edges(left), height=0.6, **style)
    cuts = np.r_[
        origin - np.arange(0, origin - known, segment_size)[1:],
        origin + np.arange(0, end - origin, segment_size),
    ]
    if segment_size > 1:
        ax.vlines(edges(cuts), y - 0.3, y + 0.3, color=ax.get_facecolor(), linewidth=0.6)
