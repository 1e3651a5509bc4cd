"""leakage_audit finds a forecast that knows its future, and none where there is none."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from tsrnn import CharSeqTagger, GRUForecaster
from tsrnn.inspection import leakage_audit
from tsrnn.preprocessing import SlidingWindow

COLUMNS = ["series", "time", "output", "moved_by", "before", "after"]


class CentredMean(TransformerMixin, BaseEstimator):
    """A moving mean that looks one row ahead: the leak that pipelines have most."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.rolling(3, center=True, min_periods=1).mean()


def panel_of(frame):
    return pd.concat({"a": frame, "b": 2 * frame[10:]}, names=["site"])


@pytest.mark.parametrize(
    "make",
    [
        lambda f: f["load"],
        lambda f: f,
        lambda f: f.to_numpy(),
        lambda f: panel_of(f),
        lambda f: panel_of(f).sort_index(level="day", kind="stable"),
        lambda f: f.assign(sky=np.where(f["wind"] > 0, "sun", "rain"), holiday=f["wind"] > 1),
    ],
)
def test_a_forecaster_knows_no_later_row(make, quick_forecaster, frame):
    rows = make(frame)
    target = "load" if "sky" in getattr(rows, "columns", []) else None
    forecaster = quick_forecaster(target=target).fit(rows[:40])
    found = leakage_audit(forecaster, rows[40:])
    assert found.columns.tolist() == COLUMNS
    assert found.empty


def test_regressors_and_honest_pipelines_pass(quick, frame):
    X, y = frame[["wind"]], frame["load"]
    assert leakage_audit(quick(stateful=True).fit(X, y), X).empty
    window = SlidingWindow(4)
    pipe = make_pipeline(StandardScaler(), window, GRUForecaster(horizon=1, max_epochs=1))
    assert leakage_audit(pipe.fit(X.to_numpy(), y), X.to_numpy()).empty


def test_a_mean_that_looks_ahead_is_found_with_the_row_that_moved_it(quick_forecaster, frame):
    # A repeated week would not know the last row.
    forecaster = quick_forecaster(horizon=1, season_length=1)
    cheat = make_pipeline(CentredMean(), forecaster).fit(frame[["load"]])
    found = leakage_audit(cheat, frame[["load"]], n_cuts=59)
    # The forecast of row t knows the rows up to t - 1, and each of these its next one.
    assert found["time"].tolist() == frame.index[1:].tolist()
    assert found["moved_by"].tolist() == frame.index[1:].tolist()
    assert (found["before"] != found["after"]).all()
    assert found["output"].eq(0).all()


def test_a_row_that_answers_itself_is_a_leak_of_a_forecaster_alone(frame, quick):
    """The mean of all rows leaks; the row itself is what a regressor answers from."""
    X, y = frame[["wind"]], frame["load"]
    own = make_pipeline(FunctionTransformer(), LinearRegression()).fit(X, y)
    assert leakage_audit(own, X).empty
    scaled = make_pipeline(FunctionTransformer(lambda x: x / x.max()), LinearRegression())
    found = leakage_audit(scaled.fit(X, y), X, n_cuts=3)
    assert len(found) == 59
    assert found["moved_by"].eq(frame.index[59]).sum() >= 30


def test_a_leak_across_the_series_of_a_panel_is_found(frame):
    rows = panel_of(frame[["wind"]])
    daily = FunctionTransformer(lambda x: x - x.groupby(level="day").transform("mean").shift(-1))
    pipe = make_pipeline(daily, FunctionTransformer(lambda x: x.fillna(0)), LinearRegression())
    found = leakage_audit(pipe.fit(rows, rows["wind"]), rows)
    assert set(found["series"]) == {"a", "b"}
    assert (found["time"] < found["moved_by"]).all()


