"""A forecast beside the history it follows."""

import numpy as np

from tsrnn.plotting import _canvas as canvas
from tsrnn.plotting._bands import by_level, draw_bands
from tsrnn.plotting._checks import check_count, check_forecaster
from tsrnn.plotting._curves import read_curves
from tsrnn.plotting._panels import mean_mase, read_panels
from tsrnn.plotting._words import headline, number, panel_names, steps_in_words, value_name


class ForecastDisplay:
    """History, forecast, quantile bands and what came true, one panel per series and target.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; :meth:`plot` draws it again.

    Parameters
    ----------
    history : Series, DataFrame, ndarray, panel or list
        The rows before the forecast; columns that are not forecast are ignored.
    forecast : Series, DataFrame, ndarray, panel or list
        The point forecast. An array takes the steps after `history`.
    y_true : Series, DataFrame, ndarray, panel or list, default=None
        What came true, in rows of the forecast.
    quantiles : DataFrame, list or dict, default=None
        One column per level, or two-level columns (target, level); or a dict from level to a
        forecast of any kind.
    season_length : int, default=None
        Rows per season. Adds the MASE to the error in the title.

    Attributes
    ----------
    ax_ : Axes, or ndarray of Axes
        The axes; the same array as `axes_` where there are several.
    axes_ : ndarray of Axes, shape (n_panels,)
    figure_ : Figure
    history_lines_, forecast_lines_, y_true_lines_ : list of Line2D
        One per panel; `y_true_lines_` is empty without `y_true`.
    bands_ : list of dict
        For each panel, the artist of each interval, by (low, high), and of each level without a
        partner.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.plotting import ForecastDisplay
    >>> months = pd.period_range("2024-01", periods=6, freq="M", name="month")
    >>> sales = pd.Series([3.0, 4, 5, 3, 4, 5], index=months, name="sales")
    >>> display = ForecastDisplay.from_predictions(sales[:4], sales[4:], y_true=sales[4:] + 1)
    >>> display.ax_.get_title()
    'sales: the next 2 months, MAE 1.00'
    """

    def __init__(self, *, history, forecast, y_true=None, quantiles=None, season_length=None):
        self.history = history
        self.forecast = forecast
        self.y_true = y_true
        self.quantiles = quantiles
        self.season_length = season_length

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        y_true=None,
        steps=None,
        future=None,
        quantiles=None,
        history_rows=None,
        max_series=9,
        ax=None,
        history_kw=None,
        forecast_kw=None,
        y_true_kw=None,
        band_kw=None,
    ):
        """Forecast from the end of X and draw it.

        Parameters
        ----------
        estimator : forecaster
            Fitted; a search or pipeline is not one, its ``best_estimator_`` or last step is.
        X : Series, DataFrame, ndarray, panel or list
            The rows before the forecast.
        y_true : same kind as X, default=None
            What came true.
        steps : int, default=None
            Rows to forecast. None: as many as `y_true` has, else the forecaster's ``horizon_``.
        future : DataFrame, default=None
            Known-future covariates of the forecast rows.
        quantiles : list of float, default=None
            Levels to draw as bands.
        history_rows, max_series, ax, history_kw, forecast_kw, y_true_kw, band_kw
            See :meth:`plot`.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        NotFittedError
            If the forecaster is not fitted.
        TypeError
            If `estimator` is not a forecaster.
        """
        check_forecaster(estimator)
        if steps is None and y_true is not None:
            steps = max(map(len, read_curves(y_true, "y_true").by_key.values()))
        given = {"history": X} | ({} if future is None else {"future": future})
        forecast = estimator.forecast(steps, **given)
        if quantiles is not None:
            levels = sorted(float(level) for level in quantiles)  # as forecast answers
            answer = estimator.forecast(steps, **given, quantiles=levels)
            quantiles = by_level(answer, levels)
        return cls.from_predictions(
            _targets_of(X, estimator),
            forecast,
            y_true=_targets_of(y_true, estimator),
            quantiles=quantiles,
            season_length=getattr(estimator, "season_length_", None),
            history_rows=history_rows,
            max_series=max_series,
            ax=ax,
            history_kw=history_kw,
            forecast_kw=forecast_kw,
            y_true_kw=y_true_kw,
            band_kw=band_kw,
        )

    @classmethod
    def from_predictions(
        cls,
        history,
        forecast,
        *,
        y_true=None,
        quantiles=None,
        season_length=None,
        history_rows=None,
        max_series=9,
        ax=None,
        history_kw=None,
        forecast_kw=None,
        y_true_kw=None,
        band_kw=None,
    ):
        """Draw a forecast that was made before.

        Parameters
        ----------
        history, forecast, y_true, quantiles, season_length
            See :class:`ForecastDisplay`.
        history_rows, max_series, ax, history_kw, forecast_kw, y_true_kw, band_kw
            See :meth:`plot`.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        ValueError
            If series, columns or rows do not match, or time stamps are unsorted.
        TypeError
            If an argument is of no accepted kind or holds text.
        """
        display = cls(
            history=history,
            forecast=forecast,
            y_true=y_true,
            quantiles=quantiles,
            season_length=season_length,
        )
        return display.plot(
            ax,
            history_rows=history_rows,
            max_series=max_series,
            history_kw=history_kw,
            forecast_kw=forecast_kw,
            y_true_kw=y_true_kw,
            band_kw=band_kw,
        )

    def plot(
        self,
        ax=None,
        *,
        history_rows=None,
        max_series=9,
        history_kw=None,
        forecast_kw=None,
        y_true_kw=None,
        band_kw=None,
    ):
        """Draw the display.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            Where to draw; None makes a figure. One Axes is divided where there are several panels.
        history_rows : int, default=None
            Last rows of history to draw. None: six times the forecast's, at least 100.
        max_series : int, default=9
            Panels at most; the title says how many are not shown.
        history_kw, forecast_kw, y_true_kw : dict, default=None
            Arguments for ``Axes.plot``.
        band_kw : dict, default=None
            Arguments for ``Axes.fill_between``.

        Returns
        -------
        ForecastDisplay
            This display.
        """
        check_count("history_rows", history_rows, 0, allow_none=True)
        check_count("max_series", max_series, 1)
        levels = {} if self.quantiles is None else by_level(self.quantiles)
        panels = read_panels(self.history, self.forecast, self.y_true, levels)
        shown = panels[:max_series]
        kw = {"history": history_kw, "forecast": forecast_kw, "y_true": y_true_kw, "band": band_kw}
        with canvas.calm_style():
            grid = canvas.Canvas(ax, len(shown))
            self.figure_, self.axes_, self.ax_ = grid.figure, grid.axes, grid.ax
            self.history_lines_, self.forecast_lines_ = [], []
            self.y_true_lines_, self.bands_ = [], []
            for each, panel in zip(self.axes_, shown, strict=True):
                self._draw(each, panel, history_rows, kw)
            keys = [panel.key for panel in panels]
            notes = [None if p.truth is None else f"MAE {number(p.mae)}" for p in shown]
            grid.label(panel_names(keys)[:max_series], notes, shown[0].history.index)
            grid.name_values(value_name(keys))
            grid.set_title(headline(keys, self._words(panels), len(shown)))
            grid.add_legend()
        return self

    def _draw(self, ax, panel, history_rows, kw):
        n_rows = max(6 * len(panel.forecast), 100) if history_rows is None else history_rows
        history = panel.history.iloc[max(0, len(panel.history) - n_rows) :]
        join = history.iloc[-1:] if panel.joins else history.iloc[:0]
        observed = {"color": canvas.ink(), "linewidth": 1.2}
        style = canvas.with_kw(observed, kw["history"])
        self.history_lines_.append(_line(ax, history, "history", style))
        if panel.truth is not None:
            style = canvas.with_kw(observed | {"marker": "o", "markersize": 2.5}, kw["y_true"])
            _lead(ax, join, panel.truth, style)
            self.y_true_lines_.append(_line(ax, panel.truth, "truth", style))
        style = canvas.with_kw({"color": canvas.BLUE, "linewidth": 1.8}, kw["forecast"])
        _lead(ax, join, panel.forecast, style)
        self.forecast_lines_.append(_line(ax, panel.forecast, "forecast", style))
        self.bands_.append(_draw_bands(ax, panel, join, kw["band"]))
        ax.margins(x=0.01)

    def _words(self, panels):
        first = panels[0]
        span = steps_in_words(first.clock, len(first.forecast))
        is_next = all(panel.joins for panel in panels)
        words = f"the next {span.removeprefix('1 ')}" if is_next else f"forecast of {span}"
        if first.truth is None:
            return words
        mean = "mean " if len(panels) > 1 else ""
        if len({panel.key[1] for panel in panels}) == 1:  # errors of several units have no mean
            words += f", {mean}MAE {number(np.mean([panel.mae for panel in panels]))}"
        scaled = np.nan if self.season_length is None else mean_mase(panels, self.season_length)
        return words if np.isnan(scaled) else f"{words}, {mean}MASE {number(scaled)}"


