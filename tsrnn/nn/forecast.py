"""Forecast networks: normalise the window, encode it, decode the whole horizon at once, add what is already known.

    window ─ − known effect ─ normalise ─ encode ─ decode ─ + skip ─ denormalise ─ + known effect ─ forecast

Shapes: B windows in a batch; T targets; N series seen by the recurrence (B, or B·T where targets are forecast
independently); c targets in each of them; W window_size; H horizon; S segment_size; E covariates once encoded;
Q quantile levels (1 for a point forecast).
"""

import torch
from torch import nn

from tsrnn import kernels
from tsrnn.nn.arguments import keeps_arguments
from tsrnn.nn.bodies import SegmentBody, StepBody
from tsrnn.nn.covariates import CovariateEncoder, KnownEffect
from tsrnn.nn.heads import LastOutput
from tsrnn.nn.scale import fill_gaps, root, window_scale
from tsrnn.nn.skips import skip_of


@keeps_arguments
class ForecastNetwork(nn.Module):
    """Network that forecasts `horizon` rows from `window_size` rows.

    Parameters
    ----------
    cell : class
        Recurrent cell, see `tsrnn.cells`.
    n_targets, window_size, horizon : int
    cardinalities : tuple of int
        One per covariate column: 0 for a number, the number of categories for a code.
    n_past : int
        The first `n_past` covariates are known up to now alone, the others also for the steps to come.
    hidden_size, num_layers, dropout : see `torch.nn.LSTM`
    segment_size : int
        Rows per recurrent step. 1: the tutorials' network, one row per step, a linear layer on the last output.
    normalization : {"standard", "last", None}
        How each window is shifted and scaled by its own rows.
    skip : {"seasonal", "linear", "mixture", None}
        What is added to the network's output: the window's last season, a linear map of the window, or several, mixed.
    skip_lag : int
        Rows in the repeated season; the mean of as many last rows is what "last" shifts by.
    skip_lags : tuple of int
        Rows whose repetitions a mixture begins with.
    season_length : int
        Rows of the season by which gaps in a window are filled, see `tsrnn.nn.scale.fill_missing`.
    head : class
        What is made of the recurrent layers' outputs over the window, see `tsrnn.nn.heads`.
    independent : bool
        Forecast each target from its own past with shared weights, instead of all from all.
    indicator : bool
        Tell the network which rows of the window are missing.
    missing : sequence of bool
        For each covariate whether the network is told where it is missing; of a code it knows anyway.
    effects : tuple, optional
        `coefficients`, `unit`, `of_labels` and `is_relative` of a `tsrnn.nn.covariates.KnownEffect`, which is taken off
        the window and added to the forecast; None: without.
    share : float
        How much is kept of what training adds to the skip's start, see `keep_share`.
    n_quantiles : int
        Forecasts per step, ascending.
    median : int
        Which of them is the median.
    """

    def __init__(
        self,
        cell,
        *,
        n_targets,
        window_size,
        horizon,
        cardinalities=(),
        n_past=0,
        hidden_size=64,
        num_layers=1,
        dropout=0.0,
        segment_size=1,
        normalization=None,
        skip=None,
        skip_lag=1,
        skip_lags=(),
        season_length=1,
        head=LastOutput,
        independent=False,
        indicator=False,
        missing=(),
        effects=None,
        share=1.0,
        n_quantiles=1,
        median=0,
    ):
        super().__init__()
        self.n_targets = n_targets
        self.window_size = window_size
        self.horizon = horizon
        self.segment_size = segment_size
        self.independent = independent
        self.indicator = indicator
        self.normalization = normalization
        self.lag, self.season_length = skip_lag, season_length
        self.covariates = CovariateEncoder(cardinalities, n_past, missing)
        # Of each target; 0: a window's scale is its own alone, see `count_on`.
        self.register_buffer("typical", torch.zeros(n_targets))
        self.effect = None
        if effects is not None:
            size, positions = self.covariates.future_size, self.covariates.known_numbers
            self.effect = KnownEffect(size, positions, *effects)
        width = 1 if independent else n_targets
        sizes = {
            "input_size": width * (2 if indicator else 1) + self.covariates.past_size,
            "future_size": self.covariates.future_size,
            "output_size": width,
            "n_quantiles": n_quantiles,
            "n_kinds": n_targets if independent else 1,
            "window_size": window_size,
            "horizon": horizon,
        }
        layers = {"num_layers": num_layers, "dropout": dropout}
        sizes["head"] = head
        if segment_size == 1:
            self.body = StepBody(cell, hidden_size, layers, **sizes)
        else:
            self.body = SegmentBody(cell, hidden_size, layers, segment_size=segment_size, **sizes)
        self.share = share
        self.skip = skip_of(skip, window_size, horizon, skip_lag, skip_lags)
        self.spread = QuantileSpread(median) if n_quantiles > 1 else None

    def forward(self, past, future):
        """Forecast.

        Parameters
        ----------
        past : Tensor, shape (B, at least W, T + covariates)
            Targets first; NaN is missing. The last W rows are looked at.
        future : Tensor, shape (B, H, known covariates)

        Returns
        -------
        forecast : Tensor, shape (B, H, T) or, with several quantiles, (B, H, T, Q)
        scale : Tensor, shape (B, 1, T), or None
            By which the window was divided; 0 where it was constant. None without `normalization`.
        """
        values, covariates, known, unit = self._read(past, future)
        forecast, scale = self._continue(values, covariates, known)  # (B, H, T, Q)
        if self.effect is not None:
            forecast = forecast + (unit * self.effect(known, future))[..., None]
        return (forecast if self.spread is not None else forecast[..., 0]), scale

    def on_scale(self, past, future, target):
        """Return window and target as the skip meets them: without the known effect, on the window's scale.

        Parameters
        ----------
        past, future : see `forward`
        target : Tensor, shape (B, H, T)

        Returns
        -------
        z : Tensor, shape (N, W, c)
        target : Tensor, shape (N, H, c)
            NaN where it is missing, or the window is constant.
        """
        values, _, known, unit = self._read(past, future)
        if self.effect is not None:
            target = target - unit * self.effect(known, future)
        values, target = self._apart(values), self._apart(target)
        z, location, scale = self._normalise(values)[:3]
        if scale is None:
            return z, target
        return z, (target - location) / torch.where(scale > 0, scale, torch.nan)

    def own_scale(self, past, future):
        """Return the scale of each window and target by its own rows alone, shape (B, T); 0 where it is constant."""
        values, observed = self._fill(self._read(past, future)[0])
        return window_scale(values, observed, self.normalization, self.lag)[1][:, 0]

    def own_of(self, scale):
        """Return the own scales, (B, 1, T) or None, of windows that `forward` divided by `scale`."""
        if scale is None:
            return None
        return torch.where(self.typical > 0, scale.square() / self.typical, scale)

    def count_on(self, typical):
        """Divide each window by the geometric mean of its own scale and a typical one from now on.

        Parameters
        ----------
        typical : Tensor, shape (T,)
        """
        self.typical.copy_(typical)

    def keep_share(self, share):
        """Keep `share` of what training adds to the skip's start: 1 keeps all, 0 forecasts by the start alone.

        What the known covariates add stays.
        """
        self.share, self.arguments = share, {**self.arguments, "share": share}

    def _read(self, past, future):
        """Return the window without the known effect, (B, W, T), all covariates, the known ones, and the unit.

        That is what the known effect is counted in, (B, 1, T) or 1.
        """
        if past.shape[1] > self.window_size:
            past = past[:, -self.window_size :]
        if past.shape[2] == self.n_targets:
            return past, past[:, :, :0], future, 1
        covariates, known = self.covariates(past[:, :, self.n_targets :], future)
        values, unit = past[:, :, : self.n_targets], 1
        if self.effect is not None:
            if self.effect.is_relative:
                unit = window_scale(*self._fill(values), self.normalization, self.lag)[1]
            columns = past[:, :, self.n_targets + self.covariates.n_past :]
            values = values - unit * self.effect(covariates[:, :, -known.shape[2] :], columns)
        return values, covariates, known, unit

    def _apart(self, values):
        """Return (B, L, T) as (N, L, c)."""
        if not self.independent or self.n_targets == 1:
            return values
        return values.transpose(1, 2).reshape(len(values) * self.n_targets, -1, 1)

    def _fill(self, values):
        # In training the rows before a short past stay level: seasons invented there would be learned to repeat.
        return fill_gaps(values, self.season_length, leads=not self.training)

    def _normalise(self, values):
        """Return the window on its scale, what it was shifted and divided by, and which rows were observed."""
        values, observed = self._fill(values)
        if self.normalization is None:
            return values, None, None, observed
        location, scale = window_scale(values, observed, self.normalization, self.lag)
        scale = self._between(scale)
        z = (values - location) / torch.where(scale > 0, scale, 1.0)
        return z, location, scale, observed

    def on_own_scale(self, values):
        """Return the rows that the network reads of (N, W, c), the window on its scale, location and scale."""
        differentiated = values.requires_grad and torch.is_grad_enabled()
        differs = self.normalization is not None or self.indicator
        if differs and not differentiated and kernels.usable(values):
            how = self.normalization, self.lag, self.season_length, not self.training
            return kernels.scaled(values, self.typical, *how, self.indicator)
        z, location, scale, observed = self._normalise(values)
        rows = torch.cat([z, observed.to(z.dtype) * 2 - 1], 2) if self.indicator else z
        return rows, z, location, scale

    def _between(self, scale):
        """Return the geometric mean of windows' own scales, (N, 1, c), and the typical ones."""
        typical = self.typical
        if self.independent:  # the targets of a window are rows of the batch
            typical = typical.repeat(len(scale) // self.n_targets)[:, None]
        both = scale * typical[..., None, :]
        return torch.where(both > 0, root(both), scale)

    def _continue(self, values, covariates, known):
        n_windows, n_targets = len(values), self.n_targets
        kind = None
        values = self._apart(values)  # (N, W, c)
        if len(values) > n_windows:
            covariates = covariates.repeat_interleave(n_targets, 0)
            known = known.repeat_interleave(n_targets, 0)
            kind = torch.arange(n_targets, device=values.device).repeat(n_windows)
        rows, z, location, scale = self.on_own_scale(values)
        if covariates.shape[2]:
            rows = torch.cat([rows, covariates], 2)
        output = self.body(rows, known, kind)  # (N, H, c, Q)
        if self.spread is not None:
            output = self.spread(output)
        if self.share != 1:
            output = self.share * output
        if self.skip is not None:
            output = output + self.skip(z, self.share)[..., None]
        forecast = output if scale is None else location[..., None] + scale[..., None] * output
        if kind is not None:
            forecast = forecast.reshape(n_windows, n_targets, self.horizon, -1).transpose(1, 2)
            scale = None if scale is None else scale.reshape(n_windows, 1, n_targets)
        return forecast, scale


class QuantileSpread(nn.Module):
    """Make quantile forecasts ascend: the median as it is, each further one a positive step away."""

    def __init__(self, middle):
        super().__init__()
        self.middle = middle

    def forward(self, raw):
        middle = raw[..., self.middle : self.middle + 1]
        above = nn.functional.softplus(raw[..., self.middle + 1 :]).cumsum(-1)
        below = nn.functional.softplus(raw[..., : self.middle]).flip(-1).cumsum(-1).flip(-1)
        return torch.cat([middle - below, middle, middle + above], -1)
