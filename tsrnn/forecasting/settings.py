"""Settings of one fit: what the user gave, and for every "auto" what the training rows say."""

from dataclasses import dataclass

import numpy as np

from tsrnn.forecasting import choices
from tsrnn.messages import in_words
from tsrnn.transforms import learn_transform, standardising


@dataclass(frozen=True)
class Settings:
    """The settings that a fit ran with; the forecaster shows each as `name_`."""

    horizon: int
    window_size: int
    lookbacks: tuple
    season_length: int
    segment_size: int
    transform: str | None
    normalization: str | None
    skip: str | None
    skip_lag: int
    skip_lags: tuple
    channels: str
    batch_size: int
    epoch_size: int
    lr: float
    lr_schedule: str | None
    refit: bool

    @property
    def season_of_gaps(self):
        """Rows of the season that fills gaps in a window, 1 where the row before does.

        Where no season repeats that row tells most; and a scale by the mean step counts steps that were seen.
        """
        return 1 if self.skip_lag == 1 or self.normalization == "last" else self.season_length


def choose_settings(data, params):
    """Settle every setting of a fit.

    Parameters
    ----------
    data : tsrnn.forecasting.data.FitData
    params : dict
        The forecaster's parameters.

    Returns
    -------
    settings : Settings
    transform : tsrnn.transforms.TargetTransform

    Raises
    ------
    ValueError
        Where there are too few rows, or a setting does not fit another.
    """
    horizon = _horizon(data, params)
    training = data.training_panel(horizon, params["validation_fraction"])
    targets, ends = training.values[:, : len(data.columns.targets)], training.lengths
    series = choices.sample(targets, training.offsets)
    season = params["season_length"]
    if season == "auto":
        season = choices.choose_season(series, data.panel.clock.season_length)
    window_size = _window_size(data, params, horizon, season, ends)
    transform = _transform(data, params, series, targets)
    straight = (
        [transform.forward(x[:, None])[:, 0] for x in series]
        if len(data.columns.targets) == 1
        else series
    )
    baseline = _baseline(data, params, straight, season, window_size, horizon)
    normalization, _, lag, _ = baseline
    lookbacks = (window_size,) * params["n_estimators"]
    if params["window_size"] == "auto" and len(lookbacks) > 1 and not data.ready:
        lookbacks = choices.choose_lookbacks(window_size, len(lookbacks), ends, horizon, season)
        lookbacks = tuple(max(rows, lag) for rows in lookbacks)
        window_size = lookbacks[0]
    segment = params["segment_size"]
    if segment == "auto":
        segment = choices.choose_segment(window_size, season)
    if segment > window_size:
        raise ValueError(
            f"segment_size={segment} is longer than window_size={window_size}; a window is cut into segments."
        )
    channels = params["channels"]
    if channels == "auto":
        channels = "joint" if normalization is None or not data.has_history else "independent"
    # Targets that are forecast independently are so many more rows of a batch.
    n_each = series_in_window(channels, data.columns.targets)
    n_windows = int(np.maximum(ends - window_size - horizon + 1, 1).sum())
    batch_size = params["batch_size"]
    if batch_size == "auto":
        batch_size = choices.choose_batch_size(n_windows, n_each)
    epoch_size = 50 * batch_size if params["epoch_size"] == "auto" else params["epoch_size"]
    lr = choices.choose_lr(batch_size * n_each) if params["lr"] == "auto" else params["lr"]
    plenty = choices.are_plenty(n_windows * n_each, horizon)
    schedule, refit = params["lr_schedule"], params["refit"]
    if schedule == "auto":
        schedule = "onecycle" if plenty else "cycles"
    if isinstance(refit, str):  # "auto"
        refit = not plenty
    settings = Settings(
        horizon, window_size, lookbacks, season, segment, transform.kind, *baseline, channels,
        batch_size, epoch_size, lr, schedule, bool(refit),
    )  # fmt: skip
    return settings, transform


def series_in_window(channels, targets):
    """Return as how many series a window with these targets goes through the network."""
    return len(targets) if channels == "independent" else 1


def _horizon(data, params):
    horizon = params["horizon"]
    if data.ready:
        if horizon not in ("auto", data.horizon):
            raise ValueError(
                f"horizon={horizon} but y has {data.horizon} step(s) for each window; give y of shape "
                f"(n, {horizon}), or horizon={data.horizon}."
            )
        return data.horizon
    return data.panel.clock.season_length if horizon == "auto" else horizon


def _window_size(data, params, horizon, season, ends):
    window_size = params["window_size"]
    longest = int(data.panel.lengths.max())
    if data.ready:
        if window_size not in ("auto", longest - horizon):
            raise ValueError(
                f"window_size={window_size} but X holds windows of {longest - horizon} rows; leave it 'auto'."
            )
        return longest - horizon
    if window_size == "auto":
        window_size = choices.choose_window(data.panel.lengths, ends, horizon, season)
    if longest < window_size + horizon:
        n_series = len(data.panel.keys)
        of = f" in the longest of {n_series} series" if n_series > 1 else ""
        season = " (a season, by 'auto')" if params["horizon"] == "auto" and horizon > 1 else ""
        raise ValueError(
            f"X: too few rows: n_samples={longest}{of}, but window_size={window_size} and horizon={horizon}{season} "
            f"need at least {window_size + horizon}; give more rows, or a smaller window_size or horizon."
        )
    return window_size


def _transform(data, params, series, targets):
    kind = params["transform"]
    if not data.has_history and kind == "auto" and params["normalization"] == "auto":
        return standardising(targets)
    if kind == "auto":
        kind = None if (targets <= 0).any() else choices.choose_transform(series)
    everything = data.panel.values[:, : targets.shape[1]]
    low = everything <= 0
    if params["transform"] == "log" and low.any():
        row, column = np.argwhere(low)[0]
        raise ValueError(
            f"transform='log' needs targets above 0, but target column {in_words(data.columns.targets[column])} is "
            f"{everything[row, column]:g} at {data.panel.where(low.any(1))}; use transform='arcsinh', 'auto' or None."
        )
    return learn_transform(kind, targets)


def _baseline(data, params, series, season, window_size, horizon):
    """Return normalization, skip, the lag of the skip, and those of a mixture."""
    normalization, skip = params["normalization"], params["skip"]
    if not data.has_history:
        return (None if normalization == "auto" else normalization), None, 1, ()
    week = data.panel.clock.week_length
    lag = choices.choose_skip_lag(series, season, window_size, horizon, week)
    if skip == "seasonal" and season > window_size:
        raise ValueError(
            f"skip='seasonal' repeats the last {season} rows, but window_size={window_size}; use a larger "
            "window_size, a smaller season_length, or skip='auto'."
        )
    if skip == "seasonal" and lag == 1:
        lag = season
    if normalization == "auto":
        normalization = "standard" if lag > 1 else "last"
    if skip not in ("auto", "mixture"):
        return normalization, skip, lag, ()
    lags = choices.choose_skip_lags(series, season, window_size, horizon)
    if skip == "auto" and len(lags) < 2:
        return normalization, "linear", lag, ()
    return normalization, "mixture", lag, lags or (lag,)
