"""The compiled kernels on disk: made once, by a process of its own that takes the compiler's memory with it."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from tsrnn.kernels import sweeps
from tsrnn.kernels.autograd import branch, run
from tsrnn.kernels.embeddings import embed
from tsrnn.kernels.live import answer
from tsrnn.kernels.scales import scaled
from tsrnn.kernels.window import forecast

_COMPILE = "from tsrnn.kernels import disk; disk.compile_all()"


def ensure():
    """See to it that the kernels are on disk; where that fails, this process compiles what it calls."""
    if _marker().exists() or not sys.executable or getattr(sys, "frozen", False):
        return
    paths = os.pathsep.join(path for path in sys.path if path)
    # The caller's folder may hold a file with the name of a module.
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", _COMPILE], env=env, capture_output=True, check=False)


def compile_all():
    """Go through the kernels once, there and back, and leave a note that they are compiled."""
    # The many rows are shared out among threads.
    for n_rows, units in ((64, 200), (1, 1)):
        weights, zeros = _weights(units), torch.zeros(n_rows, units)
        outputs, _ = run("LSTM", torch.zeros(n_rows, 4, 1), (zeros, zeros), weights)
        outputs.sum().backward()
    branch("LSTM", zeros, (zeros, zeros), weights).sum().backward()
    embed(zeros, weights["x"], weights["bias_x"]).sum().backward()
    weights = {name: tensor.detach() for name, tensor in weights.items()}
    cells = [("LSTM", weights)]
    answer(cells, zeros, zeros[0], zeros, [(zeros, zeros)])
    tensors = dict.fromkeys(("typical", "linear", "linear_bias"), zeros)
    ones = dict.fromkeys(("W", "H", "T", "c", "S", "Q", "lag"), 1)
    rest = dict.fromkeys(("median", "seasonal", "indicator"), 0)
    forecast(zeros.numpy(), cells, tensors, 1.0, None, **ones, **rest)
    scaled(zeros[None], zeros[0], "last", 1, False)
    _marker().touch()


def _weights(units):
    names = {
        "x": (4 * units, 1),
        "h": (4 * units, units),
        "bias_x": (4 * units,),
        "bias_h": (4 * units,),
    }
    return {name: torch.zeros(shape, requires_grad=True) for name, shape in names.items()}


def _marker():
    return Path(sweeps.forward.stats.cache_path) / f"tsrnn-kernels-{sweeps.DIGEST}"
