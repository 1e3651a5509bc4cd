"""A tagger or regressor that was saved and loaded answers and goes on training as the original does."""

import datetime

import numpy as np
import pandas as pd
import pytest

from tsrnn.cells import LSTM
from tsrnn.nn import AdditiveAttention, MeanPooling

TOKENS = [
    (1, 2),
    None,
    3.5,
    "a",
    frozenset([1]),
    b"x",
    datetime.date(2024, 1, 1),
    pd.Timestamp("2024"),
]
TAGGED = {
    "strings": (["hello", "hell", ""], ["ohlol", "ohlo", ""]),
    "hashable tokens and whole numbers": ([TOKENS, TOKENS[:2]], [[3, 1, 2, 3, 1, 2, 3, 1], [3, 1]]),
    "Series of lists and text": (
        pd.Series([["the", "cat"], ["sat"]], index=[5, 7]),
        pd.Series([["DET", "NOUN"], ["VERB"]], index=[5, 7], name="tag"),
    ),
    "tuples of truth": ([("a", "b"), ("c",)], [(True, False), (True,)]),
    "arrays of numbers": ([["a", "b"], ["b", "a"]], np.array([[0.5, 1.0], [1.0, 0.5]])),
    "ids": (np.array([[2, 3, 4], [4, 2, 0]]), ["xyx", "yx"]),
    "features": (np.random.default_rng(0).normal(size=(2, 3, 2)), ["xyx", "yxx"]),
}


def same_tags(left, right):
    assert type(left) is type(right)
    if isinstance(left, pd.Series):
        pd.testing.assert_series_equal(left, right)
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right)
    else:
        assert left == right


@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize("form", TAGGED)
def test_a_tagger_answers_alike_whatever_it_was_fitted_on(form, crf, quick_tagger, again):
    X, y = TAGGED[form]
    fitted = quick_tagger(crf=crf).fit(X, y)
    loaded = again(fitted)
    same_tags(loaded.predict(X), fitted.predict(X))
    for one, other in zip(loaded.predict_proba(X), fitted.predict_proba(X), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(loaded.classes_, fitted.classes_)
    assert loaded.classes_.dtype == fitted.classes_.dtype
    assert loaded.score(X, y) == fitted.score(X, y)


@pytest.mark.parametrize("crf", [False, True])
def test_a_tagger_goes_on_training_alike(crf, quick_tagger, again):
    X, y = ["hello", "jello"], ["ohlol", "ohlol"]
    fitted = quick_tagger(crf=crf, warm_start=True, class_weight={"o": 2.0}).fit(X, y)
    loaded = again(fitted)
    for tagger in (fitted, loaded):
        tagger.fit(X, y)
    # The transition scores of the CRF are the network's and the loss's at once.
    for one, other in zip(loaded.predict_proba(X), fitted.predict_proba(X), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(loaded.history_) == 4


def test_a_tagger_with_one_hot_and_both_directions_comes_back(quick_tagger, again):
    fitted = quick_tagger(encoding="onehot", bidirectional=True, cell=LSTM, num_layers=2)
    fitted.fit(["hello"], ["ohlol"])
    np.testing.assert_array_equal(
        again(fitted).predict_proba(["yellow"])[0], fitted.predict_proba(["yellow"])[0]
    )


def test_a_taggers_session_labels_alike(quick_tagger, again):
    fitted = quick_tagger().fit(["hello"], ["ohlol"])
    sessions = [tagger.stream() for tagger in (fitted, again(fitted))]
    assert len({"".join(s.step(c) for c in "hello") for s in sessions}) == 1
    np.testing.assert_array_equal(sessions[0].proba_, sessions[1].proba_)


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(60, 2))


@pytest.mark.parametrize("stateful", [True, False])
def test_a_regressor_answers_and_goes_on_alike(stateful, quick_regressor, again, rows):
    y = rows.cumsum(0)
    fitted = quick_regressor(stateful=stateful, chunk_size=10).fit(rows, y)
    loaded = again(fitted)
    np.testing.assert_array_equal(loaded.predict(rows), fitted.predict(rows))
    assert loaded.score(rows, y) == fitted.score(rows, y)
    for regressor in (fitted, loaded):
        regressor.set_params(warm_start=True).fit(rows, y).partial_fit(rows, y)
    np.testing.assert_array_equal(loaded.predict(rows), fitted.predict(rows))
    assert len(loaded.history_) == 5


def test_a_regressor_of_frames_comes_back(quick_regressor, again, rows):
    days = pd.date_range("2024", periods=60, tz="UTC")
    X = pd.DataFrame({"load": rows[:, 0], "sky": np.where(rows[:, 1] > 0, "clear", "rain")}, days)
    y = X["load"].cumsum().rename("sum")
    fitted = quick_regressor(loss="huber", normalization=None).fit(X, y)
    loaded = again(fitted)
    np.testing.assert_array_equal(loaded.predict(X[::2]), fitted.predict(X[::2]))
    one, other = (r.stream().step({"load": 1.0, "sky": "rain"}) for r in (fitted, loaded))
    assert one == other


@pytest.mark.parametrize("head", [MeanPooling, AdditiveAttention])
def test_a_regressor_with_a_head_that_pools_comes_back(head, quick_regressor, again, rows):
    X, y = rows.reshape(12, 5, 2), rows[::5, 0]
    fitted = quick_regressor(head=head).fit(X, y)
    loaded = again(fitted)
    assert loaded.head is head
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
