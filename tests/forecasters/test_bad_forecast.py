"""What forecast refuses: steps, levels, a history, a future."""

import numpy as np
import pandas as pd
import pytest

DAYS = pd.date_range("2024-01-01", periods=80, freq="D")
WIND = np.cos(np.arange(80.0))
ROWS = pd.DataFrame({"load": 5 + np.sin(np.arange(80.0)), "wind": WIND}, index=DAYS)
FIT, NEXT = ROWS[:60], ROWS[60:]
FUTURE = NEXT[["wind"]]
COVER = "the known-future columns must cover every step that is forecast."
KINDS = "that of the fit rows held dates without a time zone; give both the same kind of index."
MASK = "correct it, or mark it as missing (NaN), which is masked."
TEXT = (
    "holds text, 'low' at time 2024-03-01; use pd.to_numeric(df['wind'], errors='coerce'), which makes NaN of what is "
    "no number."
)


def sites(rows, **parts):
    return pd.concat({"a": rows, "b": rows, "c": rows, **parts}, names=["site", "day"])


@pytest.fixture
def two_targets(quick):
    return quick(max_epochs=1).fit(FIT)


@pytest.fixture
def with_wind(quick):
    return quick(max_epochs=1, target="load", known_future="wind").fit(FIT)


@pytest.fixture
def many_with_wind(quick):
    return quick(max_epochs=1, target="load", known_future="wind").fit(sites(FIT))


@pytest.fixture
def from_x_and_y(quick):
    return quick(max_epochs=1).fit(FIT[["wind"]], FIT["load"])


# --- forecast: steps, quantiles, history --------------------------------------------------------------

