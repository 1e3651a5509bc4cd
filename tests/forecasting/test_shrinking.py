"""Networks shrunk towards the naive forecast that they started from."""

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

import tsrnn
from tsrnn import LSTMForecaster
from tsrnn.cells import LSTM
from tsrnn.forecasting.shrinking import LEAST, shrink
from tsrnn.nn.forecast import ForecastNetwork

SIZES = {"n_targets": 1, "window_size": 24, "horizon": 6, "hidden_size": 4}
PAST = torch.randn(5, 24, 1, generator=torch.Generator().manual_seed(0)).cumsum(1)
FUTURE = torch.empty(5, 6, 0)


def trained(**how):
    torch.manual_seed(0)
    network = ForecastNetwork(LSTM, **SIZES, **how).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return network


KINDS = [
    {"segment_size": 6, "normalization": "last", "skip": "linear", "skip_lag": 1},
    {"segment_size": 6, "normalization": "standard", "skip": "linear", "skip_lag": 12},
    {
        "segment_size": 6,
        "normalization": "standard",
        "skip": "mixture",
        "skip_lag": 12,
        "skip_lags": (1, 6),
    },
    {"segment_size": 6, "normalization": "standard", "skip": "seasonal", "skip_lag": 12},
    {"segment_size": 1, "normalization": "last", "skip": None},
]


