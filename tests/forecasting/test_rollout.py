from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tsrnn.columns import Columns
from tsrnn.forecasting import rollout as rollout_module
from tsrnn.forecasting.rollout import Rollout
from tsrnn.forecasting.spread import RESIDUAL_LEVELS
from tsrnn.transforms import learn_transform

NAN = np.nan
H = 3


class Stub(nn.Module):
    """A network that forecasts by a plain rule: past (N, W, C), future (N, H, known) to (N, H, T[, Q])."""

    def __init__(self, rule, scale=1.0):
        super().__init__()
        self.rule, self.scale = rule, scale
        self.device = nn.Parameter(torch.zeros(1))

    def forward(self, past, future):
        forecast = self.rule(past, future)
        return forecast, torch.full((len(past), 1, forecast.shape[2]), self.scale)

    def own_of(self, scale):
        return scale


def counting(past, future):
    """Go on from the last row of the target by one each step."""
    return past[:, -1:, :1] + torch.arange(1.0, H + 1)[:, None]


def known_ahead(past, future):
    return future[:, :, :1]


def make(*rules, columns=None, transform=None, scale=1.0, **params):
    columns = columns or Columns(["load"], [], [], [], {})
    n_covariates = len(columns.covariates)
    columns.centre, columns.scale = np.zeros(n_covariates), np.ones(n_covariates)
    kept = {"shifts": False, "typical": np.zeros(1), "levels": [], **params}
    return Rollout(
        nets=[SimpleNamespace(module_=Stub(rule, scale)) for rule in rules],
        columns=columns,
        transform=transform or learn_transform(None, np.ones((1, 1))),
        horizon=H,
        **kept,
    )


def windows(*last, size=5):
    """Windows of one column that count up to their last row."""
    return np.array([[[end - size + 1.0 + i] for i in range(size)] for end in last])


def unknown(n, steps, n_columns=1):
    return np.full((n, steps, n_columns), NAN)


# --- point forecasts ----------------------------------------------------------------------------


@given(st.integers(1, 20))
def test_any_number_of_steps_rolls_on_from_the_forecasts_themselves(steps):
    rolled = make(counting).roll(windows(10, 50), unknown(2, steps), steps)
    expected = np.array([[10], [50]]) + np.arange(1, steps + 1)
    np.testing.assert_array_equal(rolled[:, :, 0], expected)


def test_point_is_the_first_block_of_roll():
    rollout = make(counting)
    past = windows(10, 50)
    np.testing.assert_array_equal(
        rollout.point(past, unknown(2, H)), rollout.roll(past, unknown(2, 9), 9)[:, :H]
    )


def test_the_forecast_of_several_networks_is_their_median():
    rules = [lambda past, future, c=c: torch.full((len(past), H, 1), c) for c in (1.0, 100.0, 5.0)]
    assert (make(*rules).point(windows(0), unknown(1, H)) == 5).all()
    assert (make(*rules[:2]).point(windows(0), unknown(1, H)) == 50.5).all()


def test_a_high_level_keeps_its_digits():
    past = windows(1.5, 2.5) + 1e9
    point = make(counting, shifts=True).point(past, unknown(2, H))
    np.testing.assert_array_equal(
        point[:, :, 0], 1e9 + np.array([[2.5, 3.5, 4.5], [3.5, 4.5, 5.5]])
    )


def test_the_level_is_taken_off_at_the_first_row_that_was_observed():
    past = windows(10)
    past[0, :2] = NAN
    inputs, _, base = make(counting, shifts=True).encode(past, unknown(1, H))
    assert base.tolist() == [[[8.0]]]
    np.testing.assert_array_equal(inputs[0, :, 0], [NAN, NAN, 0, 1, 2])


def test_a_window_of_which_nothing_is_known_starts_from_the_typical_level():
    def same(past, future):
        return torch.zeros(len(past), H, 1)

    rollout = make(same, shifts=True, typical=np.array([7.0]))
    assert (rollout.roll(np.full((1, 5, 1), NAN), unknown(1, 4), 4) == 7).all()


