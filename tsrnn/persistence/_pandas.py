"""Values of pandas: stamps, frequencies, indexes, a plain frame."""

import numpy as np
import pandas as pd
from pandas.tseries import offsets

from tsrnn.persistence._codec import Kind, exactly, refusal

_MISSING = {"NaT": pd.NaT, "NA": pd.NA}


def _write_missing(value, writer, path):
    return {"name": "NaT" if value is pd.NaT else "NA"}


# --- time zones and frequencies ---------------------------------------------------------------------------------------


def _write_zone(tz, path):
    """Return the name of a time zone, None where there is none."""
    if tz is None:
        return None
    try:
        _read_zone(str(tz))
    except (ValueError, KeyError, TypeError, LookupError):
        cure = "name the time zone, as in tz_convert('Europe/Helsinki')"
        raise refusal(f"the time zone of {path}", tz, cure) from None
    return str(tz)


def _read_zone(name):
    if name is None:
        return None
    if name.startswith(("dateutil", "/", ".")):
        raise ValueError(f"the time zone {name!r} is a file")
    return pd.DatetimeTZDtype("ns", name).tz


def _in_zone(naive_utc, name):
    return naive_utc if name is None else naive_utc.tz_localize("UTC").tz_convert(_read_zone(name))


def _write_offset(value, writer, path):
    name = type(value).__name__
    if getattr(offsets, name, None) is not type(value):
        raise refusal(path, value, "use a frequency of pandas.tseries.offsets")
    # A calendar is its holidays and weekmask, which stand beside it.
    own = {key: item for key, item in value.kwds.items() if key != "calendar"}
    return {
        "name": name,
        "n": value.n,
        "normalize": value.normalize,
        "own": writer.write_all(own, path),
    }


def _read_offset(node, reader):
    if node["name"] not in offsets.__all__:
        raise ValueError(f"the frequency {node['name']!r} is unknown")
    kind = getattr(offsets, node["name"])
    return kind(node["n"], node["normalize"], **reader.read_all(node["own"]))


# --- stamps -----------------------------------------------------------------------------------------------------------


def _write_timestamp(value, writer, path):
    count = int(value.to_datetime64().astype(np.int64))
    return {"count": count, "unit": value.unit, "zone": _write_zone(value.tz, path)}


def _read_timestamp(node, reader):
    return _in_zone(pd.Timestamp(np.datetime64(node["count"], node["unit"])), node["zone"])


def _write_timedelta(value, writer, path):
    return {"count": int(value.to_timedelta64().astype(np.int64)), "unit": value.unit}


def _read_timedelta(node, reader):
    return pd.Timedelta(np.timedelta64(node["count"], node["unit"]))


def _write_period(value, writer, path):
    return {"ordinal": value.ordinal, "freq": writer.write(value.freq, path)}


def _read_period(node, reader):
    return pd.Period(ordinal=node["ordinal"], freq=reader.read(node["freq"]))


# --- indexes ----------------------------------------------------------------------------------------------------------


def _write_index(value, writer, path):
    node = {"type": type(value).__name__, "name": writer.write(value.name, f"{path}.name")}
    if isinstance(value, pd.RangeIndex):
        return node | {"range": [value.start, value.stop, value.step]}
    if isinstance(value, pd.DatetimeIndex):
        node["zone"] = _write_zone(value.tz, path)
        value = value if value.tz is None else value.tz_convert("UTC").tz_localize(None)
    elif isinstance(value, pd.PeriodIndex):
        node["freq"] = writer.write(value.freq, path)
        return node | {"values": writer.write(np.array(value.asi8), path)}
    elif isinstance(value, pd.CategoricalIndex):
        node["categories"] = writer.write(value.categories, f"{path}.categories")
        node["ordered"] = bool(value.ordered)
        return node | {"values": writer.write(np.array(value.codes), path)}
    elif type(value) is pd.Index and not isinstance(value.dtype, np.dtype):
        node["dtype"] = str(value.dtype)
        return node | {"values": writer.write(value.to_numpy(dtype=object), path)}
    return node | {"values": writer.write(value.to_numpy(), path)}


def _read_index(node, reader):
    kind, name = node["type"], reader.read(node["name"])
    if kind == "RangeIndex":
        return pd.RangeIndex(*node["range"], name=name)
    values = reader.read(node["values"])
    if kind == "DatetimeIndex":
        return _in_zone(pd.DatetimeIndex(values, name=name), node["zone"])
    if kind == "TimedeltaIndex":
        return pd.TimedeltaIndex(values, name=name)
    if kind == "PeriodIndex":
        index = pd.PeriodIndex.from_ordinals(values, freq=reader.read(node["freq"]))
        return index.rename(name)
    if kind == "CategoricalIndex":
        categories = reader.read(node["categories"])
        codes = pd.Categorical.from_codes(values, categories, ordered=node["ordered"])
        return pd.CategoricalIndex(codes, name=name)
    dtype = node.get("dtype", values.dtype)
    return pd.Index(values, dtype=dtype, name=name, tupleize_cols=False)


def _write_frame(value, writer, path):
    columns = [
        writer.write(value.iloc[:, i].to_numpy(), f"{path}[{name!r}]")
        for i, name in enumerate(value.columns)
    ]
    return {
        "names": writer.write(value.columns, f"{path}.columns"),
        "index": writer.write(value.index, f"{path}.index"),
        "columns": columns,
    }


def _read_frame(node, reader):
    names, index = reader.read(node["names"]), reader.read(node["index"])
    columns = dict(enumerate(reader.read(node["columns"])))
    return pd.DataFrame(columns, index=index).set_axis(names, axis=1)


PANDAS = [
    Kind(
        "missing",
        lambda value: value is pd.NaT or value is pd.NA,
        _write_missing,
        lambda node, reader: _MISSING[node["name"]],
    ),
    Kind(
        "offset", lambda value: isinstance(value, offsets.BaseOffset), _write_offset, _read_offset
    ),
    Kind("Timestamp", exactly(pd.Timestamp), _write_timestamp, _read_timestamp),
    Kind("Timedelta", exactly(pd.Timedelta), _write_timedelta, _read_timedelta),
    Kind("Period", exactly(pd.Period), _write_period, _read_period),
    Kind(
        "index",
        exactly(
            pd.Index,
            pd.RangeIndex,
            pd.DatetimeIndex,
            pd.TimedeltaIndex,
            pd.PeriodIndex,
            pd.CategoricalIndex,
        ),
        _write_index,
        _read_index,
    ),
    Kind("frame", exactly(pd.DataFrame), _write_frame, _read_frame),
]
