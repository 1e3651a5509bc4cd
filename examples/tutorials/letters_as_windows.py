"""AB → C, BC → D, CD → E: how a series of letters becomes windows.

A network learns from pairs of a window and what follows it. `SlidingWindow` makes them: one row in, one window out, so
that y stays aligned with X in any Pipeline. The window of a row holds the rows before it, never the row itself; where
these are too few, zeros stand in.

Prints the window of each letter that has a whole one, and the letter that a regression on the windows puts after E.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from tsrnn.preprocessing import SlidingWindow

LETTERS = "ABCDE"


def draw(windows):
    """Draw the windows as they slide along the letters, each with the letter that it foretells."""
    figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    box = {"ha": "center", "va": "center", "fontsize": 13}
    for column, letter in enumerate(LETTERS):
        ax.text(column, 0, letter, **box, fontweight="bold")
    for row, last in enumerate(range(2, len(LETTERS)), start=1):
        for column in (last - 2, last - 1, last):
            color, ink = ("#E69F00", "black") if column == last else ("#0072B2", "white")
            ax.add_patch(plt.Rectangle((column - 0.45, row - 0.36), 0.9, 0.72, color=color))
            ax.text(column, row, LETTERS[column], **box, color=ink)
        ax.text(
            len(LETTERS) - 0.2,
            row,
            f"{''.join(windows[last])} → {LETTERS[last]}",
            va="center",
            fontsize=12,
        )
    ax.set(xlim=(-0.8, len(LETTERS) + 1), ylim=(len(LETTERS) - 1.4, -0.6))
    ax.set_title("window (blue) and what follows it (orange)", loc="left", fontsize=11)
    ax.set_axis_off()
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    numbers = np.arange(len(LETTERS), dtype=float)
    window = SlidingWindow(window_size=2)
    positions = window.fit_transform(numbers[:, None])[:, :, 0].astype(int)
    windows = [[LETTERS[i] for i in row] for row in positions]
    print(
        f"{len(LETTERS)} rows in, windows of the shape {window.fit_transform(numbers[:, None]).shape} out"
    )
    for letter, row in zip(LETTERS[2:], windows[2:], strict=True):
        print(f"{''.join(row)} → {letter}")

    model = make_pipeline(SlidingWindow(window_size=2, flatten=True), LinearRegression())
    model.fit(numbers[:, None], numbers)
    # The row after the fit rows: it is unknown, and its window holds the rows before it alone.
    (following,) = model.predict([[np.nan]])
    print(f"DE → {chr(ord('A') + round(following))}")
    if folder is not None:
        path = (folder / "letters_as_windows.png").resolve()
        draw(windows).savefig(path, dpi=150)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where the picture goes; without it none is drawn"
    )
    main(parser.parse_args().folder)
