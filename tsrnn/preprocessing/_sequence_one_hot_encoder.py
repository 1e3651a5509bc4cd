"""SequenceOneHotEncoder: ids to indicators."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from tsrnn.preprocessing._ids import (
    PAD,
    UNKNOWN,
    check_fit_ids,
    check_later_ids,
    learn_columns,
)


class SequenceOneHotEncoder(TransformerMixin, BaseEstimator):
    """Turn every id of a padded sequence into an indicator vector.

    Id i sets column i - 1: column 0 is the unknown token, column 1 the first of
    `CharOrdinalEncoder.categories_`. Padding, and padding alone, is all zeros, so that whatever
    comes next can tell where a sequence ends.

    Attributes
    ----------
    n_categories_ : int
        Indicators: the largest id seen in `fit`. A larger one counts as unknown in `transform`.
    n_features_in_ : int
        Columns in `fit`: the steps of its longest sequence, and the fewest that `transform` takes.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, where `fit` was given a frame with strings for names.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from tsrnn.preprocessing import CharOrdinalEncoder, SequenceOneHotEncoder
    >>> encoder = make_pipeline(CharOrdinalEncoder(), SequenceOneHotEncoder()).fit(["hello"])
    >>> encoder.transform(["ho"])
    array([[[0., 0., 1., 0., 0.],
            [0., 0., 0., 0., 1.],
            [0., 0., 0., 0., 0.],
            [0., 0., 0., 0., 0.],
            [0., 0., 0., 0., 0.]]], dtype=float32)
    """

    def fit(self, X, y=None):
        """Learn the number of categories.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            Ids as `CharOrdinalEncoder` gives them. What is missing (NaN) counts as padding.
        y : ignored

        Returns
        -------
        self : SequenceOneHotEncoder
        """
        ids = check_fit_ids(X)
        learn_columns(self, X, ids)
        self.n_categories_ = int(ids.max())
        return self

    def transform(self, X):
        """Replace ids by indicators.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            At least as many columns as in `fit`: pad with 0 on the right, as `CharOrdinalEncoder` does. More are
            legal, for sequences that are longer.

        Returns
        -------
        indicators : ndarray of float32, shape (n, length, n_categories_)

        Raises
        ------
        TypeError
            Where X holds something else than ids.
        ValueError
            Where an id is negative, or X has fewer columns than in `fit`.
        """
        check_is_fitted(self)
        ids = check_later_ids(self, X)
        ids[ids > self.n_categories_] = UNKNOWN
        indicators = np.zeros((*ids.shape, self.n_categories_), dtype=np.float32)
        row, position = np.nonzero(ids != PAD)
        indicators[row, position, ids[row, position] - 1] = 1
        return indicators

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags
