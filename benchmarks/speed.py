"""Speed of training beside the tightest loop by hand: the same network, batches, steps and threads.

By hand: torch.nn's layer, windows gathered from a strided view, fused Adam, nothing logged. Ours: the public `fit`,
whole, from an array to a fitted forecaster. Beside these: plain skorch with windows cut beforehand; for cells that
torch has no layer for, a Python loop over the cell's step; neuralforecast and darts, from a frame to a fitted model, in
a process of their own environment (see skill.py), which waits while ours train. Both take turns in one run; the table
has medians.

    python benchmarks/speed.py --threads 1 --out benchmarks/results/speed.csv
    python benchmarks/speed.py --beside "loop by hand" --sizes L
"""

import argparse
import os
import platform
import subprocess
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from peers_python import HERE, peers_python
from skorch import NeuralNetRegressor
from torch import nn
from torch.nn import functional as F

import tsrnn
from tsrnn import RecurrentForecaster
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM

#: window, hidden, batch, rows of a segment, steps of the optimizer
SIZES = {"S": (40, 50, 32, 1, 400), "M": (96, 64, 256, 1, 30), "L": (336, 128, 256, 24, 40)}
CELLS = {
    "RNN": (RNN, partial(nn.RNN, batch_first=True)),
    "GRU": (GRU, partial(nn.GRU, batch_first=True)),
    "LSTM": (LSTM, partial(nn.LSTM, batch_first=True)),
}
#: Cells that torch.nn has no fast layer for stand beside the library's own LSTM.
OTHERS = {"LSTMP": LSTMP, "peephole": PeepholeLSTM, "JANET": JANET}
PEERS = ["neuralforecast", "darts"]
BESIDE = ["loop by hand", "plain skorch", "our LSTM", "loop over the cell", *PEERS]
TURNS = 5


class ByHand(nn.Module):
    """The last output of torch.nn's layer and a linear one; of segments, each embedded, the next one decoded."""

    def __init__(self, layer, hidden, segment):
        super().__init__()
        self.segment = segment
        self.embed = nn.Linear(segment, hidden) if segment > 1 else None
        self.layer = layer(hidden if segment > 1 else 1, hidden)
        self.position = nn.Parameter(torch.randn(1, 1, hidden) * 0.1) if segment > 1 else None
        self.linear = nn.Linear(getattr(self.layer, "output_size", hidden), segment)

    def forward(self, window):
        if self.embed is None:
            outputs, _ = self.layer(window[:, :, None])
        else:
            segments = window.view(len(window), -1, self.segment)
            _, state = self.layer(torch.relu(self.embed(segments)))
            outputs, _ = self.layer(self.position.expand(len(window), -1, -1), state)
        return self.linear(outputs[:, -1])


