import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from tsrnn import GRUForecaster
from tsrnn.metrics import make_forecast_scorer, mean_pinball_loss, smape
from tsrnn.model_selection import RollingOriginSplit

counts = st.integers(1, 6)


def _folds(split, X):
    return [(train.tolist(), test.tolist()) for train, test in split.split(X)]


def _panel(spans):
    """A panel with one row per day of each series' span, {name: (first day, last day)}."""
    days = {name: np.arange(first, last + 1) for name, (first, last) in spans.items()}
    index = [
        (name, pd.Timestamp("2020") + pd.Timedelta(days=d)) for name in days for d in days[name]
    ]
    return pd.Series(np.concatenate(list(days.values())), pd.MultiIndex.from_tuples(index))


def test_the_last_fold_ends_with_the_data_and_each_is_one_step_earlier():
    split = RollingOriginSplit(n_splits=3, horizon=2, step=1)
    assert _folds(split, np.arange(6)) == [
        ([0, 1], [2, 3]),
        ([0, 1, 2], [3, 4]),
        ([0, 1, 2, 3], [4, 5]),
    ]


def test_folds_touch_when_no_step_is_given():
    tests = [test for _, test in _folds(RollingOriginSplit(n_splits=2, horizon=3), np.arange(8))]
    assert tests == [[2, 3, 4], [5, 6, 7]]


@given(n_rows=st.integers(10, 40), n_splits=st.integers(2, 5), horizon=counts, gap=counts)
def test_with_touching_folds_it_is_time_series_split(n_rows, n_splits, horizon, gap):
    assume(n_rows - n_splits * horizon - gap > 0)
    ours = RollingOriginSplit(n_splits, horizon=horizon, gap=gap, max_train_size=7)
    theirs = TimeSeriesSplit(n_splits, test_size=horizon, gap=gap, max_train_size=7)
    X = np.zeros(n_rows)
    assert _folds(ours, X) == _folds(theirs, X)


def test_a_panel_of_unequal_spans_is_split_at_the_same_times():
    panel = _panel({"b": (0, 9), "early": (0, 5), "late": (4, 9)})
    for fold, (train, test) in enumerate(RollingOriginSplit(2, horizon=3).split(panel)):
        first_tested = 4 + 3 * fold
        assert panel.iloc[train].max() == first_tested - 1
        assert set(panel.iloc[test]) == set(range(first_tested, first_tested + 3))
        assert (panel.iloc[train] < first_tested).sum() == (panel < first_tested).sum()


def test_a_series_without_training_rows_is_not_tested():
    panel = _panel({"a": (0, 9), "late": (4, 9)})
    folds = [panel.iloc[test] for _, test in RollingOriginSplit(2, horizon=3).split(panel)]
    assert list(folds[0].index.unique(0)) == ["a"]
    assert list(folds[1].index.unique(0)) == ["a", "late"]


def test_a_panel_sorted_by_time_has_the_folds_of_one_sorted_by_series():
    panel = _panel({"b": (0, 9), "a": (2, 9)})
    by_time = panel.sort_index(level=1)
    split = RollingOriginSplit(2, horizon=2, max_train_size=4)
    for (train, test), (other_train, other_test) in zip(
        split.split(panel), split.split(by_time), strict=True
    ):
        assert set(panel.index[train]) == set(by_time.index[other_train])
        assert set(panel.index[test]) == set(by_time.index[other_test])


@given(
    spans=st.lists(st.tuples(st.integers(0, 15), st.integers(16, 30)), min_size=1, max_size=4),
    horizon=counts,
    step=counts,
    gap=st.integers(0, 3),
    max_train_size=counts,
)
def test_training_rows_end_before_the_gap_and_test_rows_are_one_horizon(
    spans, horizon, step, gap, max_train_size
):
    panel = _panel(dict(enumerate(spans)))
    days = panel.max() - panel.min() + 1
    assume(days - horizon - step - gap > 0)
    split = RollingOriginSplit(
        2, horizon=horizon, step=step, gap=gap, max_train_size=max_train_size
    )
    for fold, (train, test) in enumerate(split.split(panel)):
        first_tested = panel.max() + 1 - horizon - (1 - fold) * step
        assert (
            panel.iloc[train]
            .between(first_tested - gap - max_train_size, first_tested - gap - 1)
            .all()
        )
        assert panel.iloc[test].between(first_tested, first_tested + horizon - 1).all()


