"""Plain values of Python, NumPy and torch."""

import base64
import datetime
import math

import numpy as np
import torch

from tsrnn.persistence._codec import Kind, exactly, refusal
from tsrnn.training import resolve_device

#: Kinds of dtypes that go into tensors: the others hold objects or text.
_NUMBERS = "biufmM"
_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def _items_of(make):
    """Return how a container that `make` makes of its items is written and read."""

    def write(value, writer, path):
        return {"items": [writer.write(item, f"{path}[{i}]") for i, item in enumerate(value)]}

    return write, lambda node, reader: make(reader.read(node["items"]))


def _write_dict(value, writer, path):
    pairs = [
        [writer.write(k, f"a key of {path}"), writer.write(v, f"{path}[{k!r}]")]
        for k, v in value.items()
    ]
    return {"items": pairs}


def _by_text(to_text, of_text):
    """Return how values are written and read that have a text of their own."""
    return (
        lambda value, writer, path: {"text": to_text(value)},
        lambda node, reader: of_text(node["text"]),
    )


def _write_timedelta(value, writer, path):
    return {"parts": [value.days, value.seconds, value.microseconds]}


def _with_fixed_zone(kind):
    # Of another time zone the text would keep the present offset, or nothing.
    zones = (type(None), datetime.timezone)
    return lambda value: type(value) is kind and type(value.tzinfo) in zones


# --- arrays -----------------------------------------------------------------------------------------------------------


def _write_array(value, writer, path):
    kind, dtype = value.dtype.kind, value.dtype.newbyteorder("=")
    node = {"dtype": dtype.str, "shape": list(value.shape)}
    if kind in "OU":
        return node | {"items": writer.write(value.ravel().tolist(), path)}
    if kind not in _NUMBERS or value.dtype.itemsize > 8:
        raise refusal(path, value, f"its dtype is {value.dtype}; make it one of float64 or int64")
    plain = np.array(value, dtype=dtype, order="C")
    if kind in "mMu":  # not every torch and safetensors has these
        plain = plain.view(f"i{dtype.itemsize}")
    return node | {"tensor": writer.add_tensor(torch.from_numpy(plain), path)}


def _read_array(node, reader):
    dtype = np.dtype(node["dtype"])
    if "tensor" in node:
        if dtype.kind not in _NUMBERS:
            raise ValueError(f"an array of {dtype} is no tensor")
        return reader.tensors.pop(node["tensor"]).numpy().copy().view(dtype)
    items = reader.read(node["items"])
    # np.array would make a second axis of items that are tuples.
    array = np.fromiter(items, dtype=dtype, count=len(items))
    return array.reshape(node["shape"])


def _write_scalar(value, writer, path):
    kind, dtype = value.dtype.kind, value.dtype.str
    if kind not in "biufUmM" or (value.dtype.itemsize > 8 and kind == "f"):
        raise refusal(path, value, "make it a number or text")
    plain = int(value.astype(np.int64)) if kind in "mM" else value.item()
    return {"dtype": dtype, "value": writer.write(plain, path)}


def _read_scalar(node, reader):
    return np.array(reader.read(node["value"])).astype(node["dtype"])[()]


def _write_random(value, writer, path):
    generator = isinstance(value, np.random.Generator)
    state = value.bit_generator.state if generator else value.get_state(legacy=False)
    return {"generator": generator, "state": writer.write(state, path)}


def _read_random(node, reader):
    state = reader.read(node["state"])
    if state["bit_generator"] not in _BIT_GENERATORS:
        raise ValueError(f"the bit generator {state['bit_generator']!r} is unknown")
    bits = getattr(np.random, state["bit_generator"])()
    if not node["generator"]:
        random_state = np.random.RandomState(bits)
        random_state.set_state(state)
        return random_state
    bits.state = state
    return np.random.Generator(bits)


# --- torch ------------------------------------------------------------------------------------------------------------


def _write_tensor(value, writer, path):
    return {"tensor": writer.add_tensor(value, path)}


def _device(name):
    """Return the device of that name, or the CPU where it is not there: a model that a GPU fitted loads anywhere."""
    try:
        return resolve_device(name)
    except ValueError:
        return torch.device("cpu")


PLAIN = [
    Kind(
        "float",
        lambda value: type(value) is float and not math.isfinite(value),
        *_by_text(str, float),
    ),
    Kind("tuple", exactly(tuple), *_items_of(tuple)),
    Kind("set", exactly(set), *_items_of(set)),
    Kind("frozenset", exactly(frozenset), *_items_of(frozenset)),
    Kind("dict", exactly(dict), _write_dict, lambda node, reader: dict(reader.read(node["items"]))),
    Kind(
        "bytes",
        exactly(bytes),
        *_by_text(lambda value: base64.b64encode(value).decode(), base64.b64decode),
    ),
    Kind(
        "datetime",
        _with_fixed_zone(datetime.datetime),
        *_by_text(str, datetime.datetime.fromisoformat),
    ),
    Kind("date", exactly(datetime.date), *_by_text(str, datetime.date.fromisoformat)),
    Kind(
        "time",
        _with_fixed_zone(datetime.time),
        *_by_text(str, datetime.time.fromisoformat),
    ),
    Kind(
        "timedelta",
        exactly(datetime.timedelta),
        _write_timedelta,
        lambda node, reader: datetime.timedelta(*node["parts"]),
    ),
    Kind("array", exactly(np.ndarray), _write_array, _read_array),
    Kind("scalar", lambda value: isinstance(value, np.generic), _write_scalar, _read_scalar),
    Kind(
        "random", exactly(np.random.RandomState, np.random.Generator), _write_random, _read_random
    ),
    Kind(
        "tensor",
        exactly(torch.Tensor),
        _write_tensor,
        lambda node, reader: reader.tensors.pop(node["tensor"]),
    ),
    Kind("device", exactly(torch.device), *_by_text(str, _device)),
]
