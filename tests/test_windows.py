import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from tsrnn import kernels
from tsrnn.windows import (
    ROLES,
    Origins,
    Windows,
    held_out_rows,
    pad_rows,
    plan_ready_windows,
    plan_windows,
    row_roles,
)

sizes = st.integers(1, 12)
fractions = st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.5, 0.9])
panels = st.lists(st.integers(1, 60), min_size=1, max_size=5)


def offsets_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def every_window(origins, window_size, horizon):
    """The definition: each window as (series start, past rows, target rows), by plain loops."""
    windows = []
    for start, first, count in zip(origins.starts, origins.first, origins.counts, strict=True):
        for origin in range(first, first + count):
            past = [row if row >= start else None for row in range(origin - window_size, origin)]
            windows.append((start, past, list(range(origin, origin + horizon))))
    return windows


def by_series(windows, offsets):
    return [[w for w in windows if w[0] == start] for start in offsets[:-1]]


# --- which rows are held out --------------------------------------------------------------------


@given(panels, sizes, fractions)
def test_held_out_rows_are_a_fraction_and_a_horizon_or_none(lengths, horizon, fraction):
    lengths = np.array(lengths)
    held = held_out_rows(lengths, horizon, fraction)
    for n, h in zip(lengths, held, strict=True):
        assert h == 0 or h >= max(horizon, fraction * n)
        assert h == 0 or n - h >= 2 * horizon


@given(panels, sizes)
def test_a_fraction_of_zero_holds_nothing_out(lengths, horizon):
    assert not held_out_rows(np.array(lengths), horizon, 0.0).any()


def test_a_long_series_gives_up_the_fraction():
    assert held_out_rows(np.array([1000, 200]), 5, 0.1).tolist() == [100, 20]


def test_a_series_that_could_not_keep_two_horizons_gives_up_nothing():
    assert held_out_rows(np.array([35, 36]), 12, 0.1).tolist() == [0, 12]


@pytest.mark.parametrize(("fraction", "held"), [(0.5, 50), (0.51, 51), (0.9, 90)])
def test_more_than_half_is_held_out_as_asked_where_two_horizons_are_left(fraction, held):
    assert held_out_rows(np.array([100, 100]), 5, fraction).tolist() == [held, held]
    plan = plan_windows(np.array([0, 100]), 3, 5, fraction)
    assert len(plan.train) >= 1
    assert len(plan.valid) == held - 4


def test_a_series_that_more_than_half_leaves_too_short_holds_nothing_out():
    assert held_out_rows(np.array([99, 100, 21]), 5, 0.9).tolist() == [0, 90, 0]


@pytest.mark.parametrize(("fraction", "held"), [(0.5, 50), (0.51, 51), (0.9, 90)])
def test_more_than_half_of_ready_windows_is_held_out_as_asked(fraction, held):
    plan = plan_ready_windows(100, window_size=3, horizon=5, validation_fraction=fraction)
    assert (len(plan.train), len(plan.valid)) == (100 - held - 4, held)


def test_ready_windows_that_leave_less_than_a_horizon_to_train_hold_nothing_out():
    plan = plan_ready_windows(12, window_size=3, horizon=10, validation_fraction=0.1)
    assert (len(plan.train), len(plan.valid)) == (12, 0)
    plan = plan_ready_windows(100, window_size=3, horizon=6, validation_fraction=0.9)
    assert (len(plan.train), len(plan.valid)) == (100, 0)


# --- plan_windows -------------------------------------------------------------------------------


def test_the_plan_of_a_short_series_written_out():
    plan = plan_windows(np.array([0, 10]), window_size=3, horizon=2, validation_fraction=0.2)
    assert every_window(plan.train, 3, 2) == [
        (0, [0, 1, 2], [3, 4]),
        (0, [1, 2, 3], [4, 5]),
        (0, [2, 3, 4], [5, 6]),
        (0, [3, 4, 5], [6, 7]),
    ]
    assert every_window(plan.valid, 3, 2) == [(0, [5, 6, 7], [8, 9])]


@given(panels, sizes, sizes, fractions)
def test_no_training_window_touches_a_held_out_row(lengths, window_size, horizon, fraction):
    offsets = offsets_of(lengths)
    plan = plan_windows(offsets, window_size, horizon, fraction)
    borders = offsets[1:] - held_out_rows(np.array(lengths), horizon, fraction)
    train = by_series(every_window(plan.train, window_size, horizon), offsets)
    for windows, border in zip(train, borders, strict=True):
        assert all(targets[-1] < border for _, _, targets in windows)


@given(panels, sizes, sizes, fractions)
def test_validation_targets_are_the_held_out_rows_each_of_them(
    lengths, window_size, horizon, fraction
):
    offsets = offsets_of(lengths)
    plan = plan_windows(offsets, window_size, horizon, fraction)
    held = held_out_rows(np.array(lengths), horizon, fraction)
    valid = by_series(every_window(plan.valid, window_size, horizon), offsets)
    for windows, end, h in zip(valid, offsets[1:], held, strict=True):
        targets = {row for _, _, rows in windows for row in rows}
        assert targets == set(range(end - h, end))
        assert len(windows) == max(0, h - horizon + 1)


@given(panels, sizes, sizes, fractions)
def test_windows_are_whole_wherever_the_series_is_long_enough(
    lengths, window_size, horizon, fraction
):
    offsets = offsets_of(lengths)
    plan = plan_windows(offsets, window_size, horizon, fraction)
    borders = offsets[1:] - held_out_rows(np.array(lengths), horizon, fraction)
    train = by_series(every_window(plan.train, window_size, horizon), offsets)
    for windows, start, border in zip(train, offsets[:-1], borders, strict=True):
        room = border - start - horizon  # rows before the last window's targets
        if room >= 2 * window_size:
            assert len(windows) == room - window_size + 1
            assert None not in windows[0][1]
        elif room >= 1:
            # A short series lends itself to padded windows, at least as many as they have rows.
            assert windows[-1][2][-1] == border - 1
            n_rows = sum(row is not None for row in windows[0][1])
            assert len(windows) >= n_rows
        else:
            assert windows == []


@given(panels, sizes, sizes, fractions)
def test_every_window_has_a_row_of_its_own_series_before_its_targets(
    lengths, window_size, horizon, fraction
):
    plan = plan_windows(offsets_of(lengths), window_size, horizon, fraction)
    for origins in (plan.train, plan.valid):
        for start, past, _ in every_window(origins, window_size, horizon):
            assert past[-1] is not None
            assert past[-1] >= start


# --- plan_ready_windows -------------------------------------------------------------------------


