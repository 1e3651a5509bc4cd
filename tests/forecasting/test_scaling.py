"""The typical scale that calm and restless windows are drawn to."""

import numpy as np
import pandas as pd
import pytest
import torch

from tsrnn import LSTMForecaster
from tsrnn.cells import LSTM
from tsrnn.forecasting.scaling import count_on_typical_scale
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.windows import Windows, pad_rows, plan_windows

W, H = 8, 2


def network(n_targets=1, **how):
    how = {"normalization": "last", "segment_size": 2, "skip": "linear", **how}
    return ForecastNetwork(LSTM, n_targets=n_targets, window_size=W, horizon=H, **how)


def windows_of(*series):
    offsets = np.cumsum([0, *map(len, series)])
    rows = np.concatenate([np.reshape(s, (len(s), -1)) for s in series])
    return Windows(pad_rows(rows, W), plan_windows(offsets, W, H).train, W, H, rows.shape[1])


def zigzag(n, step):
    """A series whose every step is `step` long, so that this is the scale of all its windows."""
    return step * (np.arange(n) % 2.0)


def test_the_typical_scale_is_the_geometric_mean_of_the_training_windows():
    net = network()
    count_on_typical_scale(net, windows_of(zigzag(30, 1.0), zigzag(30, 100.0)))
    assert net.typical.tolist() == pytest.approx([10.0])


def test_constant_windows_do_not_count_and_leave_nothing_to_count_on_where_there_are_no_others():
    net = network()
    count_on_typical_scale(net, windows_of(zigzag(30, 5.0), np.full(30, 7.0)))
    assert net.typical.tolist() == pytest.approx([5.0])
    count_on_typical_scale(net, windows_of(np.full(30, 7.0)))
    assert net.typical.tolist() == [0.0]


def test_each_window_is_divided_by_the_geometric_mean_of_its_own_scale_and_the_typical_one():
    net = network()
    net.count_on(torch.tensor([4.0]))
    past = torch.tensor(np.stack([zigzag(W, 1.0), zigzag(W, 9.0)]), dtype=torch.float32)[..., None]
    _, scale = net(past, past.new_zeros(2, H, 0))
    assert scale.flatten().tolist() == pytest.approx([2.0, 6.0])
    assert net.own_scale(past, past.new_zeros(2, H, 0)).flatten().tolist() == [1.0, 9.0]
    assert net.own_of(scale).flatten().tolist() == pytest.approx([1.0, 9.0])


@pytest.mark.parametrize("independent", [True, False])
def test_each_target_has_a_typical_scale_of_its_own(independent):
    net = network(n_targets=2, independent=independent)
    count_on_typical_scale(net, windows_of(np.stack([zigzag(30, 1.0), zigzag(30, 50.0)], axis=1)))
    assert net.typical.tolist() == pytest.approx([1.0, 50.0])
    past = torch.tensor(np.stack([zigzag(W, 4.0), zigzag(W, 2.0)], 1), dtype=torch.float32)
    _, scale = net(past.expand(3, W, 2), past.new_zeros(3, H, 0))
    assert scale.tolist() == [[pytest.approx([2.0, 10.0])]] * 3


def positive_walks(n_series, n_rows, seed=0):
    steps = 0.1 * np.random.default_rng(seed).standard_normal((n_series, n_rows))
    return [pd.Series(walk) for walk in np.exp(steps.cumsum(axis=1))]


def test_a_forecaster_counts_on_a_typical_scale_where_it_takes_logs_and_the_steps_do_not_repeat():
    f = LSTMForecaster(horizon=3, max_epochs=1, random_state=0).fit(positive_walks(3, 120))
    assert (f.transform_, f.normalization_) == ("log", "last")
    # A window's scale is its mean step, that of a normal variable of deviation 0.1.
    assert f.module_.typical.item() == pytest.approx(0.1 * np.sqrt(2 / np.pi), rel=0.1)
    plain = LSTMForecaster(horizon=3, transform=None, max_epochs=1).fit(positive_walks(3, 120))
    assert plain.module_.typical.item() == 0.0


def test_a_fit_goes_on_with_the_scale_it_began_with():
    f = LSTMForecaster(horizon=3, max_epochs=1, random_state=0).fit(positive_walks(3, 120))
    before = f.module_.typical.item()
    f.partial_fit(positive_walks(3, 120, seed=1))
    assert f.module_.typical.item() == before


def test_bands_are_as_wide_as_windows_are_restless_by_themselves():
    """On the typical scale those of a series ten times as restless would be three times as wide."""
    f = LSTMForecaster(horizon=3, max_epochs=1, random_state=0).fit(positive_walks(4, 200))
    assert f.module_.typical.item() > 0
    calm = np.log(positive_walks(1, 200, seed=9)[0])
    widths = []
    for restless in (1, 10):
        bands = np.log(f.forecast(history=np.exp(restless * calm), quantiles=[0.1, 0.9]))
        widths.append((bands[0.9] - bands[0.1]).to_numpy())
    np.testing.assert_allclose(widths[1], 10 * widths[0], rtol=1e-3)
