"""Codec: nested values as JSON and tensors, and back; what the table of kinds does not know is refused.

None, True, whole and finite numbers, text and lists are themselves in JSON. Anything else is an object with its "kind",
the name of a row of the table. An object that is met again is stored once.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn


class Kind(NamedTuple):
    """A row of the table: which values it holds, and how they become a JSON object and back.

    `holds(value)`, `write(value, writer, path)`, a dict, and `read(node, reader)`; `shared` where it matters that two
    attributes are one object.
    """

    name: str
    holds: Callable
    write: Callable
    read: Callable
    shared: bool = False


def exactly(*types):
    """Return a test for values of just these types: a subclass may hold more than would come back."""
    return lambda value: type(value) in types


class Writer:
    """Turn values into JSON, and collect the tensors in them.

    Parameters
    ----------
    kinds : list of Kind
    others : list, default=None
        Takes what no kind holds, for a pickle; None: it is refused.

    Attributes
    ----------
    tensors : dict of str to torch.Tensor
        Named by the path of the attribute.
    custom_objects : dict of str to class or function
        Those of the user that are stored by name.
    """

    def __init__(self, kinds, others=None):
        self.kinds, self.others = kinds, others
        self.tensors, self.custom_objects = {}, {}
        self._met, self._kept = {}, []

    def write(self, value, path):
        """Return a value as JSON; `path` names it in messages."""
        kind = type(value)
        if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
            return value
        if kind is list:
            return [self.write(item, f"{path}[{i}]") for i, item in enumerate(value)]
        if id(value) in self._met:
            return self._met[id(value)]
        try:
            return self._write(value, path)
        except TypeError:
            if self.others is None:
                raise
        self.others.append(value)
        return {"kind": "other", "number": len(self.others) - 1}

    def write_all(self, values, path):
        """Return the values of a dict with names as keys, each as JSON."""
        path = f"{path}." if path else ""
        return {name: self.write(value, path + name) for name, value in values.items()}

    def add_tensor(self, tensor, path):
        """Keep a copy of a tensor on the CPU, and return its name: the path, with a number where that is taken."""
        path = f"{path} {len(self.tensors)}" if path in self.tensors else path
        self.tensors[path] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        return path

    def _write(self, value, path):
        for row in self.kinds:
            if row.holds(value):
                node = {"kind": row.name, **row.write(value, self, path)}
                return self._remember(value, node) if row.shared else node
        raise refusal(path, value)

    def _remember(self, value, node):
        number = len(self._kept)
        self._kept.append(value)  # or its id could become that of another object
        self._met[id(value)] = {"kind": "same", "as": number}
        if isinstance(value, nn.Module):
            for name, part in value.named_modules():
                self._met.setdefault(id(part), {"kind": "same", "as": number, "part": name})
        return {**node, "id": number}


class Reader:
    """Turn JSON and tensors back into values.

    Parameters
    ----------
    kinds : list of Kind
    tensors : dict of str to torch.Tensor
    custom_objects : dict of str to class or function
        The user's own, by name.
    others : list, default=()
        Of the writer.
    """

    def __init__(self, kinds, tensors, custom_objects, others=()):
        self.kinds = {row.name: row for row in kinds}
        self.tensors, self.custom_objects, self.others = tensors, custom_objects, others
        self._objects = {}

    def read(self, node):
        """Return the value of JSON that `Writer.write` made; a stranger's raises an exception of any kind."""
        if isinstance(node, list):
            return [self.read(item) for item in node]
        if not isinstance(node, dict):
            return node
        if node["kind"] == "same":
            found = self._objects[node["as"]]
            return found.get_submodule(node["part"]) if "part" in node else found
        if node["kind"] == "other":
            return self.others[node["number"]]
        if node["kind"] not in self.kinds:
            raise ValueError(f"the kind {node['kind']!r} is unknown")
        value = self.kinds[node["kind"]].read(node, self)
        if "id" in node:
            self._objects[node["id"]] = value
        return value

    def read_all(self, nodes):
        """Return a dict of names, each value read."""
        return {name: self.read(node) for name, node in nodes.items()}


def refusal(
    path, value, cure="store plain values, such as numbers, text, arrays or lists of these"
):
    """Return the exception that says which attribute cannot be saved, and what to do."""
    return TypeError(f"{path} cannot be saved: it is a {type(value).__name__}; {cure}.")
