"""One safetensors file: the tensors as they are, and in its header the JSON, the library's version and a checksum."""

import hashlib
import json
import os
import re
import secrets
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from tsrnn.version import __version__

#: Safetensors refuses to read headers of more than 100 MB, in which the text's quotes are escaped.
_LONGEST_HEADER = 50_000_000
_BROKEN = (SafetensorError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


def write_file(path, state, tensors):
    """Write a file in one stroke: it is all there, or the earlier one still is.

    Parameters
    ----------
    path : str or path-like
    state : object
        Of what JSON holds.
    tensors : dict of str to torch.Tensor
        On the CPU, none of them sharing memory.
    """
    path = Path(path).resolve()
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}; make it first.")
    header = {"version": __version__, "state": state}
    header["sha256"] = _checksum(header, tensors)
    text = json.dumps(header, allow_nan=False)
    if len(text) > _LONGEST_HEADER:
        raise ValueError(
            "the estimator holds too many names, of series or tokens, for one file; pickle it instead."
        )
    # One entry alone, because safetensors puts several in any order.
    blob = save(tensors, {"tsrnn": text})
    # In the same folder, because a file moves in one stroke within one disk alone.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "xb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_file(path):
    """Read a file and check that it is whole.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    state : object
        Of what JSON holds.
    tensors : dict of str to torch.Tensor
    version : str
        Of the library that wrote it.

    Raises
    ------
    OSError
        Where it cannot be read.
    ValueError
        Where it is no such file, damaged, or of a later version.
    """
    blob = Path(path).read_bytes()
    try:
        tensors, text = load(blob), _metadata(blob).get("tsrnn")
        header = None if text is None else json.loads(text)
        later = header is not None and _numbers(header["version"]) > _numbers(__version__)
    except _BROKEN:
        raise ValueError(
            f"{path} is damaged, or not a file that save(path) of tsrnn wrote."
        ) from None
    if header is None:
        raise ValueError(
            f"{path} is a safetensors file, but not one that save(path) of tsrnn wrote."
        )
    if later:
        raise ValueError(
            f"{path} was written by tsrnn {header['version']}; this is {__version__}: update it, as in "
            "pip install --upgrade tsrnn."
        )
    if header.pop("sha256", None) != _checksum(header, tensors):
        raise ValueError(
            f"{path} is damaged: its content does not match its checksum; copy it, or save the estimator, again."
        )
    return header.get("state"), tensors, header["version"]


def _metadata(blob):
    """Return what stands in the header beside the tensors; safetensors gives it only of files, not of bytes."""
    length = int.from_bytes(blob[:8], "little")
    return json.loads(blob[8 : 8 + length]).get("__metadata__", {})


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def _checksum(header, tensors):
    """Return the SHA-256 of all that a file holds, in an order of its own."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
