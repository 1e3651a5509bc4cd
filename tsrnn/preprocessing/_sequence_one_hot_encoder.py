"""SequenceOneHotEncoder: ids to indicators."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from tsrnn.preprocessing._ids import PAD, UNKNOWN, check_fit_ids, check_ids


class SequenceOneHotEncoder(TransformerMixin, BaseEstimator):
    """Turn every id of a padded sequence into an indicator vector.

    Id i sets column i - 1: column 0 is the unknown token, column 1 the first of
    `CharOrdinalEncoder.categories_`. Padding, and padding alone, is all zeros, so that whatever
    comes next can tell where a sequence ends.

    Attributes
    ----------
    n_categories_ : int
        Indicators: the largest id seen in `fit`. A larger one counts as unknown in `transform`.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from tsrnn.preprocessing import CharOrdinalEncoder, SequenceOneHotEncoder
    >>> encoder = make_pipeline(CharOrdinalEncoder(), SequenceOneHotEncoder()).fit(["hello"])
    >>> encoder.transform(["ho"])
    array([[[0., 0., 1., 0., 0.],
            [0., 0., 0., 0., 1.]]], dtype=float32)
    """

    def fit(self, X, y=None):
        """Learn the number of categories.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            Ids as `CharOrdinalEncoder` gives them.
        y : ignored

        Returns
        -------
        self : SequenceOneHotEncoder
        """
        self.n_categories_ = int(check_fit_ids(X).max())
        return self

    def transform(self, X):
        """Replace ids by indicators.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            Of any length, also longer than in `fit`.

        Returns
        -------
        indicators : ndarray of float32, shape (n, length, n_categories_)
        """
        check_is_fitted(self)
        ids = check_ids(X)
        ids[ids > self.n_categories_] = UNKNOWN
        indicators = np.zeros((*ids.shape, self.n_categories_), dtype=np.float32)
        row, position = np.nonzero(ids != PAD)
        indicators[row, position, ids[row, position] - 1] = 1
        return indicators

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags
