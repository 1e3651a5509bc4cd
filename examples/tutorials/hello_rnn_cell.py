"""hello → ohlol with an RNN cell in a loop: the state is no score, a linear layer makes it one.

The tutorial reads the four units of the state as the scores of the four letters. But tanh keeps a state between -1 and
1, and from such scores no softmax gives a letter more than e / (e + 3/e) = 71 %: the loss cannot fall below 0.341 nats
per letter, however long the training (the tutorial's sum over five letters, 2.0881, is 0.418 per letter). Whether all
letters come out right is then a matter of the seed. A linear layer on top, as `CharSeqTagger` has one, has no bound.

The loop over the letters is written out; one call on the whole word, as of nn.RNN, is the same loop. Adam at 0.1 and 15
epochs, as in the tutorial. Prints a table over 20 seeds and the words of the worst ones, and draws both.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from tsrnn.cells import RNN
from tsrnn.datasets import make_hello

LETTERS = "ehlo"
EPOCHS, SEEDS = 15, 20
FLOOR = -np.log(np.e / (np.e + 3 / np.e))
BLUE, ORANGE = "#0072B2", "#E69F00"


def in_a_loop(cell, inputs):
    """Return the state after each letter, from one step after the other."""
    state, states = cell.initial_state(len(inputs)), []
    for x in inputs.unbind(1):
        output, state = cell.step(x, state)
        states.append(output)
    return torch.stack(states, dim=1)


def at_once(cell, inputs):
    """Return the same from one call, as of nn.RNN: the cell has the loop inside."""
    outputs, _ = cell(inputs)
    return outputs


def train(read, units, top, seed):
    """Train on the one word; return what it is spelled as, and the loss per letter, after each epoch."""
    (word,), (target,) = make_hello()
    inputs = F.one_hot(torch.tensor([[LETTERS.index(letter) for letter in word]])).float()
    labels = torch.tensor([LETTERS.index(letter) for letter in target])
    torch.manual_seed(seed)
    cell, top = RNN(len(LETTERS), units), top(units, len(LETTERS))
    optimizer = torch.optim.Adam([*cell.parameters(), *top.parameters()], lr=0.1)
    words, losses = [], []
    for epoch in range(EPOCHS + 1):
        scores = top(read(cell, inputs))[0]
        loss = F.cross_entropy(scores, labels)
        if epoch > 0:
            words.append("".join(LETTERS[i] for i in scores.argmax(dim=1)))
            losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return words, losses


# experiment, what the tutorial reached, network: how the letters are read, how many units, what is on top
EXPERIMENTS = [
    ("RNN cell in a loop", "ohlol, 0.418", "4 units read as scores", (in_a_loop, 4, nn.Identity)),
    ("RNN cell in a loop", "", "4 units and a linear layer", (in_a_loop, 4, nn.Linear)),
    ("RNN cell in a loop", "", "8 units and a linear layer", (in_a_loop, 8, nn.Linear)),
    ("nn.RNN's one call", "oholl, 0.588", "4 units read as scores", (at_once, 4, nn.Identity)),
    ("nn.RNN's one call", "", "8 units and a linear layer", (at_once, 8, nn.Linear)),
]


def worst_of(runs):
    """Return the number of the seed with the highest loss at the end."""
    return int(np.argmax([losses[-1] for _, losses in runs]))


def row(experiment, tutorial, network, runs):
    """Return a row of the table."""
    right = sum(words[-1] == "ohlol" for words, _ in runs)
    words, losses = runs[worst_of(runs)]
    return {
        "experiment": experiment,
        "tutorial": tutorial,
        "here": network,
        "spell ohlol": f"{right} of {SEEDS}",
        "worst seed": f"{words[-1]}, {losses[-1]:.3f}",
    }


def draw_losses(ax, runs):
    """Draw the loss of every seed; those that end with another word in orange."""
    epochs = np.arange(1, EPOCHS + 1)
    for words, losses in sorted(runs, key=lambda run: run[0][-1] != "ohlol"):
        color = BLUE if words[-1] == "ohlol" else ORANGE
        ax.semilogy(epochs, losses, color=color, linewidth=1, alpha=0.8)
    ax.axhline(FLOOR, color="black", linewidth=1, linestyle="--")
    ax.spines[["top", "right"]].set_visible(False)


def draw_words(ax, words):
    """Draw a word after each epoch, letter under letter; those in orange are wrong."""
    for epoch, word in enumerate(words, start=1):
        for place, letter in enumerate(word):
            color = BLUE if letter == "ohlol"[place] else ORANGE
            ax.add_patch(plt.Rectangle((epoch - 0.46, place - 0.46), 0.92, 0.92, color=color))
            ink = "white" if color == BLUE else "black"
            ax.text(epoch, place, letter, ha="center", va="center", color=ink)
    ax.set(ylim=(4.6, -0.6), xlabel="epoch", xticks=range(1, EPOCHS + 1))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def draw(shown):
    """Draw the losses of all seeds and the words of the worst one, a column for each network."""
    figure, axes = plt.subplots(
        2, 2, figsize=(10, 6), layout="constrained", sharex=True, sharey="row", height_ratios=[2, 1]
    )
    for (network, runs), (above, below) in zip(shown.items(), axes.T, strict=True):
        right = sum(words[-1] == "ohlol" for words, _ in runs)
        worst = worst_of(runs)
        draw_losses(above, runs)
        above.set_title(f"{network}: {right} of {SEEDS} seeds spell ohlol", loc="left", fontsize=11)
        draw_words(below, runs[worst][0])
        below.set_title(f"what seed {worst}, the worst, spells", loc="left", fontsize=11)
    axes[0, 0].set(ylabel="loss per letter (nats)", xlim=(0.4, EPOCHS + 0.6))
    note = f"no scores from -1 to 1 get below {FLOOR:.3f}"
    axes[0, 0].annotate(note, (0.7, FLOOR * 0.93), va="top", fontsize=9)
    axes[1, 0].set(yticks=range(5), yticklabels="hello", ylabel="input")
    handles = [plt.Line2D([], [], color=color, linewidth=3) for color in (BLUE, ORANGE)]
    labels = ["ends with ohlol; a right letter", "ends with another word; a wrong letter"]
    axes[0, 0].legend(handles, labels, frameon=False, loc="lower left")
    figure.suptitle("hello → ohlol: a state is no score, a linear layer makes it one", fontsize=13)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rows, shown = [], {}
    for experiment, tutorial, network, parts in EXPERIMENTS:
        runs = [train(*parts, seed) for seed in range(SEEDS)]
        rows.append(row(experiment, tutorial, network, runs))
        shown.setdefault(network, runs)
    print(f"Loss in nats per letter after {EPOCHS} epochs; scores from -1 to 1 allow {FLOOR:.3f}.")
    print(pd.DataFrame(rows).to_string(index=False))
    for network, runs in shown.items():
        print(f"The worst seed of {network}: {' '.join(runs[worst_of(runs)][0])}")
    if folder is not None:
        path = (folder / "hello_rnn_cell.png").resolve()
        ends = {
            name: shown[name] for name in ("4 units read as scores", "8 units and a linear layer")
        }
        draw(ends).savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
