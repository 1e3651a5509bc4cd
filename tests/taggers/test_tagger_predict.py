"""CharSeqTagger's answers: forms, probabilities, scores, what fit has not seen."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from tsrnn import CharSeqTagger


@pytest.fixture(params=[False, True], ids=["softmax", "crf"])
def fitted(request, quick, words):
    """A tagger of strings, not yet sure of itself."""
    return quick(crf=request.param, bidirectional=True).fit(*words)


def test_strings_come_back_as_strings(fitted):
    answer = fitted.predict(["abc", "a", "", "cccab"])
    assert [len(one) for one in answer] == [3, 1, 0, 5]
    assert set("".join(answer)) <= set("uv")


def test_the_form_of_the_answer_is_that_of_y(quick, words):
    X, y = words
    expected = quick().fit(X, y).predict(X[:3])
    index = pd.Index(["p", "q", "r"])
    for given in ([list(one) for one in y], [tuple(one) for one in y]):
        answer = quick().fit(X, given).predict(X[:3])
        assert answer == [type(given[0])(one) for one in expected]
    series = quick().fit(X, pd.Series(y, name="tag")).predict(pd.Series(X[:3], index=index))
    pd.testing.assert_series_equal(series, pd.Series(expected, index, dtype=object, name="tag"))
    array = quick().fit(np.array(X), np.array(y)).predict(np.array(X[:3]))
    assert isinstance(array, np.ndarray)
    assert array.tolist() == expected


def test_numbers_come_back_as_numbers(quick, words):
    X, y = words
    numbers = [[ord(label) for label in one] for one in y]
    tagger = quick().fit(X, numbers)
    assert tagger.classes_.tolist() == [117, 118]
    assert tagger.predict(X) == [
        [ord(label) for label in one] for one in quick().fit(X, y).predict(X)
    ]


def test_probabilities_are_one_in_sum_at_every_step(fitted, words):
    X = [*words[0], ""]
    probabilities = fitted.predict_proba(X)
    assert [p.shape for p in probabilities] == [(len(x), 2) for x in X]
    np.testing.assert_allclose(np.concatenate(probabilities).sum(1), 1, rtol=1e-5)


def test_without_a_crf_the_answer_is_the_most_probable_label(quick, words):
    tagger = quick().fit(*words)
    for answer, p in zip(tagger.predict(words[0]), tagger.predict_proba(words[0]), strict=True):
        assert answer == "".join(tagger.classes_[p.argmax(1)])


def test_an_answer_depends_on_its_own_sequence_alone(fitted, words):
    X = words[0]
    together = fitted.predict_proba(X)
    for x, p in zip(X, together, strict=True):
        np.testing.assert_allclose(fitted.predict_proba([x])[0], p, atol=1e-6)


def test_one_direction_answers_from_the_steps_so_far(quick, words):
    tagger = quick().fit(*words)
    whole, start = tagger.predict_proba(["abcab", "abc"])
    np.testing.assert_allclose(whole[:3], start, atol=1e-6)


def test_every_unknown_character_is_the_same_one(fitted):
    first, second = fitted.predict_proba(["a?b", "añb"])
    np.testing.assert_array_equal(first, second)


def test_empty_sequences_alone_have_empty_answers(fitted):
    assert fitted.predict(["", ""]) == ["", ""]
    assert [p.shape for p in fitted.predict_proba([""])] == [(0, 2)]


def test_more_sequences_than_fit_at_once_keep_their_order(fitted):
    X = ["ab" * (i % 7) + "c" for i in range(600)]
    answers = fitted.predict(X)
    assert [len(one) for one in answers] == [len(x) for x in X]
    one_by_one = {x: fitted.predict([x])[0] for x in set(X)}
    assert answers == [one_by_one[x] for x in X]


def test_the_score_is_the_share_of_right_labels(fitted, words):
    X, y = words
    answers = "".join(fitted.predict(X))
    right = np.mean([a == b for a, b in zip(answers, "".join(y), strict=True)])
    assert fitted.score(X, y) == pytest.approx(right)
    assert fitted.score(X, [list(one) for one in y]) == pytest.approx(right)


def test_the_score_leaves_out_what_has_no_label_and_weighs_sequences(fitted):
    X = ["abc", "ca"]
    first, second = fitted.predict(X)
    wrong = ["v" if label == "u" else "u" for label in second]
    assert fitted.score(X, [list(first), wrong]) == pytest.approx(3 / 5)
    assert fitted.score(X, [[None, first[1], None], wrong]) == pytest.approx(1 / 3)
    assert fitted.score(X, [list(first), wrong], sample_weight=[2, 1]) == pytest.approx(6 / 8)
    assert fitted.score(X, [["never seen"] * 3, list(second)]) == pytest.approx(2 / 5)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_before_fit_there_is_no_answer(method):
    with pytest.raises(NotFittedError):
        getattr(CharSeqTagger(), method)(["abc"])