@pytest.mark.parametrize("how", KINDS)
def test_a_forecast_is_linear_in_the_share_that_is_kept(how):
    whole, half, none = (trained(**how) for _ in range(3))
    half.keep_share(0.5)
    none.keep_share(0.0)
    with torch.no_grad():
        ends = [network(PAST, FUTURE)[0] for network in (none, whole)]
        torch.testing.assert_close(half(PAST, FUTURE)[0], sum(ends) / 2, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", KINDS[:3])
def test_nothing_kept_is_the_repetition(how):
    network = trained(**how)
    network.keep_share(0.0)
    lag = how["skip_lag"]
    with torch.no_grad():
        torch.testing.assert_close(network(PAST, FUTURE)[0], PAST[:, -lag:].repeat(1, 6, 1)[:, :6])


def test_a_whole_share_leaves_the_network_as_it_was():
    network = trained(**KINDS[0])
    with torch.no_grad():
        before, _ = network(PAST, FUTURE)
        network.keep_share(0.5)
        network.keep_share(1.0)
        assert torch.equal(network(PAST, FUTURE)[0], before)


@pytest.mark.parametrize("seed", range(3))
def test_random_walks_are_forecast_about_as_well_as_by_their_last_values(seed):
    steps = np.random.default_rng(seed).standard_normal((8, 230))
    walks = 100 + steps.cumsum(1)
    panel = [pd.Series(walk[:220]) for walk in walks]
    f = LSTMForecaster(horizon=10, random_state=0).fit(panel)
    error = np.abs(np.array(f.forecast()) - walks[:, 220:]).mean()
    assert error < 1.05 * np.abs(walks[:, 219:220] - walks[:, 220:]).mean()


def test_what_has_been_learned_is_kept():
    # Chaos of one step: nothing to repeat, smooth or regress, and all of it known from the last row.
    chaos = np.empty(400)
    chaos[0] = 0.3
    for t in range(399):
        chaos[t + 1] = 3.8 * chaos[t] * (1 - chaos[t])
    f = LSTMForecaster(horizon=1, window_size=8, random_state=0, max_epochs=30).fit(chaos)
    assert f.module_.share > 0.5
    assert f.diagnose()["skill"].item() > 0.5


def test_the_share_is_kept_in_a_file_and_a_copy_and_training_goes_on_without_it(tmp_path):
    walk = pd.Series(np.random.default_rng(0).standard_normal(200).cumsum())
    f = LSTMForecaster(horizon=5, max_epochs=2, random_state=0).fit(walk)
    assert f.module_.share == 0.1
    f.save(tmp_path / "f.tsrnn")
    for other in (tsrnn.load(tmp_path / "f.tsrnn"), pickle.loads(pickle.dumps(f))):
        assert other.module_.share == 0.1
        np.testing.assert_array_equal(other.forecast(), f.forecast())
    f.set_params(warm_start=True, max_epochs=3, validation_fraction=0.0).fit(walk)
    assert f.module_.share == 1.0


def test_where_nothing_is_held_out_the_training_windows_say_how_much_is_kept():
    """Of nine rows with six to forecast none can be held out: three windows each, of which six share none."""
    rows = np.random.default_rng(0).standard_normal((60, 9)).cumsum(1)
    how = {"horizon": 6, "max_epochs": 100, "random_state": 0}
    kept = [LSTMForecaster(**how).fit(list(rows[:n])).module_.share for n in (1, 6, 60)]
    # Of 3, 18 and 180 windows all is kept that is worth keeping, less what windows that show no gain take.
    most = [n / 2 / (n / 2 + 4) for n in (1, 6, 60)]
    assert [share <= part for share, part in zip(kept, np.round(most, 2), strict=True)] == [
        True
    ] * 3
    assert LEAST <= kept[0] < kept[1] < kept[2]
    assert kept[2] > 0.5
    alike = [rows[0] + 0.01 * row for row in rows]
    assert LSTMForecaster(**how).fit(alike).module_.share < 0.5 * kept[2]
    assert LSTMForecaster(validation_fraction=0, **how).fit(rows[0]).module_.share == 1.0


def test_a_few_more_rows_leave_the_share_as_it_was():
    walk = np.random.default_rng(0).standard_normal(210).cumsum()
    f = LSTMForecaster(horizon=5, max_epochs=2, random_state=0).fit(walk[:200])
    assert f.partial_fit(walk[200:]).module_.share == 0.1


def test_a_share_below_the_standard_error_of_its_gain_is_not_kept():
    """Two of eight runs gain three tenths and the others lose: six hundredths on average, by luck."""
    gains = [0.5, 0.5, -0.1, -0.1, -0.1, -0.05, -0.1, -0.07]
    assert shares_kept(gains) == LEAST
    assert shares_kept([0.06] * 8) > LEAST


def test_the_fewer_the_held_out_windows_the_less_is_kept():
    assert [shares_kept([1.0] * 8, n) for n in (1, 2, 6, 1000)] == [0.2, 0.33, 0.6, 1.0]


def test_series_that_err_together_are_fewer():
    """Sixteen windows of one time, all missed alike and all moved alike, are one."""
    assert shares_kept([1.0] * 8, n_series=16) == 0.2
    assert shares_kept([1.0] * 8, n_series=4) == 0.5


@pytest.mark.parametrize("seed", [6, 9])
def test_random_walks_with_common_shocks_are_forecast_about_as_well_as_by_their_last_values(seed):
    """A regression once forecast of thirty prices what had moved all of them before: 1.3 and 1.7 of the error."""
    draw = np.random.default_rng(seed)
    common = draw.standard_normal((170, 1))
    steps = 0.7**0.5 * common + 0.3**0.5 * draw.standard_normal((170, 30))
    prices = 100 * np.exp(0.01 * steps.cumsum(0)).T
    f = LSTMForecaster(horizon=20, random_state=seed).fit([pd.Series(p[:150]) for p in prices])
    error = np.abs(np.array(f.forecast()) - prices[:, 150:]).mean()
    assert error < 1.1 * np.abs(prices[:, 149:150] - prices[:, 150:]).mean()


def shares_kept(gains, n_windows=16, n_series=1):
    """Return what is kept of a network that gains so much on the naive forecast in each run of held-out windows."""
    actual = torch.ones(16, 1, 1)
    better = torch.tensor(gains).repeat_interleave(2)[:, None, None]

    class Network(torch.nn.Module):
        def keep_share(self, share):
            self.share = share

        def forward(self, number, **unused):
            return self.share * better[number], torch.ones(len(number), 1, 1)

    class Runs:
        class origins:
            spread = staticmethod(lambda at_most: np.arange(16))
            times = staticmethod(lambda numbers: numbers // n_series)
            at_once = staticmethod(lambda: float(n_series))

        horizon = 1

        def __len__(self):
            return n_windows

        def batches(self, numbers, size):
            for part in torch.as_tensor(numbers).split(size):
                yield {"number": part}, actual[part]

    network = Network()
    loss = lambda answer, target: (answer[0] - target).abs().mean()  # noqa: E731
    return shrink(SimpleNamespace(module_=network, criterion_=loss), Runs(), 16)
