"""What scikit-learn's users do with any estimator: clone it, show it, fit it again, name its output, route weights."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tsrnn import (
    CharSeqTagger,
    GRUForecaster,
    LSTMForecaster,
    RecurrentForecaster,
    RNNForecaster,
    SequenceRegressor,
)
from tsrnn.cells import JANET
from tsrnn.model_selection import SeasonalNaive
from tsrnn.preprocessing import (
    CharOrdinalEncoder,
    SequenceEmbeddingEncoder,
    SequenceOneHotEncoder,
    SlidingWindow,
)

SMALL = {"hidden_size": 2, "max_epochs": 1, "device": "cpu", "random_state": 0}
AHEAD = {**SMALL, "horizon": 2, "window_size": 4}

DAYS = pd.date_range("2024-01-01", periods=40, freq="D")
LOAD = 5 + np.sin(np.arange(40.0))
FRAME = pd.DataFrame({"load": LOAD, "wind": np.sqrt(LOAD[::-1])}, index=DAYS)
OTHER = pd.DataFrame({"solar": LOAD[::-1] ** 2}, index=DAYS)
WORDS = ["ohlol", "hello", "hole", "loo", "he", "hell", "olle", "eh"]
IDS = np.array([[2, 3, 4], [5, 2, 0]])

#: An estimator, a parameter to change, what it is fitted on, what else, and how it answers.
CASES = {
    **{
        cls.__name__: (cls(**AHEAD), {"hidden_size": 3}, (FRAME,), (OTHER,), "forecast")
        for cls in (LSTMForecaster, GRUForecaster, RNNForecaster)
    },
    "RecurrentForecaster": (
        RecurrentForecaster(JANET, **AHEAD), {"transform": None}, (FRAME,), (OTHER,), "forecast",
    ),
    "SequenceRegressor": (
        SequenceRegressor(**SMALL), {"stateful": True}, (FRAME, FRAME["load"]), (OTHER, FRAME), "predict",
    ),
    "CharSeqTagger": (
        CharSeqTagger(**SMALL), {"encoding": "onehot"}, (WORDS, WORDS), (IDS, [[0, 1, 0], [1, 1]]),
        "predict_proba",
    ),
    "SeasonalNaive": (SeasonalNaive(), {"season_length": 7}, (FRAME,), (OTHER,), "forecast"),
    "SlidingWindow": (
        SlidingWindow(window_size=3), {"flatten": True}, (FRAME,), (OTHER,), "transform",
    ),
    "CharOrdinalEncoder": (
        CharOrdinalEncoder(), {"categories": ["e", "h"]}, (WORDS,), (["ab", "c"],), "transform",
    ),
    "SequenceOneHotEncoder": (SequenceOneHotEncoder(), {}, (IDS,), (IDS + 3,), "transform"),
    "SequenceEmbeddingEncoder": (
        SequenceEmbeddingEncoder(random_state=0), {"embedding_size": 3}, (IDS,), (IDS + 3,), "transform",
    ),
}  # fmt: skip

every_estimator = pytest.mark.parametrize(
    ("estimator", "change", "data", "other", "method"), CASES.values(), ids=CASES
)


def answer(estimator, method, data):
    """Return what a fitted estimator answers, as one array."""
    found = getattr(estimator, method)(*([3] if method == "forecast" else data[:1]))
    return np.concatenate(found) if isinstance(found, list) else np.asarray(found)


@every_estimator
def test_a_clone_has_the_parameters_and_learns_the_same(estimator, change, data, other, method):
    changed = clone(estimator).set_params(**change)
    copy = clone(changed.fit(*data))
    assert copy.get_params() == {**estimator.get_params(), **change}
    assert set(vars(copy)) == set(vars(estimator))
    assert type(copy).__name__ in repr(copy)
    np.testing.assert_array_equal(
        answer(copy.fit(*data), method, data), answer(changed, method, data)
    )


@every_estimator
def test_set_params_returns_the_estimator_and_refuses_a_slip(
    estimator, change, data, other, method
):
    changed = clone(estimator)
    assert changed.set_params(**change) is changed
    assert {name: changed.get_params()[name] for name in change} == change
    with pytest.raises(ValueError, match="Invalid parameter 'hiden_size'"):
        changed.set_params(hiden_size=1)


@every_estimator
def test_to_fit_twice_is_to_fit_once(estimator, change, data, other, method):
    once, twice = clone(estimator).fit(*data), clone(estimator).fit(*other)
    assert not np.array_equal(answer(twice, method, other), answer(once, method, data))
    assert twice.fit(*data) is twice
    np.testing.assert_array_equal(answer(twice, method, data), answer(once, method, data))
    assert set(vars(twice)) == set(vars(once))
    for name in ("n_features_in_", "feature_names_in_", "classes_", "categories_"):
        np.testing.assert_array_equal(getattr(twice, name, None), getattr(once, name, None))


@every_estimator
def test_a_notebook_shows_the_name_and_the_parameters(estimator, change, data, other, method):
    changed = clone(estimator).set_params(**change)
    for shown in (changed, make_pipeline(changed), clone(changed).fit(*data)):
        html = shown._repr_html_()
        assert type(estimator).__name__ in html
        assert all(name in html for name in change)
    for name, value in change.items():
        assert f"{name}={value!r}" in repr(changed)


# --- the names of columns -----------------------------------------------------------------------


def test_windows_that_are_rows_come_as_a_frame_of_named_lags():
    window = SlidingWindow(window_size=2, flatten=True).set_output(transform="pandas")
    lags = window.fit_transform(FRAME)
    names = ["load_lag2", "wind_lag2", "load_lag1", "wind_lag1"]
    assert lags.columns.tolist() == window.get_feature_names_out().tolist() == names
    pd.testing.assert_index_equal(lags.index, FRAME.index)
    np.testing.assert_array_equal(lags["load_lag1"][1:], FRAME["load"][:-1])
    np.testing.assert_array_equal(lags["wind_lag2"][2:], FRAME["wind"][:-2])


def test_an_offset_is_in_the_names_of_the_lags():
    window = SlidingWindow(window_size=2, offset=12, flatten=True).fit(FRAME[["load"]])
    assert window.get_feature_names_out().tolist() == ["load_lag13", "load_lag12"]
    assert window.get_feature_names_out(["load"]).tolist() == ["load_lag13", "load_lag12"]
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        window.get_feature_names_out(["wind"])


def test_the_columns_of_an_array_are_numbered_in_the_names():
    window = SlidingWindow(window_size=1, flatten=True).fit(FRAME.to_numpy())
    assert window.get_feature_names_out().tolist() == ["x0_lag1", "x1_lag1"]


def test_a_pipeline_names_the_lags_that_its_model_weighs():
    scaler = StandardScaler().set_output(transform="pandas")
    window = SlidingWindow(window_size=2, flatten=True).set_output(transform="pandas")
    pipeline = make_pipeline(scaler, window, LinearRegression()).fit(FRAME, FRAME["load"])
    names = ["load_lag2", "wind_lag2", "load_lag1", "wind_lag1"]
    assert pipeline[:-1].get_feature_names_out().tolist() == names
    assert pipeline[-1].feature_names_in_.tolist() == names


def test_windows_of_three_axes_have_no_names_and_stay_arrays_whatever_is_set():
    window = SlidingWindow(window_size=2)
    assert not hasattr(window, "get_feature_names_out")
    assert not hasattr(window, "set_output")
    expected = window.fit_transform(FRAME)
    assert expected.shape == (40, 2, 2)
    with sklearn.config_context(transform_output="pandas"):
        np.testing.assert_array_equal(window.fit_transform(FRAME), expected)
        pipeline = make_pipeline(StandardScaler(), window, LSTMForecaster(**SMALL))
        assert pipeline.fit(FRAME, FRAME["load"]).predict(FRAME).shape == (40,)


# --- weights, routed ----------------------------------------------------------------------------


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_weights_that_a_tagger_asks_for_reach_its_fit_and_its_score():
    weights = np.array([0.0, 1, 2, 0, 1, 3, 1, 1])
    folds = KFold(2)
    # Enough epochs that the weights show in the labels.
    tagger = CharSeqTagger(**{**SMALL, "max_epochs": 20, "hidden_size": 8})
    asking = tagger.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    found = cross_validate(
        asking, WORDS, WORDS, cv=folds, params={"sample_weight": weights}, return_estimator=True
    )
    for k, (train, test) in enumerate(folds.split(WORDS)):
        X, held_out = [WORDS[i] for i in train], [WORDS[i] for i in test]
        by_hand = clone(tagger).fit(X, X, sample_weight=weights[train])
        expected = by_hand.score(held_out, held_out, sample_weight=weights[test])
        assert found["test_score"][k] == pytest.approx(expected, rel=1e-6)
        proba = np.concatenate(found["estimator"][k].predict_proba(held_out))
        np.testing.assert_allclose(proba, np.concatenate(by_hand.predict_proba(held_out)), 1e-5)
        without = np.concatenate(clone(tagger).fit(X, X).predict_proba(held_out))
        assert abs(proba - without).max() > 1e-3
        labels = list("".join(by_hand.predict(held_out)))
        steps = np.repeat(weights[test], [len(word) for word in held_out])
        accuracy = accuracy_score(list("".join(held_out)), labels, sample_weight=steps)
        assert expected == pytest.approx(accuracy)


@pytest.mark.usefixtures("routing")
def test_weights_reach_a_tagger_through_a_search():
    weights = np.arange(8.0)
    tagger = CharSeqTagger(**SMALL).set_fit_request(sample_weight=True)
    tagger.set_score_request(sample_weight=True)
    search = GridSearchCV(tagger, {"hidden_size": [2, 3]}, cv=KFold(2), error_score="raise")
    search.fit(WORDS, WORDS, sample_weight=weights)
    best = clone(tagger).set_params(**search.best_params_)
    best.fit(WORDS, WORDS, sample_weight=weights)
    assert_same_probabilities(search, best, WORDS)


@pytest.mark.usefixtures("routing")
def test_weights_reach_a_tagger_at_the_end_of_a_pipeline():
    weights = np.arange(8.0)
    tagger = CharSeqTagger(**SMALL).set_fit_request(sample_weight=True)
    pipeline = make_pipeline(CharOrdinalEncoder(), tagger)
    pipeline.fit(WORDS, WORDS, sample_weight=weights)
    ids = CharOrdinalEncoder().fit_transform(WORDS)
    by_hand = CharSeqTagger(**SMALL).fit(ids, WORDS, sample_weight=weights)
    assert_same_probabilities(pipeline[-1], by_hand, ids)


def assert_same_probabilities(one, other, X):
    one, other = (np.concatenate(tagger.predict_proba(X)) for tagger in (one, other))
    np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("regressor", [LSTMForecaster(**AHEAD), SequenceRegressor(**SMALL)])
def test_weights_reach_the_score_of_a_regressor(regressor):
    weights, folds = np.arange(40.0), TimeSeriesSplit(2)
    X, y = FRAME[["wind"]], FRAME["load"]
    asking = clone(regressor).set_score_request(sample_weight=True)
    found = cross_validate(asking, X, y, cv=folds, params={"sample_weight": weights})
    for k, (train, test) in enumerate(folds.split(X)):
        forecasts = clone(regressor).fit(X.iloc[train], y.iloc[train]).predict(X.iloc[test])
        expected = r2_score(y.iloc[test], forecasts, sample_weight=weights[test])
        assert found["test_score"][k] == pytest.approx(expected, rel=1e-6)


@pytest.mark.usefixtures("routing")
def test_weights_that_nobody_asked_for_are_refused():
    with pytest.raises(ValueError, match=r"sample_weight.* not explicitly set as requested"):
        cross_validate(
            CharSeqTagger(**SMALL), WORDS, WORDS, cv=2, params={"sample_weight": np.ones(8)}
        )
