"""Objects: classes by name, records, modules, nets and estimators."""

import dataclasses
import functools
import types

from torch import nn

from tsrnn.generators import seeded
from tsrnn.messages import warn
from tsrnn.persistence._codec import Kind, exactly, refusal
from tsrnn.persistence._names import ESTIMATORS, NETS, NETWORKS, RECORDS, classes, known, names
from tsrnn.training import assemble, parts_of

_OF_EVERY_MODULE = vars(nn.Module()).keys()


def _is_one_of(listed):
    return lambda value: type(value) in classes(listed).values()


def _class(node, reader, bases):
    """Return the class that a node names, which must be one of `bases` or inherit from it."""
    cls = reader.read(node["class"])
    if not issubclass(cls, tuple(bases)):
        raise ValueError(f"{cls.__name__} is no class of a {node['kind']}")
    return cls


def _with(instance, attributes):
    """Give an instance attributes that replace none of its methods."""
    for name in attributes:
        if callable(getattr(type(instance), name, None)):
            raise ValueError(f"{name} is a method of {type(instance).__name__}")
    vars(instance).update(attributes)
    return instance


# --- classes and functions by name ------------------------------------------------------------------------------------


class MissingCustomObject(ValueError):
    """The file names a class or function of the user's, and none of that name was given."""


def _is_named(value):
    return isinstance(value, type | types.FunctionType)


def _write_custom(value, writer, path):
    if value.__name__ == "<lambda>":
        raise refusal(path, value, "write the lambda as a function (def), which has a name")
    if writer.custom_objects.setdefault(value.__name__, value) is not value:
        raise refusal(
            path, value, f"another one that is saved is named {value.__name__} too; rename it"
        )
    return {"name": value.__name__}


def _read_custom(node, reader):
    name, given = node["name"], reader.custom_objects
    if not name.isidentifier():
        raise ValueError(f"{name!r} is no name")
    if name not in given:
        others = f" (custom_objects has {', '.join(map(repr, given))})" if given else ""
        raise MissingCustomObject(
            f"it holds no more than the name of {name}, which is not of tsrnn or torch{others}; give the class itself, "
            f"as in tsrnn.load(path, custom_objects={{{name!r}: {name}}})."
        )
    return given[name]


def _write_partial(value, writer, path):
    return {
        "of": writer.write(value.func, path),
        "args": writer.write(list(value.args), path),
        "keywords": writer.write_all(value.keywords, path),
    }


def _read_partial(node, reader):
    args, keywords = reader.read(node["args"]), reader.read_all(node["keywords"])
    return functools.partial(reader.read(node["of"]), *args, **keywords)


# --- records, networks, modules ---------------------------------------------------------------------------------------


def _write_record(value, writer, path):
    is_data = dataclasses.is_dataclass(value)
    fields = [f.name for f in dataclasses.fields(value)] if is_data else vars(value)
    held = {name: getattr(value, name) for name in fields}
    return {"class": writer.write(type(value), path), "fields": writer.write_all(held, path)}


def _read_record(node, reader):
    return _class(node, reader, classes(RECORDS).values())(**reader.read_all(node["fields"]))


def _write_network(value, writer, path):
    weights = value.state_dict()
    return {
        "class": writer.write(type(value), path),
        "arguments": writer.write_all(value.arguments, path),
        "weights": {name: writer.add_tensor(w, f"{path}.{name}") for name, w in weights.items()},
    }


def _read_network(node, reader):
    cls = _class(node, reader, classes(NETWORKS).values())
    arguments = reader.read_all(node["arguments"])
    with seeded(0):
        network = cls(**arguments)
    weights = {name: reader.tensors.pop(stored) for name, stored in node["weights"].items()}
    network.load_state_dict(weights)
    return network


def _write_module(value, writer, path):
    """Write a module by its attributes: a loss of torch's or the user's own, whose arguments nobody kept."""
    own = {name: item for name, item in vars(value).items() if name not in _OF_EVERY_MODULE}
    held = {
        "own": own,
        "parameters": {k: p.data for k, p in value.named_parameters(recurse=False)},
        "buffers": dict(value.named_buffers(recurse=False)),
        "modules": dict(value.named_children()),
    }
    return {
        "class": writer.write(type(value), path),
        "training": value.training,
        **{name: writer.write_all(items, path) for name, items in held.items()},
    }


def _read_module(node, reader):
    cls = _class(node, reader, [nn.Module])
    module = cls.__new__(cls)
    nn.Module.__init__(module)
    _with(module, reader.read_all(node["own"]))
    for name, tensor in reader.read_all(node["parameters"]).items():
        module.register_parameter(name, nn.Parameter(tensor))
    for name, tensor in reader.read_all(node["buffers"]).items():
        module.register_buffer(name, tensor)
    for name, child in reader.read_all(node["modules"]).items():
        module.add_module(name, child)
    return module.train(node["training"])


# --- nets and estimators ----------------------------------------------------------------------------------------------


def _write_net(value, writer, path):
    parts = parts_of(value)
    if writer.others is None:
        parts["callbacks"] = []
    return {"parts": writer.write_all(parts, path)}


def _read_net(node, reader):
    return assemble(**reader.read_all(node["parts"]))


def _is_estimator(value):
    return isinstance(value, tuple(classes(ESTIMATORS).values()))


def _write_estimator(value, writer, path):
    params, learned = value.get_params(deep=False), dict(vars(value))
    if writer.others is None:
        learned.pop("_metadata_request", None)
        if params.get("callbacks"):
            warn("callbacks are not saved: what is loaded trains on without them.")
            params["callbacks"] = None
    # Some attributes are no parameters but fixed by the class, as the cell of LSTMForecaster.
    given = vars(type(value)(**params))
    learned = {name: item for name, item in learned.items() if name not in given}
    ordered = dict(sorted(learned.items(), key=lambda item: item[0].startswith("_")))
    return {
        "class": writer.write(type(value), path),
        "params": writer.write_all(params, path),
        "learned": writer.write_all(ordered, path),
    }


def _read_estimator(node, reader):
    cls = _class(node, reader, classes(ESTIMATORS).values())
    return _with(cls(**reader.read_all(node["params"])), reader.read_all(node["learned"]))


OBJECTS = [
    Kind(
        "class",
        lambda value: _is_named(value) and value in names(),
        lambda value, writer, path: {"name": names()[value]},
        lambda node, reader: known()[node["name"]],
    ),
    Kind("partial", exactly(functools.partial), _write_partial, _read_partial),
    Kind("record", _is_one_of(RECORDS), _write_record, _read_record, shared=True),
    Kind("network", _is_one_of(NETWORKS), _write_network, _read_network, shared=True),
    Kind("estimator", _is_estimator, _write_estimator, _read_estimator, shared=True),
    Kind("net", _is_one_of(NETS), _write_net, _read_net, shared=True),
    Kind(
        "module",
        lambda value: isinstance(value, nn.Module),
        _write_module,
        _read_module,
        shared=True,
    ),
]
#: The user's own classes and functions, of which a file holds the name alone; a pickle finds them by itself.
CUSTOM = Kind("custom", _is_named, _write_custom, _read_custom)
