"""What kernels do around a recurrence is what torch's operations do one after the other."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn import kernels
from tsrnn.cells import LSTM
from tsrnn.nn.forecast import ForecastNetwork


def network(**options):
    torch.manual_seed(0)
    return ForecastNetwork(
        LSTM, window_size=12, horizon=5, segment_size=4, hidden_size=6, **options
    )


def windows(n_targets, seed=0):
    """Windows with gaps, with a short past, without a single value, and one that is constant."""
    draws = np.random.default_rng(seed)
    values = draws.normal(3, 2, (40, 12, n_targets)).cumsum(1).astype(np.float32)
    values[draws.random(values.shape) < 0.1] = np.nan
    values[:5, :7] = np.nan
    values[5] = np.nan
    values[6] = 4
    return torch.from_numpy(values)


def by_both(function):
    compiled = function()
    with kernels.disabled():
        return compiled, function()


@pytest.mark.parametrize("normalization", ["last", "standard", None])
@pytest.mark.parametrize("indicator", [True, False], ids=["indicator", "plain"])
@pytest.mark.parametrize("independent", [True, False], ids=["independent", "joint"])
@pytest.mark.parametrize("typical", [0.0, 0.7])
@pytest.mark.parametrize("season_length", [1, 5])
@pytest.mark.parametrize("trains", [True, False], ids=["training", "evaluation"])
def test_windows_on_their_own_scale(
    normalization, indicator, independent, typical, season_length, trains
):
    net = network(
        n_targets=3,
        normalization=normalization,
        indicator=indicator,
        independent=independent,
        skip_lag=2,
        season_length=season_length,
    ).train(trains)
    net.count_on(torch.tensor([typical, 2 * typical, 3 * typical]))
    values = net._apart(windows(3))
    got, expected = by_both(lambda: net.on_own_scale(values))
    for a, b in zip(got, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


@given(
    st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6, width=32)), min_size=1),
    st.integers(1, 4),
    st.booleans(),
)
def test_whatever_a_window_holds_what_the_network_reads_is_finite(row, season, leads):
    values = torch.tensor(row)[None, :, None]
    rows, z, location, scale = kernels.scaled(
        values, torch.zeros(1), "last", 1, season, leads, True
    )
    assert all(part.isfinite().all() for part in (rows, z, location, scale))
    assert rows[0, :, 1].tolist() == [-1.0 if np.isnan(value) else 1.0 for value in row]
    np.testing.assert_array_equal(rows[..., :1], z)


def test_the_smallest_numbers_have_a_scale():
    values = torch.tensor([1e-40, 3e-40, 2e-40])[None, :, None]
    _, z, _, scale = kernels.scaled(values, torch.zeros(1), "last", 1, 1, False, False)
    np.testing.assert_allclose(scale, 1.5e-40, rtol=1e-4)
    np.testing.assert_allclose(z[0, :, 0], [-2 / 3, 2 / 3, 0], rtol=1e-4, atol=1e-4)


def test_inputs_that_want_a_gradient_are_scaled_without_one_where_none_is_asked_for():
    net = network(n_targets=1, normalization="last")
    past = windows(1).requires_grad_()
    with torch.no_grad():
        forecast, _ = net(past, past[:, :5, :0])
    assert not forecast.requires_grad
    followed, _ = net(past, past[:, :5, :0])
    assert followed.requires_grad
    np.testing.assert_allclose(forecast, followed.detach(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (7, 3, 5), (200, 30, 17), (129, 48, 64)])
def test_the_embedding_and_its_gradients(sizes):
    n_rows, n, size = sizes
    torch.manual_seed(0)
    rows, weight, bias = torch.randn(n_rows, n), torch.randn(size, n), torch.randn(size)
    counts = torch.randn(n_rows, size)

    def gradients(embed, *tensors):
        rows, *tensors = tensors
        leaves = [tensor.clone().requires_grad_() for tensor in tensors]
        outputs = embed(rows, *leaves)
        loss = (outputs * counts.to(outputs.dtype)).sum()
        return [outputs.detach(), *torch.autograd.grad(loss, leaves)]

    def plain(rows, weight, bias):
        return torch.relu(rows @ weight.T + bias)

    got = gradients(kernels.embed, rows, weight, bias)
    expected = gradients(plain, rows.double(), weight.double(), bias.double())
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=3e-6 * max(1.0, float(b.abs().max())))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_network_trains_to_the_same_gradients_in_however_many_threads(threads):
    before = torch.get_num_threads()
    torch.manual_seed(1)
    net = ForecastNetwork(
        LSTM, n_targets=1, window_size=192, horizon=48, segment_size=24, hidden_size=64, normalization="last",
        skip="linear", indicator=True,
    )  # fmt: skip
    torch.nn.init.normal_(net.body.linear.weight)  # else nothing leads back
    past = torch.randn(256, 192, 1).cumsum(1)

    def gradients():
        forecast, _ = net(past, past[:, :48, :0])
        return torch.autograd.grad(forecast.square().mean(), list(net.parameters()))

    try:
        torch.set_num_threads(threads)
        got = gradients()
        torch.set_num_threads(1)
        alone = gradients()
        with kernels.disabled():
            expected = gradients()
    finally:
        torch.set_num_threads(before)
    for a, b, c in zip(got, alone, expected, strict=True):
        assert torch.equal(a, b)
        np.testing.assert_allclose(a, c, rtol=0, atol=1e-4 * max(1e-3, float(c.abs().max())))
