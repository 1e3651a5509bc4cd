import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from tsrnn.preprocessing import (
    CharOrdinalEncoder,
    SequenceEmbeddingEncoder,
    SequenceOneHotEncoder,
)


def test_every_token_has_one_vector_and_padding_none():
    encoder = make_pipeline(
        CharOrdinalEncoder(), SequenceEmbeddingEncoder(embedding_size=3, random_state=0)
    )
    hello, lo = encoder.fit_transform(["hello", "lo"])
    assert hello.shape == (5, 3)
    assert hello.dtype == np.float32
    np.testing.assert_array_equal(hello[2], hello[3])
    np.testing.assert_array_equal(lo[:2], hello[3:])
    np.testing.assert_array_equal(lo[2:], 0)
    assert len(np.unique(hello, axis=0)) == 4


def test_an_embedding_is_the_one_hot_code_times_the_vectors():
    ids = np.array([[2, 3, 1, 0], [4, 4, 2, 3]])
    encoder = SequenceEmbeddingEncoder(embedding_size=5, random_state=1).fit(ids)
    indicators = SequenceOneHotEncoder().fit_transform(ids)
    np.testing.assert_allclose(encoder.transform(ids), indicators @ encoder.vectors_[1:])


def test_random_vectors_are_standard_normal():
    vectors = SequenceEmbeddingEncoder(50, random_state=0).fit([[2000]]).vectors_[1:]
    assert vectors.mean() == pytest.approx(0, abs=0.02)
    assert vectors.std() == pytest.approx(1, abs=0.02)


def test_the_seed_decides_the_vectors_and_the_global_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    encoder = SequenceEmbeddingEncoder(4, random_state=3)
    first = encoder.fit_transform([[2, 3]])
    np.testing.assert_array_equal(clone(encoder).fit_transform([[2, 3]]), first)
    other = clone(encoder).set_params(random_state=4).fit_transform([[2, 3]])
    assert not np.array_equal(other, first)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_given_vectors_belong_to_the_categories_in_order():
    encoder = SequenceEmbeddingEncoder(vectors=[[1.0, 2.0], [3.0, 6.0]])
    embedded = encoder.fit_transform([[2, 3], [3, 0]])
    assert embedded.tolist() == [[[1, 2], [3, 6]], [[3, 6], [0, 0]]]


def test_with_given_vectors_the_unknown_token_is_their_mean():
    encoder = SequenceEmbeddingEncoder(vectors=[[1.0, 2.0], [3.0, 6.0]]).fit([[2]])
    assert encoder.transform([[1, 99]]).tolist() == [[[2, 4], [2, 4]]]


def test_vectors_that_were_not_needed_in_fit_are_kept():
    encoder = SequenceEmbeddingEncoder(vectors=[[1.0], [2.0], [3.0]]).fit([[2]])
    assert encoder.transform([[4, 3]]).tolist() == [[[3], [2]]]


def test_a_fit_that_fails_leaves_what_an_earlier_one_learned():
    encoder = SequenceEmbeddingEncoder(3, random_state=0).fit([[2, 3]])
    with pytest.raises(ValueError, match="embedding_size must be at least 1"):
        encoder.set_params(embedding_size=0).fit([[2]])
    assert encoder.n_features_in_ == 2
    assert encoder.transform([[2, 3]]).shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"embedding_size": 0}, ValueError, "embedding_size must be at least 1, got 0"),
        ({"embedding_size": 1.5}, TypeError, "embedding_size must be a whole number, got 1.5"),
        ({"vectors": [[1.0]]}, ValueError, "vectors has 1 rows, but X holds ids up to 3"),
        ({"vectors": [[1.0], [np.nan]]}, ValueError, "vectors contains NaN"),
    ],
)
def test_a_bad_parameter_is_named(params, error, message):
    with pytest.raises(error, match=message):
        SequenceEmbeddingEncoder(**params).fit([[2, 3]])
