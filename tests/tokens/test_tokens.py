"""Reading X, y and weights: every form, and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.preprocessing import CharOrdinalEncoder, SequenceOneHotEncoder
from tsrnn.tokens import label_weights, read_labels, read_steps

words = st.lists(st.text("abc", max_size=5), min_size=1, max_size=6).filter(any)


@given(words)
def test_strings_and_lists_of_their_characters_are_the_same_tokens(X):
    of_strings, of_lists = read_steps(X), read_steps([list(x) for x in X])
    assert of_strings.values == of_lists.values == list("".join(X))
    assert of_strings.lengths.tolist() == of_lists.lengths.tolist() == [len(x) for x in X]


@given(words)
def test_encoded_sequences_end_where_their_padding_begins(X):
    ids = CharOrdinalEncoder().fit_transform(X)
    features = SequenceOneHotEncoder().fit_transform(ids)
    for encoded, kind in ((ids, "ids"), (features, "features")):
        steps = read_steps(encoded)
        assert steps.kind == kind
        assert steps.lengths.tolist() == [len(x) for x in X]
    assert read_steps(ids).values.tolist() == ids[ids > 0].tolist()


@given(words)
def test_a_zero_row_within_a_sequence_is_a_step(X):
    features = np.zeros((2, 4, 3))
    features[0, 2, 1] = 1
    steps = read_steps(features)
    assert steps.lengths.tolist() == [3, 0]
    assert steps.values.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, pd.Series):
        pd.testing.assert_series_equal(a, b)
    elif isinstance(a, list | np.ndarray):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            same(one, other)
    else:
        assert a == b


def object_array(rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


FORMS = {
    "strings": ["ab", "", "cab"],
    "lists": [["a", "b"], [], ["c", "a", "b"]],
    "tuples": [("B-PER", "O"), (), ("O", "O", "O")],
    "numbers": [[1, 2], [], [2, 2, 1]],
    "booleans": [[True, False], [], [True, True, True]],
    "arrays": [np.array([1, 2]), np.array([], dtype=int), np.array([2, 2, 1])],
    "Series of strings": pd.Series(["ab", "", "cab"], index=[3, 1, 2], name="tags", dtype=object),
    "Series of lists": pd.Series([["x", "y"], [], ["x", "x", "y"]], name="tags"),
    "array of strings": np.array(["ab", "", "cab"]),
    "array of lists": object_array([[1, 2], [], [2, 2, 1]]),
    "matrix": np.array([[1, 2], [2, 2]]),
}


@pytest.mark.parametrize("y", FORMS.values(), ids=FORMS)
def test_labels_go_back_into_the_form_they_came_in(y):
    lengths = np.array([len(one) for one in y])
    labels = read_labels(y, lengths)
    classes = labels.classes()
    numbers = labels.numbered(classes)
    same(labels.form.of(classes[numbers], lengths, getattr(y, "index", None)), y)


def test_a_matrix_of_labels_becomes_an_array_of_rows_where_lengths_differ():
    form = read_labels(np.array([[1, 2], [2, 2]]), np.array([2, 2])).form
    answer = form.of(np.array([1, 2, 2]), np.array([2, 1]))
    assert answer.dtype == object
    assert [row.tolist() for row in answer] == [[1, 2], [2]]


@pytest.mark.parametrize("kind", [list, tuple, np.array])
@pytest.mark.parametrize("lengths", [[2, 2], [3]])
def test_an_array_of_sequences_is_answered_by_one_where_all_are_of_one_length(kind, lengths):
    form = read_labels(object_array([kind([1, 2]), kind([2])]), np.array([2, 1])).form
    labels = np.arange(sum(lengths))
    answer = form.of(labels, np.array(lengths))
    assert (answer.dtype, answer.shape) == (object, (len(lengths),))
    same(list(answer), [kind(part.tolist()) for part in np.split(labels, lengths[:-1])])


@pytest.mark.parametrize("gone", [None, np.nan, float("nan"), pd.NA], ids=repr)
def test_missing_labels_have_no_class(gone):
    labels = read_labels([[gone, 5], [3, gone]], np.array([2, 2]))
    assert labels.classes().tolist() == [3, 5]
    assert labels.numbered(labels.classes()).tolist() == [-1, 1, 0, -1]


def test_a_label_that_is_no_class_is_new():
    labels = read_labels(["abc"], np.array([3]))
    assert labels.numbered(np.array(["a", "c"])).tolist() == [0, -2, 1]


# --- weights ------------------------------------------------------------------------------------

LABELS, LENGTHS, CLASSES = np.array([0, 0, 1, -1, 0]), np.array([2, 3]), np.array(["x", "y"])


def test_weights_are_one_on_average_and_zero_without_a_label():
    assert label_weights(LABELS, LENGTHS, CLASSES).tolist() == [1, 1, 1, 0, 1]
    weights = label_weights(LABELS, LENGTHS, CLASSES, sample_weight=[1, 3])
    np.testing.assert_allclose(weights, [0.5, 0.5, 1.5, 0, 1.5])


def test_balanced_classes_weigh_the_same_in_all():
    weights = label_weights(LABELS, LENGTHS, CLASSES, "balanced")
    assert weights[LABELS == 0].sum() == pytest.approx(weights[LABELS == 1].sum())
    named = label_weights(LABELS, LENGTHS, CLASSES, {"y": 3.0})
    np.testing.assert_allclose(weights, named)


def test_class_and_sequence_weights_multiply():
    weights = label_weights(LABELS, LENGTHS, CLASSES, {"x": 2}, [1, 2])
    np.testing.assert_allclose(weights / weights[2], [1, 1, 1, 0, 2])
