import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tsrnn.transforms import TRANSFORMS, TargetTransform, learn_transform, standardising

NAN = np.nan
KINDS = [kind for kind in TRANSFORMS if kind != "auto"]


def rows_of(kind, low=1e-6, high=1e6):
    """Rows that a transform was made for; a log takes what is above 0."""
    least = low if kind == "log" else -high
    shape = hnp.array_shapes(min_dims=2, max_dims=2, max_side=20)
    # Six decimals: nobody's rows are of the order of 1e-300.
    elements = st.floats(least, high).map(lambda x: round(x, 6))
    return hnp.arrays(np.float64, shape, elements=elements)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_inverse_undoes_forward(kind, data):
    values = data.draw(rows_of(kind))
    transform = learn_transform(kind, values)
    back = transform.inverse(transform.forward(values))
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_order_of_values_is_kept_both_ways(kind, data):
    values = np.sort(data.draw(rows_of(kind)), axis=0)
    transform = learn_transform(kind, values)
    forward = transform.forward(values)
    assert (np.diff(forward, axis=0) >= 0).all()
    assert (np.diff(transform.inverse(forward + 0.5), axis=0) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_missing_values_stay_missing(kind):
    values = np.array([[1.0, NAN], [NAN, 2.0], [3.0, 4.0]])
    transform = learn_transform(kind, values)
    np.testing.assert_array_equal(np.isnan(transform.forward(values)), np.isnan(values))
    np.testing.assert_array_equal(np.isnan(transform.inverse(values)), np.isnan(values))


@pytest.mark.parametrize("kind", ["log", "arcsinh"])
def test_a_far_forecast_stays_finite(kind):
    transform = learn_transform(kind, np.array([[1.0], [2.0]]))
    far = transform.inverse(np.array([[-1e5], [1e5]]))
    assert np.isfinite(far).all()
    assert far[1] > 1e300


def test_the_log_is_the_natural_one():
    transform = learn_transform("log", np.array([[1.0], [np.e]]))
    logs = transform.forward(np.array([[1e-9], [1e9]])).ravel()
    assert logs == pytest.approx([-20.723266, 20.723266])


def test_what_is_not_above_0_is_taken_as_half_of_the_least_above_0_that_its_column_had_in_training():
    transform = learn_transform("log", np.array([[4.0, 100.0], [NAN, 60.0], [6.0, NAN], [0, -1]]))
    assert transform.unit.tolist() == [2.0, 30.0]
    with pytest.warns(UserWarning, match=r"3 target values are not above 0 .* as 2.*log"):
        forward = transform.forward(np.array([[0.0, 1.0], [-5.0, 0.0], [NAN, NAN]]))
    np.testing.assert_allclose(forward, np.log([[2.0, 1.0], [2.0, 30.0], [NAN, NAN]]))


def test_small_positive_values_are_their_own_log_without_a_warning():
    transform = learn_transform("log", np.array([[4.0], [6.0]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert transform.forward(np.array([[0.001]])) == np.log(0.001)


def test_arcsinh_turns_at_the_median_size_of_what_is_not_0():
    values = np.array([[-4.0], [1.0], [NAN], [0.0], [0.0], [0.0], [4.0], [90.0]])
    transform = learn_transform("arcsinh", values)
    assert transform.unit.tolist() == [4.0]
    # Nearly linear well below the unit, a log well above.
    np.testing.assert_allclose(transform.forward(np.array([[0.04]])), 0.01, rtol=1e-4)
    np.testing.assert_allclose(transform.forward(np.array([[4e4]])), np.log(2e4), rtol=1e-4)


@pytest.mark.parametrize(("kind", "value"), [("arcsinh", 0.0), ("arcsinh", NAN), ("log", NAN)])
def test_a_column_without_a_size_has_unit_1(kind, value):
    assert learn_transform(kind, np.full((5, 1), value)).unit.tolist() == [1.0]


def test_none_changes_nothing():
    values = np.array([[1.5, -2.0], [NAN, 1e9]])
    np.testing.assert_array_equal(learn_transform(None, values).forward(values), values)


@given(rows_of(None, high=1e3))
def test_standardising_gives_mean_0_and_deviation_1(values):
    transform = standardising(values)
    scaled = transform.forward(values)
    spread = values.std(0) > 1e-9
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(0)[spread], 1, rtol=1e-6)
    np.testing.assert_allclose(scaled[:, ~spread], 0, atol=1e-6)
    np.testing.assert_allclose(transform.inverse(scaled), values, atol=1e-9)


def test_standardising_passes_over_missing_values():
    transform = standardising(np.array([[1.0], [NAN], [3.0]]))
    assert (transform.centre.tolist(), transform.unit.tolist()) == ([2.0], [1.0])
    nothing = standardising(np.full((3, 1), NAN))
    assert (nothing.centre.tolist(), nothing.unit.tolist()) == ([0.0], [1.0])


@pytest.mark.parametrize("kind", KINDS)
def test_any_shape_whose_last_axis_are_the_targets_is_transformed(kind):
    transform = TargetTransform(kind, unit=np.array([1.0, 2.0]), centre=np.zeros(2))
    values = np.arange(1.0, 13.0).reshape(2, 3, 2)
    whole = transform.forward(values)
    np.testing.assert_array_equal(whole[1], transform.forward(values[1]))
    np.testing.assert_allclose(transform.inverse(whole), values)
