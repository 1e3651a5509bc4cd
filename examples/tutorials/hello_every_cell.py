"""hello → ohlol with CharSeqTagger: one-hot and embedding, RNN, LSTM and GRU, the same settings for all.

The two l's have different labels, so the network has to know what came before. The tutorial's RNN with an embedding
learns that in 15 epochs; its LSTM, written by hand, still says ohlll after 100 (its summed losses of 4.5179 and 2.8807
are 0.904 and 0.576 per letter), and its GRU is left as homework. Here every row is a tagger that differs from the next
in cell and encoding alone, except that the second has the tutorial's sizes. All train at lr=0.1, for 15 epochs.

With `warm_start=True` a fit goes on from the one before: so the word is read after every epoch. Prints a table of the
worst of ten seeds and the words of the slowest ones, and draws both.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from tsrnn import CharSeqTagger
from tsrnn.cells import GRU, LSTM, RNN
from tsrnn.datasets import make_hello

EPOCHS, SEEDS = 15, 10


class Experiment(NamedTuple):
    """A tagger's parameters, beside what the tutorial reached: a word, in so many epochs, with a loss."""

    name: str
    params: dict
    color: str
    word: str = "homework"
    epochs: int | None = None
    loss: float | None = None


SIZES = {"embedding_size": 10, "hidden_size": 8, "num_layers": 2}
EXPERIMENTS = [
    Experiment("RNN, one-hot", {"cell": RNN, "encoding": "onehot"}, "#009E73", "ohlol", 15, 0.418),
    Experiment("2-layer RNN, embedding", {"cell": RNN} | SIZES, "#555555", "ohlol", 15, 0.005),
    Experiment(
        "LSTM, one-hot", {"cell": LSTM, "encoding": "onehot"}, "#0072B2", "ohlll", 100, 0.904
    ),
    Experiment("LSTM, embedding", {"cell": LSTM}, "#56B4E9", "ohlll", 100, 0.576),
    Experiment("GRU, one-hot", {"cell": GRU, "encoding": "onehot"}, "#D55E00"),
    Experiment("GRU, embedding", {"cell": GRU}, "#E69F00"),
]


def train(params, seed):
    """Train for one epoch after the other; return the word and the loss per letter after each."""
    X, y = make_hello()
    tagger = CharSeqTagger(
        **{"hidden_size": 32} | params,
        dropout=0,
        lr=0.1,
        lr_schedule=None,
        max_epochs=1,
        warm_start=True,
        random_state=seed,
    )
    words, losses = [], []
    for _ in range(EPOCHS):
        tagger.fit(X, y)
        words += tagger.predict(X)
        (probabilities,) = tagger.predict_proba(X)
        right = np.searchsorted(tagger.classes_, list(y[0]))
        losses.append(-np.log(probabilities[np.arange(len(right)), right]).mean())
    return words, losses


def right_from(words):
    """Return the epoch from which on the word is right."""
    wrong = [epoch for epoch, word in enumerate(words, start=1) if word != "ohlol"]
    return wrong[-1] + 1 if wrong else 1


def reached(experiment):
    """Return the tutorial's word in words."""
    word, epochs = experiment.word, experiment.epochs
    return word if epochs is None else f"{word}, {epochs} epochs"


def row(experiment, words, losses):
    """Return a row of the table from the words and losses of all seeds."""
    return {
        "experiment": experiment.name,
        "tutorial": reached(experiment),
        "its loss": experiment.loss,
        f"here in {EPOCHS} epochs": f"{sum(w[-1] == 'ohlol' for w in words)} of {SEEDS} ohlol",
        "worst loss": losses[:, -1].max(),
        "ohlol at last from epoch": max(map(right_from, words)),
    }


def draw_losses(ax, results):
    """Draw the worst loss of all seeds after each epoch, and where the tutorial ended."""
    for experiment, _, losses in results:
        epochs = np.arange(1, EPOCHS + 1)
        ax.semilogy(
            epochs, losses.max(axis=0), color=experiment.color, marker=".", label=experiment.name
        )
        if experiment.loss is not None:
            ax.semilogy(EPOCHS + 0.8, experiment.loss, color=experiment.color, marker="D")
    ax.annotate("the tutorial's\nlast losses", (EPOCHS + 1.2, 0.6), fontsize=9, va="center")
    ax.set(ylabel="loss per letter (nats)", xlim=(0.4, EPOCHS + 3.2))
    ax.set_title(f"The worst loss of {SEEDS} seeds", loc="left", fontsize=11)
    ax.legend(frameon=False, loc="lower left")


def draw_words(ax, results):
    """Write what the slowest seed spells after each epoch."""
    ax.text(EPOCHS + 0.7, -1, "the tutorial's last", fontsize=9, va="center")
    for line, (experiment, words, _) in enumerate(results):
        ax.text(EPOCHS + 0.7, line, reached(experiment), fontsize=9, va="center")
        for epoch, word in enumerate(max(words, key=right_from), start=1):
            color, weight = ("#0072B2", "normal") if word == "ohlol" else ("#B04A00", "bold")
            style = {"color": color, "fontweight": weight, "fontsize": 9}
            ax.text(epoch, line, word, ha="center", va="center", **style)
    ax.set(ylim=(len(results) - 0.4, -0.6), xlabel="epoch", xticks=range(1, EPOCHS + 1))
    ax.set_yticks(range(len(results)), [experiment.name for experiment, _, _ in results])
    ax.set_title("What the slowest seed spells", loc="left", fontsize=11)
    ax.tick_params(length=0)


def draw(results):
    figure, (above, below) = plt.subplots(
        2, figsize=(10, 6.5), layout="constrained", sharex=True, height_ratios=[2.2, 1]
    )
    draw_losses(above, results)
    draw_words(below, results)
    above.spines[["top", "right"]].set_visible(False)
    above.spines["bottom"].set_bounds(0.4, EPOCHS + 0.4)
    below.spines[:].set_visible(False)
    latest = max(right_from(word) for _, words, _ in results for word in words)
    figure.suptitle(f"hello → ohlol: every cell, encoding and seed spells it from epoch {latest}")
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for experiment in EXPERIMENTS:
        runs = [train(experiment.params, seed) for seed in range(SEEDS)]
        results.append(
            (experiment, [words for words, _ in runs], np.array([loss for _, loss in runs]))
        )
    table = pd.DataFrame([row(*result) for result in results])
    formats = {"worst loss": "{:.1e}".format}
    print(table.to_string(index=False, na_rep="", formatters=formats))
    for experiment, words, _ in results:
        print(f"{experiment.name}, its slowest seed: {' '.join(max(words, key=right_from))}")
    if folder is not None:
        path = (folder / "hello_every_cell.png").resolve()
        draw(results).savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
