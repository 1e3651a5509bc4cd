"""What held-out rows say of a fit: how far it misses, and whether naive forecasts miss by less."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.utils.validation import check_is_fitted

from tsrnn.forecasting.choices import lags_within
from tsrnn.forecasting.difficulty import changes_over
from tsrnn.forecasting.evidence import design_effect
from tsrnn.forecasting.rollout import run
from tsrnn.forecasting.spread import error_quantiles
from tsrnn.messages import in_words, warn
from tsrnn.nn.scale import fill_gaps
from tsrnn.nn.skips import SeasonalSkip

#: Windows forecast at once, and the share of the series' own movement below which a forecast stands still.
_CHUNK, _STILL = 512, 0.1


@dataclass(frozen=True)
class HeldOut:
    """Mean absolute errors on held-out windows, each divided by its window's scale, shape (T,) each.

    `moved` is how far the forecasts go from the last value, over how far the series did.
    """

    n_windows: int
    network: np.ndarray
    naive: np.ndarray
    seasonal_naive: np.ndarray
    moved: np.ndarray

    def frame(self, targets):
        """Return one row per target."""
        best = np.minimum(self.naive, self.seasonal_naive)
        with np.errstate(divide="ignore", invalid="ignore"):
            skill = 1 - self.network / best
        columns = {
            "n_windows": self.n_windows,
            "network": self.network,
            "naive": self.naive,
            "seasonal_naive": self.seasonal_naive,
            "skill": skill,
            "moved": self.moved,
        }
        return pd.DataFrame(columns, index=pd.Index(targets, name="target"))


def examine(fit, windows, at_most):
    """Forecast held-out windows and measure the errors.

    Parameters
    ----------
    fit : tsrnn.forecasting.fitting.Fit
    windows : tsrnn.windows.Windows
    at_most : int
        Windows to look at, evenly spread over all.

    Returns
    -------
    errors : ndarray of float64, shape (N, H, T, Q), or None
        Value less forecast over the window's scale, NaN where there is no value or no scale; None without windows.
    changes : ndarray of float64, shape (N, n_lags, T), or None
        See `tsrnn.forecasting.difficulty.changes_over`.
    held_out : HeldOut or None
    """
    if not len(windows):
        return None, None, None
    rollout, season = fit.rollout, fit.settings.season_length
    lag = season if season <= windows.window_size else fit.settings.skip_lag
    numbers, lags = windows.origins.spread(at_most), lags_of(fit.settings)
    errors, changes, hits, sums, counts = [], [], [], 0, 0
    for inputs, target in windows.batches(numbers, _CHUNK):
        forecast, scale = run(rollout.nets, **inputs)
        actual = target.cpu().numpy()
        past = inputs["past"][:, :, : windows.n_targets]
        rows = past.cpu().numpy()
        past, _ = fill_gaps(past)
        last = past[:, -1:].cpu().numpy()
        season = SeasonalSkip(lag, windows.horizon)(past).cpu().numpy()
        scale = np.where(scale > 0, scale, np.nan)  # (N, 1, T)
        changes.append(changes_over(lags, rows, scale))
        missed = actual[..., None] - forecast
        errors.append((missed / scale[..., None]).astype(np.float64))
        hits.append(missed == 0)
        point = forecast[..., rollout.median]
        distances = [actual - point, actual - last, actual - season, point - last]
        distances = np.abs(distances) / scale  # (4, N, H, T)
        sums = sums + np.nansum(distances, (1, 2), dtype=np.float64)
        counts = counts + (~np.isnan(distances)).sum((1, 2))
    network, naive, seasonal, moved = sums / np.maximum(counts, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = moved / naive
    errors, changes, hits = map(np.concatenate, (errors, changes, hits))
    # A target that never moves has no scale, and is not missed either.
    still = np.isnan(errors).all((0, 1, 3))
    errors[:, :, still] = np.where(hits[:, :, still], 0.0, np.nan)
    return errors, changes, HeldOut(len(numbers), network, naive, seasonal, moved)


def lags_of(settings):
    """Return the lags over which changes tell how hard a window is: one row, and the seasons that it holds twice."""
    lags = {1, settings.season_length, settings.skip_lag}
    return lags_within(sorted(lags), settings.window_size, settings.season_length)


def quantiles_of_errors(fit, windows, at_most, errors, changes):
    """Return the quantiles of the errors on held-out windows, see `tsrnn.forecasting.spread.error_quantiles`.

    They are those of windows of usual difficulty.

    Parameters
    ----------
    fit : tsrnn.forecasting.fitting.Fit
    windows : tsrnn.windows.Windows
    at_most : int
        Windows that were looked at.
    errors : ndarray, shape (N, H, T, Q)
        Of these, see `examine`.
    changes : ndarray, shape (N, n_lags, T)

    Returns
    -------
    ndarray or None
    """
    errors = errors[..., 0] / fit.rollout.difficulty.of(changes)
    return error_quantiles(errors, windows_worth(windows, at_most, errors), fit.rollout.trained)


def windows_worth(windows, at_most, errors):
    """Return as how many windows all of them count: as fewer where series err together.

    Parameters
    ----------
    windows : tsrnn.windows.Windows
    at_most : int
        Windows that were looked at.
    errors : ndarray, shape (N, H, T)
        Of these, see `examine`.

    Returns
    -------
    float
    """
    origins = windows.origins
    when = torch.from_numpy(origins.times(origins.spread(at_most)))
    missed = torch.from_numpy(np.nan_to_num(errors)).flatten(1)
    return len(windows) / design_effect(when, missed, at_once=origins.at_once())


def diagnose(self):
    """Compare the forecasts of held-out rows with naive ones, and warn where they are no better.

    Returns
    -------
    DataFrame
        One row per target. n_windows: held-out windows compared. network, naive (the last value repeated),
        seasonal_naive (the last season repeated): mean absolute errors, each divided by the scale of its window. skill:
        1 less the network's error over that of the better naive forecast, above 0 where it has learned something.
        moved: how far the forecasts go from the last value, over how far the series did.

    Raises
    ------
    ValueError
        Where no rows were held out.

    Warns
    -----
    UserWarning
        Once, where a naive forecast is as good, or the forecasts merely repeat the last value.

    Notes
    -----
    The same rows told the best epoch, so the network's error is a little too low. `backtest` asks rows of their own.

    Examples
    --------
    >>> from tsrnn import LSTMForecaster
    >>> from tsrnn.datasets import load_airline
    >>> LSTMForecaster(max_epochs=2, random_state=0).fit(load_airline()).diagnose().columns.tolist()
    ['n_windows', 'network', 'naive', 'seasonal_naive', 'skill', 'moved']
    """
    check_is_fitted(self, "net_")
    held_out = self._fit_.held_out
    if held_out is None:
        raise ValueError(
            "diagnose compares forecasts of held-out rows, but none were held out; fit with more rows, or with a "
            "validation_fraction above 0."
        )
    frame = held_out.frame(self.target_names_)
    findings = [
        found for name, row in frame.iterrows() for found in _findings(name, row, len(frame))
    ]
    if findings:
        warn(
            f"On {held_out.n_windows} held-out windows {'; '.join(findings)}. More rows, covariates or another "
            "window_size may help; where the series is a random walk nothing does, and a naive forecast is as good."
        )
    return frame


def _findings(name, row, n_targets):
    """Return what is wrong with the forecasts of one target, as the ends of a sentence."""
    of = f" of column {in_words(name)}" if n_targets > 1 else ""
    if not row["skill"] > 0:
        best = "seasonal_naive" if row["seasonal_naive"] < row["naive"] else "naive"
        yield (
            f"the forecasts{of} have not beaten the {best.replace('_', ' ')} ones: their mean absolute error is "
            f"{row['network']:.3g}, that of the others {row[best]:.3g}"
        )
    if row["moved"] < _STILL:
        yield (
            f"the forecasts{of} merely repeat the last value: they leave it by {row['moved']:.0%} of what the series "
            "does"
        )
