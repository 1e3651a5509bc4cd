"""What goes on top of a recurrent layer: its last output, the mean of all, or attention; then one linear layer.

The data are the adding problem: a hundred numbers, two of them marked, and the answer is the sum of these two. The
recurrence reads them all; the head decides which of its outputs the linear layer, Dense(1), gets to see. Each head is
one class, given to the same regressor.

Prints one table of the errors on sequences that were not trained on, and draws where attention looks.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from tsrnn import SequenceRegressor
from tsrnn.datasets import make_adding
from tsrnn.nn import AdditiveAttention, DotProductAttention, LastOutput, MeanPooling

N_STEPS = 100
HEADS = {
    "last output": LastOutput,
    "mean pooling": MeanPooling,
    "dot-product attention": DotProductAttention,
    "additive attention": AdditiveAttention,
}


def attention_of(regressor, sequence):
    """Return how much each step of a sequence counts."""
    head, outputs = regressor.module_.head, []
    hook = head.register_forward_pre_hook(lambda _, given: outputs.append(given[0]))
    regressor.predict(sequence[None])
    hook.remove()
    with torch.no_grad():
        return head.weights(outputs[0])[0].cpu().numpy()


def draw(fitted, sequence):
    """Draw one sequence, its marks, and the attention paid to each of its steps."""
    numbers, marks = sequence.T
    shown = {name: fitted[name] for name in ("dot-product attention", "additive attention")}
    figure, axes = plt.subplots(3, figsize=(8.5, 5.5), layout="constrained", sharex=True)
    colors = np.where(marks == 1, "#E69F00", "#C8C8C8")
    axes[0].bar(np.arange(N_STEPS), numbers, color=colors)
    axes[0].set(ylabel="number", title="A sequence: the answer is the sum of the two in orange")
    for ax, (name, regressor) in zip(axes[1:], shown.items(), strict=True):
        ax.bar(np.arange(N_STEPS), attention_of(regressor, sequence), color="#0072B2")
        for step in np.flatnonzero(marks):
            ax.axvline(step, color="#E69F00", linewidth=1, linestyle=":")
        ax.set(ylabel="weight", title=name)
    axes[-1].set_xlabel("step")
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.title.set(fontsize=10, ha="left", x=0)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    X, y = make_adding(1000, N_STEPS, random_state=0)
    X_test, y_test = make_adding(500, N_STEPS, random_state=1)
    fitted, rows = {}, []
    for name, head in HEADS.items():
        regressor = SequenceRegressor(
            head=head, hidden_size=16, max_epochs=15, batch_size=32, lr=0.01, random_state=0
        )
        fitted[name] = regressor.fit(X, y)
        error = np.mean((regressor.predict(X_test) - y_test) ** 2)
        n_parameters = sum(p.numel() for p in regressor.module_.parameters())
        rows.append(
            {
                "head": name,
                "parameters": n_parameters,
                "MSE": error,
                "R²": regressor.score(X_test, y_test),
            }
        )
    print(
        pd.DataFrame(rows).to_string(
            index=False, formatters={"MSE": "{:.1e}".format, "R²": "{:.4f}".format}
        )
    )
    if folder is not None:
        path = (folder / "heads.png").resolve()
        draw(fitted, X_test[0]).savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
