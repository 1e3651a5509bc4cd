"""Forecast the steps after a series: from the end of the fit or of other rows, rolled as far as asked."""

from dataclasses import replace

from tsrnn.columns import check_targets_seen
from tsrnn.forecasting.context import join, last_windows
from tsrnn.forecasting.parameters import check_levels
from tsrnn.forecasting.reading import read_rows
from tsrnn.frames import check_steps, forecast_frame


def forecast_ahead(fit, fitted, steps, history, future, quantiles):
    """Forecast as `RecurrentForecaster.forecast` says.

    Parameters
    ----------
    fit : tsrnn.forecasting.fitting.Fit
    fitted : tsrnn.forecasting.data.FitData
        Its panel the last rows of the fit.
    steps, history, future, quantiles : see `RecurrentForecaster.forecast`

    Returns
    -------
    Series, DataFrame, ndarray or list
    """
    rollout, window_size = fit.rollout, fit.settings.window_size
    steps = rollout.horizon if steps is None else check_steps(steps)
    levels = None if quantiles is None else check_quantiles(rollout, quantiles)
    if fitted.ready:
        raise ValueError(
            "forecast needs the rows of a series, but fit had ready windows; use predict(windows), or fit "
            "on the series itself."
        )
    columns, form, before = rollout.columns, fitted.form, fitted.panel
    panel, zone = before, None
    if history is not None:
        names = (
            [*columns.targets, *fitted.feature_names] if fitted.exogenous else fitted.feature_names
        )
        table, panel = read_rows(fit, fitted, history, "history", names, columns.names)
        form = table.form
        named = form.panel and fitted.form.panel
        before, _ = join(fitted.panel, panel, window_size, named=named)
        check_targets_seen(replace(table, offsets=before.offsets), columns.targets, before.values)
        zone = table.zone
    known = fitted.future(future, panel, steps, form)
    past = last_windows(before, window_size)
    rollout.transform.warn_of_low(past[:, :, : len(columns.targets)])
    values = rollout.roll(past, known, steps, levels)
    return forecast_frame(values, form, panel, fitted.target_names, levels, zone)


def check_quantiles(rollout, quantiles):
    """Return quantile levels as an ascending list, or raise where the fit does not give them."""
    levels, trained = check_levels(quantiles), rollout.levels
    if trained and not (trained[0] <= levels[0] and levels[-1] <= trained[-1]):
        raise ValueError(
            f"quantiles={quantiles!r} reach beyond the levels of the fit, {trained[0]} to {trained[-1]}, which "
            "is not known from them; fit with quantiles=... that span these."
        )
    if not trained and rollout.residuals is None:
        raise ValueError(
            "quantiles come from the errors on held-out rows, but none were held out, or some target is missing in all "
            "of them; fit with more rows or a validation_fraction above 0, or with loss='quantile'."
        )
    return levels
