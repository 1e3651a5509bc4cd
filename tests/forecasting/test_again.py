"""The rows of a fit are known again by their values, unless these repeat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tsrnn.forecasting.again import digest_of, repeat_themselves

few = st.sampled_from([0.0, -0.0, 1.0, np.nan])
rows = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(1)), elements=few)


@given(rows, rows)
def test_rows_have_one_digest_if_and_only_if_they_are_equal(a, b):
    assert (digest_of(a) == digest_of(b)) == np.array_equal(a, b, equal_nan=True)


def test_a_digest_does_not_depend_on_how_rows_lie_in_memory():
    a = np.arange(12.0).reshape(4, 3)
    a[1, 1] = np.nan
    other = np.asfortranarray(a)
    other[1, 1] = np.uint64(0xFFF8000000000001).view(np.float64)  # another bit pattern of NaN
    assert digest_of(a) == digest_of(other) == digest_of(np.hstack([a, a])[:, 3:])


@given(rows)
def test_rows_repeat_where_they_are_made_of_equal_parts(a):
    n = len(a)
    parts = [p for p in range(1, n) if n % p == 0]
    expected = any(np.array_equal(a, np.tile(a[:p], (n // p, 1)), equal_nan=True) for p in parts)
    assert repeat_themselves(a, np.array([0, n])) == expected


@pytest.mark.parametrize(
    ("second", "repeat"), [([5.0, 6.0, 5.0, 6.0], True), ([5.0, 6.0, 5.0], False)]
)
def test_every_series_has_to_repeat(second, repeat):
    first = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    a = np.array([*first, *second])[:, None]
    assert repeat_themselves(a, np.array([0, 6, len(a)])) == repeat
