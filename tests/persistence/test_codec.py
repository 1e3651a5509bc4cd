"""The codec: every value of a kind that it knows comes back as it was, and no other is taken."""

import datetime
import enum
import json
import threading
import zoneinfo
from collections import OrderedDict, namedtuple

import numpy as np
import pandas as pd
import pytest
import torch
from dateutil.tz import tzoffset
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tsrnn.clocks import Clock
from tsrnn.persistence import KINDS, Reader, Writer
from tsrnn.persistence import _names as names
from tsrnn.transforms import TargetTransform


def round_trip(value, custom_objects=None):
    writer = Writer(KINDS)
    state = json.loads(json.dumps(writer.write(value, "value"), allow_nan=False))
    reader = Reader(KINDS, dict(writer.tensors), custom_objects or {})
    again = reader.read(state)
    assert not reader.tensors
    return again


def alike(one, other):
    """Whether two values are equal and of one type, NaN equal to itself, and all within them too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return alike(list(one.items()), list(other.items()))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        return same and alike(one.ravel().tolist(), other.ravel().tolist())
    if isinstance(one, np.generic):
        return one.dtype == other.dtype and alike(one.item(), other.item())
    if isinstance(one, pd.Index):
        return one.equals(other) and one.dtype == other.dtype and one.names == other.names
    return one is other or bool(one == other if one == one else other != other)


hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.none() | st.just(datetime.UTC))
    | st.timedeltas()
    | st.datetimes(pd.Timestamp("1700").to_pydatetime(), pd.Timestamp("2200").to_pydatetime()).map(
        pd.Timestamp
    ),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
arrays = hnp.arrays(
    st.one_of(
        hnp.boolean_dtypes(),
        hnp.integer_dtypes(),
        hnp.unsigned_integer_dtypes(),
        hnp.floating_dtypes(sizes=(16, 32, 64)),
        hnp.unicode_string_dtypes(max_len=4),
        hnp.datetime64_dtypes(endianness="="),
        hnp.timedelta64_dtypes(endianness="="),
    ).map(lambda dtype: dtype.newbyteorder("=")),
    hnp.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3),
)
values = st.recursive(
    hashable | st.floats() | arrays | arrays.filter(lambda a: a.size).map(lambda a: a.ravel()[0]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_nested_values_come_back_as_they_were(value):
    assert alike(round_trip(value), value)


@pytest.mark.parametrize(
    "value",
    [
        pd.NaT,
        pd.NA,
        pd.Timestamp("2024-03-31 01:30", tz="Europe/Helsinki"),
        pd.Timestamp("2024-10-27 03:30+02:00").tz_convert("Europe/Helsinki"),
        pd.Timestamp("9999-12-31").as_unit("s"),
        pd.Timestamp("2024", tz=datetime.timezone(datetime.timedelta(hours=-3))),
        pd.Timedelta(5, unit="ns"),
        pd.Period("2024-03", freq="M"),
        pd.Period("2024-03-06", freq="W-WED"),
        np.datetime64("NaT", "s"),
        np.float32(0.1),
        np.str_("text"),
        np.array([(1, 2), None, "a"], dtype=object)[:, None],
        np.arange(6, dtype=">i4").astype("<i4").reshape(2, 3)[:, ::2],
        torch.device("cpu"),
        np.ndarray,
        torch.optim.AdamW,
        "\ud800",
        2**70,
    ],
    ids=repr,
)
def test_values_of_their_own_come_back(value):
    again = round_trip(value)
    assert alike(again, value)
    assert getattr(again, "unit", None) == getattr(value, "unit", None)


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["a", "b"], name="site"),
        pd.Index(["a", None], dtype="string"),
        pd.Index([1, None], dtype="Int64"),
        pd.Index([1.5, np.nan]),
        pd.Index([(1, 2), "a"], tupleize_cols=False, name=("x", 1)),
        pd.Index([True, False]),
        pd.RangeIndex(3, 30, 4, name="step"),
        pd.CategoricalIndex(["b", "a", None], categories=["b", "a"], ordered=True, name="kind"),
        pd.date_range("2024-03-31", periods=5, freq="h", tz="Europe/Helsinki", unit="s"),
        pd.date_range("2024", periods=3, freq="ME", name="day"),
        pd.DatetimeIndex([]),
        pd.period_range("2024", periods=3, freq="Q-FEB", name="quarter"),
        pd.timedelta_range("1h", periods=3, unit="ms"),
    ],
    ids=repr,
)
def test_indexes_come_back_with_their_names_and_zones(index):
    assert alike(round_trip(index), index)


@pytest.mark.parametrize(
    "freq",
    [
        pd.offsets.Nano(5),
        pd.offsets.Hour(2),
        pd.offsets.Day(),
        pd.offsets.Week(weekday=3),
        pd.offsets.MonthEnd(3),
        pd.offsets.QuarterEnd(startingMonth=2),
        pd.offsets.BYearBegin(month=4),
        pd.offsets.SemiMonthEnd(day_of_month=14),
        pd.offsets.LastWeekOfMonth(weekday=2),
        pd.offsets.BusinessHour(start="08:00", end="16:00"),
        pd.offsets.CustomBusinessDay(holidays=["2024-01-02"], weekmask="Sun Mon Tue"),
        pd.offsets.FY5253Quarter(startingMonth=1, weekday=2, qtr_with_extra_week=3),
        pd.DateOffset(months=2),
        pd.offsets.Easter(),
    ],
    ids=repr,
)
def test_frequencies_come_back(freq):
    assert round_trip(freq) == freq
    assert round_trip(Clock(freq)).freq == freq


def test_a_frame_comes_back():
    frame = pd.DataFrame({"epoch": [1, 2], "loss": [np.nan, 0.5]}, index=pd.Index([3, 4]))
    pd.testing.assert_frame_equal(round_trip(frame), frame)
    empty = pd.DataFrame(columns=["epoch"])
    assert list(round_trip(empty).columns) == ["epoch"]


def test_generators_draw_on_alike():
    for draw in (np.random.RandomState(5), np.random.Generator(np.random.Philox(5))):
        draw.normal()
        again = round_trip(draw)
        assert again is not draw
        np.testing.assert_array_equal(again.normal(size=3), draw.normal(size=3))


def test_an_object_that_is_met_twice_is_one_object():
    clock = Clock(5)
    one, (other, third) = round_trip([clock, (clock, Clock(5))])
    assert one is other
    assert third is not one


def test_a_record_is_built_by_its_class():
    transform = TargetTransform("log", np.array([0.5]), np.zeros(1))
    again = round_trip(transform)
    assert type(again) is TargetTransform
    assert alike(list(vars(again).values()), list(vars(transform).values()))


Point = namedtuple("Point", "x y")


class Colour(enum.IntEnum):
    RED = 1


class Text(str):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Point(1, 2),
        Colour.RED,
        Text("a"),
        OrderedDict(a=1),
        object(),
        threading.Lock(),
        len,
        1j,
        np.array([1j]),
        np.zeros(2, dtype=np.longdouble),
        np.zeros(2, dtype="i4,f8"),
        pd.Series([1.0]),
        pd.MultiIndex.from_tuples([(1, 2)]),
        pd.Timestamp("2024", tz=tzoffset("own", 3600)),
        datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Helsinki")),
        datetime.time(1, tzinfo=zoneinfo.ZoneInfo("Europe/Helsinki")),
        torch.nn.Parameter(torch.zeros(2)),
        lambda: None,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_not_come_back_as_it_was_is_refused_by_its_path(value):
    with pytest.raises(
        TypeError, match=r"^(the time zone of )?model\['x'\]\[1\] cannot be saved: it is a "
    ):
        Writer(KINDS).write({"x": [0, value]}, "model")


@pytest.mark.parametrize("dtype", ["O", "U4", "V8", "O,i4"])
def test_no_memory_is_read_as_objects(dtype):
    array = {"kind": "array", "dtype": dtype, "shape": [2], "tensor": "t"}
    with pytest.raises(ValueError, match="is no tensor"):
        Reader(KINDS, {"t": torch.zeros(2, dtype=torch.int64)}, {}).read(array)


def test_a_time_zone_in_a_file_is_not_opened():
    stamp = {"kind": "Timestamp", "count": 0, "unit": "s", "zone": "dateutil//etc/passwd"}
    with pytest.raises(ValueError, match="is a file"):
        Reader(KINDS, {}, {}).read(stamp)


def test_every_listed_name_is_a_class_and_every_kind_has_a_name_of_its_own():
    for listed in (names.ESTIMATORS, names.RECORDS, names.NETWORKS, names.NETS, names.BATCHES):
        assert all(isinstance(item, type) for item in names.classes(listed).values())
    assert len({row.name for row in KINDS}) == len(KINDS)
    assert {"torch.optim.Adam", "tsrnn.cells.LSTM", "tsrnn.nn.MeanPooling"} <= names.known().keys()


def test_no_listed_class_runs_what_it_is_given():
    allowed = {"tsrnn", "torch", "skorch", "builtins", "numpy", "pandas"}
    for item in names.known().values():
        assert item.__module__.partition(".")[0] in allowed
    functions = [item for item in names.known().values() if not isinstance(item, type)]
    assert functions == []
