import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from tsrnn import LSTMForecaster
from tsrnn.metrics import (
    coverage,
    crps_from_quantiles,
    interval_width,
    make_forecast_scorer,
    mase,
    mean_pinball_loss,
    smape,
)
from tsrnn.model_selection import RollingOriginSplit
from tsrnn.preprocessing import SlidingWindow

smape_scorer = make_forecast_scorer(smape)


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


# Quantiles


class Spread(Level):
    """Forecasts every quantile as its level above or below one value, for each target."""

    def fit(self, X, y=None):
        self.target_names_ = list(X.columns) if isinstance(X, pd.DataFrame) else [0]
        return self

    def predict(self, X, quantiles=None):
        if quantiles is None:
            return np.full(len(X), self.level)
        spread = self.level + np.asarray(quantiles) - 0.5
        several = (1,) if len(self.target_names_) == 1 else (len(self.target_names_), 1)
        return np.tile(spread, (len(X), *several)).reshape(len(X), *several[:-1], -1)


LEVELS = [0.1, 0.5, 0.9]


@pytest.mark.parametrize("metric", [mean_pinball_loss, crps_from_quantiles])
def test_quantile_metrics_get_a_column_for_each_level(frame, metric):
    y, forecaster = frame["load"], Spread(3.2).fit(frame[["load"]])
    expected = -metric(y, np.tile([2.8, 3.2, 3.6], (12, 1)), quantiles=LEVELS)
    scorer = make_forecast_scorer(metric, quantiles=LEVELS)
    assert scorer(forecaster, frame[["load"]]) == pytest.approx(expected)
    assert scorer(forecaster, y) == pytest.approx(expected)
    assert scorer(forecaster, y.to_numpy()) == pytest.approx(expected)
    assert scorer(forecaster, frame, y) == pytest.approx(expected)


def test_interval_metrics_get_the_outermost_levels(frame):
    covers = make_forecast_scorer(coverage, quantiles=[0.9, 0.5, 0.1], greater_is_better=True)
    width = make_forecast_scorer(interval_width, quantiles=[0.1, 0.9])
    rows = frame["temperature"]  # 0, 1, ..., 11
    assert covers(Spread(4.2).fit(rows), rows) == 1 / 12
    assert width(Spread(4.2).fit(rows), rows) == pytest.approx(-0.8)


def test_quantiles_of_several_targets_have_two_level_columns(frame):
    both = frame.assign(temperature=3.0)
    forecaster = Spread(3.2).fit(both)
    one = -mean_pinball_loss(both["load"], np.tile([2.8, 3.2, 3.6], (12, 1)), quantiles=LEVELS)
    assert make_forecast_scorer(mean_pinball_loss, quantiles=LEVELS)(
        forecaster, both
    ) == pytest.approx(one)
    covers = make_forecast_scorer(coverage, quantiles=[0.1, 0.9], greater_is_better=True)
    assert covers(forecaster, both) == 1
    assert covers(forecaster, both.assign(temperature=9.0)) == 0.5


def test_a_metric_of_one_s_own_is_given_the_frame_of_quantiles(frame):
    def share_below(y_true, y_pred):
        return float((y_true.to_numpy() < y_pred[[0.9]].to_numpy()).mean())

    rows = frame["temperature"]
    scorer = make_forecast_scorer(share_below, quantiles=[0.9], greater_is_better=True)
    assert scorer(Spread(6.0).fit(rows), rows) == 7 / 12


