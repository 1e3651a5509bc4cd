"""A window or a row that is alone is answered as by the network that it is read from."""

import gc
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tsrnn import kernels
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import MeanPooling, SequenceNetwork, TaggingNetwork
from tsrnn.nn.alone import answer_alone, forecast_alone
from tsrnn.nn.forecast import ForecastNetwork

W, H = 11, 6
DEFAULT = {
    "n_targets": 1, "segment_size": 4, "normalization": "standard", "skip": "linear", "skip_lag": 3,
    "skip_lags": (2, 7),
    "independent": True, "indicator": True, "hidden_size": 5,
}  # fmt: skip


def network_of(cell=GRU, seed=0, **arguments):
    """A forecast network of random weights."""
    torch.manual_seed(seed)
    network = ForecastNetwork(cell, window_size=W, horizon=H, **{**DEFAULT, **arguments}).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.4 * torch.randn_like(parameter))
    return network


def window_of(n_targets=1, gaps=0.0, rows=W + 2):
    past = 3 + torch.randn(1, rows, n_targets)
    past[torch.rand_like(past) < gaps] = torch.nan
    return past


@torch.no_grad()
def by_torch(network, past, future=None):
    future = torch.zeros(1, H, 0) if future is None else future
    with kernels.disabled():
        forecast, scale = network(past, future)
    own = torch.ones(1, 1, network.n_targets) if scale is None else network.own_of(scale)
    return forecast.reshape(1, H, network.n_targets, -1), own


def assert_alike(network, past):
    for alone, expected in zip(forecast_alone(network, past), by_torch(network, past), strict=True):
        assert alone.dtype == np.float32
        np.testing.assert_allclose(alone, expected, rtol=1e-5, atol=1e-5)


# --- forecasts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU, LSTMP, PeepholeLSTM, JANET])
@pytest.mark.parametrize("normalization", [None, "last", "standard"])
@pytest.mark.parametrize("skip", [None, "seasonal", "linear", "mixture"])
@settings(max_examples=8, deadline=None)
@given(
    arguments=st.fixed_dictionaries(
        {
            "n_targets": st.integers(1, 3),
            "independent": st.booleans(),
            "segment_size": st.sampled_from([1, 2, 4, 11]),
            "indicator": st.booleans(),
            "season_length": st.sampled_from([1, 3]),
            "num_layers": st.integers(1, 2),
            "hidden_size": st.integers(2, 20),
            "share": st.sampled_from([1.0, 0.3, 0.0]),
        }
    ),
    levels=st.sampled_from([(1, 0), (2, 0), (5, 2)]),
    gaps=st.sampled_from([0.0, 0.4, 1.0]),
    typical=st.sampled_from([0.0, 0.5, 2.0]),
    seed=st.integers(0, 99),
)
def test_a_window_is_forecast_as_by_torch(
    cell, normalization, skip, arguments, levels, gaps, typical, seed
):
    n_quantiles, median = levels
    parts = {"normalization": normalization, "skip": skip, **arguments}
    network = network_of(cell, seed, n_quantiles=n_quantiles, median=median, **parts)
    if normalization:
        network.count_on(torch.full((network.n_targets,), typical))
    assert_alike(network, window_of(network.n_targets, gaps))


@pytest.mark.parametrize("normalization", ["last", "standard"])
def test_a_constant_window_has_no_scale(normalization):
    network = network_of(normalization=normalization)
    past = torch.full((1, W, 1), 0.1)
    forecast, scale = forecast_alone(network, past)
    np.testing.assert_array_equal(scale, 0)
    np.testing.assert_allclose(forecast, 0.1, rtol=1e-6)
    assert_alike(network, past)


def test_weights_count_as_they_are_now():
    network, past = network_of(), window_of()
    assert_alike(network, past)
    with torch.no_grad():
        network.body.linear.weight.mul_(-1)
        network.skip.move_start(torch.ones(H, W), torch.ones(H, 1))
    network.keep_share(0.5)
    assert_alike(network, past)
    other = network_of(seed=1)
    network.load_state_dict(other.state_dict())
    network.body.position = torch.nn.Parameter(other.body.position + 1)
    assert_alike(network, past)


def test_weights_that_were_moved_are_found_where_they_are():
    network, past = network_of(), window_of()
    forecast_alone(network, past)
    for parameter in network.parameters():
        parameter.data = parameter.data * 2
    assert_alike(network, past)
    with torch.no_grad():
        network.body.linear.weight.set_(network.body.linear.weight.t().contiguous().t())
    assert forecast_alone(network, past) == (None, None)  # no longer in one piece


@pytest.mark.parametrize("cell", [JANET, PeepholeLSTM])
def test_what_a_cell_computes_for_its_kernel_is_computed_anew(cell):
    network, past = network_of(cell), window_of()
    assert_alike(network, past)
    with torch.no_grad():
        for parameter in network.body.recurrent.parameters():
            parameter.mul_(-1.5)
    assert_alike(network, past)


def test_a_network_that_forecast_is_not_kept_alive():
    network = network_of()
    forecast_alone(network, window_of())
    alive = weakref.ref(network)
    del network
    gc.collect()
    assert alive() is None


