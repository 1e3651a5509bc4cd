import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from tsrnn import LSTMForecaster
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
    parts = {"long": pd.DataFrame({"y": [1.0] * 9}), "short": pd.DataFrame({"y": [3.0]})}
    panel = pd.concat(parts)
    assert make_forecast_scorer(smape)(Level().fit(panel), panel) == -(0 + 100) / 2


def test_a_list_of_frames_is_scored_as_a_panel():
    class LevelOfLists(Level):
        def predict(self, X):
            return np.full(sum(map(len, X)), self.level)

    parts = [pd.DataFrame({"y": [1.0] * 9}), pd.DataFrame({"y": [3.0]})]
    assert make_forecast_scorer(smape)(LevelOfLists().fit(parts[0]), parts) == -(0 + 100) / 2


@pytest.mark.parametrize("cv", [TimeSeriesSplit(3), RollingOriginSplit(3, horizon=2)])
def test_a_search_without_y_finds_the_best_candidate(frame, cv):
    scoring = make_forecast_scorer(smape)
    search = GridSearchCV(Level(), {"level": [1.0, 3.0, 9.0]}, cv=cv, scoring=scoring)
    search.fit(frame)
    assert search.best_params_ == {"level": 3.0}
    assert search.best_score_ == 0
    assert list(search.cv_results_["mean_test_score"]) == [-100, 0, -100]


def test_a_search_over_a_forecaster_scores_a_panel_by_series():
    days = pd.date_range("2020", periods=40, name="day")
    wave = pd.Series(np.sin(np.arange(40) * 2 * np.pi / 7) + 3, days)
    panel = pd.concat({"a": wave, "late": 9 * wave[8:]}, names=["id", "day"]).to_frame("y")
    options = {"y_train": panel, "season_length": 1}
    forecaster = LSTMForecaster(horizon=3, window_size=7, max_epochs=1, random_state=0)
    cv = RollingOriginSplit(2, horizon=3)
    search = GridSearchCV(
        forecaster,
        {"hidden_size": [4, 8]},
        cv=cv,
        scoring=make_forecast_scorer(mase, **options),
        error_score="raise",
    ).fit(panel)
    for fold, (train, test) in enumerate(cv.split(panel)):
        refitted = clone(forecaster).set_params(hidden_size=8).fit(panel.iloc[train])
        expected = -mase(panel.iloc[test], refitted.predict(panel.iloc[test]), **options)
        assert search.cv_results_[f"split{fold}_test_score"][1] == pytest.approx(expected)


def test_a_scorer_can_be_pickled(frame):
    scorer = pickle.loads(pickle.dumps(make_forecast_scorer(smape)))
    assert scorer(Level().fit(frame), frame) == -100


def test_a_metric_that_cannot_be_called_is_a_type_error():
    with pytest.raises(TypeError, match="metric must be a function, not 'smape'"):
        make_forecast_scorer("smape")


def test_targets_that_were_given_as_y_are_not_sought_in_x(frame):
    estimator = Level().fit(frame)
    with pytest.raises(ValueError, match="Level does not find its targets"):
        make_forecast_scorer(smape)(estimator, frame[["temperature"]])


def test_an_estimator_that_does_not_name_its_targets_is_told_to_get_y(frame):
    class Nameless:
        def predict(self, X):
            return np.zeros(len(X))

    with pytest.raises(ValueError, match=r"Nameless does not find its targets .* give y"):
        make_forecast_scorer(smape)(Nameless(), frame)
