"""What fit() trains: the plain network, ensembles, losses, optimizers, devices, "auto"."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tsrnn import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster
from tsrnn.cells import GRU, LSTM, LSTMP, RNN
from tsrnn.datasets import load_airline
from tsrnn.nn import AdditiveAttention, DotProductAttention, LastOutput, MeanPooling

# --- n_estimators, loss, optimizer, device ------------------------------------------------------


def test_an_ensemble_forecasts_the_median_of_its_members(every_forecaster, quick, series):
    draw = np.random.RandomState(0)
    members = [
        quick(every_forecaster, lr=0.05, random_state=draw).fit(series).forecast(4)
        for _ in range(3)
    ]
    together = quick(
        every_forecaster, lr=0.05, n_estimators=3, random_state=np.random.RandomState(0)
    )
    together = together.fit(series).forecast(4)
    np.testing.assert_allclose(together, np.median(members, axis=0), rtol=1e-6)
    assert not np.allclose(members[0], members[1], rtol=1e-6)


@pytest.mark.parametrize(
    ("module", "name"), [(nn.L1Loss(), "mae"), (nn.MSELoss(), "mse"), (nn.HuberLoss(), "huber")]
)
def test_a_loss_may_be_a_module(every_forecaster, quick, series, module, name):
    by_module = quick(every_forecaster, loss=module).fit(series)
    by_name = quick(every_forecaster, loss=name).fit(series)
    np.testing.assert_allclose(by_module.forecast(), by_name.forecast(), rtol=1e-5)
    np.testing.assert_allclose(
        by_module.history_["valid_loss"], by_name.history_["valid_loss"], rtol=1e-4
    )


def test_a_loss_module_may_meet_a_batch_without_a_target(quick, values):
    """Windows of a constant stretch have no scale, so a batch of them says nothing."""
    flat = np.concatenate([np.full(40, 3.0), values])
    f = quick(loss=nn.MSELoss(), batch_size=1).fit(flat)
    assert np.isfinite(f.history_["train_loss"]).all()


def test_losses_differ(quick, series):
    forecasts = [
        quick(loss=loss, lr=0.05).fit(series).forecast() for loss in ("mae", "mse", "quantile")
    ]
    assert not np.allclose(forecasts[0], forecasts[1], rtol=1e-6)
    assert not np.allclose(forecasts[0], forecasts[2], rtol=1e-6)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop])
def test_the_optimizer_is_a_class_of_torch(quick, series, optimizer):
    f = quick(optimizer=optimizer).fit(series)
    assert type(f.net_.optimizer_) is optimizer
    assert not np.allclose(f.forecast(), quick().fit(series).forecast(), rtol=1e-7)


def test_the_device_that_was_taken_is_told(quick, series):
    f = quick(device="cpu").fit(series)
    assert f.device_ == torch.device("cpu")
    assert {p.device.type for p in f.module_.parameters()} == {"cpu"}
    best = "cuda" if torch.cuda.is_available() else None
    best = best or ("mps" if torch.backends.mps.is_available() else "cpu")
    f = quick(device="auto").fit(series)
    assert f.device_.type == best
    assert {p.device.type for p in f.module_.parameters()} == {best}
    assert np.isfinite(f.forecast()).all()


# --- what "auto" came to ------------------------------------------------------------------------


def test_auto_choices_are_visible_after_fit(every_forecaster, values):
    f = every_forecaster(max_epochs=1).fit(
        pd.Series(np.tile(values, 3), pd.date_range("2010-01-01", periods=180, freq="MS"))
    )
    assert (f.horizon_, f.season_length_, f.freq_) == (12, 12, "MS")
    assert f.window_size_ >= 1
    assert 1 <= f.segment_size_ <= f.window_size_
    for name in ("transform_", "normalization_", "skip_"):
        assert hasattr(f, name)
    assert f.net_.module_ is f.module_


def test_given_choices_are_kept(quick, values):
    given = {"segment_size": 2, "transform": "log", "normalization": "last", "skip": None}
    f = quick(**given, batch_size=5).fit(values)
    assert (f.horizon_, f.window_size_, f.season_length_, f.batch_size_) == (4, 8, 7, 5)
    assert {name: getattr(f, f"{name}_") for name in given} == given


# --- the plain network --------------------------------------------------------------------------

PLAIN = {"segment_size": 1, "transform": None, "normalization": None, "skip": None}
PLAIN_NETWORKS = [
    (LSTMForecaster, LSTM, nn.LSTM),
    (GRUForecaster, GRU, nn.GRU),
    (RNNForecaster, RNN, nn.RNN),
]


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("n_columns", [1, 2])
@pytest.mark.parametrize(("cls", "cell", "layer"), PLAIN_NETWORKS, ids=["LSTM", "GRU", "RNN"])
def test_the_plain_network_is_torch_s_layer_and_a_linear_one(
    quick, two, cls, cell, layer, n_columns, num_layers
):
    data = two.iloc[:, :n_columns]
    f = quick(cls, hidden_size=5, num_layers=num_layers, **PLAIN).fit(data)
    recurrent = layer(n_columns, 5, num_layers, batch_first=True)
    linear = nn.Linear(5, 4 * n_columns)
    own = list(f.module_.parameters())
    plain = [*recurrent.parameters(), *linear.parameters()]
    assert [p.shape for p in own] == [p.shape for p in plain]
    with torch.no_grad():
        for to, p in zip(plain, own, strict=True):
            to.copy_(p)
        rows = torch.tensor(data.to_numpy()[None, -8:], dtype=torch.float32)
        outputs, _ = recurrent(rows)
        expected = linear(outputs[:, -1]).reshape(4, n_columns)
    # Sums of numbers near 1 round at 1e-7, also where they come near nothing.
    np.testing.assert_allclose(f.forecast(), expected, rtol=1e-5, atol=1e-6)
    general = quick(RecurrentForecaster, cell=cell, hidden_size=5, num_layers=num_layers, **PLAIN)
    np.testing.assert_array_equal(general.fit(data).forecast(), f.forecast())


def test_a_cell_of_one_s_own_is_one_class(quick, series):
    class Average(nn.Module):
        """h = (h + W x) / 2"""

        def __init__(self, input_size, hidden_size):
            super().__init__()
            self.output_size = hidden_size
            self.weight = nn.Linear(input_size, hidden_size)

        def forward(self, inputs, state=None):
            (h,) = state or (inputs.new_zeros(len(inputs), self.output_size),)
            outputs = []
            for x in inputs.unbind(1):
                h = (h + self.weight(x)) / 2
                outputs.append(h)
            return torch.stack(outputs, 1), (h,)

    for params in ({}, PLAIN):
        f = quick(RecurrentForecaster, cell=Average, num_layers=2, **params).fit(series)
        assert np.isfinite(f.forecast(9)).all()
        assert any(isinstance(part, Average) for part in f.module_.modules())


def test_a_cell_is_judged_at_the_size_it_will_have(quick, series):
    cell = partial(LSTMP, proj_size=9)  # fewer than 10 units, more than the 8 of a trial
    f = quick(RecurrentForecaster, cell=cell, hidden_size=10).fit(series)
    assert f.module_.body.recurrent.output_size == 9


# --- heads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [MeanPooling, AdditiveAttention, DotProductAttention])
def test_the_plain_network_takes_any_head_that_pools(quick, series, head):
    f = quick(head=head, **PLAIN).fit(series)
    body = f.module_.body
    with torch.no_grad():
        outputs, _ = body.recurrent(torch.tensor(series.to_numpy()[None, -8:, None]).float())
        expected = body.linear(body.head(outputs))[0]
    np.testing.assert_allclose(f.forecast(), expected, rtol=1e-5)
    assert type(body.head) is head


@pytest.mark.parametrize("head", [MeanPooling, AdditiveAttention])
def test_what_a_head_sees_of_the_segments_stands_beside_what_is_decoded(quick, series, head):
    f = quick(head=head, **PLAIN | {"segment_size": 2}).fit(series)
    body, seen = f.module_.body, []
    body.head.register_forward_hook(lambda module, inputs, output: seen.append(output))
    with torch.no_grad():
        body.linear.weight[:, :4] = 0  # of the decoded outputs nothing is left
        forecast = f.forecast()
        (context,) = seen
        each = body.linear.weight[:, 4:] @ context[0] + body.linear.bias
    np.testing.assert_allclose(forecast, each.repeat(2), rtol=1e-5)


def test_the_last_output_adds_nothing_to_the_last_state(quick, series):
    f = quick(head=LastOutput, segment_size=2).fit(series)
    np.testing.assert_array_equal(f.forecast(), quick(segment_size=2).fit(series).forecast())


def test_networks_of_an_ensemble_look_back_on_more_and_less_and_in_whole_seasons():
    year = np.sin(np.arange(480) / 12 * 2 * np.pi)
    series = pd.Series(year, pd.period_range("1980-01", periods=480, freq="M"))
    f = RecurrentForecaster(n_estimators=4, max_epochs=1, random_state=0).fit(series)
    assert f.lookbacks_ == (168, 84, 120, 60)
    assert f.window_size_ == 168
    assert [net.module_.window_size for net in f._fit_.nets] == [168, 84, 120, 60]


def test_a_window_size_that_is_given_holds_for_every_network():
    f = RecurrentForecaster(n_estimators=3, window_size=24, max_epochs=1, random_state=0)
    assert f.fit(load_airline()).lookbacks_ == (24, 24, 24)


def test_a_network_looks_at_the_rows_of_its_own_window_alone():
    f = RecurrentForecaster(n_estimators=4, max_epochs=2, random_state=0).fit(load_airline())
    assert f.lookbacks_[3] < f.window_size_
    past = torch.randn(1, f.window_size_, 1, generator=torch.Generator().manual_seed(0)).cumsum(1)
    other = past.clone()
    other[:, : f.window_size_ - f.lookbacks_[3]] += 1
    networks = [net.module_.eval() for net in f._fit_.nets]
    future = torch.empty(1, f.horizon_, 0)
    with torch.no_grad():
        assert torch.equal(networks[3](past, future)[0], networks[3](other, future)[0])
        assert not torch.equal(networks[0](past, future)[0], networks[0](other, future)[0])


# --- a loss module ------------------------------------------------------------------------------


class Robust(torch.nn.Module):
    """A loss that learns how far errors are from usual."""

    def __init__(self):
        super().__init__()
        self.width = torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, forecast, target):
        return (forecast - target).abs().mean() / self.width.exp() + self.width


def test_a_loss_module_is_trained_in_copies_and_stays_as_the_user_made_it(quick, series):
    loss = Robust()
    f = quick(loss=loss, n_estimators=2, lr=0.05)
    first = f.fit(series).forecast()
    learned = [net.criterion_.loss.width.item() for net in f._fit_.nets]
    assert loss.width.item() == 0.5
    assert len({0.5, *learned}) == 3
    pd.testing.assert_series_equal(f.fit(series).forecast(), first)
