"""scikit-learn's side: parameters, clone, searches, pipelines, pickles, processes."""

import inspect
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from tsrnn import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster
from tsrnn.cells import GRU, JANET, LSTM, RNN
from tsrnn.preprocessing import SlidingWindow

IN_ORDER = [
    *("horizon", "window_size", "target", "known_future", "season_length"),
    *("hidden_size", "num_layers", "dropout", "segment_size", "transform", "normalization", "skip"),
    *("loss", "quantiles", "n_estimators", "max_epochs", "batch_size", "lr", "optimizer"),
    *("early_stopping", "validation_fraction", "callbacks", "device", "random_state"),
    *("warm_start", "verbose"),
]

# --- parameters ---------------------------------------------------------------------------------


def test_parameters_stand_in_the_order_of_the_contract(every_forecaster):
    names = list(inspect.signature(every_forecaster).parameters)
    assert [name for name in names if name in IN_ORDER] == IN_ORDER
    own = ["cell"] if every_forecaster is RecurrentForecaster else []
    assert names[: len(own) + 2] == [*own, "horizon", "window_size"]
    assert set(every_forecaster().get_params()) == set(names)


def test_parameters_may_be_given_by_position():
    f = LSTMForecaster(6, 24)
    assert (f.horizon, f.window_size) == (6, 24)
    f = RecurrentForecaster(GRU, 6)
    assert (f.cell, f.horizon) == (GRU, 6)


@pytest.mark.parametrize("cls", [LSTMForecaster, GRUForecaster, RNNForecaster])
def test_an_unknown_parameter_is_refused_in_the_name_of_the_class(cls):
    said = rf"^{cls.__name__}.__init__\(\) got an unexpected keyword argument 'hiden_size'$"
    with pytest.raises(TypeError, match=said):
        cls(hiden_size=3)


def test_the_three_forecasters_only_fix_the_cell():
    for cls, cell in ((LSTMForecaster, LSTM), (GRUForecaster, GRU), (RNNForecaster, RNN)):
        assert cls().cell is cell
        assert "cell" not in cls().get_params()
        general = RecurrentForecaster(cell=cell).get_params()
        assert general.pop("cell") is cell
        assert cls().get_params() == general
        with pytest.raises(TypeError, match="cell"):
            cls(cell=JANET)
        with pytest.raises(TypeError, match="hiden_size"):
            cls(hiden_size=3)


def test_to_construct_is_to_assign(every_forecaster):
    """Nothing is checked or changed before fit, as clone and set_params need it."""
    names = inspect.signature(every_forecaster).parameters
    given = {name: object() for name in names}
    f = every_forecaster(**given)
    assert all(vars(f)[name] is value for name, value in given.items())
    assert set(vars(f)) == {*given, "cell"}
    assert all(f.get_params()[name] is value for name, value in given.items())


def test_the_parameter_transform_makes_no_transformer_of_a_forecaster(quick, series):
    f = quick(transform="log")
    assert f.get_params()["transform"] == clone(f).get_params()["transform"] == "log"
    assert f.fit(series).transform_ == "log"
    for shown in (f, make_pipeline(f), GridSearchCV(f, {})):
        assert not hasattr(shown, "transform")
    with pytest.raises(AttributeError, match=r"its parameter of that name is get_params\(\)"):
        f.transform(series)
    assert f.set_params(transform=None).fit(series).transform_ is None


def test_set_params_is_what_fit_uses(every_forecaster, quick, series):
    by_init = quick(every_forecaster, hidden_size=3, horizon=2).fit(series).forecast()
    f = quick(every_forecaster)
    assert f.set_params(hidden_size=3, horizon=2) is f
    pd.testing.assert_series_equal(f.fit(series).forecast(), by_init)
    with pytest.raises(ValueError, match="hiden_size"):
        f.set_params(hiden_size=3)