def train_by_hand(layer, values, window, hidden, batch, segment, steps):
    torch.manual_seed(0)
    network = ByHand(layer, hidden, segment)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    windows = torch.from_numpy(values).unfold(0, window + segment, 1)
    for numbers in torch.randint(len(windows), (steps, batch)):
        rows = windows[numbers]
        loss = F.mse_loss(network(rows[:, :window]), rows[:, window:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_by_skorch(layer, values, window, hidden, batch, segment, steps):
    torch.manual_seed(0)
    windows = np.lib.stride_tricks.sliding_window_view(values, window + segment)[: batch * steps]
    NeuralNetRegressor(
        ByHand,
        module__layer=layer,
        module__hidden=hidden,
        module__segment=segment,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        batch_size=batch,
        max_epochs=1,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    ).fit(windows[:, :window].copy(), windows[:, window:].copy())


class Stepwise(nn.Module):
    """A layer that calls a cell's `step` for each step."""

    def __init__(self, cell, input_size, hidden_size):
        super().__init__()
        self.cell = cell(input_size, hidden_size)
        self.output_size = self.cell.output_size

    def forward(self, inputs, state=None):
        state = self.cell.initial_state(len(inputs)) if state is None else state
        outputs = []
        for x in inputs.unbind(1):
            output, state = self.cell.step(x, state)
            outputs.append(output)
        return torch.stack(outputs, 1), state


def train_ours(cell, values, window, hidden, batch, segment, steps):
    RecurrentForecaster(
        cell,
        horizon=segment,
        window_size=window,
        season_length=1,
        hidden_size=hidden,
        dropout=0,
        segment_size=segment,
        transform=None,
        normalization=None,
        skip=None,
        loss="mse",
        max_epochs=1,
        batch_size=batch,
        epoch_size=batch * steps,
        lr_schedule=None,
        max_grad_norm=None,
        validation_fraction=0,
        random_state=0,
    ).fit(values)


class Peers:
    """A process of the peers' environment, which trains when it is asked to."""

    def __init__(self, threads):
        command = [peers_python(), HERE / "speed_peers.py", str(threads)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        env = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, **pipes)

    def train(self, library, cell, values, window, hidden, batch, segment, steps):
        line = f"{library} {cell} {window} {hidden} {batch} {steps}\n"
        self.process.stdin.write(line)
        self.process.stdin.flush()
        if self.process.stdout.readline() != "done\n":
            raise RuntimeError(f"{library} failed; give this to speed_peers.py to see why: {line}")


def seconds(function, *args):
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


def compare(ours, other, size):
    """Return the median seconds of both, taken in turn, after one turn that does not count."""
    window, hidden, batch, segment, steps = size
    rows = window + segment + batch * steps
    values = np.sin(np.arange(rows) / 5).astype(np.float32)
    sizes = (values, window, hidden, batch, segment)
    ours(*sizes, 2), other(*sizes, 2)
    turns = [(seconds(ours, *sizes, steps), seconds(other, *sizes, steps)) for _ in range(TURNS)]
    return np.median(turns, axis=0)


def pairs(size, threads, wanted):
    """Yield a cell, what it stands beside, and the two ways to train, ours first."""
    # The peers have no networks of segments.
    libraries = [name for name in PEERS if name in wanted and SIZES[size][3] == 1]
    peers = Peers(threads) if libraries else None
    for name, (own, layer) in CELLS.items():
        yield name, "loop by hand", partial(train_ours, own), partial(train_by_hand, layer)
        yield name, "plain skorch", partial(train_ours, own), partial(train_by_skorch, layer)
        for library in libraries:
            yield name, library, partial(train_ours, own), partial(peers.train, library, name)
    for name, own in OTHERS.items():
        yield name, "our LSTM", partial(train_ours, own), partial(train_ours, LSTM)
        stepwise = partial(Stepwise, own)
        yield name, "loop over the cell", partial(train_ours, own), partial(train_by_hand, stepwise)


def rows(sizes, threads, wanted):
    for size in sizes:
        n_windows = SIZES[size][2] * SIZES[size][4]
        for cell, beside, ours, other in pairs(size, threads, wanted):
            if beside in wanted:
                took, others = compare(ours, other, SIZES[size])
                yield size, cell, beside, n_windows / took, n_windows / others


def main(sizes, threads, wanted, out):
    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)
    columns = ["size", "cell", "beside", "ours (windows/s)", "beside (windows/s)"]
    table = pd.DataFrame(rows(sizes, threads, wanted), columns=columns)
    table["ratio"] = table["ours (windows/s)"] / table["beside (windows/s)"]
    table = table.assign(
        threads=threads,
        processor=platform.processor() or platform.machine(),
        date=f"{pd.Timestamp.now():%Y-%m-%d}",
        torch=torch.__version__,
        tsrnn=tsrnn.__version__,
    )
    print(
        table.iloc[:, :6].round({columns[3]: 0, columns[4]: 0, "ratio": 2}).to_string(index=False)
    )
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--beside", nargs="+", choices=BESIDE, default=BESIDE)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    main(given.sizes, given.threads, given.beside, given.out)
