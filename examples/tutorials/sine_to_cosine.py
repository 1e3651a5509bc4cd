"""From a sine to the cosine of the same angle: a network that carries its state from chunk to chunk.

A sine of 0 goes with a cosine of 1 or of -1, so the answer lies in what came before. Each chunk is one half turn of ten
points, shown once: the state that enters a chunk is what the network remembers of all those before, and it is detached,
so that no gradient reaches further back than the chunk (truncated back-propagation through time).

Prints the mean squared error over the last ten of 300 chunks, each measured before the network learned from it, for
five seeds. The tutorial's loop, with the same network and Adam at a constant 0.02, came to 1.3e-5 to 2.2e-3.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from skorch.callbacks import Callback

from tsrnn import SequenceRegressor
from tsrnn.datasets import make_sine_cosine

N_CHUNKS, CHUNK_SIZE, SEEDS = 300, 10, 5


class ChunkLosses(Callback):
    """Keep the loss of every chunk."""

    def __init__(self, losses):
        self.losses = losses

    def on_batch_end(self, net, training, loss, **kwargs):
        if training:
            self.losses.append(loss.item())


def train(X, y, seed):
    """Show the chunks once, in order; return the regressor and the loss of each chunk."""
    losses = []
    regressor = SequenceRegressor(
        stateful=True,
        chunk_size=CHUNK_SIZE,
        hidden_size=32,
        num_layers=2,
        normalization=None,  # so that the loss is the error as it is
        lr=0.02,  # the highest of a rate that rises and falls; the tutorial's stays there
        max_epochs=1,
        validation_fraction=0,
        callbacks=[ChunkLosses(losses)],
        random_state=seed,
    )
    return regressor.fit(X, y), np.array(losses)


def draw(y, answers, losses):
    """Draw the first and last chunks of one network, and the loss of every chunk of all."""
    figure, axes = plt.subplots(3, figsize=(8.5, 7.5), layout="constrained")
    shown = 6 * CHUNK_SIZE
    for ax, rows, title in (
        (axes[0], slice(0, shown), "The first six half turns, answered after the training"),
        (axes[1], slice(len(y) - shown, len(y)), "The last six"),
    ):
        row = np.arange(len(y))[rows]
        ax.plot(row, y[rows], color="#8A8A8A", linewidth=4, label="cosine")
        ax.plot(row, answers[rows], color="#0072B2", marker=".", label="answer")
        ax.set(xlabel="row", ylim=(-1.3, 1.3))
        ax.set_title(title, loc="left")
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    for seed, loss in enumerate(losses):
        axes[2].semilogy(np.arange(1, N_CHUNKS + 1), loss, linewidth=0.9, label=f"seed {seed}")
    axes[2].axhspan(1.3e-5, 2.2e-3, color="#E69F00", alpha=0.2, linewidth=0)
    axes[2].annotate("where the tutorial's seeds ended", (2, 1.7e-5), color="#8F6200", fontsize=9)
    axes[2].set(xlabel="chunk", ylabel="mean squared error", xlim=(0, N_CHUNKS))
    axes[2].set_title("The error on each chunk when it was first seen", loc="left")
    axes[2].legend(loc="upper right", ncols=SEEDS, frameon=False, fontsize=9)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    waves = make_sine_cosine(N_CHUNKS, CHUNK_SIZE)
    X = waves[["sine", "sine"]].to_numpy()  # the tutorial's input: the sine, twice
    y = waves["cosine"].to_numpy()
    fits = [train(X, y, seed) for seed in range(SEEDS)]
    losses = [loss for _, loss in fits]
    for seed, loss in enumerate(losses):
        print(f"seed {seed}: mean MSE of the last 10 chunks {loss[-10:].mean():.1e}")
    print(f"Worst of {SEEDS} seeds: {max(loss[-10:].mean() for loss in losses):.1e}")
    if folder is not None:
        path = (folder / "sine_to_cosine.png").resolve()
        draw(y, fits[0][0].predict(X), losses).savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
