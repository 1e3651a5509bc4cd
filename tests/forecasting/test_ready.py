"""Ready windows and their targets: in the order in which the user has them, whatever index y bears."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import ShuffleSplit, cross_val_score

from tsrnn import LSTMForecaster
from tsrnn.forecasting.ready import read_ready
from tsrnn.preprocessing import SlidingWindow

STEP = np.arange(40.0)
DAYS = pd.date_range("2024-01-01", periods=40)
#: Two series end to end, and the same rows by time, so that the series alternate.
BY_SERIES = pd.concat(
    {
        "a": pd.DataFrame({"temp": STEP % 7, "v": STEP}, DAYS),
        "b": pd.DataFrame({"temp": STEP % 5, "v": 1000 + STEP}, DAYS),
    },
    names=["series", "time"],
)
BY_TIME = BY_SERIES.sort_index(level="time", kind="stable")


def read(panel, y, target=None):
    return read_ready(SlidingWindow(3).fit_transform(panel), y, target, None)


@pytest.mark.parametrize("panel", [BY_SERIES, BY_TIME], ids=["by series", "by time"])
def test_targets_of_a_panel_stay_beside_the_windows_that_were_cut_from_it(panel):
    X, Y, _ = read(panel, panel["v"])
    np.testing.assert_array_equal(Y[:, 0], panel["v"])
    late = Y[:, 0] % 1000 >= 3  # the windows of the first rows are padded
    np.testing.assert_array_equal(X[late, -1, 1], Y[late, 0] - 1)


@pytest.mark.parametrize("panel", [BY_SERIES, BY_TIME], ids=["by series", "by time"])
@pytest.mark.parametrize(("columns", "own"), [(["v"], 0), (["temp", "v"], 1), (["temp"], None)])
def test_the_target_s_own_past_is_found_in_windows_of_a_panel_in_either_order(panel, columns, own):
    assert read(panel[columns], panel["v"])[2] == own


def test_windows_that_alternate_without_an_index_have_the_column_that_target_names():
    y = BY_TIME["v"].to_numpy()
    assert read(BY_TIME, y)[2] is None
    assert read(BY_TIME, y, target=1)[2] == 1


LABELS = {
    "text": [f"row {i}" for i in range(40)],
    "shuffled numbers": np.random.default_rng(0).permutation(40),
    "one label for all": [0] * 40,
    "dates backwards": DAYS[::-1],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_targets_of_windows_are_taken_in_their_order_whatever_their_labels(labels):
    _, Y, own = read(BY_SERIES.loc[["a"]], pd.Series(STEP, labels))
    np.testing.assert_array_equal(Y[:, 0], STEP)
    assert own == 1


def test_windows_in_any_order_and_their_series_are_cross_validated():
    W = SlidingWindow(4).fit_transform(BY_SERIES.loc["a", ["v"]])
    f = LSTMForecaster(horizon=1, hidden_size=4, max_epochs=1, device="cpu", random_state=0)
    cv = ShuffleSplit(2, random_state=0)
    scores = cross_val_score(f, W, pd.Series(STEP, DAYS), cv=cv, error_score="raise")
    np.testing.assert_array_equal(scores, cross_val_score(f, W, STEP, cv=cv))


def test_a_target_of_windows_that_is_infinite_is_named_by_its_row():
    y = pd.Series(np.where(STEP == 4, np.inf, STEP), LABELS["text"], name="v")
    message = "y: column 'v' is infinite at row 4; correct it, or mark it as missing (NaN), which is masked."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read(BY_SERIES.loc[["a"]], y)
