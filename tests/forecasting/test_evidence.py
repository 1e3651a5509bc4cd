"""What a gain over many windows is worth where series err together."""

import pytest
import torch

from tsrnn.forecasting.evidence import design_effect

AT_ONCE = torch.zeros(40, dtype=torch.int64)
ONE = torch.ones(40, 3)


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_series_that_are_all_missed_and_moved_alike_count_as_one():
    # Whatever their units.
    size = torch.arange(1.0, 41.0)[:, None]
    assert design_effect(AT_ONCE, size * ONE, 0.1 * ONE) == pytest.approx(40)


@pytest.mark.parametrize(
    ("missed", "change"),
    [(drawn(40, 500), torch.ones(40, 500)), (torch.ones(40, 500), drawn(40, 500))],
)
def test_series_of_which_either_errors_or_changes_are_independent_count_in_full(missed, change):
    assert design_effect(AT_ONCE, missed, change) == pytest.approx(1, abs=0.4)


def test_windows_of_other_times_are_not_compared():
    assert design_effect(torch.arange(40), ONE, ONE) == 1
    assert design_effect(torch.arange(40) // 4, ONE, ONE) == pytest.approx(4)


def test_half_of_the_error_in_common_makes_half_as_many_series_of_many():
    """The cosine between sums of a common part and one of each's own, of the same size, is a half."""
    missed = drawn(1, 500) + drawn(40, 500, seed=1)
    assert design_effect(AT_ONCE, missed, torch.ones(40, 500)) == pytest.approx(1 + 39 / 2, rel=0.1)


def test_series_that_were_not_looked_at_count_too():
    assert design_effect(AT_ONCE, ONE, ONE, at_once=400.0) == pytest.approx(400)


def test_what_is_missed_by_nothing_has_nothing_in_common():
    assert design_effect(AT_ONCE, 0 * ONE, ONE) == 1
