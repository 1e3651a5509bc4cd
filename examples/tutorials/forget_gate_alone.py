"""An LSTM with nothing but its forget gate: JANET beside the whole LSTM, on two memory tasks.

The adding problem marks two of a hundred numbers and asks for their sum. Pixel by pixel, a handwritten digit of
scikit-learn's `load_digits` is read as 64 numbers in a row, and named at the end: here by the greatest of ten regressed
indicators. In both, what matters must be kept over many steps that do not.

Prints one table: the error on numbers, and the share of right digits, of data that were not trained on.

References
----------
van der Westhuizen, J. and Lasenby, J. (2018). The unreasonable effectiveness of the forget gate. arXiv:1804.04849.
"""

import argparse
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from tsrnn import SequenceRegressor
from tsrnn.cells import JANET, LSTM
from tsrnn.datasets import make_adding
from tsrnn.nn import LastOutput

N_STEPS, N_PIXELS = 100, 64


def cells(time_span):
    """The cells that are compared; `partial` gives one its own arguments."""
    return {
        "LSTM": LSTM,
        "LSTM, forget_bias=1": partial(LSTM, forget_bias=1.0),
        "JANET": partial(JANET, max_time_span=time_span),
    }


def add():
    """Train each cell on the adding problem; return the regressors and their mean squared errors."""
    X, y = make_adding(2000, N_STEPS, random_state=0)
    X_test, y_test = make_adding(500, N_STEPS, random_state=1)
    how = {"hidden_size": 32, "max_epochs": 20, "batch_size": 64, "lr": 0.01, "random_state": 0}
    fitted = {
        name: SequenceRegressor(cell, head=LastOutput, **how).fit(X, y)
        for name, cell in cells(N_STEPS).items()
    }
    errors = {name: np.mean((r.predict(X_test) - y_test) ** 2) for name, r in fitted.items()}
    return fitted, errors


def read_digits():
    """Train each cell to name digits read pixel by pixel; return the regressors and their shares of right names."""
    digits = load_digits()
    pixels = digits.images.reshape(-1, N_PIXELS, 1)
    X, X_test, names, truth = train_test_split(pixels, digits.target, random_state=0)
    how = {"hidden_size": 64, "max_epochs": 40, "batch_size": 64, "lr": 0.01, "random_state": 0}
    fitted = {
        name: SequenceRegressor(cell, head=LastOutput, **how).fit(X, np.eye(10)[names])
        for name, cell in cells(N_PIXELS).items()
    }
    right = {name: np.mean(r.predict(X_test).argmax(1) == truth) for name, r in fitted.items()}
    return fitted, right


def draw(tasks):
    """Draw the validation loss of each cell by epoch, one panel for each task."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    for ax, (task, fitted) in zip(axes, tasks.items(), strict=True):
        for (name, regressor), color in zip(
            fitted.items(), ("#8A8A8A", "#E69F00", "#0072B2"), strict=True
        ):
            history = regressor.history_
            ax.semilogy(history["epoch"], history["valid_loss"], color=color, label=name)
        ax.set(xlabel="epoch", ylabel="loss on held-out sequences")
        ax.set_title(task, loc="left")
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False, loc="lower left")
    axes[0].xaxis.get_major_locator().set_params(integer=True)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    adders, errors = add()
    readers, right = read_digits()
    rows = [
        {
            "cell": name,
            "parameters": sum(p.numel() for p in adders[name].module_.parameters()),
            "adding: MSE": errors[name],
            "digits: right": right[name],
        }
        for name in adders
    ]
    formats = {"adding: MSE": "{:.1e}".format, "digits: right": "{:.1%}".format}
    print(pd.DataFrame(rows).to_string(index=False, formatters=formats))
    if folder is not None:
        path = (folder / "forget_gate_alone.png").resolve()
        tasks = {"Adding two marked numbers of 100": adders, "Digits, pixel by pixel": readers}
        draw(tasks).savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
