import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from tsrnn import model_selection as ours
from tsrnn.messages import MissingDataWarning
from tsrnn.metrics import coverage, mase, mean_pinball_loss, smape
from tsrnn.model_selection import RollingOriginSplit, backtest


class SeasonalNaive(BaseEstimator):
    """Repeats the last season, and adds the known-future column if there is one.

    `calls`, which clones share, notes the last time stamp of every fit and of every history.
    """

    def __init__(self, calls=None, *, horizon=2, season_length=1, target=None, known_future=None):
        self.calls = calls
        self.horizon = horizon
        self.season_length = season_length
        self.target = target
        self.known_future = known_future

    def __sklearn_clone__(self):
        return SeasonalNaive(**self.get_params(deep=False))

    def fit(self, df):
        self._note("fit", df)
        return self

    def forecast(self, steps, *, history, future=None, quantiles=None):
        self._note("forecast", history)
        if history.index.nlevels == 1:
            return self._forecast_one(steps, history, future, quantiles)
        parts = {}
        for name in history.index.unique(0):
            own_future = None if future is None else future.loc[name]
            parts[name] = self._forecast_one(steps, history.loc[name], own_future, quantiles)
        return pd.concat(parts, names=history.index.names)

    def _forecast_one(self, steps, history, future, quantiles):
        if isinstance(history, pd.DataFrame) and self.target is not None:
            history = history[[self.target]]
        season = history.to_numpy()[-self.season_length :]
        values = season[np.arange(steps) % self.season_length].astype(float)
        if future is not None:
            assert list(future.columns) == [self.known_future]
            values = values + future.to_numpy().reshape(values.shape)
        index = self._continued(history.index, steps)
        if isinstance(history, pd.Series):
            point = pd.Series(values, index, name=history.name)
            return point if quantiles is None else self._bands(point, quantiles)
        point = pd.DataFrame(values, index, columns=history.columns)
        if quantiles is None:
            return point
        return pd.concat({name: self._bands(point[name], quantiles) for name in point}, axis=1)

    @staticmethod
    def _bands(point, quantiles):
        return pd.DataFrame({level: point + 10 * (level - 0.5) for level in quantiles})

    @staticmethod
    def _continued(index, steps):
        if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
            step = index.freq or index[-1] - index[-2]
            return type(index)([index[-1] + step * (i + 1) for i in range(steps)])
        return pd.RangeIndex(index[-1] + 1, index[-1] + 1 + steps)

    def _note(self, what, rows):
        if self.calls is not None:
            self.calls.append((what, rows.index.get_level_values(-1).max()))


@pytest.fixture
def days():
    return pd.Series(np.arange(10.0), pd.date_range("2020-01-01", periods=10), name="load")


@pytest.fixture
def panel():
    """Three series of days: one whole, one that ends on day 6, one that begins on day 4."""
    whole = pd.Series(np.arange(10.0), pd.date_range("2020-01-01", periods=10), name="sales")
    parts = {"whole": whole, "early": whole[:7], "late": whole[4:]}
    return pd.concat(parts, names=["shop", "day"])


# The frame that comes out