class NextRow(RegressorMixin, BaseEstimator):
    """The most blatant leak: the answer to each row is its first column in the next one."""

    def fit(self, X, y=None):
        self.labels_ = pd.Index(X.iloc[:, 0].dropna().unique())
        return self

    def predict(self, X):
        column = X.iloc[:, 0]
        if pd.api.types.is_numeric_dtype(column.dtype):
            return np.append(column.to_numpy(float, na_value=-99.0)[1:], 0.0)
        return np.append(self.labels_.get_indexer(column)[1:], 0.0)


RARE = np.random.default_rng(1).random(60) < 0.05
DAYS = pd.date_range("2024-01-01", periods=60)
COLUMNS_OF_A_KIND = {
    "rare rain": pd.Series(np.where(RARE, 2.5, 0.0)),
    "rare flag": pd.Series(RARE),
    "rare flag that may be missing": pd.Series(RARE).astype("boolean").mask(np.roll(RARE, 1)),
    "rare label": pd.Series(np.where(RARE, "storm", "calm")),
    "rare category": pd.Series(pd.Categorical(np.where(RARE, "storm", "calm"))),
    "rare count": pd.Series(RARE.astype(int)),
    "rare count as float": pd.Series(RARE.astype(float)),
    "rare value": pd.Series(np.where(RARE, 2.5, np.nan)),
    "weekday": pd.Series(np.arange(60) % 7),
    "deviation": pd.Series(np.random.default_rng(2).normal(size=60)),
    "constant": pd.Series(np.zeros(60)),
}


@pytest.mark.parametrize("kind", COLUMNS_OF_A_KIND)
def test_every_cut_finds_a_leak_of_the_next_row_whatever_the_column_holds(kind):
    df = COLUMNS_OF_A_KIND[kind].set_axis(DAYS).to_frame("x")
    found = leakage_audit(NextRow().fit(df), df, n_cuts=59)
    assert found["time"].tolist() == DAYS[:-1].tolist()
    assert found["moved_by"].tolist() == DAYS[1:].tolist()


def test_what_is_moved_is_another_value_that_the_column_holds(frame):
    """An honest pipeline refuses a code that its fit did not see."""
    seen = []

    class Keeps(NextRow):
        def predict(self, X):
            seen.append(X)
            return np.zeros(len(X))

    rows = frame.assign(
        weekday=np.arange(60) % 7,
        holiday=np.arange(60) % 9 == 0,
        sky=pd.Categorical(np.where(frame["wind"] > 0, "sun", "rain")),
        rain=np.maximum(frame["wind"], 0),
    )
    assert leakage_audit(Keeps().fit(rows), rows).empty
    before, *moved = seen
    pd.testing.assert_frame_equal(before, rows)
    for after, cut in zip(moved, np.linspace(1, 59, 10).round().astype(int), strict=True):
        pd.testing.assert_frame_equal(after[:cut], rows[:cut])
        assert (after.dtypes == rows.dtypes).all()
        assert (after[cut:] != rows[cut:]).all(axis=None)
        assert after["weekday"].isin(range(7)).all()
        assert set(after["sky"]) == {"sun", "rain"}
        assert (after["rain"] >= 0).all()
        near = (after["load"] - rows["load"])[cut:].abs()
        assert near.min() > 1


def test_a_leak_through_the_range_of_counts_is_found():
    falling = pd.DataFrame({"sold": np.arange(200.0)[::-1] ** 2})
    scaled = make_pipeline(FunctionTransformer(lambda x: x / x.max()), LinearRegression())
    scaled.fit(falling, falling["sold"])
    found = len(leakage_audit(scaled, falling))
    assert found > 50
    whole = falling.astype("int64")
    assert abs(len(leakage_audit(scaled, whole)) - found) < 10


def test_codes_in_a_pipeline_are_no_alarm(frame):
    rows = frame.assign(weekday=np.arange(60) % 7, month=1)
    encode = make_column_transformer(
        (OneHotEncoder(), ["weekday", "month"]), remainder="passthrough"
    )
    assert leakage_audit(
        make_pipeline(encode, LinearRegression()).fit(rows, rows["load"]), rows
    ).empty
    array = rows[["load", "weekday"]].to_numpy()
    encode = make_column_transformer((OneHotEncoder(), [1]), remainder="passthrough")
    assert leakage_audit(
        make_pipeline(encode, LinearRegression()).fit(array, array[:, 0]), array
    ).empty


