"""leakage_audit finds a forecast that knows its future, and none where there is none."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

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