def test_one_series_gives_one_row_per_cutoff_and_step(days):
    found = backtest(SeasonalNaive(), days, n_splits=2, horizon=2)
    expected = pd.DataFrame(
        {
            "series": ["load"] * 4,
            "cutoff": pd.to_datetime(["2020-01-06"] * 2 + ["2020-01-08"] * 2),
            "step": [1, 2, 1, 2],
            "time": pd.date_range("2020-01-07", periods=4),
            "actual": [6.0, 7.0, 8.0, 9.0],
            "forecast": [5.0, 5.0, 7.0, 7.0],
        }
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_cutoffs_are_those_of_rolling_origin_split(days):
    options = {"n_splits": 3, "horizon": 2, "step": 1}
    found = backtest(SeasonalNaive(), days, **options)
    folds = RollingOriginSplit(**options).split(days)
    assert list(found["cutoff"].unique()) == [days.index[train[-1]] for train, _ in folds]


def test_quantiles_are_columns_named_by_their_levels(days):
    found = backtest(SeasonalNaive(), days, n_splits=2, horizon=2, quantiles=[0.1, 0.9])
    assert list(found.columns)[-3:] == ["forecast", 0.1, 0.9]
    np.testing.assert_allclose(found[0.1], found["forecast"] - 4)
    np.testing.assert_allclose(found[0.9], found["forecast"] + 4)
    assert mean_pinball_loss(found["actual"], found[[0.1, 0.9]]) > 0


def test_several_targets_are_told_apart_by_a_column(days):
    frame = pd.DataFrame({"load": days, "wind": -days})
    found = backtest(SeasonalNaive(), frame, n_splits=2, horizon=1, quantiles=[0.5])
    assert list(found.columns[:3]) == ["series", "target", "cutoff"]
    assert found["target"].tolist() == ["load", "wind", "load", "wind"]
    assert found["actual"].tolist() == [8, -8, 9, -9]
    assert found["forecast"].tolist() == found[0.5].tolist() == [7, -7, 8, -8]


def test_covariates_are_not_forecast(days):
    frame = pd.DataFrame({"load": days, "rain": -days})
    found = backtest(SeasonalNaive(target="load"), frame, n_splits=2, horizon=1)
    assert found["series"].tolist() == ["load", "load"]
    assert found["actual"].tolist() == [8, 9]


@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_rows_without_time_stamps_are_counted(kind):
    found = backtest(SeasonalNaive(), kind([3.0, 5.0, 8.0, 6.0]), n_splits=2, horizon=1)
    assert found.to_numpy().tolist() == [[0, 1, 1, 2, 8, 5], [0, 2, 1, 3, 6, 8]]


def test_a_two_dimensional_array_has_numbered_targets():
    found = backtest(SeasonalNaive(), np.arange(8.0).reshape(4, 2), n_splits=1, horizon=1)
    assert found["target"].tolist() == [0, 1]
    assert found["actual"].tolist() == [6, 7]
    assert found["forecast"].tolist() == [4, 5]


def test_a_list_of_series_is_a_panel_numbered_from_zero(days):
    found = backtest(SeasonalNaive(), [days, days * 2], n_splits=1, horizon=2)
    assert found["series"].tolist() == [0, 0, 1, 1]
    assert found["forecast"].tolist() == [7, 7, 14, 14]


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("refit", [True, False])
def test_a_list_of_arrays_gives_what_the_list_of_its_numbered_series_gives(columns, refit):
    rng = np.random.default_rng(0)
    arrays = [np.squeeze(rng.normal(size=(n, columns))) for n in (12, 9, 10)]
    kind = pd.Series if columns == 1 else pd.DataFrame
    options = {"n_splits": 3, "horizon": 2, "refit": refit}
    expected = backtest(SeasonalNaive(), [kind(array) for array in arrays], **options)
    assert set(expected["series"]) == {0, 1, 2}
    for given in (arrays, tuple(arrays)):
        pd.testing.assert_frame_equal(backtest(SeasonalNaive(), given, **options), expected)


def test_an_array_with_a_known_column_gives_what_its_frame_gives(days):
    array = np.column_stack([days, np.arange(10.0) % 3])
    forecaster = SeasonalNaive(target=0, known_future=1)
    found = backtest(forecaster, array, n_splits=2, horizon=2)
    pd.testing.assert_frame_equal(
        found, backtest(forecaster, pd.DataFrame(array), n_splits=2, horizon=2)
    )
    assert found["forecast"].tolist() == [5 + 0, 5 + 1, 7 + 2, 7 + 0]
    listed = backtest(forecaster, [array, array[:7]], n_splits=2, horizon=2)
    assert listed["series"].tolist() == [0] * 4
    assert listed["forecast"].tolist() == found["forecast"].tolist()


def test_what_is_masked_in_an_array_is_missing_from_the_frame():
    array = np.ma.MaskedArray([3.0, 5.0, 8.0, 6.0], mask=[False, False, False, True])
    with pytest.warns(MissingDataWarning, match="1 missing value:"):
        found = backtest(SeasonalNaive(), array, n_splits=1, horizon=1)
    assert np.isnan(found["actual"]).tolist() == [True]
    assert found["forecast"].tolist() == [8]


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-03-30 12:00", periods=10, freq="6h", tz="Europe/Paris"),
        pd.period_range("2020-01", periods=10, freq="M"),
    ],
    ids=["time zone", "periods"],
)
def test_time_stamps_keep_their_kind(days, index):
    found = backtest(SeasonalNaive(), days.set_axis(index), n_splits=2, horizon=2)
    assert found["time"].tolist() == list(index[-4:])
    assert found["cutoff"].tolist() == [index[5], index[5], index[7], index[7]]


# Panels