class Cautious(GRU):
    """A cell whose equations are its own."""

    def advance(self, gates, state):
        h, _ = super().advance(gates, state)
        return h / 2, (h / 2,)


class Warm(GRU):
    """A cell that does not begin with zeros."""

    def initial_state(self, *args, **kwargs):
        return tuple(torch.ones_like(part) for part in super().initial_state(*args, **kwargs))


class OtherLinear(torch.nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    "arguments",
    [
        {"cell": Cautious},
        {"cell": Warm},
        {"head": MeanPooling},
        {"cardinalities": (0,), "n_past": 1},
    ],
    ids=str,
)
def test_a_network_with_another_part_is_left_to_torch(arguments):
    network = network_of(**arguments)
    past = window_of(network.covariates.past_size + 1)
    assert forecast_alone(network, past) == (None, None)
    assert by_torch(network, past)[0].isfinite().all()


def test_a_network_that_was_changed_is_left_to_torch():
    past = window_of()
    for change in (
        lambda network: network.double(),
        lambda network: setattr(network.body, "linear", OtherLinear(5, 4)),
        lambda network: torch.nn.utils.parametrizations.weight_norm(network.body.linear),
        lambda network: network.body.embed.register_forward_hook(lambda *_: None),
        lambda network: network.body.recurrent.register_forward_pre_hook(lambda *_: None),
    ):
        network = network_of()
        assert forecast_alone(network, past)[0] is not None
        change(network)
        assert forecast_alone(network, past) == (None, None)


@pytest.mark.parametrize("part", ["linear", "embed"])
def test_a_layer_of_another_shape_is_left_to_torch_and_its_error(part):
    network = network_of()
    setattr(network.body, part, torch.nn.Linear(3, 2))
    assert forecast_alone(network, window_of()) == (None, None)
    with pytest.raises(RuntimeError):
        by_torch(network, window_of())


def test_a_skip_of_another_shape_is_left_to_torch():
    network = network_of()
    network.skip.weight = torch.nn.Parameter(torch.zeros(2, 2))
    assert forecast_alone(network, window_of()) == (None, None)


@pytest.mark.parametrize("part", ["maps", "hidden", "gate"])
def test_a_mixture_of_another_shape_is_left_to_torch(part):
    network = network_of(skip="mixture")
    other = torch.nn.Linear(3, 2)
    setattr(network.skip, part, other.weight if part == "maps" else other)
    assert forecast_alone(network, window_of()) == (None, None)


def test_too_few_rows_and_no_compiler_are_left_to_torch():
    network = network_of()
    assert forecast_alone(network, window_of(rows=W - 1)) == (None, None)
    with kernels.disabled():
        assert forecast_alone(network, window_of()) == (None, None)


# --- rows and tokens ----------------------------------------------------------------------------


def regression_network(cell=LSTM, **arguments):
    torch.manual_seed(0)
    return SequenceNetwork(cell, n_targets=2, hidden_size=6, **arguments).eval()


@pytest.mark.parametrize("cell", [RNN, LSTM, GRU, LSTMP, PeepholeLSTM, JANET])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("cardinalities", [(0, 0), (0, 3)])
def test_rows_one_by_one_are_answered_as_together(cell, num_layers, cardinalities):
    network = regression_network(cell, num_layers=num_layers, cardinalities=cardinalities)
    rows = torch.randint(0, 4, (1, 9, 2)).float()
    rows[0, 3] = torch.nan
    with torch.no_grad(), kernels.disabled():
        expected, last = network(rows)
    state = None
    for t in range(9):
        answer, state = answer_alone(network, rows[:, t : t + 1], state)
        np.testing.assert_allclose(answer, expected[0, t], rtol=0, atol=1e-6)
    for layer, end in zip(state, last, strict=True):
        for part, expected in zip(layer, end, strict=True):
            np.testing.assert_allclose(part, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("encoding", ["embedding", "onehot", None])
def test_tokens_one_by_one_are_scored_as_together(encoding):
    torch.manual_seed(0)
    network = TaggingNetwork(GRU, encoding=encoding, input_size=4, n_labels=3).eval()
    steps = torch.tensor([[2, 1, 0, 4]]) if encoding else torch.randn(1, 4, 4)
    with torch.no_grad(), kernels.disabled():
        expected = network(steps, torch.tensor([4]))
    state = None
    for t in range(4):
        answer, state = answer_alone(network, steps[:, t : t + 1], state)
        np.testing.assert_allclose(answer, expected[0, t], rtol=0, atol=1e-6)


def test_a_row_of_another_network_is_left_to_torch():
    rows = torch.randn(1, 1, 2)
    tagging = TaggingNetwork(GRU, encoding=None, input_size=2, n_labels=3, bidirectional=True)
    hooked = regression_network(cardinalities=(0, 0))
    hooked.recurrent.register_forward_hook(lambda *_: None)
    for network, steps in [
        (regression_network(Cautious, cardinalities=(0, 0)), rows),
        (regression_network(Warm, cardinalities=(0, 0)), rows),
        (regression_network(cardinalities=(0, 0)).double(), rows),
        (hooked, rows),
        (tagging, rows),
        (TaggingNetwork(GRU, encoding=None, input_size=2, n_labels=3), rows.double()),
    ]:
        assert answer_alone(network, steps, None) == (None, None)
