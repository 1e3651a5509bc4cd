"""CharSeqTagger.fit: what it learns, seeds, going on, weights, early stopping."""

import pickle
import random
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from tsrnn import CharSeqTagger
from tsrnn.cells import GRU, JANET, LSTM, RNN, PeepholeLSTM
from tsrnn.nn import TaggingNetwork
from tsrnn.preprocessing import (
    CharOrdinalEncoder,
    SequenceEmbeddingEncoder,
    SequenceOneHotEncoder,
)
from tsrnn.training import hold_out

# --- what it learns -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["onehot", "embedding"])
@pytest.mark.parametrize("cell", [RNN, LSTM, GRU])
def test_hello_becomes_ohlol_in_15_epochs(cell, encoding):
    for seed in range(5):
        tagger = CharSeqTagger(encoding, cell, lr=0.05, max_epochs=15, random_state=seed)
        assert tagger.fit(["hello"], ["ohlol"]).predict(["hello"]) == ["ohlol"]
        assert len(tagger.history_) == 15


def test_hello_with_the_tutorial_s_layers_has_its_loss():
    # Embedding 10, two layers of RNN 8, linear: 15 epochs brought the tutorial's to 0.005.
    sizes = {"embedding_size": 10, "hidden_size": 8, "num_layers": 2, "dropout": 0.0}
    losses = []
    for seed in range(5):
        tagger = CharSeqTagger(
            cell=RNN, lr=0.2, lr_schedule=None, max_epochs=15, random_state=seed, **sizes
        )
        assert tagger.fit(["hello"], ["ohlol"]).predict(["hello"]) == ["ohlol"]
        losses.append(tagger.history_["train_loss"].iloc[-1])
    assert max(losses) <= 0.005


@pytest.mark.parametrize("cell", [RNN, LSTM, PeepholeLSTM, JANET, GRU])
def test_the_label_before_is_learned_by_every_cell(words, cell):
    X, y = words
    tagger = CharSeqTagger(cell=cell, hidden_size=16, random_state=0).fit(X, y)
    assert tagger.score(["abcabba", "ccaab"], ["vuvvuvv", "vvvuu"]) == 1


def test_a_label_that_depends_on_the_step_after_needs_both_directions(words):
    X = words[0]
    y = ["".join("u" if after == "a" else "v" for after in x[1:] + "-") for x in X]
    one, both = (
        CharSeqTagger(hidden_size=16, bidirectional=flag, random_state=0).fit(X, y).score(X, y)
        for flag in (False, True)
    )
    assert one < 0.85
    assert both == 1


def test_a_crf_finds_the_best_labelling_where_the_best_labels_make_none():
    # y is the more frequent label of both steps, but yy never occurs.
    y = ["xy"] * 4 + ["yx"] * 3 + ["yz"] * 3
    for crf, expected in ((False, "yy"), (True, "xy")):
        params = {"hidden_size": 8, "dropout": 0, "lr": 0.1, "max_epochs": 120, "random_state": 0}
        tagger = CharSeqTagger(crf=crf, **params).fit(["ab"] * 10, y)
        assert tagger.predict(["ab"]) == [expected]
        (probabilities,) = tagger.predict_proba(["ab"])
        np.testing.assert_allclose(probabilities, [[0.4, 0.6, 0], [0.3, 0.4, 0.3]], atol=0.05)


# --- fitting anew and going on ------------------------------------------------------------------


def test_the_same_random_state_gives_the_same_probabilities(quick, words):
    first, again, other = (
        np.concatenate(quick(random_state=seed).fit(*words).predict_proba(words[0]))
        for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, rtol=1e-3)


@pytest.mark.parametrize("random_state", [0, None, np.random.default_rng(0)], ids=str)
def test_the_global_random_state_is_left_as_it_was(quick, words, random_state):
    def state():
        return (
            torch.random.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            random.getstate(),
        )

    before = state()
    quick(random_state=random_state).fit(*words).predict(words[0])
    assert state() == before


def test_to_fit_twice_is_to_fit_once(quick, words):
    once = quick().fit(*words)
    twice = quick().fit(["xyz"], [[1, 2, 3]]).fit(*words)
    assert twice.predict(words[0]) == once.predict(words[0])
    assert twice.classes_.tolist() == ["u", "v"]
    assert len(twice.history_) == 2


def test_warm_start_goes_on_from_the_fitted_weights(quick, words):
    tagger = quick(warm_start=True, lr_schedule=None).fit(*words)
    module, after_two = tagger.module_, tagger.history_["train_loss"].iloc[-1]
    tagger.fit(*words)
    assert tagger.module_ is module
    assert tagger.history_["epoch"].tolist() == [1, 2, 3, 4]
    assert tagger.history_["train_loss"].iloc[-1] < after_two