def test_series_of_a_panel_are_forecast_where_they_have_rows_on_both_sides(panel):
    found = backtest(SeasonalNaive(), panel, n_splits=3, horizon=2)
    series = found.groupby("cutoff")["series"].unique()
    assert [list(names) for names in series] == [
        ["whole", "early"],
        ["whole", "early", "late"],
        ["whole", "late"],
    ]
    assert (found["forecast"] == found["actual"] - found["step"]).all()
    assert (found["time"] == found["cutoff"] + pd.to_timedelta(found["step"], unit="D")).all()


def test_every_actual_is_the_panels_own_value(panel):
    found = backtest(SeasonalNaive(), panel, n_splits=3, horizon=2)
    keys = pd.MultiIndex.from_frame(found[["series", "time"]])
    assert found["actual"].tolist() == panel.loc[keys].tolist()


def test_a_panel_of_several_targets_has_both_labels(panel):
    frame = pd.DataFrame({"sales": panel, "visits": panel * 10})
    found = backtest(SeasonalNaive(), frame, n_splits=1, horizon=1)
    assert found["series"].tolist() == ["whole", "late"] * 2
    assert found["target"].tolist() == ["sales"] * 2 + ["visits"] * 2
    assert found["forecast"].tolist() == [8, 8, 80, 80]


def test_the_frame_goes_straight_into_a_metric_that_scales_by_series(panel):
    found = backtest(SeasonalNaive(), panel, n_splits=3, horizon=2)
    found = found.set_index(["series", "time"])
    # Differences in training are 1, and errors the step; early has steps 1, 2, 1, the others 1, 2.
    expected = np.mean([1.5, 4 / 3, 1.5])
    assert mase(found["actual"], found["forecast"], y_train=panel) == pytest.approx(expected)


def test_missing_time_stamps_have_no_row_and_missing_values_have_one(days):
    days.iloc[7] = np.nan
    holed = days.drop(days.index[8])
    with pytest.warns(MissingDataWarning, match="1 missing time stamp, 1 missing value:"):
        found = backtest(SeasonalNaive(), holed, n_splits=1, horizon=3)
    assert found["time"].tolist() == [days.index[6], days.index[7]]
    assert found["step"].tolist() == [1, 2]
    np.testing.assert_array_equal(found["actual"], [6, np.nan])


@pytest.mark.filterwarnings("ignore::tsrnn.messages.MissingDataWarning")
def test_a_series_without_a_row_at_the_cutoff_counts_its_steps_from_there(panel):
    behind = panel.drop([("whole", day) for day in panel["whole"].index[4:7]])
    found = backtest(ours.SeasonalNaive(), behind, n_splits=1, horizon=4)
    own = found[found["series"] == "whole"]
    # Days 6 to 9 are forecast from day 5, of which whole has none, nor of day 6: its last is day 3.
    assert own["step"].tolist() == [2, 3, 4]
    assert (own["time"] == own["cutoff"] + pd.to_timedelta(own["step"], unit="D")).all()
    assert own["forecast"].tolist() == [3, 3, 3]
    assert own["actual"].tolist() == [7, 8, 9]
    other = found[found["series"] == "late"]
    assert other["forecast"].tolist() == [5, 5, 5, 5]


@pytest.mark.filterwarnings("ignore::tsrnn.messages.MissingDataWarning")
@pytest.mark.parametrize(
    "labels", [pd.Categorical(["b", "a"]), [3, 1]], ids=["category", "numbers"]
)
def test_series_may_be_labelled_in_any_way(days, labels):
    behind = days.drop(days.index[[6, 7]])  # has no row at the second cutoff
    rows = pd.concat([days, behind], keys=list(labels), names=["id", "day"])
    if isinstance(labels, pd.Categorical):
        rows.index = rows.index.set_levels(pd.CategoricalIndex(rows.index.levels[0]), level=0)
    found = backtest(ours.SeasonalNaive(), rows, n_splits=2, horizon=2)
    first, second = labels
    assert found["series"].tolist() == [first] * 4 + [second] * 2
    assert found["forecast"].tolist() == [5, 5, 7, 7, 5, 5]


def test_leading_missing_values_of_one_series_are_no_rows(days):
    late = days.where(days >= 4)
    with pytest.warns(MissingDataWarning, match="4 missing values"):
        found = backtest(SeasonalNaive(), late, n_splits=2, horizon=2)
    assert found["forecast"].tolist() == [5, 5, 7, 7]
    with pytest.raises(ValueError, match="at least 7 time steps, and X has 6"):
        backtest(SeasonalNaive(), late, n_splits=3, horizon=2)


