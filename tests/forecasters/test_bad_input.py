"""Data that fit refuses, and what it merely warns of: read as somebody who has never seen the package reads it."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from tsrnn import LSTMForecaster

DAYS = pd.date_range("2024-01-01", periods=60, freq="D")
NUMERIC = "use pd.to_numeric(df['load'], errors='coerce'), which makes NaN of what is no number."
ACCEPTED = "X: expected a Series, DataFrame, array or list of these, got"
INDEX = "X: the index must hold dates, periods or whole numbers, but"
ALIKE = "X: the elements of a list must"


def loads(**columns):
    values = 5 + np.sin(np.arange(60) * 2 * np.pi / 7)
    return pd.DataFrame({"load": values, **columns}, index=DAYS)


def at(row, value, data=None):
    """Rows with one other value."""
    frame = loads() if data is None else data
    return frame.assign(load=[value if i == row else x for i, x in enumerate(frame["load"])])


def indexed(index):
    return loads().set_axis(index)


def sites(**parts):
    return pd.concat(
        {"a": loads(), **{name: loads() for name in "bc"}, **parts}, names=["site", "day"]
    )


# --- what is no series ----------------------------------------------------------------------------------

KINDS = {
    "None": (None, TypeError, f"{ACCEPTED} NoneType."),
    "dict": ({"load": [1, 2]}, TypeError, f"{ACCEPTED} dict."),
    "path": ("load.csv", TypeError, f"{ACCEPTED} str."),
    "number": (3.0, TypeError, f"{ACCEPTED} float."),
    "generator": ((x for x in [1]), TypeError, f"{ACCEPTED} generator."),
    "sparse": (
        scipy.sparse.csr_matrix(np.eye(60)),
        TypeError,
        "X: sparse data was passed, but a dense array is required; use X.toarray().",
    ),
    "empty list": ([], ValueError, "X: no rows; at least 1 is required."),
    "empty frame": (loads()[:0], ValueError, "X: no rows; at least 1 is required."),
    "no columns": (
        loads()[[]],
        ValueError,
        "X: no columns: 0 feature(s) (shape=(60, 0)) while a minimum of 1 is required.",
    ),
    "ragged": (
        [[1, 2], [3]],
        ValueError,
        "X: its rows differ in length, so they make no table; give rows of one length, or for several series a list "
        "of arrays or frames.",
    ),
    "four dimensions": (
        np.ones((2, 2, 2, 2)),
        ValueError,
        "X: expected an array of 1 or 2 dimensions (rows, columns), got shape (2, 2, 2, 2).",
    ),
    "complex": (
        np.ones(60) * 1j,
        ValueError,
        "X: Complex data not supported; give X.real and X.imag as columns.",
    ),
    "records": (loads().to_records(), TypeError, "X: is an array of records; use pd.DataFrame(X)."),
    "list of frame and array": (
        [loads(), np.ones((60, 1))],
        TypeError,
        f"{ALIKE} be of one kind, but X[0] is a DataFrame and X[1] a 2-D array.",
    ),
    "list of series and frame": (
        [loads()["load"], loads()],
        TypeError,
        f"{ALIKE} be of one kind, but X[0] is a Series and X[1] a DataFrame.",
    ),
    "list of frame and text": ([loads(), "b"], TypeError, f"{ACCEPTED.replace('X', 'X[1]')} str."),
    "list of other columns": (
        [loads(), loads(wind=1.0)],
        ValueError,
        f"{ALIKE} have the same columns in one order, but X[1] has the columns 'load', 'wind' and X[0] 'load'.",
    ),
    "list of other widths": (
        [np.ones((60, 2)), np.ones((60, 3))],
        ValueError,
        f"{ALIKE} have the same columns in one order, but X[1] has 3 columns and X[0] 2.",
    ),
    "list of other indices": (
        [loads(), loads().reset_index(drop=True)],
        TypeError,
        f"{ALIKE} have one kind of index, but X[0] has dates without a time zone and X[1] whole numbers.",
    ),
    "list of panels": (
        [sites(), sites()],
        TypeError,
        "X[0]: an element of a list is one series, but this one holds several; give a list of their frames, or one "
        "panel (pd.concat joins panels).",
    ),
    "list with an empty one": (
        [loads(), loads()[:0]],
        ValueError,
        "X[1]: no rows; at least 1 is required.",
    ),
}

# --- columns --------------------------------------------------------------------------------------------

COLUMNS = {
    "text": (
        loads().assign(load="low"),
        TypeError,
        f"X: target column 'load' holds text, 'low' at time 2024-01-01; {NUMERIC}",
    ),
    "one text": (
        at(7, "n/a"),
        TypeError,
        f"X: target column 'load' holds text, 'n/a' at time 2024-01-08; {NUMERIC}",
    ),
    "text beside numbers": (
        loads(city="Turku"),
        TypeError,
        "X: target column 'city' holds text, 'Turku' at time 2024-01-01; name the columns to forecast in target=; "
        "else use pd.to_numeric(df['city'], errors='coerce'), which makes NaN of what is no number.",
    ),
    "dates": (
        loads(when=DAYS),
        TypeError,
        f"X: target column 'when' holds dates ({DAYS.dtype}); name the columns to forecast in target=; else make them "
        "the index, as in df.set_index('when').",
    ),
    "two of one name": (
        pd.concat([loads(), loads()], axis=1),
        ValueError,
        "X: two columns have the name 'load'; rename or drop one.",
    ),
    "two levels of names": (
        pd.concat({"x": loads()}, axis=1),
        ValueError,
        "X: its column names have 2 levels, such as ('x', 'load'); make them one, as in df.columns = "
        "df.columns.to_flat_index().",
    ),
    "infinite": (
        at(9, -np.inf),
        ValueError,
        "X: column 'load' is infinite at time 2024-01-10; correct it, or mark it as missing (NaN), which is masked.",
    ),
    "infinite in an array": (
        at(9, np.inf)["load"].to_numpy(),
        ValueError,
        "X is infinite at row 9; correct it, or mark it as missing (NaN), which is masked.",
    ),
    "too large": (
        at(9, 10**30),
        ValueError,
        "X: target column 'load' is 1e+30 at time 2024-01-10, beyond the 1e+17 that can be computed with; give it in "
        "a larger unit, such as billions.",
    ),
    "all missing": (
        loads().assign(load=np.nan),
        ValueError,
        "X: target column 'load' is missing everywhere, so there is nothing to forecast from; fill in its values, or "
        "drop the column.",
    ),
    "all missing in two series": (
        sites(b=loads() * np.nan, c=loads() * np.nan),
        ValueError,
        "X: target column 'load' is missing everywhere in series 'b' (and 1 other series like it), so there is "
        "nothing to forecast from; fill in its values, or drop the series.",
    ),
    "infinite in two series": (
        sites(b=at(3, np.inf), c=at(1, np.inf)),
        ValueError,
        "X: column 'load' is infinite at series 'b', time 2024-01-04 (and 1 other series like it); correct it, or "
        "mark it as missing (NaN), which is masked.",
    ),
}

# --- time -----------------------------------------------------------------------------------------------

BACK = DAYS.to_series().iloc[[*range(50), 51, 50, *range(52, 60)]].index
TWICE = DAYS.to_series().iloc[[*range(51), 50, *range(51, 59)]].index
STRAY = pd.DatetimeIndex([*DAYS[:7], DAYS[7] + pd.Timedelta("3h"), *DAYS[8:]])
LATER = pd.DatetimeIndex([*DAYS[:50], *pd.date_range("2090-01-01", periods=10)])
MINUTES = pd.to_timedelta(np.cumsum(np.tile([58, 61, 60, 63, 57, 60], 10)), unit="min")

TIMES = {
    "text": (
        indexed(DAYS.strftime("%Y-%m-%d")),
        TypeError,
        f"{INDEX} it holds {DAYS.strftime('%Y').dtype} (first: '2024-01-01'); turn it into dates with "
        "pd.to_datetime(df.index).",
    ),
    "fractions": (
        indexed(np.arange(60) / 2),
        TypeError,
        f"{INDEX} it holds float64 (first: 0.0); where the rows are one step apart, use df.reset_index(drop=True).",
    ),
    "lengths of time": (
        indexed(pd.timedelta_range("1h", periods=60, freq="h", unit="ns")),
        TypeError,
        f"{INDEX} it holds timedelta64[ns] (first: Timedelta('0 days 01:00:00')); add the time at which it starts, as "
        "in pd.Timestamp('2024-01-01') + df.index.",
    ),
    "three levels": (
        pd.concat({"x": sites()}, names=["country"]),
        ValueError,
        "X: a panel has two index levels (series, time), but there are 3, ['country', 'site', 'day']; join the outer "
        "levels into one, such as 'store/item'.",
    ),
    "text in a panel": (
        pd.concat({"a": indexed([f"t{i}" for i in range(60)])}),
        TypeError,
        "df.groupby(level=0).cumcount() does.",
    ),
    "no stamp": (
        indexed(DAYS.where(np.arange(60) != 5)),
        ValueError,
        "X: row 5 has no time stamp (NaT in the index); drop it or give it one.",
    ),
    "no stamp in a panel": (
        sites(b=indexed(DAYS.where(np.arange(60) != 5))),
        ValueError,
        "X: series 'b', row 5 has no time stamp (NaT in the index); drop it or give it one.",
    ),
    "no series name": (
        sites().rename(index={"b": np.nan}),
        ValueError,
        "X: row 60 has no series name (NaN in the first index level); name its series or drop it.",
    ),
    "unsorted": (
        indexed(BACK),
        ValueError,
        "X: time stamps are not sorted: time 2024-02-20 comes after a later one; use df.sort_index().",
    ),
    "unsorted series": (
        sites(b=indexed(BACK), c=indexed(BACK)),
        ValueError,
        "X: time stamps are not sorted: series 'b', time 2024-02-20 (and 1 other series like it) comes after a later "
        "one; use df.sort_index().",
    ),
    "duplicate": (
        indexed(TWICE),
        ValueError,
        "X: duplicate time stamps: time 2024-02-20 is there twice; aggregate them, or keep the first with "
        "df[~df.index.duplicated()]. If the frame holds several series, index it by (series, time).",
    ),
    "two series under each other": (
        pd.concat([loads(), loads()]),
        ValueError,
        "X: time stamps are not sorted: time 2024-01-01 comes after a later one; use df.sort_index(). If the frame "
        "holds several series, index it by (series, time).",
    ),
    "off the step": (
        indexed(STRAY),
        ValueError,
        "X: time 2024-01-08 03:00:00 is off the step of D on which the other rows lie; move or drop it, or resample "
        "the frame.",
    ),
    "no step": (
        indexed(DAYS[0] + MINUTES),
        ValueError,
        "X: the index has no regular step: time 2024-01-01 01:59:00 comes 0 days 01:01:00 after the row before it, "
        "where 0 days 01:00:00 is usual; resample the frame, as in df.resample('1h').mean().",
    ),
    "far apart": (
        indexed(LATER),
        ValueError,
        "X: most time stamps are missing: with a step of D there are 24117 for 60 rows, the widest hole before time "
        "2090-01-01; drop what lies apart, or bring the rows to a longer step.",
    ),
    "another frequency": (
        sites(b=indexed(pd.date_range("2024-01-01", periods=60, freq="7D"))),
        ValueError,
        "X: the rows of series 'b' are 7 steps of D apart, not 1; bring all rows to one frequency, as df.resample "
        "does.",
    ),
    "too few rows": (
        loads()[:11],
        ValueError,
        "X: too few rows: n_samples=11, but window_size=8 and horizon=4 need at least 12; give more rows, or a smaller "
        "window_size or horizon.",
    ),
    "too few rows of each series": (
        pd.concat({"a": loads()[:3], "b": loads()[:11]}),
        ValueError,
        "X: too few rows: n_samples=11 in the longest of 2 series, but window_size=8 and horizon=4 need at least 12; "
        "give more rows, or a smaller window_size or horizon.",
    ),
    "one row": (
        indexed(DAYS)[:1].set_axis(pd.DatetimeIndex(["2024-01-01"])),
        ValueError,
        "X: too few rows (n_samples=1): one time stamp has no frequency; give at least 2 rows of a series, or set "
        "df.index.freq.",
    ),
}
CASES = {**KINDS, **COLUMNS, **TIMES}


@pytest.mark.parametrize(("X", "kind", "message"), CASES.values(), ids=CASES)
def test_fit_refuses(X, kind, message, untrained, refused):
    f = untrained()
    said = refused(kind, f.fit, X)
    assert said == message or (message.startswith("df.") and said.endswith(message))
    assert not hasattr(f, "net_")


def test_the_horizon_that_was_chosen_is_told_where_rows_are_too_few(refused):
    assert refused(ValueError, LSTMForecaster().fit, loads()[:5]) == (
        "X: too few rows: n_samples=5, but window_size=1 and horizon=7 (a season, by 'auto') need at least 8; give "
        "more rows, or a smaller window_size or horizon."
    )


def test_the_first_bad_series_of_a_panel_is_named_whatever_its_place(untrained, refused):
    for name in "abc":
        message = refused(ValueError, untrained().fit, sites(**{name: at(2, np.inf)}))
        assert f"series {name!r}, time 2024-01-03;" in message


WINDOWS = np.random.default_rng(0).normal(size=(40, 8, 2))


def labelled(labels):
    return loads()[[]].assign(kind=pd.Series(labels).repeat(15).array)


# --- what is no error -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y", "found"),
    [
        (at(3, np.nan), None, "1 missing target value"),
        (loads().drop(DAYS[[3, 4, 9]]), None, "3 missing time stamps"),
        (
            at(3, np.nan, loads().drop(DAYS[[9]])),
            None,
            "1 missing time stamp, 1 missing target value",
        ),
        (sites(b=at(3, np.nan), c=at(4, np.nan)), None, "2 missing target values"),
        (at(3, np.nan)["load"].to_numpy(), None, "1 missing target value"),
        (at(3, np.nan), loads()["load"].to_numpy(), "1 missing covariate value"),
        (loads(), at(3, np.nan)["load"].to_numpy(), "1 missing target value"),
        (WINDOWS, np.where(np.arange(40) == 3, np.nan, 1.0), "1 missing target value"),
        (np.where(WINDOWS > 2, np.nan, WINDOWS), np.ones(40), "10 missing covariate values"),
        (labelled(["a", None, "b", "b"]), loads()["load"], "15 missing covariate values"),
        (
            labelled(pd.Categorical(["a", None, "b", "b"])),
            loads()["load"],
            "15 missing covariate values",
        ),
        (
            labelled(pd.array([True, None, False, True])),
            loads()["load"],
            "15 missing covariate values",
        ),
    ],
)
def test_what_is_missing_is_counted_in_one_warning_that_points_at_the_user_s_line(
    X, y, found, quick
):
    f = quick() if np.ndim(X) < 3 else quick(horizon=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f.fit(X, y)
    argument = "y" if y is not None and "target" in found else "X"
    assert [str(w.message) for w in caught] == [
        f"{argument} has {found}: masked in the windows and left out of the loss."
    ]
    assert caught[0].filename == __file__


def test_a_column_of_x_that_is_y_itself_is_warned_of(quick):
    with pytest.warns(
        UserWarning, match="column 'load' of X is y itself, .* use fit\\(X\\) with target='load'"
    ) as caught:
        quick().fit(loads(), loads()["load"])
    assert caught[0].filename == __file__


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "X",
    [
        loads().astype("Float64"),
        loads().assign(load=[Decimal(i) for i in range(1, 61)]),
        loads() > 5,
        loads().astype(pd.SparseDtype(float)),
        loads().set_axis([None], axis=1),
        loads().to_numpy().tolist(),
        loads() * 0,
        loads().set_axis(pd.MultiIndex.from_arrays([DAYS])),
    ],
    ids=["nullable", "decimal", "bool", "sparse", "no name", "lists", "constant", "one level"],
)
def test_what_is_unusual_but_clear_is_taken_without_a_word(X, quick):
    assert np.isfinite(np.asarray(quick(max_epochs=1).fit(X).forecast(), dtype=float)).all()
