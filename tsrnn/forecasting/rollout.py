"""Forecasting with fitted networks: from raw windows to forecasts, and on beyond the horizon. No trainer here."""

from dataclasses import dataclass

import numpy as np
import torch

from tsrnn.columns import Columns
from tsrnn.forecasting.difficulty import Difficulty, changes_over
from tsrnn.forecasting.spread import RESIDUAL_LEVELS, interpolate
from tsrnn.nn.alone import forecast_alone
from tsrnn.threads import threads_for
from tsrnn.transforms import TargetTransform

#: Windows that go through a network at once, at least and at most, and the numbers in their rows in between.
_FEWEST, _MOST, _NUMBERS = 64, 4096, 1 << 20


@dataclass
class Rollout:
    """Fitted networks and all that a raw window needs to pass through them.

    Parameters
    ----------
    nets : list
        Members of the ensemble, each with its torch module as `module_`; their median is the forecast.
    columns : Columns
    transform : TargetTransform
    horizon : int
    shifts : bool
        Whether windows are shifted by their first row before they become float32.
    typical : ndarray, shape (T,)
        Transformed level that is forecast where nothing is known.
    levels : list of float
        Quantile levels that the networks were trained on, empty for a point forecast.
    residuals : ndarray or None, shape (n_levels, H, T)
        Quantiles of the held-out errors, each divided by its window's scale: at RESIDUAL_LEVELS those of the point
        forecast, and divided by the window's difficulty, or at each of `levels` those of its own forecast. Of series
        too short to hold any out those of training.
    trained : tuple of two ndarrays, or None
        Shape and size of a point forecast's errors on training windows, see `tsrnn.forecasting.spread.shape_and_size`.
    difficulty : Difficulty or None
        Of windows, where the networks give a point forecast.
    """

    nets: list
    columns: Columns
    transform: TargetTransform
    horizon: int
    shifts: bool
    typical: np.ndarray
    levels: list
    residuals: np.ndarray | None = None
    trained: tuple | None = None
    difficulty: Difficulty | None = None

    def encode(self, past, known):
        """Turn raw windows into the networks' inputs.

        Parameters
        ----------
        past : ndarray of float64, shape (N, W, C)
        known : ndarray of float64, shape (N, H, C)

        Returns
        -------
        past, known : Tensor of float32
        base : ndarray of float64, shape (N, 1, T)
            What was taken off the transformed targets.
        """
        n_targets, columns = len(self.columns.targets), self.columns
        # Windows share rows; whoever has the rows counts in one warning those that have no logarithm.
        targets = self.transform.apply(past[:, :, :n_targets])
        base = np.zeros((len(past), 1, n_targets))
        if self.shifts:
            base = _first_seen(targets, self.typical)
            targets -= base
        if past.shape[2] == n_targets:
            encoded, known = targets.astype(np.float32), known[:, :, :0].astype(np.float32)
            return torch.from_numpy(encoded), torch.from_numpy(known), base
        encoded = np.empty(past.shape, dtype=np.float32)
        encoded[:, :, :n_targets] = targets
        encoded[:, :, n_targets:] = columns.standardise(past[:, :, n_targets:])
        known = columns.standardise(known[:, :, n_targets:])[:, :, len(columns.past) :]
        return torch.from_numpy(encoded), torch.from_numpy(known.astype(np.float32)), base

    def __call__(self, past, known):
        """Forecast raw windows on the transformed scale.

        Returns
        -------
        forecast : ndarray of float64, shape (N, H, T, Q)
        scale : ndarray of float64, shape (N, 1, T)
        """
        chunk = at_once(past)
        if len(past) > chunk:
            starts = range(0, len(past), chunk)
            with threads_for(self.nets[0].module_, chunk):  # once, not for each chunk
                chunks = [self(past[s : s + chunk], known[s : s + chunk]) for s in starts]
            return tuple(map(np.concatenate, zip(*chunks, strict=True)))
        past, known, base = self.encode(past, known)
        forecast, scale = run(self.nets, past, known)
        return forecast + base[..., None], scale.astype(np.float64)  # float64, as base is

    def point(self, past, known):
        """Forecast raw windows: shape (N, H, T), in the units of the data."""
        forecast, _ = self(past, self._hold_static(past, known))
        return self.transform.inverse(forecast[..., self.median])

    def roll(self, past, known, steps, levels=None):
        """Forecast any number of steps, block by block, each block from the forecasts before it.

        Parameters
        ----------
        past : ndarray of float64, shape (N, W, C)
        known : ndarray of float64, shape (N, at least `steps`, C)
            Known columns of the steps to come; the rest is ignored.
        steps : int
        levels : list of float, optional
            Quantile levels wanted.

        Returns
        -------
        ndarray of float64, shape (N, steps, T) or, with levels, (N, steps, T, n_levels)
        """
        h, blocks, before, harder = self.horizon, [], 0.0, None
        for start in range(0, steps, h):
            ahead = self._hold_static(past, _filled_up(known[:, start : min(start + h, steps)], h))
            forecast, scale = self(past, ahead)
            point = self.transform.inverse(forecast[..., self.median])
            if levels is None:
                blocks.append(point)
            else:
                # A later block starts from the end of the one before, which is as uncertain as a walk's.
                # Its rows are smoother than those that came.
                harder = self._difficulty(past, scale) if harder is None else harder
                middle, squares = self._quantiles(forecast, scale * harder, levels)
                values = middle + _roots(before + squares)
                before = before + squares[:, -1:]
                blocks.append(self.transform.inverse(np.moveaxis(values, 3, 2)).swapaxes(2, 3))
            if start + h < steps:
                past = self._append(past, point, ahead)
        together = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        return together[:, :steps]

    def _difficulty(self, past, scale):
        """Return by how much harder raw windows are to forecast than usual, shape (N, 1, T), or 1."""
        if self.difficulty is None:
            return 1.0
        targets = self.transform.apply(past[:, :, : len(self.columns.targets)])
        return self.difficulty.of(changes_over(self.difficulty.lags, targets, scale))

    def _append(self, past, point, ahead):
        """Return the windows (N, W, C) after the forecasts `point` (N, H, T) and the known columns of `ahead`."""
        rows = np.full((len(past), self.horizon, past.shape[2]), np.nan)
        known = self.columns.known_slice
        rows[:, :, known] = ahead[:, :, known]
        rows[:, :, : point.shape[2]] = point
        return np.concatenate([past, rows], axis=1)[:, -past.shape[1] :]

    def _hold_static(self, past, known):
        """Put each static column's last value before the forecast into its rows (N, H, C), their first where none is.

        The rows themselves are not asked: a column that did change there would tell of steps to come.
        """
        n_static = len(self.columns.static)
        if not n_static:
            return known
        rows = np.concatenate([known[:, :1, -n_static:], past[:, :, -n_static:]], axis=1)
        known = known.copy()
        known[:, :, -n_static:] = _first_seen(rows[:, ::-1], np.nan)
        return known

    @property
    def median(self):
        """Which of a network's forecasts is the point forecast."""
        return self.levels.index(0.5) if self.levels else 0

    def _quantiles(self, forecast, scale, levels):
        """Return the point forecast on the transformed scale, and the squares by which quantiles lie off it.

        Both have the shape (N, H, T, n_levels), or 1 in the place of n_levels. Squares keep the sign of their root, so
        that sums of them ascend with the levels as well.
        """
        middle, scale = forecast[..., self.median, None], scale[..., None]
        errors = None if self.residuals is None else np.moveaxis(self.residuals, 0, -1)
        if not self.levels:
            off = scale * interpolate(levels, RESIDUAL_LEVELS, errors)
        else:
            if errors is not None:
                # Each level is moved by an amount of its own, and two that cross have changed places.
                forecast = np.sort(forecast + scale * errors, axis=-1)
            off = interpolate(levels, self.levels, forecast) - middle
        return middle, off * np.abs(off)


