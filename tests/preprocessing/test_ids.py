"""What the encoders of ids share: how wide a batch is, what its columns are called, what is missing in it."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency

from tsrnn.preprocessing import SequenceEmbeddingEncoder, SequenceOneHotEncoder

ids_of_any_shape = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.integers(0, 7)
)
each_encoder = pytest.mark.parametrize(
    "encoder",
    [SequenceOneHotEncoder(), SequenceEmbeddingEncoder(random_state=0)],
    ids=lambda encoder: type(encoder).__name__,
)


@each_encoder
def test_fewer_columns_than_in_fit_are_refused_in_the_words_of_scikit_learn(encoder):
    encoder = clone(encoder).fit([[2, 3, 4]])
    assert encoder.n_features_in_ == 3
    message = re.escape(
        f"X has 1 features, but {type(encoder).__name__} is expecting 3 features as input: the steps of the longest "
        "sequence in fit. Pad with 0 on the right, as CharOrdinalEncoder does."
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        encoder.transform([[2], [3]])


@each_encoder
@given(ids=ids_of_any_shape, more=st.integers(0, 3))
def test_more_columns_leave_the_others_as_they_are(encoder, ids, more):
    encoder = clone(encoder).fit(np.full_like(ids, 7))
    narrow, wide = encoder.transform(ids), encoder.transform(np.pad(ids, ((0, 0), (0, more))))
    assert wide.shape == (len(ids), ids.shape[1] + more, narrow.shape[2])
    np.testing.assert_array_equal(wide[:, : ids.shape[1]], narrow)
    np.testing.assert_array_equal(wide[:, ids.shape[1] :], 0)


@each_encoder
@given(ids=ids_of_any_shape)
def test_a_row_alone_is_the_row_in_its_batch(encoder, ids):
    encoder = clone(encoder).fit(np.full_like(ids, 7))
    together = encoder.transform(ids)
    for row, answer in zip(ids, together, strict=True):
        np.testing.assert_array_equal(encoder.transform(row[None])[0], answer)


@each_encoder
def test_what_is_missing_is_padding(encoder):
    encoder = clone(encoder).fit(np.array([[2, 3], [4, 0]]))
    padded = encoder.transform([[2, 3], [4, 0]])
    for missing in (
        pd.DataFrame([[2, 3], [4, np.nan]]),
        pd.DataFrame([[2, 3], [4, pd.NA]], dtype="Int64"),
        np.array([[2, 3], [4, None]], dtype=object),
        np.ma.array([[2, 3], [4, 9]], mask=[[0, 0], [0, 1]]),
    ):
        np.testing.assert_array_equal(clone(encoder).fit(missing).transform(missing), padded)


@each_encoder
def test_the_names_of_columns_are_kept_and_compared(encoder):
    check_dataframe_column_names_consistency(type(encoder).__name__, encoder)
    steps = pd.DataFrame([[2, 3]], columns=["first", "second"])
    encoder = clone(encoder).fit(steps)
    assert encoder.feature_names_in_.tolist() == ["first", "second"]
    longer = encoder.transform(steps.assign(third=2))
    np.testing.assert_array_equal(longer[:, :2], encoder.transform(steps))
    with pytest.raises(ValueError, match=r"feature names should match.*\s.*the same order"):
        encoder.transform(steps[["second", "first"]])
    assert not hasattr(encoder.fit([[2, 3]]), "feature_names_in_")