def test_static_columns_are_no_alarm_where_a_series_begins_at_a_cut(quick_forecaster, frame):
    rows = panel_of(frame[["wind"]].cumsum()).assign(area=1.5, kind="sea")
    rows.loc["b", "area"] = 4.0
    rows.loc["b", "kind"] = "land"
    # Where a window holds no row yet, the static columns are all that it tells.
    forecaster = quick_forecaster(target="wind", season_length=1, lr=0.1).fit(rows)
    assert leakage_audit(forecaster, rows, n_cuts=59).empty


@pytest.mark.parametrize(
    ("n_cuts", "error", "message"),
    [
        (0, ValueError, "n_cuts=0 must be at least 1."),
        (-1, ValueError, "n_cuts=-1 must be at least 1."),
        (2.5, TypeError, "n_cuts=2.5 must be a whole number, at least 1."),
        (True, TypeError, "n_cuts=True must be a whole number, at least 1."),
    ],
)
def test_cuts_are_a_whole_number_from_one_on(n_cuts, error, message, frame):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        leakage_audit(NextRow().fit(frame), frame, n_cuts=n_cuts)


def test_rows_of_which_none_can_be_moved_are_refused(frame):
    with pytest.raises(
        ValueError,
        match=r"^df: too few rows \(n_samples=1\): no time stamp is later than another; give at least 2 of them\.$",
    ):
        leakage_audit(NextRow().fit(frame), frame[:1])
    flags = frame.assign(flag=False, label="x")[["flag", "label"]]
    with pytest.raises(
        ValueError,
        match=r"^df: of the columns that may be moved \('flag', 'label'\) each holds one label or whole number "
        r"alone, so there is none to move it to; give rows in which one varies\.$",
    ):
        leakage_audit(NextRow().fit(flags), flags)


def test_columns_known_for_the_steps_to_come_are_left_alone(quick_forecaster, frame):
    forecaster = quick_forecaster(target="load", known_future="wind").fit(frame[:40])
    assert leakage_audit(forecaster, frame[40:]).empty
    found = leakage_audit(forecaster, frame[40:], known_future=[])
    assert not found.empty
    pipe = make_pipeline(FunctionTransformer(), forecaster).fit(frame[:40])
    assert leakage_audit(pipe, frame[40:]).empty
    with pytest.raises(ValueError, match="known_future='rain' is not a column of df"):
        leakage_audit(forecaster, frame[40:], known_future="rain")
    of_known = GRUForecaster(horizon=2, max_epochs=1).fit(frame[["wind"]][:40], frame["load"][:40])
    with pytest.raises(ValueError, match="every column of df is known for the steps to come"):
        leakage_audit(of_known, frame[["wind"]][40:])


def test_neither_df_nor_the_random_state_changes(quick_forecaster, frame):
    forecaster = quick_forecaster().fit(frame)
    before = frame.copy()
    cheat = make_pipeline(CentredMean(), quick_forecaster()).fit(frame)
    pd.testing.assert_frame_equal(leakage_audit(cheat, frame), leakage_audit(cheat, frame))
    leakage_audit(forecaster, frame)
    pd.testing.assert_frame_equal(frame, before)


def test_what_cannot_be_audited_is_refused(quick_forecaster, frame):
    with pytest.raises(NotFittedError):
        leakage_audit(quick_forecaster(), frame)
    tagger = CharSeqTagger(hidden_size=2, max_epochs=1).fit(["ab"], ["xy"])
    with pytest.raises((TypeError, ValueError)):
        leakage_audit(tagger, ["ab"])
    forecaster = quick_forecaster().fit([frame, frame])
    with pytest.raises(TypeError, match="df is a list; give one frame of all series"):
        leakage_audit(forecaster, [frame, frame])
