import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from tsrnn.preprocessing import CharOrdinalEncoder, SequenceOneHotEncoder

strings = st.lists(st.text(max_size=12), min_size=1, max_size=6)


def test_hello_becomes_its_letters_in_alphabetical_order_from_two():
    encoder = CharOrdinalEncoder()
    ids = encoder.fit_transform(["hello"])
    assert encoder.categories_.tolist() == ["e", "h", "l", "o"]
    assert ids.tolist() == [[3, 2, 4, 4, 5]]
    assert ids.dtype == np.int64


def test_short_strings_are_padded_with_zeros_and_unknown_letters_are_one():
    encoder = CharOrdinalEncoder().fit(["hello"])
    ids = encoder.transform(["help", "", "o"])
    assert ids.tolist() == [[3, 2, 4, 1, 0], [0, 0, 0, 0, 0], [5, 0, 0, 0, 0]]


def test_strings_longer_than_in_fit_are_not_cut():
    encoder = CharOrdinalEncoder().fit(["ab"])
    assert encoder.transform(["abba", "b"]).tolist() == [[2, 3, 3, 2], [3, 0, 0, 0]]


def test_every_batch_is_as_wide_as_the_longest_string_of_fit():
    encoder = CharOrdinalEncoder().fit(["ab", "abba", ""])
    assert encoder.length_ == 4
    assert encoder.transform(["a"]).tolist() == [[2, 0, 0, 0]]
    assert encoder.transform([""]).tolist() == [[0, 0, 0, 0]]
    assert encoder.transform(["ab"] * 2).tolist() == [[2, 3, 0, 0]] * 2


@given(strings, strings)
def test_the_ids_of_a_string_do_not_depend_on_the_batch(X, later):
    encoder = CharOrdinalEncoder(categories=list("abc")).fit(X)
    ids = encoder.transform(later)
    width = max(encoder.length_, *map(len, later))
    assert ids.shape == (len(later), width)
    for string, row in zip(later, ids, strict=True):
        (alone,) = encoder.transform([string])
        assert len(alone) == max(encoder.length_, len(string))
        np.testing.assert_array_equal(row, np.pad(alone, (0, width - len(alone))))


@given(strings, strings)
def test_what_is_learned_from_ids_takes_those_of_any_other_strings(X, later):
    if not any(X):
        X = X + ["a"]
    ids, one_hot = CharOrdinalEncoder(), SequenceOneHotEncoder()
    encoder = make_pipeline(ids, one_hot).fit(X)
    assert one_hot.n_features_in_ == ids.length_
    indicators = encoder.transform(later)
    np.testing.assert_array_equal(indicators.any(2).sum(1), [len(string) for string in later])


def test_categories_that_are_given_take_their_length_from_the_strings_all_the_same():
    encoder = CharOrdinalEncoder(categories=["a"])
    assert encoder.fit([""]).length_ == 0
    assert encoder.fit(["bcd"]).transform(["a"]).tolist() == [[2, 0, 0]]


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


def test_ids_of_any_length_come_back():
    encoder = CharOrdinalEncoder().fit(["hello"])
    assert encoder.inverse_transform([[3], [2]]) == ["h", "e"]
    assert encoder.inverse_transform([[3, 2, 4, 4, 5, 5]]) == ["helloo"]
    assert encoder.inverse_transform(pd.DataFrame([[3, 2], [5, np.nan]])) == ["he", "o"]


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
    assert encoder.transform(["x"]).tolist() == [[1, 0]]


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
