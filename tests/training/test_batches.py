import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.training.batches import WindowBatches
from tsrnn.windows import Windows, pad_rows, plan_windows


def windows(n):
    """n windows of one row in, one row out; window i has the target i + 1."""
    plan = plan_windows(np.array([0, n + 1]), window_size=1, horizon=1)
    return Windows(pad_rows(np.arange(n + 1.0)[:, None], 1), plan.train, 1, 1)


def numbers_of(epoch):
    return [number for batch in epoch for number in batch]


def drawn(batches):
    """The numbers of the windows of an epoch, batch by batch."""
    return [(target.flatten().long() - 1).tolist() for _, target in batches]


@given(st.integers(2, 60), st.integers(1, 20), st.booleans())
def test_an_epoch_has_every_window_once(n, batch_size, shuffle):
    batches = WindowBatches(windows(n), batch_size, shuffle=shuffle)
    epoch = drawn(batches)
    assert sorted(numbers_of(epoch)) == list(range(n))
    assert [len(batch) for batch in epoch[:-1]] == [batch_size] * (len(epoch) - 1)
    assert len(epoch) == len(batches)


@given(st.integers(2, 200), st.integers(1, 20), st.integers(1, 30), st.booleans())
def test_an_epoch_has_no_more_windows_than_wanted(n, batch_size, at_most, shuffle):
    batches = WindowBatches(windows(n), batch_size, shuffle=shuffle, at_most=at_most)
    epoch = drawn(batches)
    numbers = numbers_of(epoch)
    assert len(numbers) == min(n, at_most)
    assert set(numbers) <= set(range(n))
    assert len(epoch) == len(batches)


def test_inputs_and_targets_of_a_batch_belong_together():
    for inputs, target in WindowBatches(windows(50), 7, shuffle=True):
        np.testing.assert_array_equal(inputs["past"][:, 0, 0] + 1, target[:, 0, 0])


def test_without_shuffle_windows_come_in_order_evenly_spread():
    assert drawn(WindowBatches(windows(6), 4)) == [[0, 1, 2, 3], [4, 5]]
    assert drawn(WindowBatches(windows(9), 4, at_most=3)) == [[0, 4, 8]]


@pytest.mark.parametrize("n", [60, 1000], ids=["permuted", "drawn one by one"])
def test_the_seed_decides_the_order_and_each_epoch_has_another(n):
    one, same, other = (WindowBatches(windows(n), 8, True, at_most=20, seed=s) for s in (1, 1, 2))
    first, second = drawn(one), drawn(one)
    assert first != second
    assert [drawn(same), drawn(same)] == [first, second]
    assert drawn(other) != first


def test_the_order_neither_reads_nor_moves_the_global_random_state():
    before = torch.get_rng_state()
    epoch = drawn(WindowBatches(windows(60), 8, shuffle=True, seed=3))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert drawn(WindowBatches(windows(60), 8, shuffle=True, seed=3)) == epoch


def test_over_epochs_every_window_is_drawn_about_as_often():
    batches = WindowBatches(windows(1000), 20, shuffle=True, at_most=40, seed=0)
    counts = np.bincount([i for _ in range(1000) for i in numbers_of(drawn(batches))])
    # Of a Poisson count with mean 40, six standard deviations.
    assert len(counts) == 1000
    assert abs(counts - 40).max() < 6 * np.sqrt(40)


def seen(batches):
    """How many rows of each window of an epoch are not missing."""
    return np.concatenate(
        [inputs["past"].isfinite().all(2).sum(1).numpy() for inputs, _ in batches]
    )


def series_of(n_rows, window_size=10):
    plan = plan_windows(np.array([0, n_rows]), window_size, horizon=2)
    return Windows(
        pad_rows(np.arange(float(n_rows))[:, None], window_size), plan.train, window_size, 2
    )


def test_a_window_at_the_start_of_its_series_is_no_longer_for_a_long_past():
    plan = plan_windows(np.array([0, 12]), window_size=10, horizon=2)
    short = Windows(pad_rows(np.arange(12.0)[:, None], 10), plan.train, 10, 2)
    whole = seen(WindowBatches(short, 4))
    short.least_past = 7
    assert (seen(WindowBatches(short, 4, shuffle=True)) <= whole.max()).all()
    assert short.padded