def test_clone_has_the_parameters_and_nothing_learned(every_forecaster, quick, series):
    f = quick(every_forecaster, optimizer=torch.optim.SGD, callbacks=[]).fit(series)
    copy = clone(f)
    assert copy.get_params() == f.get_params()
    assert not [name for name in vars(copy) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        copy.forecast()
    with pytest.raises(NotFittedError):
        copy.predict(series)
    pd.testing.assert_series_equal(copy.fit(series).forecast(), f.forecast())


def test_fit_changes_no_parameter(every_forecaster, quick, series):
    f = quick(every_forecaster, horizon="auto", window_size="auto", season_length="auto")
    before = f.get_params()
    f.fit(series)
    assert f.get_params() == before


def test_it_is_a_regressor(every_forecaster):
    assert is_regressor(every_forecaster())


def test_repr_and_html_name_what_was_given(every_forecaster, quick, series):
    f = quick(every_forecaster)
    assert repr(f).startswith(f"{every_forecaster.__name__}(")
    assert "hidden_size=4" in repr(f)
    for shown in (f, f.fit(series), make_pipeline(SlidingWindow(), f)):
        html = shown._repr_html_()
        assert every_forecaster.__name__ in html
        assert "hidden_size" in html
    assert repr(every_forecaster()) == f"{every_forecaster.__name__}()"


# --- feature names ------------------------------------------------------------------------------


def test_feature_names_are_the_columns(quick, two, weather, panel, values):
    f = quick(target="load").fit(two)
    assert f.n_features_in_ == 2
    assert f.feature_names_in_.tolist() == ["load", "wind"]
    past, _ = weather
    f = quick().fit(past[["temp", "sky"]], past["load"])
    assert f.n_features_in_ == 2
    assert f.feature_names_in_.tolist() == ["temp", "sky"]
    f = quick().fit(panel)
    assert f.feature_names_in_.tolist() == ["load"]
    f = quick().fit(values)
    assert f.n_features_in_ == 1
    assert not hasattr(f, "feature_names_in_")


def test_columns_are_found_by_name(quick, two):
    f = quick(target="load").fit(two)
    shuffled = two[["wind", "load"]].assign(other=1.0)
    np.testing.assert_array_equal(f.predict(shuffled), f.predict(two))
    pd.testing.assert_frame_equal(f.forecast(history=shuffled), f.forecast())
    with pytest.raises(ValueError, match="lacks column 'wind'"):
        f.predict(two[["load"]])


def test_after_a_fit_without_names_those_of_a_frame_are_taken_by_position_with_a_warning(
    quick, two
):
    f = quick(max_epochs=1).fit(two.to_numpy())
    said = "^X has feature names, but LSTMForecaster was fitted without feature names$"
    with pytest.warns(UserWarning, match=said) as once:
        score = f.score(two)
    assert len({str(each.message) for each in once}) == 1
    assert score == f.score(two.set_axis([0, 1], axis=1))
    said = "^history has feature names, but the forecaster was fitted without feature names$"
    with pytest.warns(UserWarning, match=said):
        forecast = f.forecast(history=two)
    np.testing.assert_array_equal(forecast, f.forecast())
    f = quick(max_epochs=1).fit(two.to_numpy(), two["load"].to_numpy())
    with pytest.warns(UserWarning, match="^future has feature names, but the forecaster was"):
        forecast = f.forecast(3, future=two[:3])
    np.testing.assert_array_equal(forecast, f.forecast(3, future=two[:3].to_numpy()))


def test_another_number_of_columns_is_refused(every_forecaster, quick, two):
    f = quick(every_forecaster).fit(two.to_numpy())
    with pytest.raises(ValueError, match=r"X has 1 features, but .* is expecting 2 features"):
        f.predict(two.to_numpy()[:, :1])


def test_training_goes_on_with_the_columns_of_the_fit_alone(every_forecaster, quick, two):
    for form in ({"target": 0}, {}):
        f = quick(every_forecaster, **form).fit(two.to_numpy())
        name = every_forecaster.__name__
        message = f"X has 1 features, but {name} is expecting 2 features as input"
        with pytest.raises(ValueError, match=message):
            f.partial_fit(two.to_numpy()[:, :1])


# --- model selection ----------------------------------------------------------------------------


def test_a_search_over_the_first_form(every_forecaster, quick, two):
    grid = {"hidden_size": [2, 4], "window_size": [5, 10]}
    search = GridSearchCV(
        quick(every_forecaster), grid, cv=TimeSeriesSplit(3), error_score="raise"
    ).fit(two)
    assert search.best_params_ in list(search.cv_results_["params"])
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert len(set(scores)) == 4
    by_hand = []
    for train, test in TimeSeriesSplit(3).split(two):
        f = quick(every_forecaster, **search.best_params_).fit(two.iloc[train])
        by_hand.append(r2_score(two.iloc[test], f.predict(two.iloc[test])))
    assert search.best_score_ == pytest.approx(np.mean(by_hand), rel=1e-6)
    best = search.best_estimator_
    np.testing.assert_array_equal(search.predict(two), best.predict(two))
    assert len(best.forecast()) == 4


def test_a_search_over_a_pipeline_of_windows(every_forecaster, quick, two):
    df = two[["load"]]
    pipeline = Pipeline(
        [
            ("window", SlidingWindow()),
            ("model", quick(every_forecaster, horizon=1, window_size="auto")),
        ]
    )
    search = GridSearchCV(
        pipeline,
        {"window__window_size": [5, 10], "model__hidden_size": [2, 4]},
        cv=TimeSeriesSplit(3),
        scoring="neg_mean_absolute_error",
        error_score="raise",
    ).fit(df, df["load"])
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert len(set(scores)) == 4
    by_hand = []
    for train, test in TimeSeriesSplit(3).split(df):
        f = clone(pipeline).set_params(**search.best_params_)
        f.fit(df.iloc[train], df["load"].iloc[train])
        answer = f.predict(df.iloc[test])
        assert answer.shape == (len(test),)
        by_hand.append(-mean_absolute_error(df["load"].iloc[test], answer))
    assert search.best_score_ == pytest.approx(np.mean(by_hand), rel=1e-6)


def test_cross_validation_of_every_form(every_forecaster, quick, two, weather, values):
    f, cv = quick(every_forecaster), TimeSeriesSplit(3)
    past, _ = weather
    scores = [
        cross_val_score(f, two["load"], cv=cv, error_score="raise"),
        cross_val_score(f, two[["load"]], cv=cv, error_score="raise"),
        cross_val_score(f, values, cv=cv, error_score="raise"),
        cross_val_score(f, values[:, None], cv=cv, error_score="raise"),
    ]
    for other in scores[1:]:
        np.testing.assert_allclose(other, scores[0], rtol=1e-5)
    X, y = past[["temp"]], past["load"]
    with_y = cross_val_score(f, X, y, cv=cv, error_score="raise")
    np.testing.assert_allclose(
        cross_val_score(f, X.to_numpy(), y.to_numpy(), cv=cv, error_score="raise"),
        with_y,
        rtol=1e-5,
    )
    assert np.isfinite(with_y).all()


def test_every_candidate_is_scored_on_the_same_rows(quick, two):
    """A forecast of the last value needs one row: no window is so long that it loses test rows."""
    naive = {"max_epochs": 1, "lr": 1e-12, "normalization": "last", "skip": None, "transform": None}
    counts = []

    def count(estimator, X, y=None):
        counts.append(len(estimator.predict(X)))
        return 0.0

    GridSearchCV(
        quick(**naive), {"window_size": [1, 5, 9]}, cv=TimeSeriesSplit(2), scoring=count
    ).fit(two)
    assert counts == [20] * 6


def test_cross_val_predict_gives_every_row_one_forecast(quick, weather):
    past, _ = weather
    with pytest.warns(UserWarning, match="20 missing time stamps"):
        answer = cross_val_predict(quick(), past[["temp"]], past["load"], cv=KFold(3))
    assert answer.shape == (60,)
    assert np.isfinite(answer).all()


# --- pipelines and targets ----------------------------------------------------------------------


def test_a_pipeline_may_scale_x(every_forecaster, quick, weather):
    past, future = weather
    X, y = past[["temp"]], past["load"]
    scaled = StandardScaler().set_output(transform="pandas")
    pipeline = make_pipeline(scaled, quick(every_forecaster)).fit(X, y)
    answer = pipeline.predict(future[["temp"]])
    by_hand = quick(every_forecaster).fit(scaled.transform(X), y)
    np.testing.assert_array_equal(answer, by_hand.predict(scaled.transform(future[["temp"]])))


def test_a_pipeline_may_hand_arrays_on(quick, two):
    pipeline = make_pipeline(MinMaxScaler(), quick()).fit(two[:40])
    assert pipeline.predict(two[40:]).shape == (20, 2)
    assert np.isfinite(pipeline.score(two[40:]))


def test_windows_of_a_pipeline_follow_the_fit_rows(every_forecaster, quick, two):
    pipeline = make_pipeline(
        SlidingWindow(window_size=8), quick(every_forecaster, horizon=1, window_size="auto")
    ).fit(two[:40], two["load"][:40])
    answer = pipeline.predict(two[40:])
    windows = sliding_window_view(two[32:59].to_numpy(), 8, axis=0).transpose(0, 2, 1)
    np.testing.assert_allclose(answer, pipeline[-1].predict(windows), rtol=1e-6)


def test_the_target_may_be_transformed(every_forecaster, quick, weather):
    past, future = weather
    X, y = past[["temp"]], past["load"]
    f = TransformedTargetRegressor(quick(every_forecaster), func=np.log, inverse_func=np.exp)
    answer = f.fit(X, y).predict(future[["temp"]])
    by_hand = quick(every_forecaster).fit(X, np.log(y)).predict(future[["temp"]])
    np.testing.assert_allclose(answer, np.exp(by_hand), rtol=1e-6)
    scores = cross_val_score(f, X, y, cv=TimeSeriesSplit(2), error_score="raise")
    assert np.isfinite(scores).all()


# --- pickle and processes -----------------------------------------------------------------------


def test_a_pickle_forecasts_the_same(every_forecaster, quick, panel, weather):
    past, future = weather
    f = quick(every_forecaster).fit(panel)
    copy = pickle.loads(pickle.dumps(f))
    pd.testing.assert_series_equal(copy.forecast(9), f.forecast(9))
    np.testing.assert_array_equal(copy.predict(panel), f.predict(panel))
    pd.testing.assert_frame_equal(copy.history_, f.history_)
    f = quick(every_forecaster).fit(past.drop(columns="load"), past["load"])
    copy = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(copy.predict(future), f.predict(future))


def test_a_pickle_goes_on_training(every_forecaster, quick, series):
    f = quick(every_forecaster, dropout=0.5).fit(series)
    copy = pickle.loads(pickle.dumps(f))
    pd.testing.assert_series_equal(
        copy.partial_fit(series).forecast(), f.partial_fit(series).forecast()
    )


def test_the_size_of_a_pickle_does_not_grow_with_the_rows(quick):
    def size(data, *y):
        f = quick(batch_size=16).fit(data, *y)
        return len(pickle.dumps(f))

    index = pd.date_range("2000-01-01", periods=20_000, freq="h")
    many = pd.DataFrame({"load": np.sin(np.arange(20_000.0)), "temp": 1.0}, index=index)
    few = many[:200]
    windows = sliding_window_view(many["load"].to_numpy(), 9)
    pairs = [
        ((many,), (few,)),
        ((many["load"].to_numpy(),), (few["load"].to_numpy(),)),
        ((many[["temp"]], many["load"]), (few[["temp"]], few["load"])),
    ]
    for long, short in pairs:
        assert size(*long) < size(*short) + 1000
    ready = [
        len(pickle.dumps(quick(horizon=1).fit(windows[:n, :8, None], windows[:n, 8])))
        for n in (200, 5000)
    ]
    assert ready[1] < ready[0] + 1000


def test_processes_give_the_same_scores(quick, two):
    grid = {"hidden_size": [2, 4], "window_size": [5, 10]}
    scores = [
        GridSearchCV(quick(), grid, cv=TimeSeriesSplit(2), n_jobs=jobs, error_score="raise")
        .fit(two)
        .cv_results_["mean_test_score"]
        for jobs in (1, 2)
    ]
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-5)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_fits_at_the_same_moment_do_not_disturb_each_other(quick, series, backend):
    alone = [quick(random_state=seed, dropout=0.5).fit(series) for seed in range(4)]
    together = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(quick(random_state=seed, dropout=0.5).fit)(series) for seed in range(4)
    )
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(other.forecast(), one.forecast(), rtol=1e-5)
