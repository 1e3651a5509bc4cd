import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn import LSTMForecaster
from tsrnn.nn.skips import LinearSkip, MixedSkip, SeasonalSkip, skip_of

W, H = 24, 5


def windows(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_mixture_starts_as_nine_parts_of_the_linear_skip_and_one_of_the_repetitions():
    z = windows(3, W, 2)
    repeated = SeasonalSkip(2, H)(z) + SeasonalSkip(6, H)(z)
    expected = 0.9 * SeasonalSkip(4, H)(z) + 0.05 * repeated
    torch.testing.assert_close(MixedSkip(W, H, 4, (2, 6))(z), expected)


def test_a_mixture_without_lags_is_the_linear_skip():
    assert type(skip_of("mixture", W, H, 4, ())) is LinearSkip


def test_in_a_window_of_one_row_there_is_nothing_to_mix_by():
    assert type(skip_of("mixture", 1, H, 1, (1,))) is LinearSkip
    series = torch.randn(100, generator=torch.Generator().manual_seed(0)).cumsum(0).numpy()
    fits = [
        LSTMForecaster(
            horizon=2, window_size=1, skip=skip, max_epochs=1, random_state=0, device="cpu"
        ).fit(series)
        for skip in ("mixture", "linear")
    ]
    np.testing.assert_array_equal(*(f.forecast() for f in fits))
    assert np.isfinite(fits[0].forecast()).all()


@given(st.sampled_from([(1,), (4,), (1, 6, 12), (23,)]), st.integers(0, 99))
def test_changes_are_those_within_the_window(lags, seed):
    z = windows(2, W, 3, seed=seed)
    skip = MixedSkip(W, H, 1, lags)
    for i, lag in enumerate(skip.changes_over):
        n = min(max(lags), W - lag)
        moved = torch.stack([(z[:, t] - z[:, t - lag]).abs() for t in range(W - n, W)])
        torch.testing.assert_close(skip.changes(z)[:, :, i], torch.log(moved.mean(0) + 0.01))


def test_a_window_alike_in_each_row_has_no_change_and_a_forecast():
    skip = MixedSkip(W, H, 4, (1, 4))
    z = torch.zeros(1, W, 1, requires_grad=True)
    skip(z).sum().backward()
    assert z.grad.isfinite().all()


def test_each_target_of_a_window_is_mixed_by_itself():
    skip = MixedSkip(W, H, 4, (1, 6))
    torch.nn.init.normal_(skip.gate.weight)
    z = windows(2, W, 3)
    alone = torch.cat([skip(z[:, :, i : i + 1]) for i in range(3)], 2)
    torch.testing.assert_close(skip(z), alone)


@pytest.mark.parametrize("lag", [11, 15])
def test_training_finds_for_each_window_the_lag_that_it_repeats(lag):
    """Half of the windows repeat every 11 rows and half every 15; the rows are too few for one map to tell both."""
    draw = torch.Generator().manual_seed(0)

    def some(n, m):
        pattern = torch.randn(n, m, generator=draw)
        rows = pattern.repeat(1, 9)[:, : W + H, None]
        return rows + 0.1 * torch.randn(rows.shape, generator=draw)

    torch.manual_seed(0)
    mixed, linear = MixedSkip(W, H, 11, (11, 15)), LinearSkip(W, H, 11)
    train, test = torch.cat([some(200, 11), some(200, 15)]), some(200, lag)
    errors = []
    for skip in (mixed, linear):
        optimizer = torch.optim.Adam(skip.parameters(), lr=0.01)
        for _ in range(300):
            optimizer.zero_grad()
            (skip(train[:, :W]) - train[:, W:]).abs().mean().backward()
            optimizer.step()
        with torch.no_grad():
            errors.append(float((skip(test[:, :W]) - test[:, W:]).abs().mean()))
    assert errors[0] < 0.13  # noise alone is 0.11
    assert errors[0] < 0.7 * errors[1]


def test_a_start_made_anew_is_the_repetition_and_what_training_added_stays():
    skip = LinearSkip(6, 4, 3)
    with torch.no_grad():
        skip.weight += 0.5
    before = skip(torch.arange(6.0)[None, :, None])
    skip.move_start(torch.ones(4, 6), torch.ones(4, 1))
    skip.start_anew()
    torch.testing.assert_close(skip(torch.arange(6.0)[None, :, None]), before)
