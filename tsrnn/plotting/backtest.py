"""Forecasts from several past cutoffs over what happened."""

import numbers

import numpy as np
import pandas as pd

from tsrnn.clocks import infer_clock
from tsrnn.plotting import _canvas as canvas
from tsrnn.plotting._bands import draw_bands
from tsrnn.plotting._checks import check_count
from tsrnn.plotting._words import count, headline, number, panel_names, value_name

_NEEDED = ("series", "cutoff", "step", "time", "actual", "forecast")


class BacktestDisplay:
    """What happened, and each forecast from its cutoff on; one panel per series and target.

    Make it with :meth:`from_predictions`; :meth:`plot` draws it again.

    Parameters
    ----------
    frame : DataFrame
        What :func:`tsrnn.model_selection.backtest` returns: the columns `series`, `cutoff`, `step`,
        `time`, `actual`, `forecast`, maybe `target`, and one per quantile level.

    Attributes
    ----------
    ax_ : Axes, or ndarray of Axes
        The axes; the same array as `axes_` where there are several.
    axes_ : ndarray of Axes, shape (n_panels,)
    figure_ : Figure
    actual_lines_ : list of Line2D
        One per panel.
    forecast_lines_ : list of dict
        For each panel, the line of each cutoff.
    cutoff_lines_ : list of LineCollection
        One per panel.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.plotting import BacktestDisplay
    >>> frame = pd.DataFrame(
    ...     {
    ...         "series": "sales",
    ...         "cutoff": [3, 3, 5, 5],
    ...         "step": [1, 2, 1, 2],
    ...         "time": [4, 5, 6, 7],
    ...         "actual": [10.0, 12, 11, 13],
    ...         "forecast": [11.0, 11, 12, 12],
    ...     }
    ... )
    >>> display = BacktestDisplay.from_predictions(frame)
    >>> display.ax_.get_title()
    'sales: forecasts from 2 cutoffs, MAE 1.00'
    """

    def __init__(self, *, frame):
        self.frame = frame

    @classmethod
    def from_predictions(
        cls, frame, *, max_series=9, ax=None, actual_kw=None, forecast_kw=None, band_kw=None
    ):
        """Draw the result of a backtest.

        Parameters
        ----------
        frame : DataFrame
            See :class:`BacktestDisplay`.
        max_series, ax, actual_kw, forecast_kw, band_kw
            See :meth:`plot`.

        Returns
        -------
        BacktestDisplay

        Raises
        ------
        TypeError
            If `frame` is not a DataFrame.
        ValueError
            If a column is missing, or there are no rows.
        """
        _check_frame(frame)
        return cls(frame=frame).plot(
            ax,
            max_series=max_series,
            actual_kw=actual_kw,
            forecast_kw=forecast_kw,
            band_kw=band_kw,
        )

    def plot(self, ax=None, *, max_series=9, actual_kw=None, forecast_kw=None, band_kw=None):
        """Draw the display.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            Where to draw; None makes a figure. One Axes is divided where there are several panels.
        max_series : int, default=9
            Panels at most; the title says how many are not shown.
        actual_kw, forecast_kw : dict, default=None
            Arguments for ``Axes.plot``.
        band_kw : dict, default=None
            Arguments for ``Axes.fill_between``.

        Returns
        -------
        BacktestDisplay
            This display.
        """
        check_count("max_series", max_series, 1)
        rows_of = _split(self.frame)
        keys, shown = list(rows_of), list(rows_of.values())[:max_series]
        with canvas.calm_style():
            grid = canvas.Canvas(ax, len(shown))
            self.figure_, self.axes_, self.ax_ = grid.figure, grid.axes, grid.ax
            self.actual_lines_, self.forecast_lines_, self.cutoff_lines_ = [], [], []
            for each, rows in zip(self.axes_, shown, strict=True):
                self._draw(each, rows, actual_kw, forecast_kw, band_kw)
            notes = [f"MAE {number(_mae(rows))}" for rows in shown]
            times = pd.Index(self.frame["time"], name="time")
            grid.label(panel_names(keys)[:max_series], notes, times)
            grid.name_values(value_name(keys))
            grid.set_title(headline(keys, self._words(rows_of), len(shown)))
            grid.add_legend()
        return self

    def _draw(self, ax, rows, actual_kw, forecast_kw, band_kw):
        x, y = _actual(rows)
        style = {"color": canvas.ink(), "linewidth": 1.2, "label": "actual"} | _marks_alone(y)
        self.actual_lines_ += ax.plot(x, y, **canvas.with_kw(style, actual_kw))
        lines = {}
        for cutoff, run in rows.groupby("cutoff", sort=True):
            x = canvas.positions(pd.Index(run["time"]))
            style = {"color": canvas.BLUE, "label": "_" if lines else "forecast"}
            style |= {"marker": "o", "markersize": 3} if len(run) == 1 else {}
            levels = {level: run[level] for level in _levels(run)}
            (line,) = ax.plot(x, run["forecast"], **canvas.with_kw(style, forecast_kw))
            draw_bands(ax, x, levels, band_kw, labelled=not lines)
            lines[cutoff] = line
        self.forecast_lines_.append(lines)
        self.cutoff_lines_.append(_draw_cutoffs(ax, pd.Index(list(lines))))
        ax.margins(x=0.01)

    def _words(self, rows_of):
        n_cutoffs = max(rows["cutoff"].nunique() for rows in rows_of.values())
        words = f"forecasts from {count(n_cutoffs, 'cutoff')}"
        if len({target for _, target in rows_of}) > 1:
            return words  # errors of several units have no mean
        mean = "mean " if len(rows_of) > 1 else ""
        error = sum(map(_mae, rows_of.values())) / len(rows_of)
        return f"{words}, {mean}MAE {number(error)}"