@pytest.mark.filterwarnings("ignore::tsrnn.messages.MissingDataWarning")
def test_quantiles_of_a_forecaster_are_scored_on_a_panel_without_y():
    days = pd.date_range("2020", periods=60, name="day")
    rng = np.random.default_rng(0)
    wave = pd.Series(np.sin(np.arange(60) * 2 * np.pi / 7) + 3 + rng.normal(0, 0.2, 60), days)
    parts = {"a": wave, "late": 9 * wave[8:], "early": wave[:50]}
    panel = pd.concat(parts, names=["id", "day"]).to_frame("y")
    panel.iloc[-70] = np.nan  # within a test fold
    cv = RollingOriginSplit(3, horizon=4)
    forecaster = LSTMForecaster(
        horizon=4, window_size=7, hidden_size=4, max_epochs=1, random_state=0
    )
    levels = [0.1, 0.25, 0.75, 0.9]
    scoring = {
        "pinball": make_forecast_scorer(mean_pinball_loss, quantiles=levels),
        "crps": make_forecast_scorer(crps_from_quantiles, quantiles=levels),
        "cover": make_forecast_scorer(coverage, quantiles=[0.1, 0.9], greater_is_better=True),
    }
    found = cross_validate(forecaster, panel, cv=cv, scoring=scoring, error_score="raise")
    for fold, (train, test) in enumerate(cv.split(panel)):
        rows = panel.iloc[test]
        fitted = clone(forecaster).fit(panel.iloc[train])
        forecast = fitted.forecast(4, quantiles=levels).loc[rows.index]["y"]
        expected = mean_pinball_loss(rows, forecast)
        assert found["test_pinball"][fold] == pytest.approx(-expected)
        assert found["test_crps"][fold] == pytest.approx(-2 * expected)
        covered = coverage(rows["y"], forecast[0.1], forecast[0.9])
        assert found["test_cover"][fold] == pytest.approx(covered)


def test_quantiles_of_a_pipeline_are_scored_with_y():
    days = pd.date_range("2020", periods=40, name="day")
    y = pd.Series(np.sin(np.arange(40) * 2 * np.pi / 7) + 3, days, name="y")
    forecaster = LSTMForecaster(horizon=1, hidden_size=4, max_epochs=1, random_state=0)
    pipe = Pipeline([("window", SlidingWindow(7)), ("model", forecaster)])
    pipe.fit(y[:30].to_frame(), y[:30])
    scorer = make_forecast_scorer(mean_pinball_loss, quantiles=LEVELS)
    forecast = pipe.predict(y[30:].to_frame(), quantiles=LEVELS)
    assert forecast.shape == (10, 3)
    expected = -mean_pinball_loss(y[30:].to_numpy(), forecast, quantiles=LEVELS)
    assert scorer(pipe, y[30:].to_frame(), y[30:]) == pytest.approx(expected)


def test_without_y_targets_are_those_of_the_last_step_of_a_pipeline_on_its_scale(frame):
    steps = [("scaler", MinMaxScaler()), ("model", Spread(0.5))]
    rows = frame.to_numpy()[:, 1:]  # 0, 1, ..., 11 become 0 to 1
    scaled = rows / 11
    for estimator in (
        Pipeline(steps),
        GridSearchCV(Pipeline(steps), {}, cv=2, scoring=smape_scorer),
    ):
        fitted = estimator.fit(rows)
        assert smape_scorer(fitted, rows) == pytest.approx(-smape(scaled, np.full(12, 0.5)))
        pinball = make_forecast_scorer(mean_pinball_loss, quantiles=[0.5])(fitted, rows)
        assert pinball == pytest.approx(-abs(scaled - 0.5).mean() / 2)
    alone = Pipeline([("model", Level())]).fit(frame)
    assert smape_scorer(alone, frame) == -100


def test_ready_windows_that_a_pipeline_makes_do_not_hold_their_targets():
    rows = np.arange(40.0)[:, None]
    pipe = Pipeline([("window", SlidingWindow(7)), ("model", Level())]).fit(rows)
    with pytest.raises(ValueError, match=r"Level does not find its targets .* give y"):
        smape_scorer(pipe, rows)
    named = Level().fit(rows)
    named.target_names_ = ["y"]  # as after fit(X, y)
    with pytest.raises(ValueError, match=r"Level does not find its targets .* give y"):
        smape_scorer(named, rows)


def test_an_interval_metric_without_levels_is_a_type_error():
    for quantiles in (None, [0.5]):
        with pytest.raises(
            TypeError, match=r"coverage scores intervals, .* quantiles=\[0.1, 0.9\]"
        ):
            make_forecast_scorer(coverage, quantiles=quantiles)


@pytest.mark.parametrize("quantiles", [[10, 90], [0.5, 0.5], [0.0]])
def test_levels_that_are_none_are_an_error(quantiles):
    with pytest.raises(ValueError, match="quantiles must be different levels between 0 and 1"):
        make_forecast_scorer(mean_pinball_loss, quantiles=quantiles)


def test_a_scorer_shows_its_arguments():
    scorer = make_forecast_scorer(mean_pinball_loss, quantiles=[0.9, 0.1])
    assert repr(scorer) == (
        "make_forecast_scorer(mean_pinball_loss, greater_is_better=False, quantiles=[0.1, 0.9])"
    )


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
