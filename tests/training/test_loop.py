"""The loop of training: what skorch's scoring callbacks are told, or why they cannot be."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score
from skorch.callbacks import BatchScoring, EpochScoring

from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor

TINY = {"hidden_size": 4, "max_epochs": 2, "device": "cpu", "random_state": 0}
X = np.random.default_rng(0).normal(size=(60, 2))
Y = X[:, 0].cumsum() / 5 + X[:, 1]
WORDS = ["abcab", "cab", "abba", "bca", "ca"] * 12
FITS = {
    "forecaster": (LSTMForecaster, {"horizon": 4, "window_size": 8}, (Y,)),
    "regressor": (SequenceRegressor, {}, (X, Y)),
    "tagger": (CharSeqTagger, {}, (WORDS, WORDS)),
}


def fit(kind, callback, **params):
    cls, own, rows = FITS[kind]
    return cls(callbacks=[callback], **TINY, **own, **params).fit(*rows)


def mae(net, X, y):
    return float(np.abs(net.predict(X) - y).mean())


@pytest.mark.parametrize("on_train", [False, True])
def test_a_function_scores_the_forecasts_of_each_epoch(on_train):
    f = fit("forecaster", EpochScoring(mae, on_train=on_train), refit=False)
    assert np.isfinite(f.net_.history[:, "mae"]).all()
    assert len(f.net_.history[:, "mae"]) == 2


@pytest.mark.parametrize("loss", ["mae", "mse"])
@pytest.mark.parametrize("Scoring", [EpochScoring, BatchScoring])
def test_a_regressor_is_scored_on_the_held_out_rows_that_have_a_target(loss, Scoring):
    y = Y.copy()
    y[56] = np.nan
    with pytest.warns(UserWarning, match="1 missing values in y"):
        regressor = SequenceRegressor(loss=loss, callbacks=[Scoring(mae)], **TINY).fit(X, y)
    history = regressor.net_.history
    assert len(history[:, "mae"]) == 2
    same = np.allclose(history[:, "mae"], history[:, "valid_loss"])
    assert same == (loss == "mae")


@pytest.mark.parametrize("scoring", ["r2", r2_score])
def test_a_regressor_is_scored_by_scikit_learn(scoring):
    regressor = fit("regressor", EpochScoring(scoring, name="r2"), validation_fraction=0.2)
    best = int(np.argmin(regressor.history_["valid_loss"]))
    expected = regressor.predict(X)[48:]
    assert regressor.net_.history[best, "r2"] == pytest.approx(r2_score(Y[48:], expected), rel=1e-4)


def test_a_regressor_s_training_rows_are_scored_without_caching():
    def own(net, X, y):
        assert y is None
        return int(X.lengths.sum())

    regressor = fit("regressor", EpochScoring(own, on_train=True, use_caching=False))
    assert regressor.net_.history[:, "own"] == [54, 54]


def test_a_tagger_is_scored_without_caching():
    def own(net, X, y):
        assert y is None
        return sum(len(target["lengths"]) for _, target in net.get_iterator(X))

    tagger = fit("tagger", EpochScoring(own, use_caching=False), validation_fraction=0.5)
    assert tagger.net_.history[:, "own"] == [30, 30]


@pytest.mark.parametrize(("kind", "on_train"), [("regressor", 1), ("tagger", 0), ("tagger", 1)])
def test_batches_of_unequal_lengths_are_no_cache_and_the_message_says_what_to_do(kind, on_train):
    with pytest.raises(ValueError, match="callbacks holds an EpochScoring") as caught:
        fit(kind, EpochScoring(mae, on_train=bool(on_train)))
    assert str(caught.value) == (
        "callbacks holds an EpochScoring that lays the answers to all batches end to end, but here they differ in "
        "length; give it use_caching=False. Its function is then called with the net, the sequences, and None for y."
    )


@pytest.mark.parametrize("scoring", ["r2", mean_absolute_error, None])
@pytest.mark.parametrize("kind", ["forecaster", "tagger"])
@pytest.mark.parametrize("Scoring", [EpochScoring, BatchScoring])
def test_scores_of_scikit_learn_that_do_not_fit_are_refused(kind, scoring, Scoring):
    with pytest.raises(ValueError, match="callbacks holds") as caught:
        fit(kind, Scoring(scoring, name="own"))
    named = {"r2": "'r2'", None: "None"}.get(scoring, "mean_absolute_error")
    assert str(caught.value) == (
        f"callbacks holds {Scoring.__name__}({named}), but scikit-learn's scores do not fit what this network answers; "
        "give it a function instead, which is called with (net, X, y) and returns a number."
    )
