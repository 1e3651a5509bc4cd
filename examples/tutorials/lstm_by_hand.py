"""Recurrences written by hand in NumPy, beside the library's cells and torch.nn: the same numbers.

The tutorial's sizes are a batch of 2 sequences of 3 steps with 4 features, and 5 units; it writes one LSTM by hand
and compares it with nn.LSTM. Here every cell is written so, in one to three layers and one or two directions. torch.nn
knows four of the six: with the same parameters, outputs, last states and gradients are compared with it too.

Prints the greatest difference of each, which is the rounding of float32.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import Recurrent

BATCH, LENGTH, INPUT, HIDDEN = 2, 3, 4, 5
IN_TORCH = {RNN: nn.RNN, LSTM: nn.LSTM, LSTMP: nn.LSTM, GRU: nn.GRU}
OWN = {LSTMP: {"proj_size": 2}}


# --- one step of each cell, as its paper writes it, from the states before it to those after it ---


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def linear(w, x, h):
    """Return every gate's share of the input and of the state before, each of the width of all gates."""
    x, h = x @ w["weight_ih"].T + w["bias_ih"], h @ w["weight_hh"].T + w["bias_hh"]
    return x, h


def rnn(w, x, h):
    a, b = linear(w, x, h)
    return (np.tanh(a + b),)


def lstm(w, x, h, c):
    i, f, g, o = np.split(sum(linear(w, x, h)), 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def lstmp(w, x, h, c):
    m, c = lstm(w, x, h, c)
    return m @ w["weight_hr"].T, c


def peephole_lstm(w, x, h, c):
    i, f, g, o = np.split(sum(linear(w, x, h)), 4, axis=1)
    i, f = sigmoid(i + w["weight_ci"] * c), sigmoid(f + w["weight_cf"] * c)
    c = f * c + i * np.tanh(g)
    return sigmoid(o + w["weight_co"] * c) * np.tanh(c), c


def janet(w, x, h, beta=1.0):
    s, c = np.split(sum(linear(w, x, h)), 2, axis=1)
    return (sigmoid(s) * h + (1 - sigmoid(s - beta)) * np.tanh(c),)


def gru(w, x, h):
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (np.split(part, 3, axis=1) for part in linear(w, x, h))
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    return ((1 - z) * np.tanh(x_n + r * h_n) + z * h,)


STEPS = {RNN: rnn, LSTM: lstm, LSTMP: lstmp, PeepholeLSTM: peephole_lstm, JANET: janet, GRU: gru}


# --- layers and directions ---


def by_hand(layers, step, inputs):
    """Run recurrent layers in NumPy float64 with the parameters of `layers`; return the outputs."""
    outputs = inputs.double().numpy()
    for layer in range(layers.num_layers):
        directions = []
        for direction in range(layers.num_directions):
            cell = layers.cells[layer * layers.num_directions + direction]
            weights = {
                n.removesuffix("_l0"): p.detach().double().numpy()
                for n, p in cell.named_parameters()
            }
            state = tuple(np.zeros((BATCH, s.shape[1])) for s in cell.initial_state(BATCH))
            rows = outputs[:, ::-1] if direction else outputs
            answers = []
            for t in range(LENGTH):
                state = step(weights, rows[:, t], *state)
                answers.append(state[0])
            answers = np.stack(answers, axis=1)
            directions.append(answers[:, ::-1] if direction else answers)
        outputs = np.concatenate(directions, axis=2)
    return outputs


def compare(cell, num_layers, bidirectional):
    """Return the greatest differences from what was written by hand, and from torch.nn."""
    torch.manual_seed(0)
    options = {"bidirectional": bidirectional, **OWN.get(cell, {})}
    ours = Recurrent(cell, INPUT, HIDDEN, num_layers, **options)
    inputs = torch.randn(BATCH, LENGTH, INPUT)
    outputs, state = ours(inputs)
    row = {"by hand": np.abs(outputs.detach().numpy() - by_hand(ours, STEPS[cell], inputs)).max()}
    if cell in IN_TORCH:
        theirs = IN_TORCH[cell](INPUT, HIDDEN, num_layers, batch_first=True, **options)
        theirs.load_state_dict(ours.state_dict())
        expected, last = theirs(inputs)
        row["torch.nn"] = (outputs - expected).abs().max().item()
        last = last if isinstance(last, tuple) else (last,)
        states = [torch.stack(tensors) for tensors in zip(*state, strict=True)]
        row["last state"] = max(
            (a - b).abs().max().item() for a, b in zip(states, last, strict=True)
        )
        outputs.square().mean().backward()
        expected.square().mean().backward()
        wanted = {name: p.grad for name, p in theirs.named_parameters()}
        names = ours.torch_names()
        row["gradient"] = max(
            (p.grad - wanted[names[name]]).abs().max().item() for name, p in ours.named_parameters()
        )
    return row


def draw():
    """Draw the gates and states of one sequence through an LSTM, number by number."""
    torch.manual_seed(0)
    cell = LSTM(INPUT, HIDDEN)
    inputs = torch.randn(1, LENGTH, INPUT)
    state, steps = cell.initial_state(1), []
    with torch.no_grad():
        for x in inputs.unbind(1):
            gates = cell.gates(x, state)
            h, state = cell.step(x, state)
            steps.append({**gates, "cell state": state[1], "hidden state": h})
    titles = {
        "input": "input gate  i = σ(…)",
        "forget": "forget gate  f = σ(…)",
        "cell": "cell gate  g = tanh(…)",
        "output": "output gate  o = σ(…)",
        "cell state": "cell state  c = f ⊙ c + i ⊙ g",
        "hidden state": "output  h = o ⊙ tanh(c)",
    }
    figure, axes = plt.subplots(2, 3, figsize=(9, 5), layout="constrained")
    for ax, (name, title) in zip(axes.flat, titles.items(), strict=True):
        values = torch.cat([step[name] for step in steps]).T.numpy()  # (unit, step)
        ax.imshow(values, cmap="PuOr", vmin=-1, vmax=1, aspect="auto")
        for (unit, step), value in np.ndenumerate(values):
            ink = "white" if abs(value) > 0.6 else "black"
            ax.text(step, unit, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=9)
        ax.set_title(title, fontsize=10)
        ax.set(xticks=range(LENGTH), yticks=range(HIDDEN), xlabel="step", ylabel="unit")
    figure.suptitle("One sequence of three steps through five units of an LSTM")
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "cell": cell.__name__,
            "layers": layers,
            "directions": 1 + both,
            **compare(cell, layers, both),
        }
        for cell in STEPS
        for layers in (1, 2, 3)
        for both in (False, True)
    ]
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, na_rep="", float_format="{:.0e}".format))
    greatest = table[["by hand", "torch.nn", "last state", "gradient"]].max().max()
    print(f"Greatest difference: {greatest:.0e}")
    if folder is not None:
        path = (folder / "lstm_by_hand.png").resolve()
        draw().savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