@pytest.mark.filterwarnings("ignore::tsrnn.messages.MissingDataWarning")
@pytest.mark.parametrize("refit", [True, False])
def test_a_series_of_a_wide_table_that_is_missing_from_all_rows_given_is_left_out(panel, refit):
    wide = panel.unstack("shop").stack(future_stack=True).swaplevel().sort_index()
    assert len(wide) == 30
    how = {"n_splits": 3, "horizon": 1, "max_train_size": 2, "refit": refit}
    found = backtest(ours.SeasonalNaive(), wide, **how)
    series = found.groupby("cutoff")["series"].unique()
    assert [list(names) for names in series] == [
        ["early", "late", "whole"],
        ["early", "late", "whole"],
        ["late", "whole"],
    ]
    assert found["forecast"].tolist() == [6, 6, 6, 6, 7, 7, 8, 8]
    frame = pd.DataFrame({"sales": 1.0, "visits": wide})
    both = backtest(ours.SeasonalNaive(), frame, **how).groupby("target")["series"]
    assert both.agg(list).tolist() == [found["series"].tolist()] * 2
    with pytest.raises(ValueError, match="column 'sales' is missing everywhere, so"):
        backtest(ours.SeasonalNaive(), panel.where(panel < 2), **how | {"refit": True})


# Scores of the frame


@pytest.mark.filterwarnings("ignore::tsrnn.messages.MissingDataWarning")
def test_scores_by_series_cutoff_or_step_are_one_line(panel):
    panel = panel.copy()
    panel["early", "2020-01-07"] = np.nan  # a missing actual value
    found = backtest(SeasonalNaive(), panel, n_splits=3, horizon=2, quantiles=[0.1, 0.9])
    known = found.dropna(subset="actual")
    for by in ("series", "cutoff", "step", ["series", "step"]):
        scores = known.groupby(by)[["actual", "forecast"]].apply(
            lambda rows: smape(rows["actual"], rows["forecast"])
        )
        for key, rows in known.groupby(by):
            key = key[0] if isinstance(by, str) and isinstance(key, tuple) else key
            expected = 200 * (
                (rows["actual"] - rows["forecast"]).abs()
                / (rows["actual"].abs() + rows["forecast"].abs())
            )
            assert scores[key] == pytest.approx(expected.mean())
    by_series = known.groupby("series")[["actual", 0.1, 0.9]].apply(
        lambda rows: coverage(rows["actual"], rows[0.1], rows[0.9])
    )
    # Bounds are the forecast and 4 to both sides, errors are 1 and 2.
    assert by_series.tolist() == [1, 1, 1]


# What the forecaster is given


def test_each_fit_ends_at_its_cutoff(days):
    calls = []
    found = backtest(SeasonalNaive(calls), days, n_splits=3, horizon=2)
    cutoffs = list(found["cutoff"].unique())
    assert calls == [(what, cutoff) for cutoff in cutoffs for what in ("fit", "forecast")]


def test_without_refit_later_cutoffs_are_only_history(days):
    calls = []
    found = backtest(SeasonalNaive(calls), days, n_splits=3, horizon=2, refit=False)
    cutoffs = list(found["cutoff"].unique())
    assert calls == [("fit", cutoffs[0])] + [("forecast", cutoff) for cutoff in cutoffs]


def test_refit_by_a_number_fits_at_every_so_many_cutoffs(days):
    calls = []
    found = backtest(SeasonalNaive(calls), days, n_splits=5, horizon=1, refit=2)
    cutoffs = list(found["cutoff"].unique())
    assert [time for what, time in calls if what == "fit"] == cutoffs[::2]
    assert [time for what, time in calls if what == "forecast"] == cutoffs


@pytest.mark.parametrize("refit", [True, False, 2])
def test_a_forecaster_without_memory_of_its_fit_does_not_mind_the_refits(days, panel, refit):
    for df in (days, panel):
        expected = backtest(SeasonalNaive(), df, n_splits=3, horizon=2)
        found = backtest(SeasonalNaive(), df, n_splits=3, horizon=2, refit=refit)
        pd.testing.assert_frame_equal(found, expected)


def test_nothing_after_the_cutoff_reaches_the_forecast(days):
    found = backtest(SeasonalNaive(), days, n_splits=3, horizon=2)
    for cutoff, of_cutoff in found.groupby("cutoff"):
        changed = days.where(days.index <= cutoff, 1e6)
        again = backtest(SeasonalNaive(), changed, n_splits=3, horizon=2)
        again = again[again["cutoff"] == cutoff]
        assert again["forecast"].tolist() == of_cutoff["forecast"].tolist()