def _targets_of(data, estimator):
    """Return the target columns of arrays that hold covariates too; frames have names for that."""
    if isinstance(data, list):
        return [_targets_of(each, estimator) for each in data]
    targets = list(getattr(estimator, "target_names_", []))
    has_covariates = (
        isinstance(data, np.ndarray)
        and data.ndim == 2
        and data.shape[1] == getattr(estimator, "n_features_in_", None) != len(targets)
    )
    return data[:, targets] if has_covariates else data


def _line(ax, curve, label, style):
    if len(curve) == 1:
        style = {"marker": "o", "markersize": 4} | style
    (line,) = ax.plot(canvas.positions(curve.index), curve.to_numpy(), **{"label": label} | style)
    return line


def _lead(ax, join, curve, style):
    """Draw the step from the last row of history to the first of a forecast."""
    if len(join):
        ends = join.index.append(curve.index[:1])
        style = style | {"marker": "", "label": "_join"}
        ax.plot(canvas.positions(ends), [join.iloc[0], curve.iloc[0]], **style)


def _draw_bands(ax, panel, join, band_kw):
    """Draw bands that open at the last row of history."""
    x = canvas.positions(join.index.append(panel.forecast.index))
    levels = {q: np.concatenate([join, curve]) for q, curve in panel.levels.items()}
    return draw_bands(ax, x, levels, band_kw)