def test_a_grid_search_scores_its_folds():
    class Constant(RegressorMixin, BaseEstimator):
        def __init__(self, value=0):
            self.value = value

        def fit(self, X, y):
            self.n_rows_ = len(X)
            return self

        def predict(self, X):
            return np.full(len(X), self.value + self.n_rows_)

    cv = RollingOriginSplit(2, horizon=1)
    search = GridSearchCV(Constant(), {"value": [0, 5]}, cv=cv, scoring="neg_mean_absolute_error")
    search.fit(np.zeros((6, 1)), np.arange(6))
    # Row 4 is forecast as 4 + value, row 5 as 5 + value.
    assert search.cv_results_["mean_test_score"].tolist() == [0, -5]


def test_it_says_how_many_folds_it_has():
    assert RollingOriginSplit(4, horizon=1).get_n_splits() == 4


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("n_splits", 0),
        ("horizon", 0),
        ("horizon", "auto"),
        ("horizon", None),
        ("step", 0),
        ("step", 1.5),
        ("gap", -1),
        ("max_train_size", 0),
        ("max_train_size", True),
    ],
)
def test_a_parameter_out_of_range_is_an_error_that_names_it(parameter, value):
    split = RollingOriginSplit(**{"horizon": 1, parameter: value})
    with pytest.raises(ValueError, match=f"{parameter} must be a whole number .* not {value!r}"):
        next(split.split(np.arange(20)))


def test_too_few_rows_are_an_error_that_says_how_many_are_needed():
    split = RollingOriginSplit(3, horizon=2, gap=1)
    with pytest.raises(ValueError, match="need at least 8 time steps, and X has 7"):
        next(split.split(np.arange(7)))
    assert len(_folds(split, np.arange(8))) == 3


def test_dates_out_of_order_are_an_error():
    X = pd.Series(np.arange(9), pd.date_range("2020", periods=9)).iloc[::-1]
    with pytest.raises(ValueError, match="X is not in time order"):
        next(RollingOriginSplit(2, horizon=1).split(X))


def test_a_list_of_series_is_refused():
    with pytest.raises(TypeError, match=r"X is a list of series, .* pd\.concat"):
        next(RollingOriginSplit(2, horizon=1).split([np.arange(9.0), np.arange(9.0)]))


# With a forecaster


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_search_on_a_panel_of_unequal_spans_scores_each_fold_by_its_own_rows(n_jobs):
    panel = _panel({"a": (0, 79), "early": (0, 65), "late": (30, 79), "new": (76, 79)})
    panel = 5 + np.sin(2 * np.pi * panel / 7) + panel / 50
    panel.index.names = ["shop", "day"]
    cv = RollingOriginSplit(3, horizon=6, gap=2)
    forecaster = GRUForecaster(
        horizon=3, window_size=14, hidden_size=4, max_epochs=2, random_state=0, device="cpu"
    )
    scoring = {
        "smape": make_forecast_scorer(smape),
        "pinball": make_forecast_scorer(mean_pinball_loss, quantiles=[0.1, 0.9]),
    }
    grid = {"lr": [1e-3, 3e-2]}
    search = GridSearchCV(
        forecaster, grid, cv=cv, scoring=scoring, refit="smape", n_jobs=n_jobs, error_score="raise"
    ).fit(panel)
    for fold, (train, test) in enumerate(cv.split(panel)):
        rows = panel.iloc[test]
        for candidate, lr in enumerate(grid["lr"]):
            fitted = forecaster.set_params(lr=lr).fit(panel.iloc[train])
            found = search.cv_results_[f"split{fold}_test_smape"][candidate]
            assert found == pytest.approx(-smape(rows, fitted.predict(rows)))
            bands = fitted.predict(rows, quantiles=[0.1, 0.9])
            expected = -mean_pinball_loss(rows.to_numpy(), bands, quantiles=[0.1, 0.9])
            found = search.cv_results_[f"split{fold}_test_pinball"][candidate]
            assert found == pytest.approx(expected)
    tested = [panel.index[test].unique(0).tolist() for _, test in cv.split(panel)]
    assert tested == [["a", "early", "late"], ["a", "late"], ["a", "late"]]
    # Refitted on all rows: each series goes on from its own end.
    firsts = search.best_estimator_.forecast(1).index.get_level_values("day")
    assert firsts.strftime("%j").astype(int).tolist() == [81, 67, 81, 81]