def test_training_rows_are_at_most_max_train_size(days):
    class Counts(SeasonalNaive):
        def __sklearn_clone__(self):
            return Counts(self.calls)

        def fit(self, df):
            self.calls.append(len(df))
            return self

        def _note(self, what, rows):
            self.calls.append(len(rows))

    calls = []
    backtest(Counts(calls), days, n_splits=3, horizon=2, max_train_size=3, refit=False)
    assert calls == [3, 3, 3, 3]


def test_known_future_columns_of_the_horizon_are_passed_on(days):
    frame = pd.DataFrame({"load": days, "holiday": days % 3})
    forecaster = SeasonalNaive(target="load", known_future="holiday")
    found = backtest(forecaster, frame, n_splits=2, horizon=2)
    assert found["forecast"].tolist() == [5 + 0, 5 + 1, 7 + 2, 7 + 0]


def test_a_series_whose_known_future_ends_within_the_horizon_is_left_out(panel):
    frame = pd.DataFrame({"sales": panel, "price": 100.0})
    forecaster = SeasonalNaive(target="sales", known_future="price")
    found = backtest(forecaster, frame, n_splits=3, horizon=2)
    series = found.groupby("cutoff")["series"].unique()
    assert [list(names) for names in series] == [
        ["whole", "early"],
        ["whole", "late"],
        ["whole", "late"],
    ]
    assert (found["forecast"] == found["actual"] - found["step"] + 100).all()


def test_a_gap_is_forecast_but_not_in_the_frame(days):
    calls = []
    found = backtest(SeasonalNaive(calls), days, n_splits=2, horizon=2, gap=3)
    cutoffs = [pd.Timestamp("2020-01-03"), pd.Timestamp("2020-01-05")]
    assert calls == [(what, cutoff) for cutoff in cutoffs for what in ("fit", "forecast")]
    assert found["step"].tolist() == [4, 5, 4, 5]
    assert found["time"].tolist() == list(days.index[-4:])
    assert found["forecast"].tolist() == [2, 2, 4, 4]


def test_known_future_columns_cover_the_gap_too(panel):
    frame = pd.DataFrame({"sales": panel, "day": panel})
    forecaster = SeasonalNaive(target="sales", known_future="day")
    found = backtest(forecaster, frame, n_splits=1, horizon=2, gap=1)
    assert found["step"].tolist() == [2, 3, 2, 3]
    assert (found["forecast"] == found["actual"] - found["step"] + found["actual"]).all()


def test_a_hole_in_the_horizon_is_a_missing_known_value(days):
    index = days.index.drop(days.index[8])
    frame = pd.DataFrame({"load": days, "holiday": 1.0})
    given = []

    class Notes(SeasonalNaive):
        def __sklearn_clone__(self):
            return Notes(**self.get_params(deep=False))

        def forecast(self, steps, *, history, future=None, quantiles=None):
            given.append(future)
            return super().forecast(steps, history=history, future=future)

    forecaster = Notes(target="load", known_future="holiday")
    with pytest.warns(MissingDataWarning, match="1 missing time stamp"):
        found = backtest(forecaster, frame.loc[index], n_splits=1, horizon=4)
    (future,) = given
    assert list(future.index) == list(pd.date_range("2020-01-06", periods=4))
    np.testing.assert_array_equal(future["holiday"], [1, 1, 1, np.nan])
    assert found["time"].tolist() == list(index[5:8])


def test_the_forecaster_itself_is_never_fitted(days):
    forecaster = SeasonalNaive()
    before = dict(vars(forecaster))
    backtest(forecaster, days, n_splits=2)
    assert vars(forecaster) == before


def test_the_horizon_is_the_forecasters_own_when_none_is_given(days):
    found = backtest(SeasonalNaive(horizon=3), days, n_splits=2)
    assert found["step"].tolist() == [1, 2, 3] * 2


def test_an_automatic_horizon_is_one_season_of_the_frequency(days):
    months = pd.Series(np.arange(40.0), pd.date_range("2020", periods=40, freq="MS"))
    assert len(backtest(SeasonalNaive(horizon="auto"), months, n_splits=1)) == 12


def test_parallel_fits_give_the_same_frame(panel):
    alone = backtest(SeasonalNaive(), panel, n_splits=3, horizon=2, quantiles=[0.5])
    together = backtest(SeasonalNaive(), panel, n_splits=3, horizon=2, quantiles=[0.5], n_jobs=2)
    pd.testing.assert_frame_equal(together, alone)