def _check_frame(frame):
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"frame must be a DataFrame, as backtest returns it, got {type(frame).__name__}."
        )
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        raise ValueError(
            f"frame has no column {missing[0]!r}; give the result of "
            "tsrnn.model_selection.backtest."
        )
    if len(frame) == 0:
        raise ValueError("frame has no rows.")


def _split(frame):
    """Return the rows of each (series, target), in the order of the frame."""
    by = [frame["series"], frame["target"] if "target" in frame else frame["series"]]
    groups = dict(list(frame.groupby(by, sort=False, observed=True)))
    if "target" in frame:
        # Without a panel, backtest calls the series as the target.
        return {
            (None if series == target else series, target): rows
            for (series, target), rows in groups.items()
        }
    if len(groups) > 1:
        return {(series, None): rows for (series, _), rows in groups.items()}
    name = frame["series"].iloc[0]
    return {(None, None if isinstance(name, numbers.Integral) else name): frame}


def _draw_cutoffs(ax, cutoffs):
    return ax.vlines(
        canvas.positions(cutoffs),
        0,
        1,
        transform=ax.get_xaxis_transform(),
        color=canvas.GREY,
        alpha=0.5,
        linewidth=0.8,
        label="cutoff",
    )


def _actual(rows):
    """Return what happened by time, broken where no forecast was of the rows between two of them."""
    by_time = rows.groupby("time", sort=True).agg(
        actual=("actual", "first"), first=("cutoff", "min"), last=("cutoff", "max")
    )
    are_together = by_time["last"].to_numpy()[:-1] >= by_time["first"].to_numpy()[1:]
    breaks = 1 + np.flatnonzero(~are_together & _skips(rows, by_time))
    x = canvas.positions(by_time.index)
    return np.insert(x, breaks, x[breaks]), np.insert(
        by_time["actual"].to_numpy(float), breaks, np.nan
    )


def _marks_alone(values):
    """Return how to mark the values between two breaks, of which a line shows nothing."""
    seen = np.r_[False, ~np.isnan(values), False]
    alone = np.flatnonzero(seen[1:-1] & ~seen[:-2] & ~seen[2:])
    return {"marker": "o", "markersize": 3, "markevery": alone.tolist()} if len(alone) else {}


def _skips(rows, by_time):
    """Return for each time but the first whether it is more than a step after the one before it."""
    times = by_time.index
    has_steps = isinstance(times, pd.PeriodIndex) or times.dtype.kind in "iuM"
    clock = infer_clock(times.union(pd.Index(rows["cutoff"])).unique()) if has_steps else None
    if clock is None:
        return by_time["first"].to_numpy()[1:] > times.to_numpy()[:-1]
    apart, _ = clock.steps(times[1:], times[:-1])
    # Where all forecasts are of one step, and far from their cutoffs, a step of this clock may be several.
    first = rows.iloc[[0]]
    n_steps, _ = clock.steps(pd.Index(first["time"]), pd.Index(first["cutoff"]))
    return apart * first["step"].iloc[0] > n_steps[0]


def _levels(rows):
    return sorted(name for name in rows.columns if isinstance(name, float) and 0 < name < 1)


def _mae(rows):
    return float((rows["actual"] - rows["forecast"]).abs().mean())
