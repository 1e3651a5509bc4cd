"""scikit-learn's side: parameters, clone, searches, pipelines, pickles, processes."""

import inspect
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tsrnn import SequenceRegressor
from tsrnn.cells import GRU


def test_to_construct_is_to_assign():
    names = inspect.signature(SequenceRegressor).parameters
    given = {name: object() for name in names}
    assert vars(SequenceRegressor(**given)) == given


def test_clone_has_the_parameters_and_no_fit(quick, X, y):
    regressor = quick(cell=GRU, stateful=True).fit(X, y)
    other = clone(regressor)
    assert other.get_params() == regressor.get_params()
    with pytest.raises(NotFittedError):
        other.predict(X)
    with pytest.raises(NotFittedError):
        other.stream()
    assert is_regressor(other)


@pytest.mark.parametrize("stateful", [False, True])
def test_pickle_and_joblib_keep_the_answers(stateful, quick, X, y, tmp_path):
    regressor = quick(stateful=stateful).fit(X, y)
    again = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
    again.partial_fit(X, y)
    joblib.dump(regressor, tmp_path / "regressor")
    loaded = joblib.load(tmp_path / "regressor")
    np.testing.assert_array_equal(loaded.predict(X), regressor.predict(X))


def test_a_pickle_does_not_grow_with_the_rows(quick, X, y):
    small = len(pickle.dumps(quick(stateful=True).fit(X, y)))
    many = np.tile(X, (20, 1))
    assert len(pickle.dumps(quick(stateful=True).fit(many, many[:, 0]))) < small + 1000


def test_searches_and_pipelines_take_it(quick, frame, target):
    pipe = make_pipeline(StandardScaler(), quick(max_epochs=1))
    search = GridSearchCV(
        pipe, {"sequenceregressor__hidden_size": [2, 3]}, cv=TimeSeriesSplit(2), scoring="r2"
    ).fit(frame.to_numpy(), target.to_numpy())
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    scores = cross_val_score(quick(), frame, target, cv=TimeSeriesSplit(2))
    assert scores.shape == (2,)
    regressor = quick().fit(frame[:40], target[:40])
    first = cross_val_score(quick(), frame, target, cv=[(range(40), range(40, 60))])
    assert first[0] == pytest.approx(regressor.score(frame[40:], target[40:]))
