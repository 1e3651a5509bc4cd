"""pickle, joblib, copy and skops: a forecaster, tagger or regressor comes back with the same answers."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from dateutil.tz import tzoffset
from skorch.callbacks import EpochScoring
from torch import nn

from tsrnn import CharSeqTagger, LSTMForecaster, RecurrentForecaster, SequenceRegressor
from tsrnn.cells import GRU


class Mine(GRU):
    """A cell of the user's own."""


def score(net, X, y):
    return 0.0


def by_joblib(estimator, folder):
    joblib.dump(estimator, folder / "model.joblib")
    return joblib.load(folder / "model.joblib")


def by_skops(estimator, folder):
    skops.io.dump(estimator, folder / "model.skops")
    kinds = skops.io.get_untrusted_types(file=folder / "model.skops")
    return skops.io.load(folder / "model.skops", trusted=kinds)


WAYS = {
    "pickle": lambda estimator, _: pickle.loads(pickle.dumps(estimator)),
    "pickle of protocol 2": lambda estimator, _: pickle.loads(pickle.dumps(estimator, protocol=2)),
    "joblib": by_joblib,
    "copy": lambda estimator, _: copy.copy(estimator),
    "deepcopy": lambda estimator, _: copy.deepcopy(estimator),
    "skops": by_skops,
}


@pytest.fixture(params=WAYS)
def again(request, tmp_path):
    """Each of the ways there and back in turn."""
    return lambda estimator: WAYS[request.param](estimator, tmp_path)


@pytest.mark.parametrize(
    "params",
    [
        {"n_estimators": 2},
        {"loss": "quantile"},
        {"loss": nn.SmoothL1Loss()},
        {"cell": Mine},
        {"random_state": np.random.RandomState(0)},
    ],
    ids=["two networks", "quantile", "loss module", "own cell", "RandomState"],
)
def test_a_forecaster_forecasts_and_goes_on_alike(params, quick, again, series):
    cls = RecurrentForecaster if "cell" in params else LSTMForecaster
    fitted = quick(cls, **params).fit(series)
    other = again(fitted)
    pd.testing.assert_series_equal(other.forecast(9), fitted.forecast(9))
    pd.testing.assert_frame_equal(other.history_, fitted.history_)
    assert other.net_ is other._fit_.nets[0]
    before = fitted.forecast(9)
    more = other.partial_fit(series).forecast(9)
    # A copy has weights of its own.
    pd.testing.assert_series_equal(fitted.forecast(9), before)
    pd.testing.assert_series_equal(fitted.partial_fit(series).forecast(9), more)


def test_a_panel_with_categories_comes_back(quick, again, shops):
    fitted = quick(target="sales", known_future=["open"]).fit(shops)
    later = shops.groupby("shop").tail(8)
    np.testing.assert_array_equal(again(fitted).predict(later), fitted.predict(later))


def test_a_tagger_labels_and_goes_on_alike(quick_tagger, again):
    fitted = quick_tagger(crf=True, warm_start=True).fit(["hello"], ["ohlol"])
    other = again(fitted)
    for tagger in (fitted, other):
        tagger.fit(["hello"], ["ohlol"])
    np.testing.assert_array_equal(*(t.predict_proba(["hello"])[0] for t in (fitted, other)))
    assert other.net_.criterion_.crf is other.module_.crf


def test_a_regressor_answers_alike(quick_regressor, again):
    X = np.random.default_rng(0).normal(size=(60, 2))
    fitted = quick_regressor(stateful=True).fit(X, X.cumsum(0))
    np.testing.assert_array_equal(again(fitted).predict(X), fitted.predict(X))


@pytest.mark.parametrize("cls", [LSTMForecaster, CharSeqTagger, SequenceRegressor])
def test_what_is_not_fitted_keeps_its_parameters(cls, again):
    other = again(cls(hidden_size=5, lr=0.5))
    assert type(other) is cls
    assert str(other) == str(cls(hidden_size=5, lr=0.5))
    assert not hasattr(other, "net_")


def test_a_pickle_keeps_callbacks(quick, series):
    fitted = quick(callbacks=[("own", EpochScoring(score, name="own"))]).fit(series)
    other = pickle.loads(pickle.dumps(fitted)).partial_fit(series)
    assert "own" in other.net_.history[-1]
    assert other.callbacks[0][0] == "own"


def test_a_skops_file_asks_to_trust_the_estimator_alone(quick, series):
    kinds = skops.io.get_untrusted_types(data=skops.io.dumps(quick().fit(series)))
    assert kinds == ["tsrnn.forecasters._named.LSTMForecaster"]


def test_a_pickle_is_hardly_larger_than_the_weights_and_the_optimizers_moments(quick, series):
    fitted = quick(hidden_size=64).fit(series)
    weights = 4 * sum(p.numel() for p in fitted.module_.parameters())
    assert len(pickle.dumps(fitted)) < 3 * weights + 40_000


def test_a_pickle_keeps_what_a_file_refuses(quick, series, tmp_path):
    fitted = quick().fit(series.tz_localize(tzoffset("own", 3600)))
    fitted.note_ = {"grid": np.array([1j]), "by": (complex(0, 1), ["me"])}
    other = pickle.loads(pickle.dumps(fitted))
    pd.testing.assert_series_equal(other.forecast(9), fitted.forecast(9))
    assert other.note_ == fitted.note_
    with pytest.raises(TypeError, match=r"cannot be saved"):
        fitted.save(tmp_path / "model")
