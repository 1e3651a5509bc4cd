"""One walk along every kind of index: fit, forecast, predict, backtest; the stamps are right and move no number."""

import numpy as np
import pandas as pd
import pytest

from tsrnn.messages import MissingDataWarning
from tsrnn.model_selection import RollingOriginSplit, SeasonalNaive, backtest

pytestmark = pytest.mark.filterwarnings("error")

#: Sixty stamps each, around the places where calendars are uneven.
INDEXES = {
    "spring in Berlin": pd.date_range("2024-03-29 04:00", periods=60, freq="h", tz="Europe/Berlin"),
    "autumn in Berlin": pd.date_range("2024-10-25 04:00", periods=60, freq="h", tz="Europe/Berlin"),
    "half hours, spring in Melbourne": pd.date_range(
        "2023-09-30 03:00", periods=60, freq="30min", tz="Australia/Melbourne"
    ),
    "half hours, autumn on Lord Howe": pd.date_range(
        "2024-04-06 03:00", periods=60, freq="30min", tz="Australia/Lord_Howe"
    ),
    "days, autumn in New York": pd.date_range("2024-09-12", periods=60, tz="America/New_York"),
    "month ends": pd.date_range("2020-01-31", periods=60, freq="ME"),
    "business days": pd.date_range("2024-01-01", periods=60, freq="B"),
    "Wednesdays": pd.date_range("2023-11-01", periods=60, freq="W-WED"),
    "years": pd.date_range("1950-01-01", periods=60, freq="YS"),
    "year ends in June": pd.date_range("1950-06-30", periods=60, freq="YE-JUN"),
    "quarter ends": pd.date_range("2005-03-31", periods=60, freq="QE"),
    "periods of months": pd.period_range("2020-01", periods=60, freq="M"),
    "periods of quarters": pd.period_range("2005Q1", periods=60, freq="Q"),
    "periods of weeks": pd.period_range("2024-01-01", periods=60, freq="W"),
    "steps of 5": pd.RangeIndex(100, 400, 5),
    "whole numbers 3 apart": pd.Index(np.arange(60) * 3 + 7),
}
every_index = pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)


def without_freq(index):
    return index[np.ones(len(index), dtype=bool)]


@every_index
def test_the_stamps_are_right_and_move_no_number(quick, values, index):
    rows = pd.Series(values, without_freq(index), name="load")
    f, by_row = quick().fit(rows[:48]), quick().fit(values[:48])
    forecast = f.forecast(12)
    assert forecast.index.tolist() == index[48:].tolist()
    np.testing.assert_array_equal(forecast, by_row.forecast(12))
    np.testing.assert_array_equal(f.predict(rows[48:]), by_row.predict(values[48:]))

    options = {"n_splits": 5, "horizon": 4, "quantiles": [0.1, 0.9]}
    found = backtest(quick(), rows, refit=2, **options)
    assert found["time"].tolist() == index[40:].tolist()
    assert found["cutoff"].tolist() == index[39:59:4].repeat(4).tolist()
    assert found["step"].tolist() == [1, 2, 3, 4] * 5
    np.testing.assert_array_equal(found["actual"], values[40:])
    counted = backtest(quick(), values, refit=2, **options)
    columns = ["forecast", 0.1, 0.9]
    np.testing.assert_array_equal(found[columns], counted[columns])


@every_index
def test_a_panel_on_any_index_is_split_and_tested_by_time(quick, values, index):
    parts = {"whole": pd.Series(values, index), "late": pd.Series(values[20:] + 1, index[20:])}
    panel = pd.concat(parts, names=["site", "time"]).rename("load")
    cv = RollingOriginSplit(2, horizon=4, gap=2)
    for start, (train, test) in zip((52, 56), cv.split(panel), strict=True):
        times = panel.index.get_level_values(1)
        assert times[train].unique().tolist() == index[: start - 2].tolist()
        assert times[test].tolist() == [*index[start : start + 4]] * 2
    found = backtest(quick(), panel, n_splits=2, horizon=4, gap=2, refit=False)
    assert found["time"].tolist() == [*index[52:56], *index[52:56], *index[56:], *index[56:]]
    assert found["step"].tolist() == [3, 4, 5, 6] * 4
    whole = found[found["series"] == "whole"]
    np.testing.assert_array_equal(whole["actual"], values[52:])
    np.testing.assert_array_equal(found.loc[found["series"] == "late", "actual"], values[52:] + 1)


