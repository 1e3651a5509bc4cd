"""The regression that a forecast is drawn back to."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Ridge

from tsrnn import LSTMForecaster
from tsrnn.cells import LSTM
from tsrnn.forecasting.regressing import start_from_regression
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.windows import Windows, pad_rows, plan_ready_windows, plan_windows

W, H = 12, 3


def network(**how):
    how = {"n_targets": 1, "normalization": None, "skip_lag": 1, **how}
    return ForecastNetwork(LSTM, window_size=W, horizon=H, segment_size=3, skip="linear", **how)


def windows_of(*series, n_targets=1, known=slice(0, 0)):
    rows = np.concatenate([np.reshape(s, (len(s), -1)) for s in series])
    offsets = np.cumsum([0, *map(len, series)])
    plan = plan_windows(offsets, W, H)
    return Windows(pad_rows(rows, W), plan.train, W, H, n_targets, known)


def autoregressive(n, seed=0):
    noise = np.random.default_rng(seed).standard_normal(n)
    series = np.zeros(n)
    for t in range(2, n):
        series[t] = 1.6 * series[t - 1] - 0.8 * series[t - 2] + noise[t]
    return series


def start(net):
    return net.skip.start_weight.numpy(), net.skip.start_bias.numpy()


def test_of_an_autoregressive_series_the_start_is_its_best_forecast():
    net, series = network(), autoregressive(20_000)
    start_from_regression(net, windows_of(series))
    weight, _ = start(net)
    # One step ahead the equation itself, two ahead the equation put into itself.
    assert weight[0, -2:] == pytest.approx([-0.8, 1.6], abs=0.05)
    assert weight[1, -2:] == pytest.approx([-1.28, 1.76], abs=0.07)
    assert np.abs(weight[:2, :-2]).max() < 0.1


def test_with_windows_of_one_weight_it_is_the_ridge_of_scikit_learn(monkeypatch):
    net, series = network(skip_lag=4), autoregressive(300)
    windows = windows_of(series)
    monkeypatch.setattr("tsrnn.forecasting.regressing._PENALTIES", [0.01])
    monkeypatch.setattr("tsrnn.forecasting.regressing._weights", torch.ones_like)
    repeated = net.skip.start_weight.numpy().copy()
    start_from_regression(net, windows)
    inputs, target = windows[range(len(windows))]
    rows = np.pad(inputs["past"][:, :, 0].numpy(), ((0, 0), (0, 1)), constant_values=1.0)
    rows = rows.astype(np.float64)
    left = target[:, :, 0].numpy() - rows[:, :-1] @ repeated.T
    ridge = Ridge(alpha=0.01 * (rows**2).sum(0).mean(), fit_intercept=False).fit(rows, left)
    weight, bias = start(net)
    np.testing.assert_allclose(weight - repeated, ridge.coef_[:, :-1], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(bias[:, 0], ridge.coef_[:, -1], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_of_random_walks_the_start_is_the_last_value(seed):
    steps = np.random.default_rng(seed).standard_normal((10, 300))
    net = network(normalization="last")
    start_from_regression(net, windows_of(*steps.cumsum(1)))
    weight, _ = start(net)
    assert np.abs(weight[:, :-1]).max() < 0.15
    assert weight[:, -1] == pytest.approx(np.ones(H), abs=0.15)


@pytest.mark.parametrize("seed", [10, 22, 30, 36, 39])
def test_what_nine_windows_of_a_random_walk_share_is_luck(seed):
    """Of eight years of months the windows to judge by share most of their targets: they are less than one."""
    walk, (w, h) = np.random.default_rng(seed).standard_normal((96, 1)).cumsum(0), (84, 12)
    net = ForecastNetwork(
        LSTM,
        n_targets=1,
        window_size=w,
        horizon=h,
        segment_size=12,
        normalization="last",
        skip="linear",
    )
    start_from_regression(
        net, Windows(pad_rows(walk, w), plan_windows(np.array([0, 96]), w, h).train, w, h)
    )
    weight, bias = start(net)
    assert (weight[:, -1] == 1).all()
    assert not weight[:, :-1].any()
    assert not bias.any()


def test_the_last_fifth_is_forecast_by_what_comes_before_it():
    # What holds in the first four fifths and no longer is no start.
    series = np.concatenate([np.tile([1.0, -1.0], 400), np.zeros(200) + 0.3])
    series += np.random.default_rng(0).standard_normal(1000) * 0.01
    net = network()
    start_from_regression(net, windows_of(series))
    weight, bias = start(net)
    assert (weight[:, -1] == 1.0).all()
    assert not weight[:, :-1].any()
    assert not bias.any()


def test_too_few_windows_leave_the_naive_start():
    net = network()
    start_from_regression(net, windows_of(autoregressive(20)))
    assert net.skip.start_weight.sum() == H


def test_missing_values_are_left_out():
    series = autoregressive(20_000)
    series[::50] = np.nan
    net = network(indicator=True)
    start_from_regression(net, windows_of(series))
    assert torch.isfinite(net.skip.start_weight).all()
    assert start(net)[0][0, -1] == pytest.approx(1.5, abs=0.2)


def test_where_each_horizon_lacks_a_row_the_others_tell_the_regression():
    with_gaps, other = autoregressive(6000), autoregressive(3000, seed=1)
    with_gaps[::H] = np.nan
    net = network(indicator=True)
    naive = missed_by(net, other)
    start_from_regression(net, windows_of(with_gaps))
    all_rows = network()
    start_from_regression(all_rows, windows_of(autoregressive(6000)))
    assert missed_by(net, other) < 0.85 * naive
    assert missed_by(all_rows, other) < missed_by(net, other)


def missed_by(net, series):
    rows = np.lib.stride_tricks.sliding_window_view(series, W + H).astype(np.float32)
    rows = torch.from_numpy(rows)
    forecast = rows[:, :W] @ net.skip.start_weight.T + net.skip.start_bias.T
    return float((forecast - rows[:, W:]).abs().mean())


def test_independent_targets_share_one_start():
    series = np.stack([autoregressive(3000, seed) for seed in range(3)], 1)
    one, three = network(), network(n_targets=3, independent=True)
    start_from_regression(three, windows_of(series, n_targets=3))
    start_from_regression(one, windows_of(*series.T))
    np.testing.assert_allclose(start(one)[0], start(three)[0], atol=0.02)


@pytest.mark.parametrize("held_out", [0.0, 0.3])
def test_windows_that_the_user_cut_are_in_time_order_themselves(held_out):
    series = autoregressive(3000)
    ready = np.lib.stride_tricks.sliding_window_view(series, W + H)
    plan = plan_ready_windows(len(ready), W, H, held_out)
    nets = network(), network()
    start_from_regression(nets[0], Windows(pad_rows(ready.reshape(-1, 1), W), plan.train, W, H))
    start_from_regression(nets[1], windows_of(series[: len(plan.train) + W + H - 1]))
    np.testing.assert_allclose(start(nets[0])[0], start(nets[1])[0], atol=0.02)


def test_the_fit_starts_from_it_and_a_repeated_season_stays_as_it_is():
    series = pd.Series(autoregressive(2000))
    how = {"horizon": H, "window_size": W, "max_epochs": 1, "lr": 1e-12, "random_state": 0}
    ahead = 1.6 * series.iloc[-1] - 0.8 * series.iloc[-2]
    assert LSTMForecaster(**how).fit(series).forecast().iloc[0] == pytest.approx(ahead, abs=0.3)
    f = LSTMForecaster(skip="seasonal", **how).fit(series)
    assert f.forecast().iloc[0] == pytest.approx(series.iloc[-1], rel=1e-4)