def test_a_log_is_undone_in_every_block():
    transform = learn_transform("log", np.array([[1.0]]))
    past = np.exp(windows(2, 3))
    rolled = make(counting, transform=transform).roll(past, unknown(2, 7), 7)
    expected = np.exp(np.array([[2], [3]]) + np.arange(1, 8))
    np.testing.assert_allclose(rolled[:, :, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("limits", [(1, 3, 1 << 20), (3, 4096, 1)], ids=["windows", "numbers"])
def test_windows_go_through_the_network_in_parts(monkeypatch, limits):
    past = windows(*range(8))
    whole = make(counting).point(past, unknown(8, H))
    sizes = []

    def count(past, future):
        sizes.append(len(past))
        return counting(past, future)

    for name, limit in zip(("_FEWEST", "_MOST", "_NUMBERS"), limits, strict=True):
        monkeypatch.setattr(rollout_module, name, limit)
    np.testing.assert_array_equal(make(count).point(past, unknown(8, H)), whole)
    assert sizes == [3, 3, 2]


def test_the_rows_that_are_forecast_from_are_left_as_they_were():
    past, known = windows(10), unknown(1, 7)
    before = past.copy(), known.copy()
    make(counting, shifts=True).roll(past, known, 7)
    np.testing.assert_array_equal(past, before[0])
    np.testing.assert_array_equal(known, before[1])


# --- covariates -----------------------------------------------------------------------------------


def test_every_block_sees_the_known_columns_of_its_own_steps():
    columns = Columns(["load"], [], ["price"], [], {})
    known = unknown(1, 9, 2)
    known[0, :, 1] = np.arange(9)
    rolled = make(known_ahead, columns=columns).roll(np.zeros((1, 5, 2)), known, 7)
    assert rolled[0, :, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_known_columns_become_the_past_of_later_blocks_and_past_ones_are_missing():
    columns = Columns(["load"], ["wind"], ["price"], [], {})
    seen = []

    def look(past, future):
        seen.append(past[0].numpy().copy())
        return counting(past, future)

    past = np.dstack([np.arange(5.0), 10 + np.arange(5.0), 20 + np.arange(5.0)])
    known = unknown(1, 6, 3)
    known[0, :, 2] = 25 + np.arange(6)
    make(look, columns=columns).roll(past, known, 6)
    np.testing.assert_array_equal(
        seen[1],
        [[3, 13, 23], [4, 14, 24], [5, NAN, 25], [6, NAN, 26], [7, NAN, 27]],
    )


def test_covariates_are_standardised_and_targets_are_not():
    columns = Columns(["load"], ["wind"], ["price"], [], {})
    rollout = make(counting, columns=columns)
    columns.centre, columns.scale = np.array([1.0, 2.0]), np.array([10.0, 0.5])
    past, known, _ = rollout.encode(np.full((1, 2, 3), 4.0), np.full((1, H, 3), 6.0))
    assert past[0].tolist() == [[4, 30, 1]] * 2
    assert known[0].tolist() == [[2]] * H


def test_a_static_column_holds_its_last_value_for_any_number_of_steps():
    columns = Columns(["load"], [], [], ["area"], {})
    past = np.dstack([np.arange(5.0), [7.0, 7.0, 9.0, 9.0, NAN]])
    known = unknown(1, 30, 2)
    known[0, :, 1] = 500.0  # what is written there is not asked
    rolled = make(known_ahead, columns=columns).roll(past, known, 30)
    assert (rolled == 9).all()


def test_a_static_column_without_a_past_has_its_first_value():
    columns = Columns(["load"], [], [], ["area"], {})
    known = unknown(1, H, 2)
    known[0, :, 1] = [4.0, 500.0, 500.0]
    point = make(known_ahead, columns=columns).point(np.full((1, 5, 2), NAN), known)
    assert (point == 4).all()


# --- quantiles --------------------------------------------------------------------------------------

levels_wanted = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=8).map(sorted)


def fan(past, future):
    """Levels 0.1, 0.5 and 0.9, two apart from the median that counts on."""
    return counting(past, future)[..., None] + torch.tensor([-2.0, 0.0, 2.0])


def test_trained_quantiles_are_given_and_interpolated_in_the_order_asked():
    rollout = make(fan, levels=[0.1, 0.5, 0.9])
    rolled = rollout.roll(windows(10), unknown(1, H), H, [0.1, 0.3, 0.5, 0.9])
    np.testing.assert_allclose(
        rolled[0, :, 0], [[9, 10, 11, 13], [10, 11, 12, 14], [11, 12, 13, 15]]
    )


def test_the_point_forecast_of_a_quantile_network_is_its_median():
    rollout = make(fan, levels=[0.1, 0.5, 0.9])
    assert rollout.roll(windows(10), unknown(1, 5), 5)[0, :, 0].tolist() == [11, 12, 13, 14, 15]


def test_spreads_of_later_blocks_add_up_as_in_a_random_walk():
    rollout = make(fan, levels=[0.1, 0.5, 0.9])
    rolled = rollout.roll(windows(10), unknown(1, 9), 9, [0.1, 0.5, 0.9])
    spread = rolled[0, :, 0, 2] - rolled[0, :, 0, 1]
    np.testing.assert_allclose(spread, 2 * np.sqrt([1, 1, 1, 2, 2, 2, 3, 3, 3]))
    np.testing.assert_allclose(rolled[0, :, 0, 1], np.arange(11, 20))


def test_a_later_block_is_at_least_as_uncertain_as_what_it_starts_from():
    off = np.array([1.0, 2.0, 5.0]) * np.sign(np.array(RESIDUAL_LEVELS) - 0.5)[:, None]
    rollout = make(counting, residuals=off[..., None])
    rolled = rollout.roll(windows(10), unknown(1, 9), 9, [0.1, 0.9])
    width = np.sqrt([1, 4, 25, 25 + 1, 25 + 4, 50, 50 + 1, 50 + 4, 75])
    np.testing.assert_allclose(rolled[0, :, 0, 1] - np.arange(11, 20), width)
    np.testing.assert_allclose(np.arange(11, 20) - rolled[0, :, 0, 0], width)


def test_residual_quantiles_are_spread_by_the_scale_of_the_window():
    residuals = np.zeros((len(RESIDUAL_LEVELS), H, 1))
    residuals[:] = (np.array(RESIDUAL_LEVELS) - 0.5)[:, None, None]
    rollout = make(counting, scale=4.0, residuals=residuals)
    rolled = rollout.roll(windows(10), unknown(1, H), H, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(rolled[0, :, 0], [[10, 11, 12], [11, 12, 13], [12, 13, 14]])


@given(levels_wanted, st.integers(1, 9), st.sampled_from(["log", "arcsinh", None]))
def test_rolled_quantiles_never_cross_in_the_units_of_the_data(levels, steps, kind):
    levels = sorted(set(levels))
    residuals = np.sort(np.random.default_rng(0).normal(size=(len(RESIDUAL_LEVELS), H, 1)), axis=0)
    transform = learn_transform(kind, np.array([[1.0]]))
    rollout = make(counting, transform=transform, residuals=residuals)
    rolled = rollout.roll(windows(6) ** 2, unknown(1, steps), steps, levels)
    assert rolled.shape == (1, steps, 1, len(levels))
    assert (np.diff(rolled, axis=-1) >= 0).all()
    assert (rolled > 0).all() or kind != "log"


def test_each_trained_level_is_shifted_by_its_own_errors_and_none_cross():
    shifts = np.array([-1.0, 0.5, -9.0])[:, None, None].repeat(H, 1)
    rollout = make(fan, levels=[0.1, 0.5, 0.9], residuals=shifts, scale=2.0)
    rolled = rollout.roll(windows(10), unknown(1, H), H, [0.1, 0.5, 0.9])
    # 9, 11, 13 move by -2, 1 and -18, and stand in order.
    np.testing.assert_allclose(rolled[0, 0, 0], [-5, 7, 12])
