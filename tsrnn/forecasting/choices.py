"""What "auto" means: choices made from the training rows alone, each a small rule on numbers.

`series` is a list of 1-D float64 arrays, the training rows of each series and target, oldest first, NaN where missing.
"""

import numpy as np

#: Series looked at; a choice made from more of them would be the same.
_ENOUGH = 200
#: Horizons of rows, targets that overlap in none, beyond which rows are plenty.
_PLENTY = 10_000


def sample(values, offsets):
    """Return the training rows of some series of a panel, evenly picked, for the choices below.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, n_targets)
    offsets : ndarray of int64, shape (n_series + 1,)

    Returns
    -------
    list of ndarray, shape (rows of the series,)
    """
    n_series, n_targets = len(offsets) - 1, values.shape[1]
    picked = np.unique(np.linspace(0, n_series * n_targets - 1, _ENOUGH).astype(int))
    rows = []
    for s, t in zip(picked // n_targets, picked % n_targets, strict=True):
        series = values[offsets[s] : offsets[s + 1], t]
        if np.isfinite(series).any():
            rows.append(series[-20_000:])
    return rows


def choose_season(series, of_frequency=1):
    """Return the steps of one season: the frequency's, or else the lag at which the series resemble themselves most.

    A lag counts where the autocorrelation, after it has fallen off once, peaks above 0.3 again; of peaks nearly as high
    as the highest the shortest is taken. Levels that wander, as a random walk's do, resemble themselves anywhere; so
    where the changes from step to step repeat clearly better at another lag, the season is that one, and where they
    repeat within it, that part of it. Noise moves a peak: a lag beside it, repeated, may clearly miss by less.
    """
    if of_frequency > 1:
        return of_frequency
    series = [_fill(x) for x in series if len(x) >= 12]
    if not series:
        return 1
    level = [_detrend(x) for x in series]
    season = _first_peak(_mean_autocorrelation(level), 0.3)
    if season == 1:
        return 1
    changes = _mean_autocorrelation([np.diff(x) for x in series])
    other = _first_peak(changes, 0.2)
    # A part of the season need repeat no worse than the whole, any other lag clearly better.
    least = 1.0 if season % other == 0 else 1.5
    if other > 1 and changes[other] > least * changes[season : season + 1].sum():
        season = other
    missed = {lag: _missed(level, lag) for lag in (season, season - 1, season + 1)}
    best = min(missed, key=missed.get)
    # Levels that wander are nearer to themselves after fewer rows: a twentieth may be that.
    return best if missed[best] < 0.95 * missed[season] else season


def _missed(series, lag):
    """Return the mean absolute change over `lag` rows, over that of a single one; infinite if it is no season."""
    seen = [x for x in series if len(x) > lag and np.ptp(x) > 0]
    if lag < 2 or not seen:
        return np.inf
    return np.mean([missed_by_repeating(x, lag, 1) / missed_by_repeating(x, 1, 1) for x in seen])


def _mean_autocorrelation(series):
    """Return the autocorrelation at the lags that half of the series hold three times."""
    each = [autocorrelation(x, len(x) // 3) for x in series]
    n_lags = int(np.median([len(acf) for acf in each]))
    return np.mean([acf[:n_lags] for acf in each if len(acf) >= n_lags], axis=0)


def _first_peak(acf, least):
    fallen = np.flatnonzero(acf < 0.5 * acf[0])
    if len(fallen) == 0:
        return 1
    lags = np.arange(max(2, fallen[0]), len(acf) - 1)
    peaks = lags[(acf[lags] >= acf[lags - 1]) & (acf[lags] > acf[lags + 1])]
    if len(peaks) == 0 or acf[peaks].max() < least:
        return 1
    return int(peaks[acf[peaks] >= 0.85 * acf[peaks].max()][0])


def choose_window(lengths, trained, horizon, season_length):
    """Return how many rows a window looks back on: series have `lengths` rows, of which the first `trained` train.

    Seven horizons or two seasons, whichever is more, as far as some window of training is whole and a series of median
    length has rows to look back on. Windows of shorter pasts are padded: a network that looks back on a few rows alone,
    since no more windows than that are whole, misses by more.
    """
    wanted = min(max(7 * horizon, 2 * season_length), 1024)
    room = min(int(np.max(trained)) - horizon, int(np.median(lengths)))
    return _whole_seasons(min(wanted, room), season_length)


def choose_lookbacks(window_size, n_networks, lengths, horizon, season_length):
    """Return how many rows each network of an ensemble looks back on, the most first.

    In turn on twice `window_size`, on as many, half as many more and a quarter fewer: what networks miss by looking too
    far or not far enough differs, and their median has less of it. More than `window_size` only as far as a series of
    median length gives as many windows as a window has rows: all networks train on the windows of the longest.
    """
    room = max(window_size, (int(np.median(lengths)) - horizon) // 2)
    shares = (2.0, 1.0, 1.5, 0.75)
    return tuple(
        _whole_seasons(min(int(window_size * shares[i % 4]), room), season_length)
        for i in range(n_networks)
    )


def _whole_seasons(window, season_length):
    window = max(1, window)
    return window - window % season_length if window >= season_length > 1 else window


def choose_segment(window_size, season_length):
    """Return the rows of one recurrent step: about a fifth of the window, in equal parts of a season or whole ones.

    So the segments of a window all start at the same few phases.
    """
    wanted = max(1, round(window_size / 5))
    if season_length <= 1:
        return wanted
    longest = min(season_length, window_size)
    parts = [s for s in range(1, longest + 1) if season_length % s == 0]
    several = range(2 * season_length, wanted + 1, season_length)
    return min([*parts, *several], key=lambda s: abs(np.log(s / max(2, wanted))))


def are_plenty(n_windows, horizon):
    """Return whether a network finds in so many windows what a regression would tell it, and trains best at one go."""
    return n_windows > _PLENTY * horizon


def choose_batch_size(n_windows, n_each):
    """Return the windows of a step, of `n_each` series each: about eight steps an epoch on little data.

    So a hundred epochs are enough to learn.
    """
    return int(np.clip(2 ** round(np.log2(max(1, n_windows / 8))), 16, max(16, 256 // n_each)))


def choose_lr(batch_size):
    """Return the highest learning rate of a fit: 1e-3 for 32 windows a step, more by the square root for more.

    References
    ----------
    Malladi, Lyu, Panigrahi, Arora (2022). On the SDEs and Scaling Rules for Adaptive Gradient Algorithms. NeurIPS.
    """
    return 1e-3 * max(1.0, batch_size / 32) ** 0.5


def choose_transform(series):
    """Return "log" where all is positive and the spread of a series grows with its level, else None.

    The slope of log spread on log level over stretches of a series is 1 - λ of the Box-Cox transform that makes the
    spread even; 1 means a log.

    References
    ----------
    Guerrero (1993). Time-series analysis supported by power transformations. Journal of Forecasting 12(1).
    """
    if not series or min(np.nanmin(x) for x in series) <= 0:
        return None
    levels, spreads = [], []
    for x in series:
        stretches = np.array_split(x[~np.isnan(x)], max(2, min(12, len(x) // 12)))
        level = np.array([np.mean(s) for s in stretches if len(s) > 2])
        spread = np.array([np.std(np.diff(s)) for s in stretches if len(s) > 2])
        seen = spread > 0
        if seen.sum() > 1:
            levels.append(np.log(level[seen]) - np.log(level[seen]).mean())
            spreads.append(np.log(spread[seen]) - np.log(spread[seen]).mean())
    if not levels:
        return None
    level, spread = np.concatenate(levels), np.concatenate(spreads)
    return "log" if level @ spread > 0.5 * (level @ level) else None


def choose_skip_lag(series, season_length, window_size, horizon, week_length=1):
    """Return how many of the last rows, repeated, forecast the series best: one to seven seasons, or 1, the last value.

    Of seasons the window holds, up to seven (the week of hours), the one is taken whose repetition misses by least over
    the horizon, if by a twentieth less than the last value. A long lag of a short series does so by luck: few rows show
    its repetition. So the rows that it has beyond one season count against it as so many parameters, as in Akaike's
    criterion: where they are a fifth of the series, the logarithm of the error counts as a fifth more. That hours
    repeat after a week, `week_length`, needs no such proof.

    References
    ----------
    Akaike (1974). A new look at the statistical model identification. IEEE Transactions on Automatic Control 19(6).
    """
    lags = [k * season_length for k in range(1, 8) if k * season_length <= window_size]
    if season_length <= 1:
        return 1
    missed = {lag: [] for lag in lags}
    for x in map(_fill, series):
        by_last = missed_by_repeating(x, 1, horizon)
        # A lag that a series is too short to show is as bad as can be.
        for lag in lags if 0 < by_last < np.inf else ():  # a single row tells nothing
            ratio = max(missed_by_repeating(x, lag, horizon) / by_last, 0.01)
            beyond = 0 if lag == week_length else lag - season_length
            missed[lag].append(np.log(ratio) + beyond / len(x))
    missed = {lag: np.median(logs) for lag, logs in missed.items() if logs}
    best = min(missed, key=missed.get, default=1)
    return best if best > 1 and missed[best] < np.log(0.95) else 1


def choose_skip_lags(series, season_length, window_size, horizon):
    """Return of which lags the repetition is best for many of the series, the shortest first: 1, or some seasons.

    Many is a tenth of them, and three. The lags are those that a window holds together with a season before; of a
    series the shortest counts that misses by no more than a twentieth above the least.
    """
    if len(series) < 6:
        return ()
    seasons = [k * season_length for k in range(1, 8)] if season_length > 1 else []
    lags = lags_within([1, *seasons], window_size, season_length)
    missed = [[missed_by_repeating(x, lag, horizon) for lag in lags] for x in map(_fill, series)]
    missed = np.array(missed)
    best = (missed <= 1.05 * missed.min(1, keepdims=True)).argmax(1)
    counts = np.bincount(best, minlength=len(lags))
    least = max(3, len(series) / 10)
    return tuple(lag for lag, n in zip(lags, counts, strict=True) if n >= least)


def lags_within(lags, window_size, season_length):
    """Return the lags that a window of `window_size` rows holds together with a season before."""
    return tuple(lag for lag in lags if lag == 1 or lag + season_length <= window_size)


def missed_by_repeating(x, lag, horizon):
    """Return the mean absolute error of the last `lag` rows repeated, over eight of the steps; infinite if unseen."""
    steps = np.unique(np.linspace(1, horizon, 8).astype(int))
    # The same row of the last repetition that is known lies one or several lags before.
    before = np.unique(lag * -(-steps // lag), return_counts=True)
    seen = [(d, n) for d, n in zip(*before, strict=True) if d < len(x)]
    if not seen:
        return np.inf
    errors = [n * np.abs(x[d:] - x[:-d]).mean() for d, n in seen]
    return sum(errors) / sum(n for _, n in seen)


def autocorrelation(x, n_lags):
    """Return the autocorrelation of `x` at lags 0 to n_lags - 1, by the fast Fourier transform."""
    x = x - x.mean()
    spectrum = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
    acf = np.fft.irfft(spectrum)[:n_lags]
    return acf / acf[0] if acf[0] > 0 else np.zeros(n_lags)


def _fill(x):
    seen = np.flatnonzero(~np.isnan(x))
    return np.interp(np.arange(len(x)), seen, x[seen])


def _detrend(x):
    time = np.arange(len(x)) - (len(x) - 1) / 2
    return x - x.mean() - time * (time @ x) / max(time @ time, 1)
