"""Gradients by hand are those of autograd; every network that is not simple enough is left to autograd."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tsrnn import RecurrentForecaster, kernels
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import MeanPooling
from tsrnn.nn.by_hand import gradients_by_hand
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.nn.losses import ForecastLoss
from tsrnn.training import loop


def network_of(cell=GRU, seed=0, **arguments):
    torch.manual_seed(seed)
    arguments = {"n_targets": 1, "window_size": 7, "horizon": 2, "hidden_size": 5} | arguments
    return ForecastNetwork(cell, **arguments)


def batch_of(n_windows=6, n_targets=1, rows=9, horizon=2):
    """Windows that are cut from longer stretches, as in training."""
    past = torch.randn(n_windows, rows + horizon, n_targets)
    inputs = {"past": past[:, :rows], "future": torch.empty(n_windows, horizon, 0)}
    return inputs, past[:, rows:]


def by_autograd(network, criterion, inputs, target):
    for parameter in network.parameters():
        parameter.grad = None
    answer = network(**inputs)
    loss = criterion(answer, target)
    loss.backward()
    return answer, loss


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU, LSTMP, PeepholeLSTM, JANET])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@settings(max_examples=10, deadline=None)
@given(
    n_windows=st.integers(1, 70),
    n_targets=st.integers(1, 3),
    hidden_size=st.integers(2, 40),
    horizon=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_answer_loss_and_gradients_are_those_of_autograd(
    cell, loss, n_windows, n_targets, hidden_size, horizon, seed
):
    network = network_of(cell, seed, n_targets=n_targets, hidden_size=hidden_size, horizon=horizon)
    other, criterion = copy.deepcopy(network), ForecastLoss(loss)
    batch = batch_of(n_windows, n_targets, horizon=horizon)
    by_hand = gradients_by_hand(network, criterion)
    by_hand(*batch)
    answer, value = by_hand(*batch)  # what the first pass wrote is written over
    expected, expected_value = by_autograd(other, criterion, *batch)
    torch.testing.assert_close(answer[0], expected[0])
    assert answer[1] is expected[1] is None
    torch.testing.assert_close(value, expected_value)
    for (name, mine), theirs in zip(network.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-4, atol=2e-6, msg=name)


SKIPS = [None, "seasonal", "linear", "mixture"]


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU, LSTMP, PeepholeLSTM, JANET])
@pytest.mark.parametrize("skip", SKIPS)
@settings(max_examples=10, deadline=None)
@given(
    segment_size=st.integers(1, 4),
    normalization=st.sampled_from([None, "last", "standard"]),
    indicator=st.booleans(),
    n_targets=st.integers(1, 2),
    horizon=st.integers(1, 5),
    loss=st.sampled_from(["mse", "mae", "huber"]),
    dropout=st.sampled_from([0, 0.3]),
    n_windows=st.integers(1, 70),
    cut=st.integers(0, 3),
)
def test_so_are_those_of_segments_scales_and_skips(
    cell, skip, segment_size, normalization, indicator, n_targets, horizon, loss, dropout, n_windows, cut
):  # fmt: skip
    network = network_of(
        cell, segment_size=segment_size, normalization=normalization, skip=skip, indicator=indicator, dropout=dropout,
        n_targets=n_targets, horizon=horizon, skip_lag=2, skip_lags=(2, 3),
    )  # fmt: skip
    with torch.no_grad():
        for (
            parameter
        ) in network.parameters():  # some begin with zeros, through which nothing leads back
            parameter += torch.randn_like(parameter) / 3
    other, criterion = copy.deepcopy(network), ForecastLoss(loss)
    inputs, target = batch_of(n_windows, n_targets, horizon=horizon)
    if normalization is not None:
        inputs["past"] = inputs["past"].clone()
        inputs["past"][0, : 2 + cut] = torch.nan  # two rows lie before the window
    torch.manual_seed(1)
    answer, value = gradients_by_hand(network, criterion)(inputs, target)
    torch.manual_seed(1)
    expected, expected_value = by_autograd(other, criterion, inputs, target)
    torch.testing.assert_close(answer[0], expected[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(answer[1], expected[1])
    torch.testing.assert_close(value, expected_value, rtol=1e-4, atol=1e-5)
    for (name, mine), theirs in zip(network.named_parameters(), other.parameters(), strict=True):
        largest = max(1.0, float(theirs.grad.abs().max()))
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=0, atol=1e-4 * largest, msg=name)


@pytest.mark.parametrize("segment_size", [1, 2])
@pytest.mark.parametrize("skip", SKIPS)
def test_no_two_gradients_are_one_tensor(segment_size, skip):
    """Clipping would scale it twice."""
    network = network_of(segment_size=segment_size, skip=skip, skip_lags=(2, 3))
    gradients_by_hand(network, ForecastLoss("mse"))(*batch_of())
    places = [p.grad.data_ptr() for p in network.parameters()]
    assert len(set(places)) == len(places)


class Shifted(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x) + 1


class Longer(GRU):
    """A cell with a weight that it does not read."""

    def __init__(self, *args):
        super().__init__(*args)
        self.unread = torch.nn.Parameter(torch.ones(3))


def test_a_weight_that_nothing_reads_has_no_gradient():
    network = network_of(Longer)
    gradients_by_hand(network, ForecastLoss("mse"))(*batch_of())
    assert network.body.recurrent.cells[0].unread.grad is None
    assert network.body.linear.weight.grad is not None


def with_change(change, **arguments):
    network = network_of(**arguments)
    change(network)
    return network


@pytest.mark.parametrize(
    "network",
    [
        network_of(num_layers=2),
        network_of(num_layers=2, segment_size=2),
        network_of(head=MeanPooling),
        network_of(head=MeanPooling, segment_size=2),
        network_of(missing=(False,), cardinalities=(0,), segment_size=2),
        network_of(n_targets=2, independent=True),
        network_of(n_quantiles=3, median=1),
        with_change(lambda network: network.keep_share(0.5)),
        with_change(lambda network: setattr(network.body, "linear", Shifted(5, 2))),
        with_change(
            lambda network: setattr(network.body, "dropout", torch.nn.Identity()), segment_size=2
        ),
        with_change(lambda network: network.body.linear.weight.requires_grad_(False)),
        with_change(lambda network: network.body.linear.weight.register_hook(lambda d: 2 * d)),
        with_change(lambda network: network.body.register_forward_hook(lambda *_: None)),
        with_change(lambda network: network.body.register_full_backward_hook(lambda *_: None)),
        torch.nn.Linear(2, 3),
    ],
    ids=[
        "two layers", "two layers of segments", "head", "head of segments", "known ahead", "independent", "quantiles",
        "share", "another linear layer", "another dropout", "frozen", "hook of a weight", "hook",
        "hook of the way back", "another network",
    ],
)  # fmt: skip
def test_every_other_network_is_left_to_autograd(network):
    assert gradients_by_hand(network_of(), ForecastLoss("mse")) is not None
    assert gradients_by_hand(network, ForecastLoss("mse")) is None


@pytest.mark.parametrize(
    "criterion",
    [ForecastLoss(torch.nn.L1Loss()), ForecastLoss("quantile", [0.5]), torch.nn.MSELoss()],
)
def test_every_other_loss_is_left_to_autograd(criterion):
    assert gradients_by_hand(network_of(), criterion) is None


def test_without_kernels_all_is_left_to_autograd():
    with kernels.disabled():
        assert gradients_by_hand(network_of(), ForecastLoss("mse")) is None
    by_hand = gradients_by_hand(network_of(), ForecastLoss("mse"))
    with kernels.disabled():
        assert by_hand(*batch_of()) is None


@pytest.mark.parametrize("change", [torch.nn.Sequential, lambda _: torch.nn.Linear(3, 5)])
def test_a_network_with_another_embedding_is_left_to_autograd(change):
    network = network_of(segment_size=2)
    network.body.embed = change(network.body.embed)
    assert gradients_by_hand(network, ForecastLoss("mse")) is None


def test_segments_of_another_width_than_the_embedding_s_are_an_error_of_torch_s():
    network = network_of(segment_size=2)
    network.body.embed = torch.nn.Linear(3, 5)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        network(**batch_of()[0])


@pytest.mark.parametrize("normalization", ["last", "standard"])
def test_a_batch_with_a_constant_window_is_left_to_autograd(normalization):
    inputs, target = batch_of()
    by_hand = gradients_by_hand(network_of(normalization=normalization), ForecastLoss("mse"))
    assert by_hand(inputs, target) is not None
    inputs["past"][2] = 1.5
    assert by_hand(inputs, target) is None


@pytest.mark.parametrize("missing", ["past", "target"])
def test_a_batch_in_which_a_value_is_missing_is_left_to_autograd(missing):
    inputs, target = batch_of()
    by_hand = gradients_by_hand(network_of(), ForecastLoss("mse"))
    assert by_hand(inputs, target) is not None
    (inputs["past"] if missing == "past" else target)[2, -1] = torch.nan
    assert by_hand(inputs, target) is None


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU, PeepholeLSTM])
@pytest.mark.parametrize("settings", ["tutorial", "default"])
def test_a_fit_comes_to_the_same_either_way(cell, settings, monkeypatch):
    values = np.sin(np.arange(120) / 3) + np.random.default_rng(0).normal(0, 0.1, 120)
    plain = {"segment_size": 1, "normalization": None, "skip": None, "transform": None}
    plain = plain if settings == "tutorial" else {"refit": False}
    f = RecurrentForecaster(
        cell, horizon=2, window_size=9, max_epochs=5, batch_size=16, random_state=0, **plain
    )
    taken = []

    def spy(*given):
        taken.append(gradients_by_hand(*given))
        return taken[-1]

    monkeypatch.setattr(loop, "gradients_by_hand", spy)
    by_hand = f.fit(values).forecast(), f.history_["train_loss"]
    assert len(taken) == len(f.history_)
    assert None not in taken
    monkeypatch.setattr(loop, "gradients_by_hand", lambda *_: None)
    f.fit(values)
    np.testing.assert_allclose(f.forecast(), by_hand[0], rtol=1e-4)
    np.testing.assert_allclose(f.history_["train_loss"], by_hand[1], rtol=1e-4)
