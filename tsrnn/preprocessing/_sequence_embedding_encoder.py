"""SequenceEmbeddingEncoder: ids to dense vectors, random or given."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted

from tsrnn.preprocessing._ids import (
    FIRST,
    UNKNOWN,
    check_fit_ids,
    check_later_ids,
    learn_columns,
)


class SequenceEmbeddingEncoder(TransformerMixin, BaseEstimator):
    """Turn every id of a padded sequence into a dense vector that is not trained.

    Padding is all zeros. Random vectors are standard normal, as in `torch.nn.Embedding`, and the
    unknown token has one too; with given vectors it gets their mean.

    Parameters
    ----------
    embedding_size : int, default=10
        Length of a vector. Given `vectors` bring their own.
    vectors : array-like of shape (n_categories, embedding_size), default=None
        Pre-trained vectors, row i for token i of `CharOrdinalEncoder.categories_`; fix their order
        there with ``CharOrdinalEncoder(categories=...)``. Random where None.
    random_state : int, RandomState or None, default=None
        Seed of the random vectors.

    Attributes
    ----------
    vectors_ : ndarray of float32, shape (largest id + 1, embedding size)
        Row i is the vector of id i. An id beyond counts as unknown in `transform`.
    n_features_in_ : int
        Columns in `fit`: the steps of its longest sequence, and the fewest that `transform` takes.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, where `fit` was given a frame with strings for names.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from tsrnn.preprocessing import CharOrdinalEncoder, SequenceEmbeddingEncoder
    >>> encoder = make_pipeline(
    ...     CharOrdinalEncoder(categories=["a", "b"]),
    ...     SequenceEmbeddingEncoder(vectors=[[1.0, 2.0], [3.0, 4.0]]),
    ... ).fit(["ab"])
    >>> encoder.transform(["b?", "a"])
    array([[[3., 4.],
            [2., 3.]],
    <BLANKLINE>
           [[1., 2.],
            [0., 0.]]], dtype=float32)
    """

    def __init__(self, embedding_size=10, vectors=None, random_state=None):
        self.embedding_size = embedding_size
        self.vectors = vectors
        self.random_state = random_state

    def fit(self, X, y=None):
        """Draw the vectors, or check that the given ones reach.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            Ids as `CharOrdinalEncoder` gives them. What is missing (NaN) counts as padding.
        y : ignored

        Returns
        -------
        self : SequenceEmbeddingEncoder
        """
        ids = check_fit_ids(X)
        largest = int(ids.max())
        drawn = self._draw(largest) if self.vectors is None else self._given(largest)
        learn_columns(self, X, ids)
        self.vectors_ = np.pad(drawn.astype(np.float32), ((1, 0), (0, 0)))
        return self

    def transform(self, X):
        """Replace ids by vectors.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            At least as many columns as in `fit`: pad with 0 on the right, as `CharOrdinalEncoder` does. More are
            legal, for sequences that are longer.

        Returns
        -------
        embedded : ndarray of float32, shape (n, length, embedding size)

        Raises
        ------
        TypeError
            Where X holds something else than ids.
        ValueError
            Where an id is negative, or X has fewer columns than in `fit`.
        """
        check_is_fitted(self)
        ids = check_later_ids(self, X)
        ids[ids >= len(self.vectors_)] = UNKNOWN
        return self.vectors_[ids]

    def _draw(self, largest):
        size = self.embedding_size
        if not isinstance(size, Integral) or isinstance(size, bool):
            raise TypeError(f"embedding_size must be a whole number, got {size!r}.")
        if size < 1:
            raise ValueError(f"embedding_size must be at least 1, got {size!r}.")
        return check_random_state(self.random_state).standard_normal((largest, size))

    def _given(self, largest):
        vectors = check_array(self.vectors, dtype=np.float64, input_name="vectors")
        needed = largest - FIRST + 1
        if len(vectors) < needed:
            raise ValueError(
                f"vectors has {len(vectors)} rows, but X holds ids up to {largest}, which need "
                f"{needed}; give one row per token of CharOrdinalEncoder.categories_."
            )
        return np.vstack([vectors.mean(axis=0), vectors])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags
