import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tsrnn.preprocessing import CharOrdinalEncoder, SequenceOneHotEncoder

ids_of_any_shape = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 7)
)


def test_hello_becomes_one_indicator_per_letter():
    indicators = make_pipeline(CharOrdinalEncoder(), SequenceOneHotEncoder()).fit_transform(
        ["hello"]
    )
    assert indicators.dtype == np.float32
    assert indicators.tolist() == [
        [
            [0, 0, 1, 0, 0],  # h
            [0, 1, 0, 0, 0],  # e
            [0, 0, 0, 1, 0],  # l
            [0, 0, 0, 1, 0],  # l
            [0, 0, 0, 0, 1],  # o
        ]
    ]


def test_padding_is_all_zeros_and_the_unknown_letter_is_not():
    encoder = make_pipeline(CharOrdinalEncoder(), SequenceOneHotEncoder()).fit(["ab"])
    assert encoder.transform(["b?", "a"]).tolist() == [
        [[0, 0, 1], [1, 0, 0]],
        [[0, 1, 0], [0, 0, 0]],
    ]


@given(ids_of_any_shape)
def test_indicators_agree_with_those_of_scikit_learn(ids):
    fit_ids = np.arange(8)[:, None]
    ours = SequenceOneHotEncoder().fit(fit_ids).transform(ids)
    theirs = OneHotEncoder(sparse_output=False).fit(fit_ids).transform(ids.reshape(-1, 1))
    np.testing.assert_array_equal(ours.reshape(-1, 7), theirs[:, 1:])


def test_sequences_may_be_longer_than_in_fit():
    indicators = SequenceOneHotEncoder().fit([[2]]).transform([[2, 0, 2]])
    assert indicators.tolist() == [[[0, 1], [0, 0], [0, 1]]]


def test_an_id_beyond_those_of_fit_is_unknown():
    assert SequenceOneHotEncoder().fit([[3]]).transform([[9]]).tolist() == [[[1, 0, 0]]]


def test_the_ids_are_left_as_they_were():
    ids = np.array([[9, 2]])
    SequenceOneHotEncoder().fit([[3]]).transform(ids)
    assert ids.tolist() == [[9, 2]]


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float32, object])
def test_whole_numbers_of_any_dtype_are_ids(dtype):
    ids = np.array([[2, 3, 0]])
    encoder = SequenceOneHotEncoder().fit(ids.astype(dtype))
    np.testing.assert_array_equal(encoder.transform(ids.astype(dtype)), encoder.transform(ids))


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (["hello"], ValueError, r"expected ids of shape \(n, length\)"),
        ([["h", "e"]], TypeError, "CharOrdinalEncoder first"),
        ([[0.5]], TypeError, r"X\[0, 0\] is .*0.5.*, but ids are whole numbers"),
        ([[2, np.inf]], ValueError, r"X\[0, 1\] is infinite or too large for an id: inf"),
        ([[1e300, 2]], ValueError, r"X\[0, 0\] is infinite or too large for an id"),
        ([[-0.5]], ValueError, r"Negative values in data: X\[0, 0\] is -0.5"),
        (np.array([[{}]]), TypeError, "an id a number; encode tokens"),
        (scipy.sparse.csr_array([[2]]), TypeError, "X: sparse data was passed"),
        (np.array([[2j]]), ValueError, "X: Complex data not supported"),
        ([[], []], ValueError, r"0 feature\(s\) \(shape=\(2, 0\)\)"),
        ([[3, -2]], ValueError, r"X\[0, 1\] is -2"),
        ([[0, 0]], ValueError, "padding alone"),
        ([[np.nan, 0]], ValueError, "padding alone"),
        (np.empty((0, 3), dtype=int), ValueError, "X is empty"),
    ],
)
def test_bad_ids_are_named(X, error, message):
    with pytest.raises(error, match=message):
        SequenceOneHotEncoder().fit(X)