def test_a_pickled_tagger_answers_and_goes_on_alike(quick, words):
    tagger = quick(crf=True, warm_start=True).fit(*words)
    copy = pickle.loads(pickle.dumps(tagger))
    assert copy.module_ is copy.net_.module_
    for each in (tagger, copy):
        each.fit(*words)
    expected, actual = (np.concatenate(t.predict_proba(words[0])) for t in (tagger, copy))
    np.testing.assert_array_equal(actual, expected)


def test_a_clone_has_the_parameters_and_nothing_learned(quick, words):
    tagger = quick(cell=LSTM, class_weight={"u": 2}).fit(*words)
    copy = clone(tagger)
    assert copy.get_params() == tagger.get_params()
    assert not hasattr(copy, "classes_")
    assert not hasattr(copy, "module_")


def test_fit_shows_what_it_learned(quick, words):
    tagger = quick().fit(*words)
    assert tagger.classes_.tolist() == ["u", "v"]
    assert tagger.categories_.tolist() == ["a", "b", "c"]
    assert isinstance(tagger.module_, TaggingNetwork)
    assert tagger.device_ == torch.device("cpu")
    assert tagger.history_.columns.tolist() == [
        "epoch",
        "train_loss",
        "valid_loss",
        "lr",
        "seconds",
    ]


def test_nothing_is_printed_unless_asked(quick, words, capfd):
    quick().fit(*words)
    assert capfd.readouterr() == ("", "")
    quick(verbose=1).fit(*words)
    assert "2/2" in capfd.readouterr().err


# --- held-out sequences -------------------------------------------------------------------------


def test_a_tenth_is_held_out_where_that_is_enough(quick, words):
    X, y = words
    assert quick().fit(X, y).history_["valid_loss"].notna().all()
    assert quick().fit(X[:49], y[:49]).history_["valid_loss"].isna().all()
    assert quick(validation_fraction=0).fit(X, y).history_["valid_loss"].isna().all()


class EachBatch(Callback):
    """Hears of every batch, so that skorch's own loop runs."""

    def on_batch_end(self, net, **kwargs):
        pass


def log_loss(tagger, X, y):
    """The mean of -log p over all labels but missing ones."""
    number = {label: i for i, label in enumerate(tagger.classes_)}
    return -np.mean(
        [
            np.log(row[number[label]])
            for probabilities, labels in zip(tagger.predict_proba(X), y, strict=True)
            for row, label in zip(probabilities, labels, strict=True)
            if label is not None
        ]
    )


@pytest.mark.parametrize("callbacks", [None, [EachBatch()]])
def test_losses_are_means_over_labels_not_over_batches(quick, callbacks):
    """Short sequences and long ones, which have other labels; the weights hardly move."""
    X = ["ab"] * 30 + ["ba" * 40] * 10
    y = [["u", None] if len(x) == 2 else list("v" * len(x)) for x in X]
    still = {"lr": 1e-30, "lr_schedule": None, "max_epochs": 1, "dropout": 0.0, "batch_size": 8}
    tagger = quick(callbacks=callbacks, validation_fraction=0.5, **still).fit(X, y)
    trained, held = hold_out(np.arange(40), 0.5, tagger._seed)
    for name, part in (("train_loss", trained), ("valid_loss", held)):
        expected = log_loss(tagger, [X[i] for i in part], [y[i] for i in part])
        assert tagger.history_[name].item() == pytest.approx(expected, rel=1e-5)


def test_the_best_weights_are_restored(quick, words):
    # Labels by chance: what is learned of them makes the held-out ones less probable.
    X = words[0]
    rng = np.random.default_rng(1)
    y = ["".join(rng.choice(list("xy"), len(x))) for x in X]
    params = {"hidden_size": 64, "lr": 0.03, "lr_schedule": None, "validation_fraction": 0.3}
    tagger = quick(max_epochs=20, **params).fit(X, y)
    losses = tagger.history_["valid_loss"]
    assert losses.iloc[-1] > 1.2 * losses.min()
    stopped = quick(max_epochs=int(losses.idxmin()) + 1, **params).fit(X, y)
    expected, actual = (np.concatenate(t.predict_proba(X)) for t in (stopped, tagger))
    np.testing.assert_array_equal(actual, expected)


def test_early_stopping_waits_for_so_many_epochs(quick, words):
    X = words[0]
    rng = np.random.default_rng(1)
    y = ["".join(rng.choice(list("xy"), len(x))) for x in X]
    params = {"hidden_size": 64, "lr": 0.03, "lr_schedule": None, "validation_fraction": 0.3}
    losses = quick(max_epochs=40, early_stopping=4, **params).fit(X, y).history_["valid_loss"]
    assert len(losses) < 40
    assert losses.iloc[-5] == losses.min()


# --- weights ------------------------------------------------------------------------------------