HISTORY = {
    "no target": (NEXT[["wind"]], ValueError, "history lacks column 'load', which fit had; the columns are 'wind'."),
    "empty": (NEXT[:0], ValueError, "history: no rows; at least 1 is required."),
    "path": ("a.csv", TypeError, "history: expected a Series, DataFrame, array or list of these, got str."),
    "weeks": (
        NEXT.set_axis(pd.date_range("2024-03-01", periods=20, freq="7D")), ValueError,
        "history: its rows are 7 steps of D apart, not 1; bring all rows to one frequency, as df.resample does.",
    ),
    "months": (
        NEXT.set_axis(pd.date_range("2024-03-01", periods=20, freq="MS")), ValueError,
        "history: its rows are 28 steps of D apart, not 1; bring all rows to one frequency, as df.resample does.",
    ),
    "hours": (
        NEXT.set_axis(pd.date_range("2024-03-01", periods=20, freq="h")), ValueError,
        "history: time 2024-03-01 01:00:00 is off the step of D on which the other rows lie; move or drop it, or "
        "resample the frame.",
    ),
    "row numbers": (NEXT.reset_index(drop=True), TypeError, f"history: its index holds whole numbers, {KINDS}"),
    "unsorted": (
        NEXT[::-1], ValueError,
        "history: time stamps are not sorted: time 2024-03-19 comes after a later one; use df.sort_index().",
    ),
    "all missing": (
        (NEXT * np.nan).shift(99, freq="D"), ValueError,
        "history: target column 'load' is missing everywhere, so there is nothing to forecast from; fill in its "
        "values, or drop the column.",
    ),
    "all missing in one series": (
        sites(NEXT, b=NEXT * np.nan), ValueError,
        "history: target column 'load' is missing everywhere in series 'b', so there is nothing to forecast from; fill "
        "in its values, or drop the series.",
    ),
    "infinite": (NEXT + np.inf, ValueError, f"history: column 'load' is infinite at time 2024-03-01; {MASK}"),
    "too narrow": (
        np.ones(20), ValueError,
        "history has 1 features, but the forecaster is expecting 2 features as input. Reshape your data to (n, 2), the "
        "columns of the fit.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("history", "kind", "message"), HISTORY.values(), ids=HISTORY)
def test_forecast_refuses_a_history(history, kind, message, two_targets, refused):
    assert refused(kind, two_targets.forecast, history=history) == message


@pytest.mark.parametrize(
    ("steps", "kind", "message"),
    [
        (0, ValueError, "steps=0 must be a whole number from 1 to 1000000."),
        (-3, ValueError, "steps=-3 must be a whole number from 1 to 1000000."),
        (10**12, ValueError, "steps=1000000000000 must be a whole number from 1 to 1000000."),
        (1.5, TypeError, "steps=1.5 must be a whole number, at least 1."),
        ("week", TypeError, "steps='week' must be a whole number, at least 1."),
        (True, TypeError, "steps=True must be a whole number, at least 1."),
    ],
)
def test_forecast_refuses_steps(steps, kind, message, two_targets, refused):
    assert refused(kind, two_targets.forecast, steps) == message


def test_forecast_refuses_steps_beyond_the_years_of_pandas(quick, refused):
    index = pd.date_range("2024-01-01", periods=60, freq="W", unit="ns")
    f = quick(max_epochs=1).fit(FIT.set_axis(index))
    message = refused(ValueError, f.forecast, 20_000)
    assert (
        "steps of W-SUN after 2025-02-23 00:00:00 lie beyond the years that an index of ns can hold"
        in message
    )


LEVELS = "different numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."


@pytest.mark.parametrize(
    ("levels", "kind", "message"),
    [
        ([0, 0.5], ValueError, f"quantiles=[0, 0.5] must be {LEVELS}"),
        ([10, 90], ValueError, f"quantiles=[10, 90] must be {LEVELS}"),
        ([0.5, 0.5], ValueError, f"quantiles=[0.5, 0.5] must be {LEVELS}"),
        ([], ValueError, f"quantiles=[] must be {LEVELS}"),
        (
            "half",
            TypeError,
            "quantiles='half' must be a list of numbers above 0 and below 1, such as [0.1, 0.5, 0.9].",
        ),
        (
            [None],
            TypeError,
            "quantiles=[None] must be a list of numbers above 0 and below 1, such as [0.1, 0.5, 0.9].",
        ),
    ],
)
def test_forecast_refuses_quantiles(levels, kind, message, two_targets, refused):
    assert refused(kind, two_targets.forecast, quantiles=levels) == message


def test_quantiles_that_were_not_learned_are_refused(quick, refused):
    f = quick(max_epochs=1, loss="quantile", quantiles=[0.2, 0.8]).fit(FIT)
    assert refused(ValueError, f.forecast, quantiles=[0.1, 0.5]) == (
        "quantiles=[0.1, 0.5] reach beyond the levels of the fit, 0.2 to 0.8, which is not known from them; fit with "
        "quantiles=... that span these."
    )
    f = quick(max_epochs=1, validation_fraction=0).fit(FIT)
    assert refused(ValueError, f.forecast, quantiles=[0.1]) == (
        "quantiles come from the errors on held-out rows, but none were held out, or some target is missing in all "
        "of them; fit with more rows or a validation_fraction above 0, or with loss='quantile'."
    )


# --- forecast: the future -----------------------------------------------------------------------------

FUTURES = {
    "none": (
        None, ValueError,
        "future is needed: column 'wind' is known for the steps to come, so give its values for the 4 steps, as "
        "future=frame.",
    ),
    "too short": (FUTURE[:3], ValueError, f"future lacks a row for 2024-03-04; {COVER}"),
    "too late": (FUTURE[3:], ValueError, f"future lacks a row for 2024-03-01; {COVER}"),
    "a hole": (FUTURE.drop(DAYS[62]), ValueError, f"future lacks a row for 2024-03-03; {COVER}"),
    "the past": (FIT[["wind"]], ValueError, f"future lacks a row for 2024-03-01; {COVER}"),
    "another column": (
        FUTURE.rename(columns={"wind": "wnd"}), ValueError,
        "future lacks column 'wind', which fit had; did you mean 'wnd'?",
    ),
    "noon": (
        FUTURE.set_axis(FUTURE.index + pd.Timedelta("12h")), ValueError,
        "future: time 2024-03-01 12:00:00 is off the step of D that is forecast; resample it to that step.",
    ),
    "hours": (
        FUTURE.set_axis(pd.date_range("2024-03-01", periods=20, freq="h")), ValueError,
        "future: time 2024-03-01 01:00:00 is off the step of D that is forecast; resample it to that step.",
    ),
    "text": (FUTURE.assign(wind="low"), TypeError, f"future: column 'wind' {TEXT}"),
    "infinite": (FUTURE + np.inf, ValueError, f"future: column 'wind' is infinite at time 2024-03-01; {MASK}"),
    "unsorted": (
        FUTURE[::-1], ValueError,
        "future: time stamps are not sorted: time 2024-03-19 comes after a later one; use df.sort_index().",
    ),
    "row numbers": (FUTURE.reset_index(drop=True), TypeError, f"future: its index holds whole numbers, {KINDS}"),
    "short array": (
        FUTURE.to_numpy()[:3], ValueError,
        "future has 3 rows, but 4 steps are forecast; give a row for each step.",
    ),
    "dict": (
        {"wind": [1, 2]}, TypeError,
        "future: expected a Series, DataFrame, array or list of these, got dict.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("future", "kind", "message"), FUTURES.values(), ids=FUTURES)
def test_forecast_refuses_a_future(future, kind, message, with_wind, refused):
    assert refused(kind, with_wind.forecast, future=future) == message


def test_a_future_must_reach_as_far_as_the_steps(with_wind, refused):
    assert (
        refused(ValueError, with_wind.forecast, 30, future=FUTURE)
        == f"future lacks a row for 2024-03-21; {COVER}"
    )


@pytest.mark.parametrize(
    ("future", "message"),
    [
        (
            sites(FUTURE).drop("b"),
            "future has no rows of series 'b', only of 'a', 'c'; the known-future columns must cover every series that "
            "is forecast.",
        ),
        (
            sites(FUTURE, b=FUTURE.drop(DAYS[61]), c=FUTURE[:2]),
            f"future lacks a row for 2024-03-02 of series 'b' (and 1 other series like it); {COVER}",
        ),
        (
            FUTURE,
            "future has no rows of series 'a' (and 2 other series like it), only of 0; the known-future columns must "
            "cover every series that is forecast.",
        ),
        (
            [FUTURE.to_numpy()] * 2,
            "future has rows of 2 series, but 3 are forecast; give each its own, in the order of the fit.",
        ),
        (
            [FUTURE.to_numpy(), FUTURE.to_numpy()[:2], FUTURE.to_numpy()],
            "future has 2 rows of series 1, but 4 steps are forecast; give a row for each step.",
        ),
    ],
    ids=["a series missing", "rows missing", "one series", "two arrays", "a short array"],
)
def test_forecast_names_the_series_whose_future_is_not_known(
    future, message, many_with_wind, refused
):
    assert refused(ValueError, many_with_wind.forecast, future=future) == message


def test_forecast_after_x_and_y_needs_the_columns_of_x(from_x_and_y, refused):
    assert "future is needed: column 'wind'" in refused(ValueError, from_x_and_y.forecast)
    assert refused(ValueError, from_x_and_y.forecast, history=FUTURE, future=FUTURE) == (
        "history lacks column 'load', which fit had; the columns are 'wind'."
    )
