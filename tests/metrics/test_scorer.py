import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from tsrnn.metrics import make_forecast_scorer, mase, smape
from tsrnn.model_selection import RollingOriginSplit


class Level(RegressorMixin, BaseEstimator):
    """Forecasts one value everywhere, for the targets found in X or for y."""

    def __init__(self, level=1.0):
        self.level = level

    def fit(self, X, y=None):
        self.target_names_ = [X.columns[0]] if isinstance(X, pd.DataFrame) else [0]
        return self

    def predict(self, X):
        return np.full(len(X), self.level)


@pytest.fixture
def frame():
    index = pd.date_range("2020", periods=12)
    return pd.DataFrame({"load": np.full(12, 3.0), "temperature": np.arange(12.0)}, index)


def test_without_y_the_targets_are_the_columns_that_the_estimator_names(frame):
    scorer = make_forecast_scorer(smape)
    expected = -smape(frame["load"], np.full(12, 1.0))
    assert scorer(Level().fit(frame), frame) == expected == -100


def test_without_y_a_series_and_an_array_are_their_own_targets(frame):
    scorer = make_forecast_scorer(smape)
    estimator = Level().fit(frame.to_numpy())
    assert scorer(estimator, frame["load"]) == -100
    assert scorer(estimator, frame["load"].to_numpy()) == -100
    assert scorer(estimator, frame.to_numpy()) == -100


def test_with_y_it_is_the_scorer_of_scikit_learn(frame):
    theirs = make_scorer(smape, greater_is_better=False)
    estimator = Level(2.0).fit(frame)
    ours = make_forecast_scorer(smape)(estimator, frame, frame["temperature"])
    assert ours == theirs(estimator, frame, frame["temperature"])


def test_arguments_of_the_metric_are_passed_on(frame):
    scorer = make_forecast_scorer(mase, y_train=[0, 1, 0, 1], season_length=1)
    assert scorer(Level().fit(frame), frame) == -2


def test_the_greatest_score_is_the_best_when_asked(frame):
    scorer = make_forecast_scorer(smape, greater_is_better=True)
    assert scorer(Level().fit(frame), frame) == 100


def test_panels_are_scored_as_panels():
    panel = pd.concat({"long": pd.DataFrame({"y": [1.0] * 9}), "short": pd.DataFrame({"y": [3.0]})})
    assert make_forecast_scorer(smape)(Level().fit(panel), panel) == -(0 + 100) / 2


@pytest.mark.parametrize("cv", [TimeSeriesSplit(3), RollingOriginSplit(3, horizon=2)])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_search_without_y_finds_the_best_candidate(frame, cv, n_jobs):
    scoring = make_forecast_scorer(smape)
    search = GridSearchCV(
        Level(), {"level": [1.0, 3.0, 9.0]}, cv=cv, scoring=scoring, n_jobs=n_jobs
    )
    search.fit(frame)
    assert search.best_params_ == {"level": 3.0}
    assert search.best_score_ == 0
    assert list(search.cv_results_["mean_test_score"]) == [-100, 0, -100]


def test_a_scorer_can_be_pickled(frame):
    scorer = pickle.loads(pickle.dumps(make_forecast_scorer(smape)))
    assert scorer(Level().fit(frame), frame) == -100


def test_a_metric_that_cannot_be_called_is_a_type_error():
    with pytest.raises(TypeError, match="metric must be a function, not 'smape'"):
        make_forecast_scorer("smape")


def test_an_estimator_that_does_not_name_its_targets_is_told_to_get_y(frame):
    class Nameless:
        def predict(self, X):
            return np.zeros(len(X))

    with pytest.raises(ValueError, match=r"Nameless does not say which columns .* give y"):
        make_forecast_scorer(smape)(Nameless(), frame)
