import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn.forecast import CovariateEncoder, ForecastNetwork, QuantileSpread
from tsrnn.nn.scale import fill_missing, window_scale
from tsrnn.nn.skips import LinearSkip, SeasonalSkip

NAN = float("nan")
W, H = 12, 5
seeds = st.integers(0, 2**16)


def network(seed=0, *, cell=GRU, n_targets=1, window_size=W, horizon=H, **params):
    """A network whose every weight is drawn at random: none is left at a start of zeros."""
    generator = torch.Generator().manual_seed(seed)
    params = {"hidden_size": 4, "segment_size": 3, "normalization": "standard", **params}
    net = ForecastNetwork(
        cell, n_targets=n_targets, window_size=window_size, horizon=horizon, **params
    )
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(0.3 * torch.randn(p.shape, generator=generator))
    return net.eval()


def rows(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def no_future(past):
    return past.new_zeros(len(past), H, 0)


BODIES = [{"segment_size": 1}, {"segment_size": 3}, {"segment_size": 5, "num_layers": 2}]
SKIPS = [
    {"skip": None},
    {"skip": "seasonal", "skip_lag": 4},
    {"skip": "linear", "skip_lag": 4},
    {"skip": "linear", "skip_lag": 1},
    {"skip": "mixture", "skip_lag": 4, "skip_lags": (1, 4)},
]
bodies = pytest.mark.parametrize("body", BODIES, ids=["steps", "segments", "two layers"])
skips = pytest.mark.parametrize(
    "skip", SKIPS, ids=["no skip", "seasonal", "linear", "linear 1", "mixture"]
)
normalizations = pytest.mark.parametrize("normalization", ["standard", "last"])


# --- gaps ---------------------------------------------------------------------------------------


@given(
    st.lists(
        st.lists(st.sampled_from([1.0, 2.0, 3.0, NAN]), min_size=5, max_size=5),
        min_size=1,
        max_size=4,
    )
)
def test_gaps_are_filled_as_pandas_fills_them_forwards_then_backwards(columns):
    values = torch.tensor(columns).T[None]
    filled = fill_missing(values, ~values.isnan())
    expected = pd.DataFrame(values[0].numpy()).ffill().bfill().fillna(0.0)
    np.testing.assert_array_equal(filled[0], expected)


def test_where_a_season_repeats_a_gap_is_filled_with_what_is_usual_then_on_a_line_between_its_ends():
    season = np.array([4.0, -1.0, -3.0])
    series = np.tile(season, 8) + 0.5 * np.arange(24)
    series[[0, 10, 11, 16, 23]] = NAN
    values = torch.tensor(series)[None, :, None]
    filled = fill_missing(values, ~values.isnan(), 3)[0, :, 0].numpy()
    # What is usual, as if two more seasons had been like the mean.
    mean = np.nanmean(series)
    usual = np.array([np.nansum(series[k::3] - mean) for k in range(3)])
    usual /= np.array([np.isfinite(series[k::3]).sum() for k in range(3)]) + 2
    rest = series - np.tile(usual, 8)
    assert filled[[10, 11]] == pytest.approx(
        usual[[1, 2]] + rest[9] + (rest[12] - rest[9]) * np.array([1 / 3, 2 / 3])
    )
    assert filled[16] == pytest.approx(usual[1] + (rest[15] + rest[17]) / 2)
    assert filled[23] == pytest.approx(usual[2] + rest[22])  # nothing comes after
    assert filled[0] == series[1]  # nothing was seen before
    there = np.isfinite(series)
    np.testing.assert_array_equal(filled[there], series[there])


def test_what_precedes_a_window_is_invented_where_it_is_forecast_and_level_where_it_trains():
    series = torch.tensor([NAN, NAN, NAN, NAN, 1.0, 2.0, 6.0, 1.0, 2.0, 6.0, 1.0, 2.0])
    past = series[None, :, None]
    net = network(indicator=True, normalization=None, skip="seasonal", skip_lag=3, season_length=3)
    net.train()
    read, z, _, _ = net.on_own_scale(past)
    assert z[0, :5, 0].tolist() == [1.0] * 5
    net.eval()
    read, z, _, _ = net.on_own_scale(past)
    assert z[0, :3, 0].diff().sign().tolist() == [
        -1.0,
        1.0,
    ]  # 6, 1, 2, less so: few seasons were seen
    assert read[0, :, 1].tolist() == [-1.0] * 4 + [1.0] * 8


def test_every_window_and_column_has_its_own_gaps():
    values = torch.tensor([[[1.0, NAN], [NAN, 5.0]], [[NAN, NAN], [7.0, NAN]]])
    filled = fill_missing(values, ~values.isnan())
    assert filled.tolist() == [[[1, 5], [1, 5]], [[7, 0], [7, 0]]]


@bodies
@skips
@normalizations
def test_forecasts_are_finite_whatever_is_missing(body, skip, normalization):
    net = network(n_targets=2, indicator=True, normalization=normalization, **body, **skip)
    past = rows(6, W, 2)
    past[0, 3:5], past[1, -4:], past[2, :7, 0], past[3, :, 1], past[4] = NAN, NAN, NAN, NAN, NAN
    past[5, :-1] = NAN
    forecast, scale = net(past, no_future(past))
    assert forecast.isfinite().all()
    assert scale.isfinite().all()
    forecast.sum().backward()
    assert all(p.grad.isfinite().all() for p in net.parameters())


# --- normalization ------------------------------------------------------------------------------


@given(seeds)
def test_standard_normalization_is_by_the_mean_and_deviation_of_the_observed_rows(seed):
    values = rows(3, W, 2, seed=seed)
    values[rows(3, W, 2, seed=seed + 1) > 0.5] = NAN
    observed = ~values.isnan()
    location, scale = window_scale(fill_missing(values, observed), observed, "standard")
    x = values.numpy().astype(np.float64)
    np.testing.assert_allclose(location[:, 0], np.nanmean(x, axis=1), atol=1e-6)
    np.testing.assert_allclose(scale[:, 0], np.nanstd(x, axis=1), atol=1e-6)


@given(seeds)
def test_last_normalization_is_by_the_last_value_and_the_mean_step(seed):
    values = rows(3, W, 2, seed=seed)
    location, scale = window_scale(values, values.isfinite(), "last")
    torch.testing.assert_close(location[:, 0], values[:, -1])
    torch.testing.assert_close(scale[:, 0], values.diff(dim=1).abs().mean(1))


def test_without_normalization_rows_stay_as_they_are():
    past = rows(3, W, 1)
    net = network(normalization=None)
    assert net(past, no_future(past))[1] is None
    # A network without normalization is not linear in its input, and sees the level of a window.
    level = net(past + 5, no_future(past))[0] - net(past, no_future(past))[0]
    assert (level - 5).abs().min() > 0.01


@bodies
@skips
@normalizations
@pytest.mark.parametrize("level", [0.0, 0.1, -7.0, 12345.678])
def test_a_constant_window_forecasts_itself(body, skip, normalization, level):
    past = torch.full((2, W, 1), level)
    past[1, :4] = NAN
    net = network(normalization=normalization, indicator=True, **body, **skip)
    forecast, scale = net(past, no_future(past))
    torch.testing.assert_close(forecast, torch.full_like(forecast, level), rtol=1e-6, atol=0)
    assert not scale.any()


@bodies
@skips
@normalizations
@given(seed=seeds, factor=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_a_window_scaled_and_shifted_has_a_forecast_scaled_and_shifted(
    body, skip, normalization, seed, factor, shift
):
    past = rows(4, W, 2, seed=seed)
    net = network(seed, n_targets=2, normalization=normalization, **body, **skip)
    forecast, scale = net(past, no_future(past))
    moved, moved_scale = net(factor * past + shift, no_future(past))
    # float32 keeps seven digits of the level, of which the scale is a part.
    atol = 1e-4 * (factor + abs(shift))
    torch.testing.assert_close(moved, factor * forecast + shift, rtol=1e-3, atol=atol)
    torch.testing.assert_close(moved_scale, factor * scale, rtol=1e-3, atol=atol)


# --- skips ----------------------------------------------------------------------------------------


@given(st.integers(1, W), st.integers(1, 30), seeds)
def test_the_seasonal_skip_repeats_the_last_season(lag, horizon, seed):
    z = rows(2, W, 2, seed=seed)
    repeated = SeasonalSkip(lag, horizon)(z)
    expected = torch.stack([z[:, W - lag + step % lag] for step in range(horizon)], dim=1)
    assert torch.equal(repeated, expected)


@given(st.integers(1, W), st.integers(1, 30), seeds)
def test_the_linear_skip_starts_as_the_seasonal_one(lag, horizon, seed):
    z = rows(2, W, 2, seed=seed)
    torch.testing.assert_close(LinearSkip(W, horizon, lag)(z), SeasonalSkip(lag, horizon)(z))


@bodies
@normalizations
@pytest.mark.parametrize("skip", ["seasonal", "linear"])
def test_a_network_that_adds_nothing_continues_a_season(body, normalization, skip):
    season = [3.0, -1.0, 4.0, 1.0]
    net = ForecastNetwork(
        GRU, n_targets=1, window_size=W, horizon=6, skip=skip, skip_lag=4,
        normalization=normalization, **body,
    )  # fmt: skip
    for p in net.body.parameters():
        torch.nn.init.zeros_(p)
    past = torch.tensor(season * 3)[None, :, None]
    forecast, _ = net(past, past.new_zeros(1, 6, 0))
    torch.testing.assert_close(forecast[0, :, 0], torch.tensor([*season, 3.0, -1.0]))


# --- quantiles ------------------------------------------------------------------------------------


@given(st.integers(2, 7), st.data(), seeds)
def test_quantiles_ascend_around_the_median_that_stays(n, data, seed):
    median = data.draw(st.integers(0, n - 1))
    raw = 5 * rows(4, H, 2, n, seed=seed)
    spread = QuantileSpread(median)(raw)
    assert torch.equal(spread[..., median], raw[..., median])
    assert (spread.diff(dim=-1) >= 0).all()


@bodies
@skips
@normalizations
def test_quantile_forecasts_ascend(body, skip, normalization):
    net = network(n_targets=2, n_quantiles=5, median=2, normalization=normalization, **body, **skip)
    past = rows(8, W, 2)
    past[0] = 3.0
    forecast, _ = net(past, no_future(past))
    assert forecast.shape == (8, H, 2, 5)
    assert (forecast.diff(dim=-1) >= 0).all()
    assert (forecast.diff(dim=-1)[1:] > 0).all()


# --- channels ---------------------------------------------------------------------------------------


@bodies
@skips
@normalizations
def test_independent_channels_are_forecast_each_as_if_alone(body, skip, normalization):
    shared = {"normalization": normalization, **body, **skip}
    net = network(n_targets=3, independent=True, **shared)
    past = rows(4, W, 3)
    forecast, scale = net(past, no_future(past))
    for i in range(3):
        others = past.clone()
        others[:, :, [c for c in range(3) if c != i]] = 1e3 * rows(4, W, 2, seed=9)
        alone, alone_scale = net(others, no_future(past))
        torch.testing.assert_close(alone[:, :, i], forecast[:, :, i], rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(alone_scale[:, :, i], scale[:, :, i], rtol=1e-5, atol=1e-6)


@bodies
def test_independent_channels_share_all_but_their_kind(body):
    net = network(n_targets=2, independent=True, **body)
    with torch.no_grad():
        net.body.kind.weight[1] = net.body.kind.weight[0]
    past = rows(4, W, 1).repeat(1, 1, 2)
    forecast, _ = net(past, no_future(past))
    torch.testing.assert_close(forecast[:, :, 0], forecast[:, :, 1])
    with torch.no_grad():
        net.body.kind.weight[1] += 1.0
    forecast, _ = net(past, no_future(past))
    assert (forecast[:, :, 0] - forecast[:, :, 1]).abs().max() > 0.01


@bodies
def test_joint_channels_are_forecast_from_one_another(body):
    net = network(n_targets=2, **body)
    past = rows(4, W, 2)
    other = past.clone()
    other[:, :, 1] = rows(4, W, seed=9)
    apart = net(past, no_future(past))[0] - net(other, no_future(past))[0]
    assert apart[:, :, 0].abs().max() > 1e-3


@bodies
@pytest.mark.parametrize("independent", [True, False])
def test_a_window_is_forecast_the_same_whatever_else_is_in_the_batch(body, independent):
    net = network(n_targets=2, independent=independent, indicator=True, **body)
    past = rows(5, W, 2)
    past[1], past[2, :4] = NAN, NAN
    whole, _ = net(past, no_future(past))
    for i in range(5):
        alone, _ = net(past[i : i + 1], no_future(past[i : i + 1]))
        torch.testing.assert_close(alone[0], whole[i], rtol=1e-5, atol=1e-6)


# --- covariates -------------------------------------------------------------------------------------


@bodies
@pytest.mark.parametrize("independent", [True, False])
def test_past_and_known_covariates_move_the_forecast(body, independent):
    net = network(n_targets=2, independent=independent, cardinalities=(0, 0, 3), n_past=1, **body)
    past = torch.cat([rows(4, W, 4), torch.ones(4, W, 1)], 2)
    future = torch.cat([rows(4, H, 1), torch.ones(4, H, 1)], 2)
    forecast, _ = net(past, future)
    for column in (2, 3, 4):
        other = past.clone()
        other[:, :, column] = 2.0
        assert (net(other, future)[0] - forecast).abs().max() > 1e-3
    for column in (0, 1):
        other = future.clone()
        other[:, :, column] = 2.0
        assert (net(past, other)[0] - forecast).abs().max() > 1e-3


def test_a_missing_number_counts_as_its_mean_which_is_0():
    net = network(cardinalities=(0, 0), n_past=1)
    past, future = rows(2, W, 3), rows(2, H, 1)
    past[:, 2:4, 1:], future[:, 1] = NAN, NAN
    zeros = torch.cat([past[:, :, :1], past[:, :, 1:].nan_to_num()], 2)
    assert torch.equal(net(past, future)[0], net(zeros, future.nan_to_num())[0])


def test_codes_become_vectors_and_the_unknown_one_zeros():
    encode = CovariateEncoder((0, 3), n_past=1)
    past = torch.tensor([[[0.5, 0.0], [NAN, 2.0], [1.5, NAN]]])
    encoded, known = encode(past, past[:, :, 1:])
    table = encode.tables["1"].weight
    assert encoded.shape == (1, 3, encode.past_size)
    assert encoded[0, :, 0].tolist() == [0.5, 0.0, 1.5]
    assert torch.equal(encoded[0, 1, 1:], table[2])
    assert not encoded[0, [0, 2], 1:].any()
    assert torch.equal(known[0], encoded[0, :, 1:])
    encoded.sum().backward()
    assert not table.grad[0].any()
    assert table.grad[2].all()


# --- sizes --------------------------------------------------------------------------------------------


@given(
    window_size=st.integers(1, 15),
    horizon=st.integers(1, 9),
    segment_size=st.integers(1, 6),
    n_targets=st.integers(1, 3),
    n_quantiles=st.sampled_from([1, 3]),
    independent=st.booleans(),
)
def test_any_sizes_fit_together(
    window_size, horizon, segment_size, n_targets, n_quantiles, independent
):
    net = network(
        n_targets=n_targets, window_size=window_size, horizon=horizon,
        segment_size=min(segment_size, window_size), independent=independent,
        cardinalities=(0, 2, 0), n_past=1, n_quantiles=n_quantiles, median=n_quantiles // 2,
    )  # fmt: skip
    past = torch.cat([rows(2, window_size, n_targets), torch.ones(2, window_size, 3)], 2)
    forecast, scale = net(past, torch.ones(2, horizon, 2))
    levels = () if n_quantiles == 1 else (n_quantiles,)
    assert forecast.shape == (2, horizon, n_targets, *levels)
    assert scale.shape == (2, 1, n_targets)


@bodies
@pytest.mark.parametrize("cell", [RNN, LSTM, LSTMP, PeepholeLSTM, JANET, GRU])
def test_gradients_reach_every_weight_with_every_cell(cell, body):
    net = network(
        cell=cell, n_targets=2, independent=True, indicator=True, skip="linear", skip_lag=2,
        cardinalities=(2, 0, 0), n_past=2, n_quantiles=3, median=1, hidden_size=8, **body,
    ).train()  # fmt: skip
    codes = torch.arange(3.0)[:, None, None].expand(-1, W, -1)
    past = torch.cat([rows(3, W, 2), codes, rows(3, W, 2, seed=1)], 2)
    forecast, _ = net(past, rows(3, H, 1, seed=2))
    (forecast * rows(*forecast.shape, seed=5)).sum().backward()
    without = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert without == []


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("cell", [RNN, GRU, LSTM, LSTMP, PeepholeLSTM, JANET])
def test_the_last_output_is_the_same_from_the_state(cell, num_layers):
    net, past = network(cell=cell, segment_size=1, num_layers=num_layers), rows(6, W, 1)
    assert net.body.ends_in_state
    results = []
    for ends_in_state in (True, False):
        net.body.ends_in_state = ends_in_state
        forecast, _ = net(past, no_future(past))
        results.append(
            [forecast, *torch.autograd.grad(forecast.square().sum(), list(net.parameters()))]
        )
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-5)


def test_a_cell_without_a_kernel_ends_in_its_output():
    class Doubled(GRU):
        def advance(self, gates, state):
            h, new = super().advance(gates, state)
            return 2 * h, new

    assert not network(cell=Doubled, segment_size=1).body.ends_in_state


@pytest.mark.parametrize("segment_size", [1, 3])
def test_dropout_is_for_training_alone(segment_size):
    net = network(segment_size=segment_size, num_layers=2, dropout=0.5)
    past = rows(3, W, 1)
    first = net(past, no_future(past))[0]
    assert torch.equal(net(past, no_future(past))[0], first)
    net.train()
    assert not torch.equal(net(past, no_future(past))[0], first)
