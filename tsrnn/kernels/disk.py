"""The compiled kernels on disk: made once, by processes of their own that take the compiler's memory with them."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import torch

from tsrnn.kernels import sweeps
from tsrnn.kernels.autograd import run, sweep
from tsrnn.kernels.embeddings import embed
from tsrnn.kernels.gathering import gather
from tsrnn.kernels.keeping import DIGEST
from tsrnn.kernels.live import answer
from tsrnn.kernels.scales import scaled
from tsrnn.kernels.segments import decode, decode_by_hand
from tsrnn.kernels.window import forecast, network_of, with_cells

#: What goes by the compiled functions.
__all__ = [
    "answer",
    "decode",
    "decode_by_hand",
    "embed",
    "forecast",
    "gather",
    "network_of",
    "run",
    "scaled",
    "sweep",
    "with_cells",
]


def ensure():
    """See to it that the kernels are on disk; where that fails, this process compiles what it calls."""
    if _marker().exists() or not sys.executable or getattr(sys, "frozen", False):
        return
    paths = os.pathsep.join(path for path in sys.path if path)
    # The caller's folder may hold a file with the name of a module.
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    # Vectors and tiles are written by hand: more passes of the compiler find nothing.
    env.setdefault("NUMBA_OPT", "1")
    # Not a warning: nothing is wrong. But half a minute without a word looks as if something were.
    print("tsrnn: compiling kernels, once per installation: about 40 s", file=sys.stderr)
    if all(code == 0 for code in _side_by_side([_command(part) for part in _PARTS], env)):
        _marker().touch()


def _side_by_side(commands, env):
    """Run commands side by side, and none longer than this process; return their exit statuses."""
    with contextlib.ExitStack() as stack:
        running = []
        for command in commands:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            running.append(stack.enter_context(subprocess.Popen(command, env=env, **quiet)))
            stack.callback(running[-1].kill)
        return [process.wait() for process in running]


def _command(part):
    return [sys.executable, "-c", f"from tsrnn.kernels import disk; disk.{part.__name__}()"]


def compile_recurrences():
    """Go through a sweep once, there and back, in one part and in several, which threads share."""
    for n_rows, units in ((64, 200), (1, 1)):
        zeros = torch.zeros(n_rows, units)
        outputs, _ = run("LSTM", torch.zeros(n_rows, 4, 1), (zeros, zeros), _weights(units))
        outputs.sum().backward()


def compile_surroundings():
    """Go once through what a network does around its recurrence."""
    weights, zeros = _weights(1), torch.zeros(1, 1)
    decode("LSTM", zeros[None], zeros, torch.nn.Linear(1, 1), weights).sum().backward()
    scaled(zeros[None], zeros[0], "last", 1, 1, False, False)
    numbers = torch.zeros(1, dtype=torch.int64)
    gather(zeros, numbers, 1, numbers)


def compile_alone():
    """Go once through what a row or a window that is alone goes through."""
    weights, zeros = _weights(1), torch.zeros(1, 1)
    cells = [("LSTM", {name: tensor.detach() for name, tensor in weights.items()})]
    answer(cells, zeros, zeros[0], zeros, [(zeros, zeros)])
    tensors = dict.fromkeys(("typical", "linear", "linear_bias"), zeros)
    ones = dict.fromkeys(("W", "H", "T", "c", "S", "Q", "lag", "season"), 1)
    rest = dict.fromkeys(("median", "seasonal", "indicator"), 0)
    forecast(network_of(cells, tensors, None, **ones, **rest), 1.0, zeros.numpy())


#: As many processes, none of which compiles what another does.
_PARTS = compile_recurrences, compile_surroundings, compile_alone


def _weights(units):
    names = {
        "x": (4 * units, 1),
        "h": (4 * units, units),
        "bias_x": (4 * units,),
        "bias_h": (4 * units,),
    }
    return {name: torch.zeros(shape, requires_grad=True) for name, shape in names.items()}


def _marker():
    return Path(sweeps.forward.stats.cache_path) / f"tsrnn-kernels-{DIGEST}"
