"""Exponential smoothing of the window, a linear map of its rows: what a regression, and so training, starts from.

Shapes: P candidates; N windows; W rows of a window; H horizon; m rows of a season.
"""

from dataclasses import dataclass

import torch

from tsrnn.forecasting.starting import FEWEST, is_luck, rows_on_scale

#: How fast level, season and trend follow what was missed, and how much of a trend is left a step later.
_LEVELS = (0.01, 0.03, 0.06, 0.12, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
_SEASONS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
_TRENDS = (0.02, 0.05, 0.1, 0.2, 0.4)
_DAMPINGS = (0.8, 0.9, 0.95, 0.98, 1.0)
#: How much more than the best a candidate misses, relatively, that counts 1/e of it, and what counts for nothing.
_TOLERANCE, _NOTHING = 0.05, 0.01
#: Windows that are looked at, and at once: more would hardly change the choice. Candidates that are mapped at once.
_ENOUGH, _AT_ONCE, _CHUNK = 1000, 256, 8


@torch.no_grad()
def start_from_smoothing(network, windows, season_length):
    """Let the linear skip of an untrained network start as exponential smoothing, where that is better than naive.

    With its parameters given, additive smoothing with a level, a damped trend and a season forecasts by a linear map of
    the window. Several parameters are tried on the training windows, and their forecasts averaged: those that miss
    by little more than the best count, the others do not. A trend is tried on the best of those without.

    Parameters
    ----------
    network : tsrnn.nn.forecast.ForecastNetwork
        With a `LinearSkip`.
    windows : tsrnn.windows.Windows
        Of training.
    season_length : int

    References
    ----------
    Hyndman, Koehler, Snyder, Grose (2002). A state space framework for automatic forecasting using exponential
    smoothing methods. International Journal of Forecasting 18(3).
    """
    # A level that is new in the last horizon shows in windows alone that end before it does.
    rows = list(rows_on_scale(network, windows, _ENOUGH, _AT_ONCE, ends=True))
    if sum(len(past) for past, *_ in rows) < FEWEST:
        return
    weight = _smooth(rows, network.window_size, network.horizon, {season_length, network.lag})
    weight = weight.to(network.skip.start_weight)
    change = weight - network.skip.start_weight
    past, ahead, _ = (torch.cat(parts) for parts in zip(*rows, strict=True))
    before, moved = (past @ part.T.cpu().double() for part in (network.skip.start_weight, change))
    # Series that err together are as many here: so few parameters hardly follow a common shock.
    if not is_luck(ahead - before, moved):
        network.skip.move_start(change, torch.zeros_like(change[:, :1]))


@dataclass(frozen=True)
class _Smoothing:
    """Candidates with seasons of `season_length` rows, 1 where there is none; tensors (P, 1)."""

    season_length: int
    alpha: torch.Tensor
    gamma: torch.Tensor
    beta: torch.Tensor
    phi: torch.Tensor

    def __getitem__(self, candidates):
        parameters = self.alpha, self.gamma, self.beta, self.phi
        return _Smoothing(self.season_length, *(p[candidates] for p in parameters))

    def forecast(self, rows, horizon):
        """Forecast windows (N, W): shape (H, P, N)."""
        m, first = self.season_length, rows[:, : self.season_length]
        level = first.mean(1).expand(len(self.alpha), -1).clone()
        season = (first - first.mean(1, keepdim=True)).T[:, None].repeat(1, len(self.alpha), 1)
        trend = torch.zeros_like(level)
        if m > 1:
            trend += (self.beta > 0) * (rows[:, m : 2 * m].mean(1) - first.mean(1)) / m
        for row, missed in enumerate(rows.T[m:], m):
            trend *= self.phi
            level += trend
            missed = missed - level - season[row % m]
            level += self.alpha * missed
            trend += self.beta * missed
            season[row % m] += self.gamma * missed
        ahead = []
        for row in range(rows.shape[1], rows.shape[1] + horizon):
            trend *= self.phi
            level += trend
            ahead.append(level + season[row % m])
        return torch.stack(ahead)

    def errors(self, rows):
        """Return the mean absolute error of each candidate, (P,), on windows and what came after."""
        sums = sum(
            (self.forecast(past, ahead.shape[1]) - ahead.T[:, None]).abs().nansum((0, 2))
            for past, ahead, _ in rows
        )
        return sums / sum(int((~ahead.isnan()).sum()) for _, ahead, _ in rows)

    def mean_map(self, weights, window_size, horizon):
        """Return the sum of the candidates' forecasts by weights (P,), as a linear map of the window: (H, W)."""
        unit, total = torch.eye(window_size, dtype=torch.float64), 0
        for some in weights.nonzero()[:, 0].split(_CHUNK):
            total = total + torch.einsum(
                "hpw,p->hw", self[some].forecast(unit, horizon), weights[some]
            )
        return total


def _smooth(rows, window_size, horizon, seasons):
    """Return the map (H, W) of the candidates that do best on windows and what came after."""
    # A lag of 1 says that no season repeats: then one is tried that has none.
    seasons = sorted(m for m in seasons if m == 1 or m <= window_size // 2)
    candidates = [_still(m) for m in seasons or [1]]
    errors = [each.errors(rows) for each in candidates]
    best = min(range(len(candidates)), key=lambda i: errors[i].min())
    candidates.append(_moving(candidates[best][errors[best].argmin()[None]]))
    errors.append(candidates[-1].errors(rows))
    least = min(e.min() for e in errors).clamp_min(1e-12)
    weights = [torch.exp((1 - e / least) / _TOLERANCE) for e in errors]
    weights = [torch.where(w > _NOTHING, w, 0.0) for w in weights]
    total = sum(w.sum() for w in weights)
    return sum(
        each.mean_map(w / total, window_size, horizon)
        for each, w in zip(candidates, weights, strict=True)
        if w.any()
    )


def _still(m):
    """Candidates without a trend."""
    gammas = torch.tensor(_SEASONS if m > 1 else _SEASONS[:1], dtype=torch.float64)
    alpha, gamma = torch.cartesian_prod(torch.tensor(_LEVELS, dtype=torch.float64), gammas).T[
        ..., None
    ]
    return _Smoothing(
        m, alpha, gamma * (1 - alpha), torch.zeros_like(alpha), torch.ones_like(alpha)
    )


def _moving(still):
    """Candidates like a single one, with a trend."""
    beta, phi = (torch.tensor(p, dtype=torch.float64) for p in (_TRENDS, _DAMPINGS))
    beta, phi = torch.cartesian_prod(beta, phi).T[..., None]
    alpha, gamma = (p.expand_as(beta) for p in (still.alpha, still.gamma))
    return _Smoothing(still.season_length, alpha, gamma, beta * alpha, phi)