def test_a_sequence_of_weight_zero_is_as_if_it_was_not_there(quick, words):
    X, y = words
    more_X, more_y = [*X[:20], "cab", "bbb"], [*y[:20], "uuu", "uuu"]
    weight = [1] * 20 + [0, 0]
    with_it = quick().fit(more_X, more_y, sample_weight=weight)
    without = quick().fit(X[:20], y[:20])
    assert np.array_equal(*(np.concatenate(t.predict_proba(X)) for t in (with_it, without)))


@pytest.mark.parametrize("crf", [False, True])
def test_sequences_count_by_their_weight(quick, crf):
    X, y = ["ab"] * 8, ["xx", "yy"] * 4
    for heavy, expected in ((0, "xx"), (1, "yy")):
        weight = [5 if i % 2 == heavy else 1 for i in range(8)]
        tagger = quick(crf=crf, max_epochs=15, lr=0.1).fit(X, y, sample_weight=weight)
        assert tagger.predict(["ab"]) == [expected]


def test_classes_count_by_their_weight(quick):
    X, y = ["o" * 10] * 4, ["xxxxxxxxxy"] * 2 + ["xxxxxxxyxx"] * 2
    plain, balanced, named = (
        quick(class_weight=weight, max_epochs=15, lr=0.1)
        .fit(X, y)
        .predict_proba(X[:1])[0][:, 1]
        .mean()
        for weight in (None, "balanced", {"y": 81})
    )
    assert plain < 0.25
    assert balanced == pytest.approx(0.5, abs=0.15)
    assert named > 0.8


def test_steps_without_a_label_are_not_learned_from(quick):
    X = ["abc"] * 6
    y = [["x", None, "y"]] * 6
    tagger = quick(max_epochs=15, lr=0.1).fit(X, y)
    assert tagger.classes_.tolist() == ["x", "y"]
    assert tagger.score(X, y) == 1
    assert tagger.history_["train_loss"].iloc[-1] < 0.5


@pytest.mark.parametrize("crf", [False, True])
def test_a_sequence_without_labels_does_not_train(quick, crf):
    X, y = ["ab", "ba", "zz"], [["x", "y"], ["y", "x"], [None, None]]
    tagger = quick(crf=crf).fit(X, y)
    assert tagger.categories_.tolist() == ["a", "b"]
    assert np.isfinite(tagger.history_["train_loss"]).all()


# --- in scikit-learn's tools --------------------------------------------------------------------


def test_a_grid_search_chooses_encoding_sizes_and_cell(quick, words):
    grid = {
        "encoding": ["onehot", "embedding"],
        "embedding_size": [2, 8],
        "hidden_size": [4],
        "cell": [RNN, GRU],
    }
    X, y = (part[:24] for part in words)
    search = GridSearchCV(quick(max_epochs=1), grid, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 8
    assert set(search.best_params_) == set(grid)
    assert search.predict(X[:2]) == search.best_estimator_.predict(X[:2])
    assert search.score(X, y) == search.best_estimator_.score(X, y)


def test_cross_validation_takes_lists_of_labels_and_arrays(quick, words):
    X, y = words
    lists = [list(one) for one in y]
    features = make_pipeline(CharOrdinalEncoder(), SequenceOneHotEncoder()).fit_transform(X)
    scores = cross_val_score(quick(), features, lists, cv=3)
    assert scores.shape == (3,)
    assert (scores > 0.4).all()


ENCODERS = {
    "ids": [CharOrdinalEncoder()],
    "onehot": [CharOrdinalEncoder(), SequenceOneHotEncoder()],
    "vectors": [CharOrdinalEncoder(), SequenceEmbeddingEncoder(8, random_state=0)],
}


@pytest.mark.parametrize("encoders", ENCODERS.values(), ids=ENCODERS)
def test_a_pipeline_of_encoders_and_the_tagger_learns(words, encoders):
    X, y = words
    pipeline = make_pipeline(*encoders, CharSeqTagger(hidden_size=16, random_state=0)).fit(X, y)
    assert pipeline.score(X, y) == 1
    assert pipeline.predict(["ab?a", "", "ccaab"])[1:] == ["", "vvvuu"]


def test_ids_from_the_encoder_are_the_tokens_themselves(quick, words):
    X, y = words
    tokens = quick().fit(X, y).predict_proba(["abz", "c"])
    encoder = CharOrdinalEncoder().fit(X)
    ids = quick().fit(encoder.transform(X), y).predict_proba(encoder.transform(["abz", "c"]))
    for one, other in zip(tokens, ids, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize(("encoding", "crf"), list(product(["onehot", "embedding"], [False, True])))
def test_tokens_may_be_anything_that_can_be_hashed(quick, encoding, crf):
    X = pd.Series([["the", ("a", 1), 7], ["the"]])
    y = pd.Series([["DT", "NN", "CD"], ["DT"]])
    answer = quick(encoding=encoding, crf=crf).fit(X, y).predict(X)
    assert answer.map(len).tolist() == [3, 1]
