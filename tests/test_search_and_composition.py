"""Searches, cross-validation and compositions of scikit-learn around a forecaster give what is computed by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import randint
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    ParameterSampler,
    RandomizedSearchCV,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PowerTransformer, StandardScaler

from tsrnn import GRUForecaster, LSTMForecaster
from tsrnn.preprocessing import SlidingWindow

FOLDS = TimeSeriesSplit(2)
DAYS = pd.date_range("2024-01-01", periods=60, freq="D")
_rng = np.random.default_rng(0)
TEMP = _rng.normal(size=60)
FRAME = pd.DataFrame(
    {
        "temp": TEMP,
        "sky": np.where(TEMP > 0, "clear", "cloud"),
        "load": np.exp(2 + np.sin(np.arange(60) * 2 * np.pi / 7) + TEMP / 5),
    },
    index=DAYS,
)
LOAD = FRAME["load"]


def quick(cls=LSTMForecaster, **params):
    """Return a forecaster that fits in a moment."""
    small = {"horizon": 4, "window_size": 8, "season_length": 7, "hidden_size": 3, "max_epochs": 2}
    return cls(**{**small, "device": "cpu", "random_state": 0, **params})


def by_hand(forecaster, X, y=None, folds=FOLDS):
    """Return the R² of each fold."""
    scores = []
    for train, test in folds.split(X):
        given = (X.iloc[train],) if y is None else (X.iloc[train], y.iloc[train])
        forecasts = clone(forecaster).fit(*given).predict(X.iloc[test])
        actual = X.iloc[test] if y is None else y.iloc[test]
        scores.append(r2_score(actual, forecasts))
    return scores


# --- searches -----------------------------------------------------------------------------------

GRID = {"hidden_size": [2, 3], "window_size": [7, 14]}
SEARCHES = {
    "grid": lambda jobs: GridSearchCV(quick(), GRID, cv=FOLDS, n_jobs=jobs, error_score="raise"),
    "random": lambda jobs: RandomizedSearchCV(
        quick(),
        {"hidden_size": randint(2, 6), "normalization": ["last", "standard"]},
        n_iter=3,
        cv=FOLDS,
        n_jobs=jobs,
        random_state=0,
        error_score="raise",
    ),
    "halving by epochs": lambda jobs: HalvingGridSearchCV(
        quick(),
        GRID,
        resource="max_epochs",
        min_resources=1,
        max_resources=4,
        factor=2,
        cv=FOLDS,
        n_jobs=jobs,
        error_score="raise",
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_on_two_processes_is_the_same_search(name):
    one, two = (SEARCHES[name](jobs).fit(FRAME[["load"]]) for jobs in (1, 2))
    assert one.best_params_ == two.best_params_
    np.testing.assert_array_equal(one.predict(FRAME[["load"]]), two.predict(FRAME[["load"]]))
    for key in one.cv_results_:
        if key.endswith("test_score"):
            assert np.isfinite(one.cv_results_[key]).all()
            np.testing.assert_array_equal(one.cv_results_[key], two.cv_results_[key])


def test_a_random_search_scores_what_it_draws():
    search = SEARCHES["random"](1).fit(LOAD)
    drawn = ParameterSampler(search.param_distributions, 3, random_state=0)
    assert search.cv_results_["params"] == list(drawn)
    for params, score in zip(drawn, search.cv_results_["mean_test_score"], strict=True):
        expected = np.mean(by_hand(quick(**params), LOAD))
        assert score == pytest.approx(expected, rel=1e-6)


def test_a_halving_search_may_spend_epochs():
    search = SEARCHES["halving by epochs"](1).fit(FRAME[["load"]])
    assert search.n_resources_ == [1, 2, 4]
    assert search.n_candidates_ == [4, 2, 1]
    results = pd.DataFrame(search.cv_results_)
    assert [params["max_epochs"] for params in results["params"]] == [1, 1, 1, 1, 2, 2, 4]
    last = results.iloc[-1]
    expected = np.mean(by_hand(quick(**last["params"]), FRAME[["load"]]))
    assert last["mean_test_score"] == pytest.approx(expected, rel=1e-6)
    # The winner is fitted anew with all the epochs, of which three are judged.
    assert search.best_estimator_.history_["valid_loss"].notna().sum() == 3


def test_a_halving_search_may_spend_windows():
    """n_samples are drawn at random, which windows bear and the rows of a series do not."""
    window = SlidingWindow(window_size=7).fit(FRAME[["load"]])
    windows, following = window.transform(FRAME[["load"]])[7:], LOAD.to_numpy()[7:]
    search = HalvingGridSearchCV(
        LSTMForecaster(max_epochs=2, device="cpu", random_state=0),
        {"hidden_size": [2, 3, 4]},
        resource="n_samples",
        min_resources=16,
        factor=2,
        cv=FOLDS,
        random_state=0,
        error_score="raise",
    ).fit(windows, following)
    assert search.n_resources_ == [16, 32]
    assert search.n_candidates_ == [3, 2]
    best = clone(search.best_estimator_).fit(windows, following)
    np.testing.assert_array_equal(search.predict(windows), best.predict(windows))


def test_rows_drawn_at_random_are_refused_with_the_reason():
    search = HalvingGridSearchCV(
        quick(), GRID, resource="n_samples", min_resources=30, cv=FOLDS, error_score="raise"
    )
    with pytest.raises(ValueError, match="time stamps are not sorted"):
        search.fit(LOAD)


# --- cross-validation ---------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    "data", [(FRAME[["load"]],), (FRAME[["temp"]], LOAD)], ids=["first form", "with y"]
)
def test_cross_validation_gives_the_scores_of_each_fold(data, jobs):
    forecaster = quick(GRUForecaster)
    expected = by_hand(forecaster, *data)
    scores = cross_val_score(forecaster, *data, cv=FOLDS, n_jobs=jobs, error_score="raise")
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


@pytest.mark.parametrize("jobs", [1, 2])
def test_cross_validate_gives_several_scores_and_the_forecasters(jobs):
    X = FRAME[["temp"]]
    found = cross_validate(
        quick(),
        X,
        LOAD,
        cv=FOLDS,
        scoring=("r2", "neg_mean_absolute_error"),
        return_train_score=True,
        return_estimator=True,
        n_jobs=jobs,
        error_score="raise",
    )
    np.testing.assert_allclose(found["test_r2"], by_hand(quick(), X, LOAD), rtol=1e-6)
    for k, (train, test) in enumerate(FOLDS.split(X)):
        forecaster = quick().fit(X.iloc[train], LOAD.iloc[train])
        for part, rows in (("train", train), ("test", test)):
            forecasts = found["estimator"][k].predict(X.iloc[rows])
            np.testing.assert_array_equal(forecasts, forecaster.predict(X.iloc[rows]))
            error = mean_absolute_error(LOAD.iloc[rows], forecasts)
            score = found[f"{part}_neg_mean_absolute_error"][k]
            assert score == pytest.approx(-error, rel=1e-6)


def test_a_learning_curve_grows_by_later_rows():
    def curve(jobs):
        how = {"cv": FOLDS, "train_sizes": [14, 20], "error_score": "raise"}
        return learning_curve(quick(), FRAME[["load"]], None, n_jobs=jobs, **how)

    sizes, _, scores = curve(1)
    assert sizes.tolist() == [14, 20]
    for k, (train, test) in enumerate(FOLDS.split(FRAME)):
        for i, size in enumerate(sizes):
            forecaster = quick().fit(FRAME[["load"]].iloc[train[:size]])
            expected = r2_score(LOAD.iloc[test], forecaster.predict(FRAME[["load"]].iloc[test]))
            assert scores[i, k] == pytest.approx(expected, rel=1e-6)
    for one, two in zip(curve(1), curve(2), strict=True):
        np.testing.assert_array_equal(one, two)


# --- compositions -------------------------------------------------------------------------------


def test_a_column_transformer_stands_in_front_of_covariates():
    columns = ColumnTransformer(
        [
            ("number", StandardScaler(), ["temp"]),
            ("word", OneHotEncoder(sparse_output=False), ["sky"]),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    X = FRAME[["temp", "sky"]]
    pipeline = make_pipeline(columns, quick()).fit(X[:50], LOAD[:50])
    assert pipeline[-1].feature_names_in_.tolist() == ["temp", "sky_clear", "sky_cloud"]
    prepared = pd.DataFrame(
        {
            "temp": (TEMP - TEMP[:50].mean()) / TEMP[:50].std(),
            "sky_clear": 1.0 * (X["sky"] == "clear"),
            "sky_cloud": 1.0 * (X["sky"] == "cloud"),
        },
        index=DAYS,
    )
    expected = quick().fit(prepared[:50], LOAD[:50]).predict(prepared[50:])
    np.testing.assert_allclose(pipeline.predict(X[50:]), expected, rtol=1e-5)


def test_a_column_transformer_may_pass_the_target_through():
    columns = ColumnTransformer(
        [("number", StandardScaler(), ["temp"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    forecaster = quick(target="load", known_future="temp")
    pipeline = make_pipeline(columns, forecaster).fit(FRAME[:50])
    scaled = FRAME.assign(temp=(TEMP - TEMP[:50].mean()) / TEMP[:50].std())
    expected = clone(forecaster).fit(scaled[:50])
    np.testing.assert_allclose(pipeline.predict(FRAME[50:]), expected.predict(scaled[50:]), 1e-5)
    assert pipeline.score(FRAME[50:]) == pytest.approx(expected.score(scaled[50:]))


def test_a_transformed_target_is_forecast_on_its_own_scale():
    X = FRAME[["temp"]]
    target = TransformedTargetRegressor(quick(), transformer=PowerTransformer())
    answer = target.fit(X[:50], LOAD[:50]).predict(X[50:])
    power = PowerTransformer().fit(LOAD.to_numpy()[:50, None])
    y = power.transform(LOAD.to_numpy()[:50, None])[:, 0]
    forecasts = quick().fit(X[:50], y).predict(X[50:])
    expected = power.inverse_transform(forecasts[:, None])[:, 0]
    np.testing.assert_allclose(answer, expected, rtol=1e-6)


def test_a_pipeline_of_everything_is_searched_by_its_inner_names():
    columns = ColumnTransformer(
        [("number", StandardScaler(), ["temp"])], remainder="drop"
    ).set_output(transform="pandas")
    model = TransformedTargetRegressor(quick(), func=np.log, inverse_func=np.exp)
    pipeline = Pipeline([("columns", columns), ("model", model)])
    grid = {"columns__number__with_std": [True, False], "model__regressor__hidden_size": [2, 3]}
    search = GridSearchCV(pipeline, grid, cv=FOLDS, error_score="raise").fit(FRAME, LOAD)
    assert len(search.cv_results_["params"]) == 4
    for params, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        expected = np.mean(by_hand(clone(pipeline).set_params(**params), FRAME, LOAD))
        assert score == pytest.approx(expected, rel=1e-5)


# --- stacking -----------------------------------------------------------------------------------


def two_views(**params):
    """Return the same windows for a recurrent network and for a ridge."""
    network = quick(horizon=1, window_size="auto", **params)
    return [
        ("network", make_pipeline(StandardScaler(), SlidingWindow(7), network)),
        ("ridge", make_pipeline(StandardScaler(), SlidingWindow(7, flatten=True), Ridge())),
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_stack_weighs_forecasts_of_folds_that_are_not_shuffled(jobs):
    """Every row must be in one test fold, so TimeSeriesSplit will not do; KFold(shuffle=False) keeps their order."""
    X, y = FRAME[["load"]][:50], LOAD[:50]
    stack = StackingRegressor(two_views(), LinearRegression(), cv=KFold(5), n_jobs=jobs).fit(X, y)
    inner = [cross_val_predict(model, X, y, cv=KFold(5)) for _, model in two_views()]
    final = LinearRegression().fit(np.column_stack(inner), y)
    np.testing.assert_allclose(stack.final_estimator_.coef_, final.coef_, rtol=1e-5)
    # The forecasters are fitted anew on all rows, so that rows to come follow them.
    ahead = [model.fit(X, y).predict(FRAME[["load"]][50:]) for _, model in two_views()]
    expected = final.predict(np.column_stack(ahead))
    np.testing.assert_allclose(stack.predict(FRAME[["load"]][50:]), expected, rtol=1e-5)


def test_a_stack_of_fitted_forecasters_weighs_them_on_later_rows():
    """cv="prefit" never looks back: the weights are learned on rows that follow those of the forecasters."""
    X = FRAME[["load"]]
    fitted = [(name, model.fit(X[:30], LOAD[:30])) for name, model in two_views()]
    stack = StackingRegressor(fitted, LinearRegression(), cv="prefit").fit(X[30:50], LOAD[30:50])
    # What follows is forecast together with the rows of the weights, which its windows look back on.
    answer = stack.predict(X[30:])[20:]
    ahead = np.column_stack([model.predict(X[30:]) for _, model in fitted])
    final = LinearRegression().fit(ahead[:20], LOAD[30:50])
    np.testing.assert_allclose(answer, final.predict(ahead[20:]), rtol=1e-6)


def test_a_split_that_leaves_rows_out_cannot_stack():
    with pytest.raises(ValueError, match="only works for partitions"):
        StackingRegressor(two_views(), cv=TimeSeriesSplit(2)).fit(FRAME[["load"]], LOAD)
