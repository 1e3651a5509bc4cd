"""BasicRNNCell and BasicLSTMCell of TensorFlow 1, step by step, and the same steps with the library's cells.

The tutorial calls one step of each cell on a batch of 32 rows with 100 features and looks at the shapes of its 128
units. TensorFlow keeps one matrix for the input and the state together, and orders the gates of its LSTM i, j, f, o:
both cells are transcribed here as its source has them, and run on the parameters of ours. `forget_bias=1.0`, its
default, is an argument of `tsrnn.cells.LSTM` as well, where the default is torch's 0.

Prints the shapes after one step and the greatest difference over ten steps, and draws how long a new cell remembers.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

from tsrnn.cells import LSTM, RNN

BATCH, INPUT, UNITS, STEPS = 32, 100, 128, 10


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def basic_rnn_cell(inputs, state, kernel, bias):
    """output = new_state = act(W * input + U * state + B)"""
    output = np.tanh(np.concatenate([inputs, state], 1) @ kernel + bias)
    return output, output


def basic_lstm_cell(inputs, state, kernel, bias, forget_bias=1.0):
    """i = input_gate, j = new_input, f = forget_gate, o = output_gate"""
    c, h = state
    gate_inputs = np.concatenate([inputs, h], 1) @ kernel + bias
    i, j, f, o = np.split(gate_inputs, 4, axis=1)
    new_c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
    new_h = np.tanh(new_c) * sigmoid(o)
    return new_h, (new_c, new_h)


def as_tensorflow(cell):
    """Return a cell's parameters as TensorFlow keeps them: one kernel for input and state, and one bias."""
    kernel = torch.cat([cell.weight_ih_l0, cell.weight_hh_l0], dim=1).T
    bias = cell.bias_ih_l0 + cell.bias_hh_l0
    if isinstance(cell, LSTM):
        (i, f, g, o), (b_i, b_f, b_g, b_o) = kernel.chunk(4, dim=1), bias.chunk(4)
        kernel, bias = torch.cat([i, g, f, o], dim=1), torch.cat([b_i, b_g, b_f, b_o])
    return kernel.detach().double().numpy(), bias.detach().double().numpy()


def compare(cell, transcribed, state):
    """Run both over the same rows and return the greatest difference of their outputs."""
    inputs = torch.randn(BATCH, STEPS, INPUT)
    outputs, _ = cell(inputs)
    difference = 0.0
    for t in range(STEPS):
        output, state = transcribed(inputs[:, t].double().numpy(), state, *as_tensorflow(cell))
        difference = max(difference, np.abs(output - outputs[:, t].detach().numpy()).max())
    return difference


def remembered(forget_bias):
    """Return what share of the first step's cell state is left, step by step, while nothing more comes in."""
    torch.manual_seed(0)
    cell = LSTM(INPUT, UNITS, forget_bias=forget_bias)
    inputs = torch.zeros(BATCH, 21, INPUT)
    inputs[:, 0] = torch.randn(BATCH, INPUT)
    state, sizes = cell.initial_state(BATCH), []
    quiet = state
    with torch.no_grad():
        for t in range(inputs.shape[1]):
            _, state = cell.step(inputs[:, t], state)
            _, quiet = cell.step(torch.zeros(BATCH, INPUT), quiet)
            sizes.append((state[1] - quiet[1]).abs().mean().item())
    return np.array(sizes) / sizes[0]


def draw():
    """Draw how a new LSTM forgets one input, for three values of its forget_bias."""
    figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
    for forget_bias, color in ((0.0, "#8A8A8A"), (1.0, "#0072B2"), (2.0, "#E69F00")):
        label = f"forget_bias={forget_bias:g}: gate near {sigmoid(forget_bias):.2f}"
        ax.plot(remembered(forget_bias), color=color, marker=".", label=label)
    ax.set(xlabel="steps after the input", ylabel="share of its cell state left", ylim=(0, 1.05))
    ax.set_xticks(range(0, 21, 5))
    ax.set_title("How long a new LSTM remembers one input", loc="left")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    zeros = np.zeros((BATCH, UNITS))

    cell = RNN(INPUT, UNITS)
    output, (h,) = cell.step(torch.randn(BATCH, INPUT), cell.initial_state(BATCH))
    difference = compare(cell, basic_rnn_cell, zeros)
    print(f"BasicRNNCell: output {tuple(output.shape)}, state {tuple(h.shape)}")
    print(f"  greatest difference over {STEPS} steps {difference:.0e}")

    for forget_bias in (1.0, 0.0):

        def transcribed(*given, forget_bias=forget_bias):
            return basic_lstm_cell(*given, forget_bias=forget_bias)

        cell = LSTM(INPUT, UNITS, forget_bias=forget_bias)
        output, (h, c) = cell.step(torch.randn(BATCH, INPUT), cell.initial_state(BATCH))
        difference = compare(cell, transcribed, (zeros, zeros))
        shapes = f"output {tuple(output.shape)}, h {tuple(h.shape)}, c {tuple(c.shape)}"
        print(f"BasicLSTMCell, forget_bias={forget_bias:g}: {shapes}")
        print(f"  greatest difference over {STEPS} steps {difference:.0e}")

    if folder is not None:
        path = (folder / "basic_cells_step_by_step.png").resolve()
        draw().savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