# Bad input


def test_something_that_cannot_forecast_is_a_type_error(days):
    class Regressor:
        def fit(self, X, y):
            return self

    with pytest.raises(TypeError, match="forecaster must have a method forecast"):
        backtest(Regressor(), days)


def test_a_class_in_place_of_a_forecaster_is_a_type_error(days):
    with pytest.raises(
        TypeError,
        match=r"^forecaster is the class SeasonalNaive itself; give one made of it, SeasonalNaive\(...\)\.$",
    ):
        backtest(SeasonalNaive, days)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "laod"}, "target='laod' is not a column of df; did you mean 'load'?"),
        ({"target": 1}, "target=1 is not a column of df; the columns are 'load', 'rain'."),
        ({"target": ["load", "rian"]}, "target='rian' is not a column of df; did you mean 'rain'?"),
        (
            {"target": "load", "known_future": "rian"},
            "known_future='rian' is not a column of df; did you mean 'rain'?",
        ),
    ],
)
def test_a_column_that_is_not_there_is_an_error_before_any_fit(days, given, message):
    calls = []
    frame = pd.DataFrame({"load": days, "rain": -days})
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        backtest(SeasonalNaive(calls, **given), frame, n_splits=2)
    assert calls == []


@pytest.mark.parametrize("refit", [0, -1, 1.5, "yes", None])
def test_a_refit_that_is_no_count_is_an_error(days, refit):
    with pytest.raises(ValueError, match=f"refit must be .* not {refit!r}"):
        backtest(SeasonalNaive(), days, n_splits=2, refit=refit)


def test_levels_outside_zero_and_one_are_an_error_before_any_fit(days):
    calls = []
    with pytest.raises(
        ValueError, match=r"quantiles must be different levels .* not \[0.5, 90.0\]"
    ):
        backtest(SeasonalNaive(calls), days, quantiles=[0.5, 90])
    assert calls == []


@pytest.mark.parametrize(("quantiles", "words"), [("high", "'high'"), ([], r"\[\]")])
def test_levels_that_are_no_numbers_are_an_error(days, quantiles, words):
    with pytest.raises(ValueError, match=f"quantiles must be different levels .* not {words}"):
        backtest(SeasonalNaive(), days, quantiles=quantiles)


def test_one_level_needs_no_list(days):
    found = backtest(SeasonalNaive(), days, n_splits=2, quantiles=0.9)
    assert list(found.columns)[-2:] == ["forecast", 0.9]


def test_a_horizon_must_come_from_somewhere(days):
    with pytest.raises(ValueError, match="horizon must be given"):
        backtest(SeasonalNaive(horizon=None), days)


def test_too_few_rows_are_an_error_before_any_fit(days):
    calls = []
    with pytest.raises(ValueError, match="need at least 13 time steps, and X has 10"):
        backtest(SeasonalNaive(calls), days, n_splits=3, horizon=4)
    assert calls == []


def test_a_bad_series_is_named_before_any_fit_and_the_others_like_it_counted(panel):
    calls = []
    bad = panel.copy()
    bad[[("whole", "2020-01-10"), ("late", "2020-01-09")]] = np.inf
    with pytest.raises(
        ValueError,
        match=r"df: column 'sales' is infinite at series 'whole', time 2020-01-10 "
        r"\(and 1 other series like it\)",
    ):
        backtest(SeasonalNaive(calls), bad, n_splits=2)
    # Off the step of the others: the panel has no clock on which its folds could be counted.
    off = panel.rename(lambda t: t + pd.Timedelta("5h") if t.day == 7 else t, level="day")
    with pytest.raises(ValueError, match=r"df: series 'whole', time 2020-01-07 05:00:00 \(and 2"):
        backtest(SeasonalNaive(calls), off, n_splits=2)
    assert calls == []


def test_unsorted_rows_are_an_error_that_names_the_first(days):
    with pytest.raises(ValueError, match="df: time stamps are not sorted: time 2020-01-09"):
        backtest(SeasonalNaive(), days.iloc[::-1])


def test_series_that_never_overlap_cannot_be_tested(panel):
    index = pd.MultiIndex.from_tuples([("a", 0), ("a", 1), ("b", 2), ("b", 3)])
    with pytest.raises(ValueError, match="No series in df has rows both before and after"):
        backtest(SeasonalNaive(), pd.Series(1.0, index), n_splits=1, horizon=2)
