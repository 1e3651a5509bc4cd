"""The pandas edge: any accepted input to a table and a panel, and forecasts back in the same form."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.clocks import Clock
from tsrnn.frames import Panel, find_clock, forecast_frame, ranges, read_table, to_panel

pytestmark = pytest.mark.filterwarnings("error")


def daily(n=6, start="2024-01-01", **columns):
    index = pd.date_range(start, periods=n, freq="D", name="day")
    return pd.DataFrame({"load": np.arange(n) + 1.0, **columns}, index=index)


def panel_of(table):
    values = table.frame.to_numpy(dtype=np.float64)
    return to_panel(table, values, find_clock(table))


def ahead(data, steps=3, **how):
    """Give forecasts that count up from 100 back in the form of the data."""
    table = read_table(data)
    panel, names = panel_of(table), list(table.frame.columns)
    values = np.arange(len(panel.keys) * steps * len(names)) + 100.0
    values = values.reshape(len(panel.keys), steps, len(names))
    return forecast_frame(values, table.form, panel, names, **how)


# --- reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["s", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_stamps_that_several_series_share_are_read_as_pandas_reads_them(zone, unit):
    stamps = pd.date_range("2024-03-30", periods=50, freq="h", tz=zone).as_unit(unit)
    index = pd.MultiIndex.from_product([["a", "b", "c"], stamps], names=["site", "hour"])
    table = read_table(pd.DataFrame({"load": np.arange(150.0)}, index=index))
    pd.testing.assert_index_equal(table.times, index.get_level_values("hour"))


def test_a_frame_keeps_its_columns_and_its_stamps():
    frame = daily(wind=2.0)
    table = read_table(frame)
    assert table.frame is frame  # no copy
    assert table.times.equals(frame.index)
    assert table.offsets.tolist() == [0, 6]
    assert table.form.has_clock


@pytest.mark.parametrize(("name", "column"), [("load", "load"), (None, 0), (("a", 1), ("a", 1))])
def test_a_series_is_a_table_of_one_column(name, column):
    table = read_table(daily()["load"].rename(name))
    assert list(table.frame.columns) == [column]
    assert table.frame.iloc[:, 0].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        (np.arange(4.0), [0]),
        (np.arange(8).reshape(4, 2), [0, 1]),
        ([1, 2, 3, 4], [0]),
        ([[1, 2], [3, 4], [5, 6], [7, 8]], [0, 1]),
        (pd.Index([1.0, 2, 3, 4]), [0]),
    ],
)
def test_what_numpy_reads_is_a_table_without_stamps(data, columns):
    table = read_table(data)
    assert list(table.frame.columns) == columns
    assert table.times is None
    assert len(table.frame) == 4
    assert find_clock(table).name == "row"


def test_what_an_array_masks_is_missing():
    table = read_table(np.ma.masked_array([1, 2, 3], [False, True, False]))
    assert table.frame[0].tolist()[::2] == [1, 3]
    assert np.isnan(table.frame[0][1])


def test_the_series_of_a_panel_stand_end_to_end_in_the_order_in_which_they_come():
    frame = pd.concat({"b": daily(2), "a": daily(3)}, names=["plant", "day"])
    table = read_table(frame)
    assert list(table.keys) == ["b", "a"]
    assert table.offsets.tolist() == [0, 2, 5]
    assert table.order is None
    assert table.firsts().tolist() == [pd.Timestamp("2024-01-01")] * 2


def test_rows_of_a_panel_sorted_by_time_are_brought_together():
    frame = pd.concat({"b": daily(3), "a": daily(3) * 10}).sort_index(level=1, kind="stable")
    table = read_table(frame)
    assert list(table.keys) == ["a", "b"]
    assert table.frame["load"].tolist() == [10, 20, 30, 1, 2, 3]
    assert table.frame["load"].to_numpy()[np.argsort(table.order)].tolist() == [*frame["load"]]


@pytest.mark.parametrize("as_kind", [list, tuple])
def test_a_list_is_a_panel_without_names(as_kind):
    table = read_table(as_kind([daily(2), daily(3, "2020-05-01")]))
    assert list(table.keys) == [0, 1]
    assert table.lengths.tolist() == [2, 3]
    assert table.firsts().tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2020-05-01")]
    assert read_table(as_kind([np.ones(2), np.ones(3)])).times is None


def test_series_in_a_list_may_have_different_names():
    table = read_table([daily(2)["load"], daily(3)["load"].rename("wind")])
    assert table.frame["load"].tolist() == [1, 2, 1, 2, 3]


SHARED = pd.date_range("2024-03-30", periods=6, freq="12h")


@pytest.mark.parametrize(
    ("stamps", "unbroken"),
    [
        ([SHARED[:4], SHARED[2:]], True),
        ([SHARED, SHARED.delete(2)], False),
        ([SHARED[[0, 1, 3, 4]], SHARED[[0, 1, 3]]], False),  # a stamp that no series has
        ([SHARED[:4].tz_localize("Europe/Berlin"), SHARED.tz_localize("Europe/Berlin")], False),
    ],
    ids=["whole", "a hole in one", "a hole in both", "clocks are put forward"],
)
def test_stamps_that_are_shared_are_as_unbroken_as_those_that_are_written_out(stamps, unbroken):
    table = read_table(pd.concat({i: pd.Series(1.0, each) for i, each in enumerate(stamps)}))
    clock = Clock(pd.tseries.frequencies.to_offset("12h"))
    assert table.is_unbroken(clock) == unbroken
    assert clock.is_unbroken(table.times, table.offsets) == unbroken
    assert table.firsts().tolist() == [each[0] for each in stamps]
    assert table.lasts().tolist() == [each[-1] for each in stamps]


def test_rows_of_a_panel_whose_stamps_are_out_of_order_are_named():
    times = [SHARED[0], SHARED[1], SHARED[2], SHARED[0], SHARED[2], SHARED[1]]
    rows = pd.Series(1.0, pd.MultiIndex.from_arrays([list("aaabbb"), times]))
    with pytest.raises(ValueError, match="not sorted: series 'b', time 2024-03-30 12:00:00 comes"):
        read_table(rows)
    times[5] = SHARED[2]
    rows.index = pd.MultiIndex.from_arrays([list("aaabbb"), times])
    with pytest.raises(
        ValueError, match="duplicate time stamps: series 'b', time 2024-03-31 00:00"
    ):
        read_table(rows)


def test_a_place_is_named_by_series_and_stamp():
    bad = np.array([False, False, True, False, True])
    panel = pd.concat({"b": daily(2), "a": daily(3)})
    assert read_table(panel).where(bad) == "series 'a', time 2024-01-01"
    assert read_table(daily(5)).where(bad) == "time 2024-01-03"
    assert read_table(np.ones(5)).where(bad) == "row 2"
    assert read_table([np.ones(2), np.ones(3)]).where(bad) == "series 1, row 0"
    hourly = daily(5).set_axis(pd.date_range("2024-01-01", periods=5, freq="h"))
    assert read_table(hourly).where(bad) == "time 2024-01-01 02:00:00"
    both = np.array([True, False, True, False, True])
    assert (
        read_table(panel).where(both) == "series 'b', time 2024-01-01 (and 1 other series like it)"
    )
    assert read_table(panel).which(np.array([False, True])) == "series 'a'"


# --- on a clock ----------------------------------------------------------------------------------------


def test_rows_without_holes_are_not_copied():
    table = read_table(daily())
    values = table.frame.to_numpy()
    panel = to_panel(table, values, find_clock(table))
    assert panel.values is values
    assert panel.placed is None
    assert panel.clock.name == "D"


def test_missing_stamps_become_rows_of_nan():
    panel = panel_of(
        read_table(daily().drop([pd.Timestamp("2024-01-03"), pd.Timestamp("2024-01-04")]))
    )
    np.testing.assert_array_equal(panel.values[:, 0], [1, 2, np.nan, np.nan, 5, 6])
    assert panel.placed.tolist() == [0, 1, 4, 5]


@given(
    # Rows that all lie far apart are of another frequency, which is refused.
    rows=st.lists(
        st.sets(st.integers(0, 40), min_size=2)
        .map(sorted)
        .filter(lambda r: len(r) < 4 or np.diff(r).min() < 4),
        min_size=1,
        max_size=4,
    ).filter(lambda rows: any(np.diff(r).min() == 1 for r in rows))
)
def test_every_row_stands_on_its_step_and_the_rest_is_missing(rows):
    parts = {f"s{i}": daily(41, f"2024-0{i + 1}-01").iloc[r] for i, r in enumerate(rows)}
    table = read_table(pd.concat(parts))
    values = table.frame.to_numpy()
    panel = to_panel(table, values, Clock(pd.offsets.Day()))
    assert panel.lengths.tolist() == [r[-1] - r[0] + 1 for r in rows]
    placed = np.arange(len(values)) if panel.placed is None else panel.placed
    np.testing.assert_array_equal(panel.values[placed], values)
    assert np.isnan(panel.values).sum() == len(panel.values) - len(values)
    expected = [step - r[0] for r in rows for step in r]
    assert (placed - np.repeat(panel.offsets[:-1], table.lengths)).tolist() == expected


def test_the_next_stamp_of_each_series_follows_its_own_last_row():
    panel = panel_of(read_table(pd.concat({"a": daily(3), "b": daily(5, "2020-02-26")})))
    assert panel.next_times().tolist() == [pd.Timestamp("2024-01-04"), pd.Timestamp("2020-03-02")]


def test_the_tail_and_the_head_of_a_panel_are_panels():
    panel = panel_of(read_table(pd.concat({"a": daily(3), "b": daily(5)})))
    tail = panel.tail(4)
    assert tail.values[:, 0].tolist() == [1, 2, 3, 2, 3, 4, 5]
    assert tail.firsts.tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")]
    assert tail.next_times().tolist() == panel.next_times().tolist()
    assert panel.head(np.array([1, 2])).values[:, 0].tolist() == [1, 1, 2]


def test_a_place_in_a_panel_is_named_also_where_its_row_was_missing():
    panel = panel_of(read_table(daily().drop(pd.Timestamp("2024-01-03"))))
    assert panel.where(np.arange(6) == 2) == "time 2024-01-03"
    rows = Panel(np.zeros((4, 1)), np.array([0, 2, 4]), pd.RangeIndex(2), None, Clock())
    assert rows.where(np.arange(4) == 3) == "series 1, row 1"


@given(
    runs=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), min_size=1, max_size=8),
)
def test_ranges_are_pythons_end_to_end(runs):
    starts, counts = (np.array(column) for column in zip(*runs, strict=True))
    assert ranges(starts, counts).tolist() == [i for s, n in runs for i in range(s, s + n)]


def test_other_rows_lie_on_the_clock_of_the_fit():
    fitted = panel_of(read_table(daily()))
    one = read_table(daily(1, "2024-02-01"))
    assert find_clock(one, fitted) is fitted.clock
    assert find_clock(read_table(np.ones(3)), fitted).name == "row"


# --- what is refused ----------------------------------------------------------------------------------


HOURS = pd.date_range("2024-01-01", periods=6, freq="h")
STRAY = pd.DatetimeIndex([*HOURS[:3], HOURS[3] + pd.Timedelta("7min"), *HOURS[4:]])


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (
            STRAY,
            "X: time 2024-01-01 03:07:00 is off the step of h on which the other rows lie; move or drop it, or "
            "resample the frame.",
        ),
        (
            pd.DatetimeIndex(
                ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2090-01-01"]
            ),
            "X: most time stamps are missing: with a step of D there are 24108 for 6 rows, the widest hole before "
            "time 2090-01-01; drop what lies apart, or bring the rows to a longer step.",
        ),
        (
            HOURS + pd.to_timedelta([0, 3, 1, 17, 5, 11], unit="min"),
            "X: the index has no regular step: time 2024-01-01 02:01:00 comes 0 days 00:58:00 after the row before "
            "it, where 0 days 01:03:00 is usual; resample the frame, as in df.resample('1h').mean().",
        ),
        (
            pd.Index([3, 9, 100, 150, 333, 1000]),
            "X: the index has no regular step: time 9 comes 6 after the row before it, where 91 is usual; where the "
            "rows are one step apart, use df.reset_index(drop=True).",
        ),
    ],
)
def test_rows_on_no_grid_are_refused_and_the_first_is_named(index, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        panel_of(read_table(daily().set_axis(index)))
    assert str(caught.value) == message


def test_a_panel_whose_levels_stand_the_other_way_round_is_told_so():
    days = pd.date_range("2024-01-01", periods=3, freq="D")
    index = pd.MultiIndex.from_product([days, ["a", "b"]])
    with pytest.raises(TypeError) as error:
        read_table(pd.Series(np.arange(6.0), index))
    assert str(error.value) == (
        "X: the index has the times first and the series second, such as 'a'; turn them round with "
        "df.swaplevel().sort_index()."
    )


def test_one_stamp_tells_no_frequency():
    frame = daily(1).set_axis(pd.DatetimeIndex(["2024-01-01"]))
    with pytest.raises(ValueError, match=r"too few rows .* one time stamp has no frequency"):
        find_clock(read_table(frame))


def test_a_series_of_another_frequency_is_named():
    weekly = daily(5).set_axis(pd.date_range("2024-01-01", periods=5, freq="7D"))
    table = read_table(pd.concat({"a": daily(50), "b": weekly, "c": daily(5), "d": weekly}))
    message = (
        r"X: the rows of series 'b' \(and 1 other series like it\) are 7 steps of D apart, not 1"
    )
    with pytest.raises(ValueError, match=message):
        panel_of(table)


def test_a_first_row_that_is_off_the_grid_of_all_others_is_the_one_that_is_named():
    parts = {"a": daily(20), "b": daily(20)}
    index = parts["b"].index.to_series()
    index.iloc[0] += pd.Timedelta("3h")
    parts["b"] = parts["b"].set_axis(pd.DatetimeIndex(index))
    with pytest.raises(ValueError, match="X: series 'b', time 2024-01-01 03:00:00 is off the step"):
        panel_of(read_table(pd.concat(parts)))


# --- giving back ----------------------------------------------------------------------------------------


def test_a_series_is_continued_as_a_series_of_the_same_name():
    back = ahead(daily()["load"])
    expected = pd.Series(
        [100.0, 101, 102],
        index=pd.date_range("2024-01-07", periods=3, freq="D", name="day"),
        name="load",
    )
    pd.testing.assert_series_equal(back, expected)


def test_a_frame_is_continued_as_a_frame_of_the_same_columns():
    back = ahead(daily(wind=0.0), steps=2)
    assert back.to_dict("list") == {"load": [100, 102], "wind": [101, 103]}
    assert back.index.freq == "D"
    assert back.index.name == "day"


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.date_range("2024-01-31", periods=6, freq="ME"), ["2024-07-31", "2024-08-31"]),
        (pd.date_range("2023-08-31", periods=6, freq="ME"), ["2024-02-29", "2024-03-31"]),
        (pd.bdate_range("2024-01-05", periods=6), ["2024-01-15", "2024-01-16"]),
        (pd.period_range("2024Q1", periods=6, freq="Q"), ["2025Q3", "2025Q4"]),
        (pd.RangeIndex(10, 40, 5), ["40", "45"]),
        (pd.Index([1, 2, 3, 4, 5, 9]), ["10", "11"]),
        (
            pd.date_range("2024-10-26", periods=6, freq="D", tz="Europe/Helsinki"),
            ["2024-11-01 00:00:00+02:00", "2024-11-02 00:00:00+02:00"],
        ),
    ],
)
def test_an_index_of_any_kind_is_continued(index, expected):
    back = ahead(daily().set_axis(index), steps=2)
    assert type(back.index) is type(index) or isinstance(back.index, pd.Index)
    assert [str(label).removesuffix(" 00:00:00") for label in back.index] == expected


def test_days_that_begin_at_one_o_clock_are_given_back_without_a_frequency():
    index = pd.date_range("2018-10-29", periods=6, freq="D", tz="America/Sao_Paulo")
    back = ahead(daily().set_axis(index), steps=2)
    assert back.index.hour.tolist() == [1, 0]
    assert back.index.freq is None


def test_a_panel_is_continued_series_by_series_with_the_names_of_its_levels():
    frame = pd.concat({"b": daily(2), "a": daily(3)}, names=["plant", "day"])
    back = ahead(frame, steps=2)
    assert list(back.index.names) == ["plant", "day"]
    assert back.index.tolist() == [
        ("b", pd.Timestamp("2024-01-03")),
        ("b", pd.Timestamp("2024-01-04")),
        ("a", pd.Timestamp("2024-01-04")),
        ("a", pd.Timestamp("2024-01-05")),
    ]
    assert back["load"].tolist() == [100, 101, 102, 103]
    assert isinstance(ahead(frame["load"]), pd.Series)


@pytest.mark.parametrize(
    "keys", [list("cab"), [3, 1, 2], pd.Categorical(list("cab"), list("zcba"))]
)
def test_the_index_ahead_of_a_panel_is_what_its_rows_would_make(keys):
    times = pd.date_range("2024-01-01", periods=3)
    index = pd.MultiIndex.from_arrays(
        [keys.repeat(3) if hasattr(keys, "repeat") else np.repeat(keys, 3), [*times] * 3]
    )
    back = ahead(pd.Series(1.0, index=index), steps=2).index
    made = pd.MultiIndex.from_arrays([back.get_level_values(0), back.get_level_values(1)])
    assert back.get_level_values(0).tolist() == [key for key in keys for _ in range(2)]
    assert back.get_level_values(1).tolist() == [*pd.date_range("2024-01-04", periods=2)] * 3
    assert all(own.identical(other) for own, other in zip(back.levels, made.levels, strict=True))


def test_series_that_end_at_different_times_are_each_continued_from_their_own_last():
    ends = {"c": "2024-01-05", "a": "2024-01-03", "b": "2024-01-05"}
    rows = {key: pd.Series(1.0, pd.date_range(end=end, periods=3)) for key, end in ends.items()}
    back = ahead(pd.concat(rows), steps=2).index
    expected = [
        (key, time) for key, end in ends.items() for time in pd.date_range(end, periods=3)[1:]
    ]
    assert back.tolist() == expected


def test_an_array_is_continued_as_an_array():
    assert ahead(np.arange(5.0)).tolist() == [100, 101, 102]
    assert ahead(np.ones((5, 2)), steps=2).tolist() == [[100, 101], [102, 103]]


def test_a_list_is_continued_as_a_list_of_the_same_kind():
    arrays = ahead([np.ones(4), np.ones(6)], steps=2)
    assert [part.tolist() for part in arrays] == [[100, 101], [102, 103]]
    frames = ahead([daily(2), daily(3)], steps=1)
    assert [part.index[0].day for part in frames] == [3, 4]
    assert frames[1]["load"].tolist() == [101]


def test_quantiles_of_a_series_are_columns_and_of_a_frame_the_lower_level_of_columns():
    table = read_table(daily())
    values = np.arange(6.0).reshape(1, 2, 1, 3)
    series = read_table(daily()["load"])
    one = forecast_frame(values, series.form, panel_of(series), ["load"], [0.1, 0.5, 0.9])
    assert list(one.columns) == [0.1, 0.5, 0.9]
    assert one.columns.name == "quantile"
    assert one.iloc[1].tolist() == [3, 4, 5]
    many = forecast_frame(values, table.form, panel_of(table), ["load"], [0.1, 0.5, 0.9])
    assert many.columns.tolist() == [("load", 0.1), ("load", 0.5), ("load", 0.9)]
    assert list(many.columns.names) == ["target", "quantile"]
    assert many["load"].iloc[0].tolist() == [0, 1, 2]
