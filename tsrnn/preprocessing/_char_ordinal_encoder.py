"""CharOrdinalEncoder: strings to padded ids, and back."""

from itertools import chain

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from tsrnn.preprocessing._ids import FIRST, PAD, UNKNOWN, check_ids
from tsrnn.tokens import check_hashable, check_sequences


class CharOrdinalEncoder(TransformerMixin, BaseEstimator):
    """Give every character, or token, of a sequence a whole number.

    0 pads sequences to one length, 1 is a token that `fit` did not see, and token i of `categories_`
    is i + 2. The one length is that of the longest sequence in `fit`, so that columns agree between
    batches; a batch with a longer sequence is as wide as that one, which is never cut.

    Parameters
    ----------
    categories : "auto" or list of hashable tokens, default="auto"
        "auto" learns them from the data. A list fixes them and their order, as pre-trained vectors
        need it.

    Attributes
    ----------
    categories_ : ndarray of object, shape (n_categories,)
        The known tokens: sorted, or in order of appearance where they cannot be compared.
    length_ : int
        Tokens of the longest sequence in `fit`: the least number of columns that `transform` gives.

    Examples
    --------
    >>> from tsrnn.preprocessing import CharOrdinalEncoder
    >>> encoder = CharOrdinalEncoder().fit(["hello"])
    >>> encoder.categories_.tolist()
    ['e', 'h', 'l', 'o']
    >>> ids = encoder.transform(["hello", "yo"])
    >>> ids
    array([[3, 2, 4, 4, 5],
           [1, 5, 0, 0, 0]])
    >>> encoder.inverse_transform(ids)
    ['hello', '�o']
    >>> encoder.transform(["yo"])
    array([[1, 5, 0, 0, 0]])
    >>> encoder.transform(["hellooo"])
    array([[3, 2, 4, 4, 5, 5, 5]])
    """

    def __init__(self, categories="auto"):
        self.categories = categories

    def fit(self, X, y=None):
        """Learn the tokens, and the length of the longest sequence.

        Parameters
        ----------
        X : list, Series or array of n strings, or of n sequences of hashable tokens
        y : ignored

        Returns
        -------
        self : CharOrdinalEncoder
        """
        sequences = check_sequences(X)
        if isinstance(self.categories, str):
            if self.categories != "auto":
                raise ValueError(
                    f"categories must be 'auto' or a list of tokens, got {self.categories!r}; "
                    f"write list({self.categories!r}) for its characters."
                )
            tokens = _sorted_if_possible(dict.fromkeys(chain.from_iterable(sequences)))
        else:
            tokens = _check_categories(self.categories)
        if not tokens:
            argument = "X" if isinstance(self.categories, str) else "categories"
            raise ValueError(f"{argument} holds no tokens; give at least one.")
        # np.array would make a second axis of tokens that are tuples.
        self.categories_ = np.fromiter(tokens, dtype=object, count=len(tokens))
        self.length_ = max(map(len, sequences))
        self._ids = {token: number for number, token in enumerate(tokens, start=FIRST)}
        self._of_strings = all(isinstance(sequence, str) for sequence in sequences)
        return self

    def transform(self, X):
        """Replace tokens by their ids, padded on the right.

        Parameters
        ----------
        X : list, Series or array of n strings, or of n sequences of hashable tokens

        Returns
        -------
        ids : ndarray of int64, shape (n, length)
            The length is `length_`, or that of the longest sequence of X where it is longer.
        """
        check_is_fitted(self)
        sequences = check_sequences(X)
        length = max(self.length_, *map(len, sequences))
        ids = np.full((len(sequences), length), PAD, dtype=np.int64)
        for row, sequence in zip(ids, sequences, strict=True):
            row[: len(sequence)] = [self._ids.get(token, UNKNOWN) for token in sequence]
        return ids

    def inverse_transform(self, X):
        """Replace ids by their tokens, padding left out.

        Parameters
        ----------
        X : array-like of int, shape (n, length)
            Of any length.

        Returns
        -------
        sequences : list of n strings, or of n lists where `fit` saw other sequences than strings
            An unknown token is "\\ufffd" (the replacement character) in a string, None in a list.
        """
        check_is_fitted(self)
        ids = check_ids(X)
        largest = len(self.categories_) + FIRST - 1
        if (ids > largest).any():
            row, column = np.argwhere(ids > largest)[0]
            raise ValueError(
                f"X[{row}, {column}] is {ids[row, column]}, but the largest id of a known token is "
                f"{largest}."
            )
        unknown = "\ufffd" if self._of_strings else None
        tokens = np.concatenate([[None, unknown], self.categories_])
        sequences = [tokens[row[row != PAD]].tolist() for row in ids]
        return ["".join(sequence) for sequence in sequences] if self._of_strings else sequences

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags


def _check_categories(categories):
    tokens = list(categories)
    check_hashable(tokens, "categories")
    if len(set(tokens)) < len(tokens):
        twice = next(token for i, token in enumerate(tokens) if token in tokens[:i])
        raise ValueError(f"categories holds {twice!r} twice; every token needs one id.")
    return tokens


def _sorted_if_possible(tokens):
    try:
        return sorted(tokens)
    except TypeError:
        return list(tokens)
