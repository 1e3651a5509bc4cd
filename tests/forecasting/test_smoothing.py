"""Exponential smoothing as a linear map, from which training starts."""

import numpy as np
import pytest
import torch
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from tsrnn import LSTMForecaster
from tsrnn.cells import LSTM
from tsrnn.forecasting.smoothing import _Smoothing, start_from_smoothing
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.windows import Windows, pad_rows, plan_windows

W, H, M = 24, 6, 4


def network(lag=1, **how):
    how = {"n_targets": 1, "normalization": "standard", **how}
    return ForecastNetwork(
        LSTM, window_size=W, horizon=H, segment_size=4, skip="linear", skip_lag=lag, **how
    )


def windows_of(*series, n_targets=1):
    rows = np.concatenate([np.reshape(s, (len(s), -1)) for s in series])
    plan = plan_windows(np.cumsum([0, *map(len, series)]), W, H)
    return Windows(pad_rows(rows, W, after=H), plan.train, W, H, n_targets, slice(0, 0))


def seasonal(n, seed=0, noise=1.0):
    """A level that wanders a little, and a season of four rows."""
    generator = np.random.default_rng(seed)
    level = np.cumsum(0.1 * generator.standard_normal(n))
    return level + np.tile([3.0, -1.0, 2.0, -4.0], n)[:n] + noise * generator.standard_normal(n)


def parameters(*values):
    return [torch.tensor([[v]], dtype=torch.float64) for v in values]


@pytest.mark.parametrize("season_length", [1, M])
@pytest.mark.parametrize("trend", [False, True])
def test_with_its_parameters_given_it_is_the_smoothing_of_statsmodels(season_length, trend):
    x = seasonal(W) + 0.5 * np.arange(W)
    alpha, gamma, beta, phi = 0.3, 0.2 * (season_length > 1), 0.1 * trend, 0.9 if trend else 1.0
    smoothing = _Smoothing(season_length, *parameters(alpha, gamma, beta, phi))
    ours = smoothing.forecast(torch.from_numpy(x)[None], H)[:, 0, 0].numpy()
    first, rest = x[:season_length], x[season_length:]
    how, given, start = {}, [alpha], {"initial_level": first.mean()}
    if trend:
        how |= {"trend": "add", "damped_trend": True}
        given.append(beta)
        start["initial_trend"] = (
            (x[M : 2 * M].mean() - first.mean()) / M if season_length > 1 else 0.0
        )
    if season_length > 1:
        how |= {"seasonal": "add", "seasonal_periods": M}
        given.append(gamma)
        start["initial_seasonal"] = first - first.mean()
    given += [phi] if trend else []
    model = ETSModel(rest, error="add", initialization_method="known", **start, **how)
    np.testing.assert_allclose(ours, model.smooth(given).forecast(H), rtol=1e-9)


def test_the_map_of_a_window_is_the_mean_of_the_forecasts_by_weight():
    of = [
        torch.tensor([[a], [b]], dtype=torch.float64)
        for a, b in ((0.3, 0.8), (0.2, 0.0), (0.1, 0.0), (0.9, 1.0))
    ]
    smoothing, weights = _Smoothing(M, *of), torch.tensor([0.25, 0.75], dtype=torch.float64)
    rows = torch.from_numpy(np.stack([seasonal(W, seed) for seed in range(5)]))
    by_map = rows @ smoothing.mean_map(weights, W, H).T
    each = smoothing.forecast(rows, H)
    np.testing.assert_allclose(by_map, (0.25 * each[:, 0] + 0.75 * each[:, 1]).T, atol=1e-9)


def test_of_a_noisy_season_the_start_is_a_mean_of_seasons_and_forecasts_better_than_the_last_one():
    net, series = network(lag=M), seasonal(300)
    start_from_smoothing(net, windows_of(series), M)
    weight = net.skip.start_weight.double().numpy()
    # Each row to come is that of its phase, from several seasons, and a level moves with the forecast.
    assert weight[0].argmax() in range(W - M, 0, -M)
    assert (weight[0, ::M] > 0).all()
    assert weight.max() < 0.6
    np.testing.assert_allclose(weight.sum(1), 1, atol=1e-5)
    windows = np.lib.stride_tricks.sliding_window_view(seasonal(300, seed=1), W + H)
    past, ahead = windows[:, :W], windows[:, W:]
    missed = np.abs(past @ weight.T - ahead).mean()
    assert missed < 0.85 * np.abs(past[:, np.arange(H) % M - M] - ahead).mean()


def test_where_each_horizon_lacks_a_row_the_start_is_nearly_that_of_all_rows():
    series = seasonal(400)
    with_gaps = np.where(np.arange(400) % (H - 1) == 2, np.nan, series)
    nets = [network(lag=M) for _ in range(2)]
    for net, rows in zip(nets, (series, with_gaps), strict=True):
        start_from_smoothing(net, windows_of(rows), M)
    windows = np.lib.stride_tricks.sliding_window_view(seasonal(300, seed=1), W + H)
    past, ahead = windows[:, :W], windows[:, W:]
    naive = np.abs(past[:, np.arange(H) % M - M] - ahead).mean()
    all_rows, some = (
        np.abs(past @ net.skip.start_weight.double().numpy().T - ahead).mean() for net in nets
    )
    assert all_rows < 0.85 * naive
    assert some < 1.1 * all_rows


def test_the_last_rows_tell_that_the_level_is_new():
    series = seasonal(120)
    series[-H:] += 40
    net = network(lag=M)
    start_from_smoothing(net, windows_of(series), M)
    weight = net.skip.start_weight.double().numpy()
    forecast = weight @ series[-W:]
    assert np.abs(forecast - (seasonal(120 + H)[-H:] + 40)).mean() < 10


@pytest.mark.parametrize("seed", range(5))
def test_of_random_walks_the_start_stays_the_last_value(seed):
    net = network(normalization="last")
    before = net.skip.start_weight.clone()
    walks = np.random.default_rng(seed).standard_normal((10, 300)).cumsum(1)
    start_from_smoothing(net, windows_of(*walks), M)
    torch.testing.assert_close(net.skip.start_weight, before, rtol=0, atol=0)


def test_with_fewer_than_eight_windows_nothing_is_tried():
    net = network(lag=M)
    before = net.skip.start_weight.clone()
    windows = windows_of(seasonal(2 * H + 3, noise=0.1))
    assert len(windows) < 8
    start_from_smoothing(net, windows, M)
    torch.testing.assert_close(net.skip.start_weight, before, rtol=0, atol=0)


def test_three_targets_start_as_three_series_do():
    series = np.stack([seasonal(80, seed) for seed in range(3)], axis=1)
    three = network(lag=M, n_targets=3, independent=True)
    start_from_smoothing(three, windows_of(series, n_targets=3), M)
    one = network(lag=M)
    start_from_smoothing(one, windows_of(*series.T), M)
    torch.testing.assert_close(three.skip.start_weight, one.skip.start_weight)


@pytest.mark.parametrize("season_length", [1, M])
def test_a_level_far_away_changes_nothing(season_length):
    near, far = network(), network()
    start_from_smoothing(near, windows_of(seasonal(200)), season_length)
    start_from_smoothing(far, windows_of(seasonal(200) + 1000), season_length)
    torch.testing.assert_close(near.skip.start_weight, far.skip.start_weight, rtol=1e-3, atol=1e-4)


def test_a_fitted_forecaster_forecasts_a_noisy_season_better_than_the_last_one():
    series = seasonal(120)
    f = LSTMForecaster(horizon=M, season_length=M, max_epochs=20, random_state=0).fit(series[:-M])
    truth = np.tile([3.0, -1.0, 2.0, -4.0], 2)[:M] + series[:-M].mean()
    ours = np.abs(f.forecast().ravel() - truth).mean()
    assert ours < 0.7 * np.abs(series[-2 * M : -M] - truth).mean()