def test_the_plan_of_ready_windows_written_out():
    plan = plan_ready_windows(10, window_size=3, horizon=2, validation_fraction=0.2)
    # Window 7 shares a target with window 8, were they cut row by row.
    assert plan.train.counts.tolist() == [1, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert plan.valid.counts.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert plan.train.first.tolist() == [5 * i + 3 for i in range(10)]


@given(st.integers(1, 60), sizes, sizes, fractions)
def test_ready_windows_cut_row_by_row_share_no_target(n, window_size, horizon, fraction):
    plan = plan_ready_windows(n, window_size, horizon, fraction)
    # Window i, cut row by row, has its targets in the rows i + window_size, ...
    trained, judged = (
        {i + window_size + step for i in np.flatnonzero(o.counts) for step in range(horizon)}
        for o in (plan.train, plan.valid)
    )
    assert trained
    assert not trained & judged
    assert max(trained) < min(judged, default=np.inf)
    assert len(plan.train) >= min(len(plan.valid), horizon)
    assert len(plan.valid) in (0, np.ceil(fraction * n))


# --- row_roles ----------------------------------------------------------------------------------


def test_the_roles_of_rows_written_out():
    plan = plan_windows(np.array([0, 10]), window_size=3, horizon=2, validation_fraction=0.2)
    roles = [ROLES[role] for role in row_roles(plan, 10)]
    assert roles == ["input"] * 3 + ["target"] * 5 + ["validation"] * 2


@given(panels, sizes, sizes, fractions)
def test_roles_are_those_that_the_windows_give(lengths, window_size, horizon, fraction):
    offsets = offsets_of(lengths)
    plan = plan_windows(offsets, window_size, horizon, fraction)
    expected = np.zeros(offsets[-1], dtype=int)
    for _, past, _ in every_window(plan.train, window_size, horizon):
        expected[[row for row in past if row is not None]] = ROLES.index("input")
    for _, _, targets in every_window(plan.train, window_size, horizon):
        expected[targets] = ROLES.index("target")
    for _, _, targets in every_window(plan.valid, window_size, horizon):
        expected[targets] = ROLES.index("validation")
    np.testing.assert_array_equal(row_roles(plan, offsets[-1]), expected)


# --- Origins ------------------------------------------------------------------------------------

runs = st.lists(st.integers(0, 5), min_size=1, max_size=6)


@given(runs)
def test_origins_are_numbered_run_after_run(counts):
    starts = np.arange(len(counts)) * 100
    origins = Origins(starts, starts + 7, np.array(counts))
    expected = [(s + 7 + i, s) for s, n in zip(starts, counts, strict=True) for i in range(n)]
    assert len(origins) == len(expected)
    origin, start = origins.rows(np.arange(len(expected)))
    assert list(zip(origin, start, strict=True)) == expected


@given(runs, st.integers(1, 40))
def test_a_spread_is_ascending_without_repeats_and_has_both_ends(counts, at_most):
    origins = Origins(np.zeros(len(counts)), np.zeros(len(counts)), np.array(counts))
    numbers = origins.spread(at_most)
    assert len(numbers) == min(at_most, len(origins))
    assert (np.diff(numbers) > 0).all()
    if len(numbers):
        assert numbers[0] == 0
        assert numbers[-1] == len(origins) - 1 or at_most == 1


@given(runs)
def test_times_count_down_to_the_end_of_each_run(counts):
    starts = np.arange(len(counts)) * 100
    origins = Origins(starts, starts + 7, np.array(counts))
    times = origins.times(np.arange(len(origins)))
    assert times.tolist() == [t for n in counts for t in range(n - 1, -1, -1)]
    together = [np.count_nonzero(times == t) for t in times]
    assert origins.at_once() == pytest.approx(np.mean(together) if together else 1.0)


def test_windows_that_the_user_cut_are_each_of_a_time_of_its_own():
    train = plan_ready_windows(6, window_size=3, horizon=2, validation_fraction=0.0).train
    assert train.times(np.arange(6)).tolist() == [5, 4, 3, 2, 1, 0]
    assert train.at_once() == 1.0


def test_ten_million_windows_are_three_numbers():
    plan = plan_windows(np.array([0, 10_000_000]), window_size=336, horizon=24)
    assert len(plan.train) == 10_000_000 - 336 - 24 + 1
    assert plan.train.counts.nbytes + plan.train.first.nbytes + plan.train.starts.nbytes == 24


def test_a_window_is_padded_where_it_begins_before_its_series():
    starts = np.array([0, 10])
    assert not Origins(starts, np.array([3, 13]), np.array([1, 1])).padded(3)
    assert Origins(starts, np.array([3, 12]), np.array([1, 1])).padded(3)
    assert not Origins(starts, np.array([3, 12]), np.array([1, 0])).padded(3)


# --- Windows ------------------------------------------------------------------------------------


def rows_of(n, n_columns):
    """Row r of column c is 10 r + c."""
    return 10.0 * np.arange(n)[:, None] + np.arange(n_columns)


@given(panels, sizes, sizes, fractions, st.integers(1, 2), st.integers(0, 2), st.integers(0, 2))
def test_gathered_windows_are_those_of_a_plain_loop(
    lengths, window_size, horizon, fraction, n_targets, n_past, n_known
):
    offsets = offsets_of(lengths)
    n_columns = n_targets + n_past + n_known
    values = rows_of(offsets[-1], n_columns)
    plan = plan_windows(offsets, window_size, horizon, fraction)
    known = slice(n_targets + n_past, n_columns)
    for origins in (plan.train, plan.valid):
        if not len(origins):
            continue
        windows = Windows(
            pad_rows(values, window_size), origins, window_size, horizon, n_targets, known
        )
        inputs, target = windows[np.arange(len(windows))]
        expected = every_window(origins, window_size, horizon)
        assert len(windows) == len(expected)
        nothing = np.full(n_columns, np.nan)
        for i, (_, past, ahead) in enumerate(expected):
            rows = [nothing if row is None else values[row] for row in past]
            np.testing.assert_array_equal(inputs["past"][i].numpy(), rows)
            np.testing.assert_array_equal(inputs["future"][i].numpy(), values[ahead][:, known])
            np.testing.assert_array_equal(target[i].numpy(), values[ahead][:, :n_targets])


@given(st.integers(1, 20), sizes, sizes)
def test_gathered_ready_windows_are_those_that_came(n, window_size, horizon):
    width = window_size + horizon
    values = rows_of(n * width, 1)
    plan = plan_ready_windows(n, window_size, horizon)
    windows = Windows(pad_rows(values, window_size), plan.train, window_size, horizon)
    inputs, target = windows[np.arange(n)]
    came = values.reshape(n, width, 1)
    np.testing.assert_array_equal(inputs["past"].numpy(), came[:, :window_size])
    np.testing.assert_array_equal(target.numpy(), came[:, window_size:])


@given(st.permutations(range(9)))
def test_windows_come_in_the_order_in_which_they_are_asked_for(numbers):
    plan = plan_windows(np.array([0, 13]), window_size=3, horizon=2)
    windows = Windows(pad_rows(rows_of(13, 1), 3), plan.train, 3, 2)
    inputs, _ = windows[np.array(numbers)]
    assert (inputs["past"][:, 0, 0] / 10).tolist() == numbers


@pytest.mark.parametrize("lengths", [[40], [9, 3, 30]])
def test_batches_are_the_windows_a_few_at_a_time(lengths):
    offsets = offsets_of(lengths)
    plan = plan_windows(offsets, window_size=6, horizon=2)
    windows = Windows(pad_rows(rows_of(offsets[-1], 2), 6), plan.train, 6, 2, 1, slice(1, 2))
    numbers = np.random.default_rng(0).permutation(len(windows))
    batches = list(windows.batches(numbers, 7))
    assert [len(target) for _, target in batches[:-1]] == [7] * (len(windows) // 7)
    inputs, target = windows[numbers]
    for name, tensor in inputs.items():
        together = torch.cat([batch[name] for batch, _ in batches])
        np.testing.assert_array_equal(together, tensor)
    np.testing.assert_array_equal(torch.cat([ahead for _, ahead in batches]), target)


def test_a_neighbouring_series_never_shows_in_the_padding():
    offsets = offsets_of([20, 6, 20])
    values = np.repeat([[1e9], [2.0], [-1e9]], [20, 6, 20], axis=0)
    plan = plan_windows(offsets, window_size=10, horizon=2)
    windows = Windows(pad_rows(values, 10), plan.train, 10, 2)
    origin, _ = plan.train.rows(np.arange(len(windows)))
    numbers = np.flatnonzero((origin >= 20) & (origin < 26))
    inputs, target = windows[numbers]
    past = inputs["past"]
    assert len(numbers) > 1
    assert past.isnan().any()
    assert past[~past.isnan()].unique().tolist() == [2.0]
    assert target.unique().tolist() == [2.0]


def test_missing_values_stay_missing():
    values = rows_of(8, 1)
    values[2] = np.nan
    plan = plan_windows(np.array([0, 8]), window_size=3, horizon=2)
    inputs, target = Windows(pad_rows(values, 3), plan.train, 3, 2)[[0, 1]]
    assert inputs["past"][:, :, 0].isnan().tolist() == [[False, False, True], [False, True, False]]
    assert not target.isnan().any()


def test_windows_share_the_memory_of_the_rows_until_they_are_gathered():
    flat = pad_rows(np.zeros((100_000, 1)), 336)
    plan = plan_windows(np.array([0, 100_000]), window_size=336, horizon=24)
    windows = Windows(flat, plan.train, 336, 24)
    assert windows.flat.data_ptr() == flat.data_ptr()
    assert windows._stretches.data_ptr() == flat.data_ptr()
    inputs, _ = windows[[5]]
    flat.fill_(1.0)
    assert not inputs["past"].any()  # what was gathered is a copy


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_padded_rows_are_float32_with_missing_rows_in_front(dtype):
    flat = pad_rows(rows_of(4, 2).astype(dtype), 3)
    assert flat.dtype == torch.float32
    assert flat[:3].isnan().all()
    np.testing.assert_array_equal(flat[3:].numpy(), rows_of(4, 2))


@given(panels, sizes, sizes, st.integers(1, 3), st.integers(0, 9))
def test_windows_that_are_cut_short_are_gathered_alike_with_and_without_a_kernel(
    lengths, window_size, horizon, n_columns, seed
):
    rng = np.random.default_rng(seed)
    offsets = offsets_of(lengths)
    flat = pad_rows(torch.from_numpy(rng.standard_normal((offsets[-1], n_columns))), window_size)
    origins = plan_windows(offsets, window_size, horizon).train
    assume(len(origins))
    windows = Windows(flat, origins, window_size, horizon)
    numbers = rng.integers(0, len(origins), 20)
    pasts = rng.integers(1, window_size + 1, len(numbers))
    got = list(windows.batches(numbers, 6, pasts))
    with kernels.disabled():
        expected = list(windows.batches(numbers, 6, pasts))
    for (inputs, target), (plain, plain_target) in zip(got, expected, strict=True):
        np.testing.assert_array_equal(inputs["past"], plain["past"])
        np.testing.assert_array_equal(target, plain_target)


def test_a_place_beyond_the_rows_is_an_error_not_other_memory():
    flat, zero = pad_rows(torch.zeros(5, 1), 3), torch.zeros(1, dtype=torch.int64)
    assert kernels.gather(flat, zero + 4, 4, zero).shape == (1, 4, 1)
    for place in (-1, 5):
        with pytest.raises(IndexError, match="beyond the rows"):
            kernels.gather(flat, zero + place, 4, zero)
