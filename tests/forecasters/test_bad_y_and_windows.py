"""Targets given as y, and ready windows, that fit refuses."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.lib.stride_tricks import sliding_window_view

DAYS = pd.date_range("2024-01-01", periods=60, freq="D")
LOAD = pd.Series(5 + np.sin(np.arange(60) * 2 * np.pi / 7), DAYS, name="load")
TEMP = pd.DataFrame({"temp": np.cos(np.arange(60.0))}, index=DAYS)
NUMERIC = "use pd.to_numeric(y, errors='coerce'), which makes NaN of what is no number."
MASK = "correct it, or mark it as missing (NaN), which is masked."


def sites(rows, names="abc"):
    return pd.concat(dict.fromkeys(names, rows), names=["site", "day"])


# --- X and y --------------------------------------------------------------------------------------------

Y_CASES = {
    "shorter": (
        TEMP, LOAD[:50], ValueError,
        "X and y have different lengths, 60 and 50 rows; give one y for each row of X.",
    ),
    "shorter array": (
        TEMP, np.ones(50), ValueError,
        "X and y have different lengths, 60 and 50 rows; give one y for each row of X.",
    ),
    "shorter element": (
        [TEMP, TEMP], [LOAD, LOAD[:50]], ValueError,
        "X and y have different lengths, 120 and 110 rows; give one y for each row of X.",
    ),
    "exchanged elements": (
        [TEMP, TEMP[:50]], [LOAD[:50], LOAD], ValueError,
        "X[0] and y[0] have different lengths, 60 and 50 rows; give one y for each row of X.",
    ),
    "a day late": (
        TEMP, LOAD.shift(1, freq="D"), ValueError,
        "y: its index differs from that of X, first at time 2024-01-01; use y = y.reindex(X.index).",
    ),
    "other series": (
        sites(TEMP), sites(LOAD, "acd"), ValueError,
        "y: its index differs from that of X, first at series 'b', time 2024-01-01 (and 1 other series like it); use "
        "y = y.reindex(X.index).",
    ),
    "row numbers": (
        TEMP, LOAD.reset_index(drop=True), TypeError,
        "y: its index holds whole numbers, that of X dates without a time zone; use y.set_axis(X.index).",
    ),
    "text": (
        TEMP, ["a"] * 60, TypeError,
        f"y holds text, 'a' at row 0; {NUMERIC}",
    ),
    "infinite": (
        TEMP, LOAD.where(np.arange(60) != 3, np.inf), ValueError,
        f"y: column 'load' is infinite at time 2024-01-04; {MASK}",
    ),
    "all missing": (
        TEMP, LOAD * np.nan, ValueError,
        "y: target column 'load' is missing everywhere, so there is nothing to forecast from; fill in its values, or "
        "drop the column.",
    ),
    "a name": (TEMP, "load", TypeError, "y: expected a Series, DataFrame, array or list of these, got str."),
    "X of one axis": (
        TEMP["temp"].to_numpy(), LOAD, ValueError,
        "X: Expected 2D array, got 1D array of 60 values instead. Reshape your data: X.reshape(-1, 1) is one series.",
    ),
    "sparse": (
        TEMP, scipy.sparse.csr_matrix(np.ones((60, 1))), TypeError,
        "y: sparse data was passed, but a dense array is required; use y.toarray().",
    ),
    "X infinite": (
        TEMP.replace(1.0, np.inf), LOAD, ValueError,
        f"X: column 'temp' is infinite at time 2024-01-01; {MASK}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("X", "y", "kind", "message"), Y_CASES.values(), ids=Y_CASES)
def test_fit_refuses_x_and_y(X, y, kind, message, untrained, refused):
    assert refused(kind, untrained().fit, X, y) == message


def test_what_names_columns_of_x_does_not_go_with_y(untrained, refused):
    assert refused(ValueError, untrained(target="load").fit, TEMP.assign(load=LOAD), LOAD) == (
        "target='load' names a column of X, but y was given too; leave out one of them."
    )
    two = TEMP.assign(wind=1.0)
    assert refused(ValueError, untrained(known_future="temp").fit, two, LOAD) == (
        "known_future='temp' names columns of X, but with y all of them ('temp', 'wind') are known for the steps to "
        "come; leave it out, or give the target in X too."
    )


# --- ready windows --------------------------------------------------------------------------------------

CUT = sliding_window_view(LOAD.to_numpy()[:, None], 8, axis=0).transpose(0, 2, 1)[:-1]
NEXT = LOAD.to_numpy()[8:]
READY = {
    "no y": (
        CUT, None, {}, ValueError,
        "y is needed: X holds ready windows (n, window, k), so give their targets, shape (n,) or (n, horizon).",
    ),
    "shorter y": (
        CUT, NEXT[:5], {}, ValueError,
        "X and y have different lengths, 52 windows and 5 targets; give one row of y for each window.",
    ),
    "text": (CUT.astype(str), NEXT, {}, TypeError, "X: windows must hold numbers, but these hold text."),
    "objects": (
        np.full((52, 8, 1), "a", dtype=object), NEXT, {}, TypeError,
        "X: windows must hold numbers: could not convert string to float: 'a'.",
    ),
    "infinite": (
        np.where(np.arange(52)[:, None, None] == 4, np.inf, CUT), NEXT, {}, ValueError,
        f"X: window 4 is infinite in column 0; {MASK}",
    ),
    "infinite y": (
        CUT, np.where(np.arange(52) == 4, np.inf, NEXT), {}, ValueError,
        f"y is infinite at row 4; {MASK}",
    ),
    "missing y": (
        CUT, NEXT * np.nan, {}, ValueError,
        "y is missing everywhere, so there is nothing to forecast from; fill in its values, or drop the column.",
    ),
    "missing": (
        CUT * np.nan, NEXT, {}, ValueError, "X: all windows are missing (NaN); there is nothing to learn from.",
    ),
    "no rows": (
        CUT[:, :0], NEXT, {}, ValueError,
        "X: its shape (52, 0, 1) holds no value; windows are (n, window, k).",
    ),
    "lists": (
        CUT.tolist(), NEXT, {}, ValueError,
        "X: expected an array of 1 or 2 dimensions (rows, columns), got shape (52, 8, 1); ready windows must be an "
        "ndarray.",
    ),
    "target": (
        CUT, NEXT, {"target": "load"}, ValueError,
        "target='load' is not a column of the windows, which have only numbers, 0 to 0.",
    ),
    "known_future": (
        CUT, NEXT, {"known_future": [0]}, ValueError,
        "known_future=[0] names columns of the steps to come, which ready windows do not hold; leave it out, or fit on "
        "the series itself.",
    ),
    "horizon": (
        CUT, NEXT, {"horizon": 3}, ValueError,
        "horizon=3 but y has 1 step(s) for each window; give y of shape (n, 3), or horizon=1.",
    ),
    "window_size": (
        CUT, NEXT, {"window_size": 5}, ValueError,
        "window_size=5 but X holds windows of 8 rows; leave it 'auto'.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("X", "y", "params", "kind", "message"), READY.values(), ids=READY)
def test_fit_refuses_ready_windows(X, y, params, kind, message, untrained, refused):
    f = untrained(**{"horizon": "auto", "window_size": "auto", **params})
    assert refused(kind, f.fit, X, y) == message
