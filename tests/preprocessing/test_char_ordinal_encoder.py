import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import OrdinalEncoder

from tsrnn.preprocessing import CharOrdinalEncoder

strings = st.lists(st.text(max_size=12), min_size=1, max_size=6)


def test_hello_becomes_its_letters_in_alphabetical_order_from_two():
    encoder = CharOrdinalEncoder()
    ids = encoder.fit_transform(["hello"])
    assert encoder.categories_.tolist() == ["e", "h", "l", "o"]
    assert ids.tolist() == [[3, 2, 4, 4, 5]]
    assert ids.dtype == np.int64


def test_short_strings_are_padded_with_zeros_and_unknown_letters_are_one():
    encoder = CharOrdinalEncoder().fit(["hello"])
    assert encoder.transform(["help", "", "o"]).tolist() == [[3, 2, 4, 1], [0] * 4, [5, 0, 0, 0]]


def test_strings_longer_than_in_fit_are_not_cut():
    encoder = CharOrdinalEncoder().fit(["ab"])
    assert encoder.transform(["abba"]).tolist() == [[2, 3, 3, 2]]


@given(strings)
def test_inverse_transform_gives_back_every_known_string(X):
    if not any(X):
        X = X + ["a"]
    encoder = CharOrdinalEncoder()
    assert encoder.inverse_transform(encoder.fit_transform(X)) == X


@given(strings)
def test_ids_agree_with_those_of_scikit_learn_less_two(X):
    letters = np.array(list("".join(X) or "a"), dtype=object)
    expected = OrdinalEncoder().fit_transform(letters[:, None])
    ids = CharOrdinalEncoder().fit_transform([str("".join(letters))])
    np.testing.assert_array_equal(ids[0] - 2, expected[:, 0])


def test_an_unknown_letter_comes_back_as_the_replacement_character():
    encoder = CharOrdinalEncoder().fit(["hello"])
    assert encoder.inverse_transform(encoder.transform(["hexo", "o"])) == ["he\ufffdo", "o"]


@pytest.mark.parametrize("form", [list, pd.Series, np.array, tuple])
def test_strings_may_come_in_any_list(form):
    X = form(["ab", "b"])
    assert CharOrdinalEncoder().fit_transform(X).tolist() == [[2, 3], [3, 0]]


def test_sequences_of_tokens_come_back_as_lists():
    X = [["the", "cat"], [("a", 1), "cat"], []]
    encoder = CharOrdinalEncoder()
    ids = encoder.fit_transform(X)
    assert ids.tolist() == [[2, 3], [4, 3], [0, 0]]
    assert encoder.inverse_transform(ids) == X
    assert encoder.inverse_transform([[1, 3]]) == [[None, "cat"]]


def test_rows_of_an_integer_array_are_sequences_of_tokens():
    ids = CharOrdinalEncoder().fit_transform(np.array([[30, 10], [20, 10]]))
    assert ids.tolist() == [[4, 2], [3, 2]]


def test_given_categories_fix_the_ids():
    encoder = CharOrdinalEncoder(categories=["o", "h"]).fit(["hello"])
    assert encoder.transform(["hello"]).tolist() == [[3, 1, 1, 1, 2]]


def test_a_pickled_encoder_gives_the_same_ids():
    encoder = CharOrdinalEncoder().fit(["hello"])
    copy = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(copy.transform(["hole"]), encoder.transform(["hole"]))


def test_fit_forgets_what_an_earlier_fit_saw():
    encoder = CharOrdinalEncoder().fit(["xyz"]).fit(["ab"])
    assert encoder.categories_.tolist() == ["a", "b"]
    assert encoder.transform(["x"]).tolist() == [[1]]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], ValueError, "X is empty"),
        ("hello", TypeError, r"write \[X\]"),
        (None, TypeError, "got NoneType"),
        (pd.DataFrame({"text": ["a"]}), TypeError, "got DataFrame"),
        (["a", 3], TypeError, r"X\[1\] must be a string or a sequence of tokens, got 3"),
        (pd.Series(["a", np.nan], dtype=object), TypeError, r"X\[1\].*nan"),
        ([["a", "b"], ["c", ["d"]]], TypeError, r"X\[1\]\[1\] is \['d'\], a list.*hashed"),
        (["", ""], ValueError, "X holds no tokens"),
    ],
)
def test_bad_sequences_are_named(X, error, message):
    with pytest.raises(error, match=message):
        CharOrdinalEncoder().fit(X)


@pytest.mark.parametrize(
    ("categories", "error", "message"),
    [
        ("abc", ValueError, r"got 'abc'; write list\('abc'\)"),
        (["a", "b", "a"], ValueError, "categories holds 'a' twice"),
        ([["a"]], TypeError, r"categories\[0\].*hashed"),
        ([], ValueError, "categories holds no tokens"),
    ],
)
def test_bad_categories_are_named(categories, error, message):
    with pytest.raises(error, match=message):
        CharOrdinalEncoder(categories=categories).fit(["ab"])


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([[2, 9]], ValueError, r"X\[0, 1\] is 9, but the largest id of a known token is 5"),
        ([[2, -1]], ValueError, r"X\[0, 1\] is -1"),
        ([[2.5]], TypeError, r"X\[0, 0\] is .*2.5.*, but ids are whole numbers"),
        ([2, 3], ValueError, r"expected ids of shape \(n, length\)"),
        ([[2], [3, 4]], ValueError, "padded with 0"),
    ],
)
def test_ids_without_a_token_are_named(ids, error, message):
    with pytest.raises(error, match=message):
        CharOrdinalEncoder().fit(["hello"]).inverse_transform(ids)


def test_an_encoder_that_is_not_fitted_says_so():
    with pytest.raises(NotFittedError):
        CharOrdinalEncoder().transform(["a"])
