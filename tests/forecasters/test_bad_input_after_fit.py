"""What predict, forecast and score refuse, and what they merely warn of."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from tsrnn import LSTMForecaster

DAYS = pd.date_range("2024-01-01", periods=80, freq="D")
WIND = np.cos(np.arange(80.0))
ROWS = pd.DataFrame({"load": 5 + np.sin(np.arange(80.0)), "wind": WIND}, index=DAYS)
FIT, NEXT = ROWS[:60], ROWS[60:]
FUTURE = NEXT[["wind"]]
KINDS = "that of the fit rows held dates without a time zone; give both the same kind of index."
MASK = "correct it, or mark it as missing (NaN), which is masked."
TEXT = (
    "holds text, 'low' at time 2024-03-01; use pd.to_numeric(df['wind'], errors='coerce'), which makes NaN of what is "
    "no number."
)


@pytest.fixture
def two_targets(quick):
    return quick(max_epochs=1).fit(FIT)


@pytest.fixture
def with_wind(quick):
    return quick(max_epochs=1, target="load", known_future="wind").fit(FIT)


@pytest.fixture
def from_x_and_y(quick):
    return quick(max_epochs=1).fit(FIT[["wind"]], FIT["load"])


@pytest.fixture
def from_windows(quick):
    rng = np.random.default_rng(0)
    return quick(max_epochs=1, horizon=1).fit(rng.normal(size=(40, 8, 2)), rng.normal(size=40))


@pytest.mark.parametrize("method", ["predict", "forecast", "score"])
def test_nothing_is_forecast_before_fit(method):
    f = LSTMForecaster()
    with pytest.raises(NotFittedError, match="This LSTMForecaster instance is not fitted yet"):
        getattr(f, method)(*([] if method == "forecast" else [ROWS]))


# --- predict ------------------------------------------------------------------------------------------

X_CASES = {
    "None": (None, TypeError, "X: expected a Series, DataFrame, array or list of these, got NoneType."),
    "empty": (NEXT[:0], ValueError, "X: no rows; at least 1 is required."),
    "column missing": (NEXT[["wind"]], ValueError, "X lacks column 'load', which fit had; the columns are 'wind'."),
    "column misspelt": (
        NEXT.rename(columns={"load": "laod"}), ValueError,
        "X lacks column 'load', which fit had; did you mean 'laod'?",
    ),
    "array too narrow": (
        np.ones((9, 1)), ValueError,
        "X has 1 features, but LSTMForecaster is expecting 2 features as input; give the columns of the fit.",
    ),
    "unsorted": (
        NEXT[::-1], ValueError,
        "X: time stamps are not sorted: time 2024-03-19 comes after a later one; use df.sort_index().",
    ),
    "infinite": (NEXT.assign(wind=np.inf), ValueError, f"X: column 'wind' is infinite at time 2024-03-01; {MASK}"),
    "text": (NEXT.assign(wind="low"), TypeError, f"X: target column 'wind' {TEXT}"),
    "hours": (
        NEXT.set_axis(pd.date_range("2024-03-01", periods=20, freq="h")), ValueError,
        "X: time 2024-03-01 01:00:00 is off the step of D on which the other rows lie; move or drop it, or resample "
        "the frame.",
    ),
    "weeks": (
        NEXT.set_axis(pd.date_range("2024-03-01", periods=20, freq="7D")), ValueError,
        "X: its rows are 7 steps of D apart, not 1; bring all rows to one frequency, as df.resample does.",
    ),
    "row numbers": (NEXT.reset_index(drop=True), TypeError, f"X: its index holds whole numbers, {KINDS}"),
    "time zone": (NEXT.tz_localize("UTC"), TypeError, f"X: its index holds dates with a time zone, {KINDS}"),
    "periods": (NEXT.to_period("D"), TypeError, f"X: its index holds periods (D), {KINDS}"),
    "windows of other columns": (
        np.ones((3, 8, 5)), ValueError,
        "X: its windows have 5 columns, but fit had 2; give windows (n, window, 2).",
    ),
    "windows without rows": (
        np.ones((3, 0, 2)), ValueError, "X: its shape (3, 0, 2) holds no value; windows are (n, window, k).",
    ),
    "windows of text": (np.full((3, 8, 2), "a"), TypeError, "X: windows must hold numbers, but these hold text."),
    "infinite windows": (
        np.full((3, 8, 2), np.inf), ValueError, f"X: window 0 is infinite in column 0; {MASK}",
    ),
    "complex windows": (
        np.full((3, 8, 2), 1j), ValueError,
        "X: Complex data not supported; give X.real and X.imag as columns.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("X", "kind", "message"), X_CASES.values(), ids=X_CASES)
def test_predict_refuses(X, kind, message, two_targets, refused):
    assert refused(kind, two_targets.predict, X) == message


def test_predict_needs_the_known_columns_of_its_rows(with_wind, from_x_and_y, refused):
    assert refused(ValueError, with_wind.predict, NEXT[["load"]]) == (
        "X lacks column 'wind', which fit had; the columns are 'load'."
    )
    assert refused(ValueError, from_x_and_y.predict, NEXT[["load"]]) == (
        "X lacks column 'wind', which fit had; the columns are 'load'."
    )


def test_windows_do_not_go_with_a_fit_on_x_and_y(from_x_and_y, refused):
    assert refused(ValueError, from_x_and_y.predict, np.ones((3, 8, 1))) == (
        "X has shape (3, 8, 1), but fit had y too, so predict takes rows of the columns of X, not windows."
    )


def test_rows_do_not_go_with_a_fit_on_windows(from_windows, refused):
    assert refused(ValueError, from_windows.predict, ROWS) == (
        "X: fit had ready windows, so predict takes windows (n, window, 2) too, but X is a DataFrame of shape (80, 2)."
    )
    assert refused(ValueError, from_windows.forecast) == (
        "forecast needs the rows of a series, but fit had ready windows; use predict(windows), or fit on the series "
        "itself."
    )


def test_windows_cannot_hold_categories(quick, refused):
    f = quick(max_epochs=1, target="load").fit(FIT.assign(sky=["clear", "rain"] * 30))
    assert refused(TypeError, f.predict, np.ones((3, 8, 3))) == (
        "X: column 'sky' is a category, which an array of windows cannot hold; give rows to predict, or to "
        "forecast(history=frame)."
    )


def test_numbers_where_fit_had_text_are_refused(quick, refused):
    f = quick(max_epochs=1, target="load").fit(FIT.assign(sky=["clear", "rain"] * 30))
    assert refused(TypeError, f.predict, NEXT.assign(sky=1)) == (
        "X: column 'sky' holds numbers (int64), but held text in fit, such as 'clear'; give the same kind."
    )


# --- score --------------------------------------------------------------------------------------------

SCORED = {
    "shorter": (
        NEXT["load"][:9], ValueError,
        "y has shape (9,), but the forecasts of X have (20,); give one row of y for each row of X, and a column for "
        "each target.",
    ),
    "wider": (
        NEXT, ValueError,
        "y has shape (20, 2), but the forecasts of X have (20,); give one row of y for each row of X, and a column for "
        "each target.",
    ),
    "text": (
        ["a"] * 20, TypeError,
        "y holds text, 'a' at row 0; use pd.to_numeric(y, errors='coerce'), which makes NaN of what is no number.",
    ),
    "infinite": (np.full(20, np.inf), ValueError, f"y is infinite at row 0; {MASK}"),
    "missing": (
        np.full(20, np.nan), ValueError,
        "there is nothing to score: no row holds all targets, some are missing (NaN) in each.",
    ),
    "of other days": (
        ROWS["load"][57:77], ValueError,
        "y: its index differs from that of X, first at time 2024-03-01; use y = y.reindex(X.index).",
    ),
    "numbered": (
        NEXT["load"].reset_index(drop=True), TypeError,
        "y: its index holds whole numbers, that of X dates without a time zone; use y.set_axis(X.index).",
    ),
    "none": (None, ValueError, "y is needed: the forecaster was fitted with y, so X does not hold it."),
}  # fmt: skip


@pytest.mark.parametrize(("y", "kind", "message"), SCORED.values(), ids=SCORED)
def test_score_refuses(y, kind, message, from_x_and_y, refused):
    assert refused(kind, from_x_and_y.score, FUTURE, y) == message


@pytest.mark.parametrize("y", [NEXT[["wind", "load"]], NEXT.set_axis(["heat", "wind"], axis=1)])
def test_score_refuses_other_targets_and_another_order_of_them(y, two_targets, refused):
    names = ", ".join(map(repr, y.columns))
    message = (
        f"y has the columns {names}, but the forecasts are of 'load', 'wind'; "
        "give the same targets in the same order."
    )
    assert refused(ValueError, two_targets.score, NEXT, y) == message
    assert refused(ValueError, two_targets.score, NEXT.to_numpy(), y) == message


def test_score_refuses_a_panel_of_other_series(quick, refused):
    panel = pd.concat({"a": ROWS["load"], "b": ROWS["load"][:50]}, names=["site"])
    forecaster = quick(max_epochs=1).fit(panel)
    other = panel.rename(index={"b": "c"}, level=0)
    assert refused(ValueError, forecaster.score, panel, other) == (
        "y: its index differs from that of X, first at series 'b', time 2024-01-01; use y = y.reindex(X.index)."
    )


def test_score_refuses_weights_of_other_rows(from_x_and_y, refused):
    message = refused(ValueError, from_x_and_y.score, FUTURE, NEXT["load"], sample_weight=[1, 2])
    assert message == "sample_weight has shape (2,), but there are 20 rows."


def test_score_needs_the_targets_in_x(two_targets, refused):
    assert refused(ValueError, two_targets.score, NEXT[["wind"]]) == (
        "X lacks column 'load', which fit had; the columns are 'wind'."
    )


# --- going on -----------------------------------------------------------------------------------------


def test_a_fit_goes_on_only_with_rows_of_the_same_form(quick, refused):
    f = quick(max_epochs=1, warm_start=True).fit(FIT)
    assert refused(ValueError, f.fit, FIT[["wind"]], FIT["load"]) == (
        "X and y are of another form than in the first fit, so training cannot go on; give the same form, or fit with "
        "warm_start=False."
    )
    assert refused(ValueError, f.fit, FIT[["wind"]]) == (
        "X lacks column 'load', which fit had; the columns are 'wind'."
    )
    hours = FIT.set_axis(pd.date_range("2024-01-01", periods=60, freq="h"))
    assert "X: time 2024-01-01 01:00:00 is off the step of D" in refused(
        ValueError, f.partial_fit, hours
    )


@pytest.mark.parametrize("n_columns", [2, 4])
@pytest.mark.parametrize("target", [None, 1])
def test_a_fit_goes_on_only_with_windows_of_as_many_columns(quick, refused, target, n_columns):
    rng = np.random.default_rng(0)
    rows, y = rng.normal(size=(40, 8, 4)), rng.normal(size=40)
    rows[1:, -1, 1] = y[:-1]
    said = f"X: its windows have {n_columns} columns, but fit had 3; give windows (n, window, 3)."
    f = quick(horizon=1, target=target, max_epochs=1, warm_start=True).fit(rows[:, :, :3], y)
    forecast = f.predict(rows[:, :, :3])
    for go_on in (f.fit, f.partial_fit, f.calibrate):
        assert refused(ValueError, go_on, rows[:, :, :n_columns], y) == said
    np.testing.assert_array_equal(f.predict(rows[:, :, :3]), forecast)


# --- what is no error ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_predict_says_nothing_of_missing_rows_and_values(two_targets):
    holes = NEXT.drop(DAYS[[62, 63]]).where(NEXT["load"] > 5)
    assert np.isfinite(two_targets.predict(holes)).all()
    assert np.isfinite(two_targets.forecast(history=holes)).all(axis=None)


def test_a_forecast_that_is_made_with_less_than_it_could_know_says_so(with_wind):
    def caught(call):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            assert np.isfinite(np.asarray(call())).all()
        assert {w.filename for w in found} == {__file__}
        return [str(w.message) for w in found]

    gaps = FUTURE.assign(wind=[np.nan, *FUTURE["wind"][1:]])
    assert caught(lambda: with_wind.forecast(future=gaps)) == [
        "future has 1 missing value: the forecast is made without."
    ]
    assert caught(lambda: with_wind.predict(np.ones((3, 8, 2)))) == [
        "windows hold no values of 'wind' in the steps to come, so these are taken as missing; "
        "forecast(history=..., future=...) takes them."
    ]


@pytest.mark.filterwarnings("error")
def test_rows_of_the_future_that_are_not_needed_are_left_aside(with_wind):
    beyond = pd.concat([FIT[["wind"]], FUTURE])
    pd.testing.assert_frame_equal(
        with_wind.forecast(future=beyond), with_wind.forecast(future=FUTURE)
    )


@pytest.mark.filterwarnings("error")
def test_an_array_takes_the_columns_of_the_fit_in_their_order(two_targets):
    np.testing.assert_array_equal(two_targets.predict(NEXT.to_numpy()), two_targets.predict(NEXT))