def at_once(past):
    """Return how many windows (N, W, C) go through the networks together: the more the faster, but for memory."""
    each = past.shape[1] * past.shape[2]
    return max(_FEWEST, min(_MOST, _NUMBERS // each))


def _roots(squares):
    """Return the roots of squares that keep the sign of their root."""
    return np.sign(squares) * np.sqrt(np.abs(squares))


def _filled_up(rows, n):
    """Return rows (N, L, C) as `n` rows, the last of them missing where there are fewer."""
    if rows.shape[1] == n:
        return rows
    lacking = np.full((len(rows), n - rows.shape[1], rows.shape[2]), np.nan)
    return np.concatenate([rows, lacking], axis=1)


def _first_seen(targets, typical):
    """Return the first observed row of each window (N, W, T) as (N, 1, T), `typical` where there is none."""
    if not np.isnan(targets[:, 0]).any():
        return targets[:, :1].copy()
    seen = ~np.isnan(targets)
    first = np.take_along_axis(targets, seen.argmax(1)[:, None], axis=1)
    return np.where(seen.any(1, keepdims=True), first, typical)


def run(nets, past, future):
    """Forecast encoded windows: the median of the networks.

    Parameters
    ----------
    nets : list
    past, future : Tensor of float32, shape (N, W, C) and (N, H, known columns)

    Returns
    -------
    forecast : ndarray of float32, shape (N, H, T, Q)
    scale : ndarray of float32, shape (N, 1, T)
        Of the windows by their own rows alone.
    """
    answers = [_answer(net.module_, past, future) for net in nets]
    forecasts = [forecast for forecast, _ in answers]
    # Restless windows are missed by as much more as they are restless: bands are wide by their own scale.
    own = answers[-1][1]
    return (forecasts[0] if len(forecasts) == 1 else np.median(forecasts, axis=0)), own


def _answer(module, past, future):
    """Return the forecast (N, H, T, Q) of one network, and the windows' own scale, (N, 1, T)."""
    if module.training:
        module.eval()
    if len(past) == 1:
        forecast, own = forecast_alone(module, past)
        if forecast is not None:
            return forecast, own
    return _through(module, past, future)


@torch.inference_mode()
def _through(module, past, future):
    device = next(module.parameters()).device
    with threads_for(module, len(past)):
        forecast, scale = module(past.to(device), future.to(device))
    own = module.own_of(scale)
    own = forecast.new_ones(len(past), 1, forecast.shape[2]) if own is None else own
    return forecast.reshape(*forecast.shape[:3], -1).cpu().numpy(), own.cpu().numpy()