@every_index
def test_rows_that_are_missing_are_found_on_any_index(values, index):
    rows = pd.Series(values, index).drop(index[[30, 31, 47]])
    f = SeasonalNaive(4).fit(rows[rows.index < index[56]])
    forecast = f.forecast(4)
    assert forecast.index.tolist() == index[56:].tolist()
    np.testing.assert_array_equal(forecast, values[52:56])
    again = f.forecast(4, history=rows[rows.index < index[48]])  # ends before the missing 47th
    assert again.index.tolist() == index[47:51].tolist()
    np.testing.assert_array_equal(again, values[43:47])


@pytest.mark.parametrize(
    ("start", "night"),
    [("2024-03-29", "2024-03-31"), ("2024-10-25", "2024-10-27")],
    ids=["spring", "autumn"],
)
def test_hours_of_the_night_in_which_the_clock_is_put_are_neither_lost_nor_twice(
    quick, start, night
):
    index = pd.date_range(start, periods=96, freq="h", tz="Europe/Berlin")
    rows = pd.Series(np.arange(96.0), index, name="load")
    before = rows[index < pd.Timestamp(night, tz="Europe/Berlin")]
    n_hours = 23 if night == "2024-03-31" else 25
    day = SeasonalNaive(1).fit(before).forecast(n_hours).index
    assert {stamp.date() for stamp in day} == {pd.Timestamp(night).date()}
    assert day.tz_convert("UTC").to_series().diff().dropna().unique().tolist() == [
        pd.Timedelta(hours=1)
    ]
    # In spring two o'clock is not there; in autumn it is there twice, first in summer time.
    at_two = day[day.hour == 2].strftime("%z").tolist()
    assert at_two == ([] if n_hours == 23 else ["+0200", "+0100"])
    f = quick().fit(before)
    across = rows[len(before) : len(before) + n_hours]
    assert len(f.predict(across)) == n_hours
    found = backtest(quick(), rows, n_splits=10, horizon=4, refit=False)
    assert found["time"].tolist() == index[56:].tolist()
    assert found["actual"].tolist() == list(range(56, 96))


@every_index
def test_a_series_that_misses_rows_around_a_cutoff_is_tested_in_those_it_has(quick, values, index):
    """South has no row at the first cutoff (51), nor at the third step after it (54)."""
    frame = pd.DataFrame({"load": values, "price": np.arange(60) % 7.0}, index)
    south = frame.drop(index[[50, 51, 54]]) + 1
    panel = pd.concat({"north": frame, "south": south}, names=["site", "time"])
    f = quick(target="load", known_future="price")
    with pytest.warns(MissingDataWarning, match="3 missing time stamps:"):
        found = backtest(f, panel, n_splits=2, horizon=4, refit=False)
    own = found[found["series"] == "south"]
    assert own["time"].tolist() == index[[52, 53, 55, 56, 57, 58, 59]].tolist()
    assert own["step"].tolist() == [1, 2, 4, 1, 2, 3, 4]
    np.testing.assert_array_equal(own["actual"], values[[52, 53, 55, 56, 57, 58, 59]] + 1)
    assert np.isfinite(own["forecast"]).all()
    # By hand, with the missing rows as missing values.
    filled = frame + 1
    filled.iloc[[50, 51, 54]] = np.nan
    whole = pd.concat({"north": frame, "south": filled}, names=["site", "time"])
    known, history = (rows[rows.index.get_level_values(1) < index[52]] for rows in (panel, whole))
    future = whole[whole.index.get_level_values(1) >= index[52]]
    with pytest.warns(MissingDataWarning):
        expected = f.fit(known).forecast(history=history, future=future).loc["south", "load"]
    np.testing.assert_allclose(own["forecast"][:3], expected.iloc[[0, 1, 3]], rtol=1e-6)
