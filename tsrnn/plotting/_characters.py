"""A sequence of characters or tokens as coloured cells, broken into lines."""

import math

import numpy as np
from matplotlib.colors import to_rgb

from tsrnn.plotting._words import as_written, shorten

#: Characters of a line.
_WIDTH = 60
#: Cells for which there is always room.
_FEWEST = 8
#: Longer tokens are cut.
_LONGEST = 10


def tokens_per_line(tokens):
    """Return how many tokens stand on a full line."""
    width = max(len(shorten(token, _LONGEST)) for token in tokens)
    return min(len(tokens), max(1, _WIDTH // (width + (width > 1))))


def count_lines(tokens):
    """Return on how many lines the tokens stand."""
    return math.ceil(len(tokens) / tokens_per_line(tokens))


def draw_tokens(ax, tokens, values, limits, cmap, below=None):
    """Draw tokens in cells that are coloured by a number.

    Parameters
    ----------
    ax : Axes
    tokens : sequence
    values : ndarray of float, shape (n_tokens,)
    limits : (float, float)
        Of the colours.
    cmap : Colormap
    below : sequence, default=None
        What stands under each token.

    Returns
    -------
    QuadMesh
    """
    per_line, n_lines = tokens_per_line(tokens), count_lines(tokens)
    cells = np.full(n_lines * per_line, np.nan)
    cells[: len(tokens)] = values
    cells = np.ma.masked_invalid(cells.reshape(n_lines, per_line))
    low, high = limits
    # Lines are cells of height 1, with room between them.
    edges = np.arange(per_line + 1)
    for line in range(n_lines):
        mesh = ax.pcolormesh(
            edges,
            [line + 0.06, line + 0.94],
            cells[line : line + 1],
            vmin=low,
            vmax=high,
            cmap=cmap,
        )
    for i, token in enumerate(tokens):
        line, column = divmod(i, per_line)
        ink = _ink_on(cmap((values[i] - low) / (high - low)))
        middle = 0.5 if below is None else 0.34
        style = {"ha": "center", "va": "center", "color": ink, "clip_on": True}
        ax.text(column + 0.5, line + middle, _shown(token), fontsize=9, **style)
        if below is not None:
            ax.text(
                column + 0.5,
                line + 0.74,
                _shown(below[i]),
                fontsize=7,
                alpha=0.8,
                **style,
            )
    # A short text does not get huge cells.
    ax.set(xlim=(0, max(per_line, _FEWEST)), ylim=(n_lines, 0), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    return mesh


def _shown(token):
    return as_written(shorten(token, _LONGEST))


def _ink_on(color):
    """Return black or white, whichever is legible on a colour."""
    red, green, blue = to_rgb(color)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
