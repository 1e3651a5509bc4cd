from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tsrnn.clocks import Clock
from tsrnn.columns import Columns
from tsrnn.forecasting import rows as rows_module
from tsrnn.forecasting.rows import network_rows
from tsrnn.frames import Panel
from tsrnn.transforms import learn_transform

NAN = np.nan


def rows_of(values, lengths, kind=None, shifts=True, n_targets=1):
    names = list(range(values.shape[1]))
    columns = Columns(names[:n_targets], names[n_targets:], [], [], {})
    columns.centre, columns.scale = np.full((2, values.shape[1] - n_targets), 2.0)
    transform = learn_transform(kind, values[:, :n_targets])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    panel = Panel(values, offsets, pd.RangeIndex(len(lengths)), None, Clock())
    rollout = SimpleNamespace(columns=columns, transform=transform, shifts=shifts)
    return network_rows(panel, rollout)


def test_each_series_starts_from_its_own_first_value_and_covariates_are_scaled():
    values = np.array([[5.0, 1], [6, 2], [NAN, 3], [40, NAN], [42, 5]])
    rows = rows_of(values, [2, 3])
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[:, 0], [0, 1, NAN, 0, 2])
    np.testing.assert_array_equal(rows[:, 1], [-2, 0, 2, NAN, 6])


def test_what_is_not_shifted_stays():
    rows = rows_of(np.array([[5.0], [6.0]]), [2], shifts=False)
    assert rows[:, 0].tolist() == [5, 6]


def test_a_series_without_a_value_stays_missing():
    rows = rows_of(np.array([[NAN], [NAN], [3.0]]), [2, 1])
    np.testing.assert_array_equal(rows[:, 0], [NAN, NAN, 0])


@pytest.mark.parametrize("kind", ["log", "arcsinh", None])
@given(
    values=hnp.arrays(np.float64, (12, 2), elements=st.floats(0.5, 1e3) | st.just(NAN)),
    cut=st.integers(1, 11),
)
def test_the_parts_in_which_rows_are_made_do_not_show(kind, values, cut):
    whole = rows_of(values, [cut, 12 - cut], kind, n_targets=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "_AT_ONCE", 5)
        np.testing.assert_array_equal(rows_of(values, [cut, 12 - cut], kind, n_targets=2), whole)


def test_values_without_a_logarithm_are_counted_in_one_warning(monkeypatch):
    monkeypatch.setattr(rows_module, "_AT_ONCE", 2)
    with pytest.warns(UserWarning, match="^3 target values are not above 0") as told:
        rows_of(np.array([[4.0], [0], [-1], [4], [0]]), [5], "log")
    assert len(told) == 1
