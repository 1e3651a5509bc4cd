"""The small generated data sets of the tutorials."""

import numpy as np
import pandas as pd


def _check_positive(**arguments):
    for name, value in arguments.items():
        if not value > 0:
            raise ValueError(f"{name}={value!r} must be greater than 0.")


def make_sine(n_samples=800, period=40):
    """Make a sine wave that starts at 0.

    Parameters
    ----------
    n_samples : int, default=800
        The number of steps.
    period : float, default=40
        The number of steps in one turn.

    Returns
    -------
    Series of shape (n_samples,)
        ``sin(2 π t / period)`` (float64) for t = 0, 1, ..., named "sine".

    Raises
    ------
    ValueError
        If an argument is not positive.

    Examples
    --------
    >>> from tsrnn.datasets import make_sine
    >>> make_sine(n_samples=5, period=4).round(6).abs().tolist()
    [0.0, 1.0, 0.0, 1.0, 0.0]
    """
    _check_positive(n_samples=n_samples, period=period)
    return pd.Series(np.sin(2 * np.pi * np.arange(n_samples) / period), name="sine")


def make_sine_cosine(n_chunks=300, chunk_size=10):
    """Make a sine and the cosine of the same angle, to predict one from the other.

    A sine of 0 goes with a cosine of 1 or of -1, so the answer is in what came before. The rows
    are the tutorial's chunks end to end: chunk k holds `chunk_size` evenly spaced angles from
    kπ to (k + 1)π, both ends included, so an angle that ends a chunk begins the next one too.

    Parameters
    ----------
    n_chunks : int, default=300
        The number of half turns.
    chunk_size : int, default=10
        The number of rows in each.

    Returns
    -------
    DataFrame of shape (n_chunks * chunk_size, 2)
        float64 columns `sine` and `cosine`.

    Raises
    ------
    ValueError
        If an argument is not positive.

    Examples
    --------
    >>> from tsrnn.datasets import make_sine_cosine
    >>> make_sine_cosine(n_chunks=2, chunk_size=2)["cosine"].tolist()
    [1.0, -1.0, -1.0, 1.0]
    """
    _check_positive(n_chunks=n_chunks, chunk_size=chunk_size)
    chunk = np.linspace(0, np.pi, chunk_size)
    angle = (np.pi * np.arange(n_chunks)[:, None] + chunk).ravel()
    return pd.DataFrame({"sine": np.sin(angle), "cosine": np.cos(angle)})


def make_hello():
    """Make the smallest character task: one word, and the label of each of its characters.

    The two l's have different labels, so a character alone does not tell its label.

    Returns
    -------
    X : list of str
        The sequences.
    y : list of str
        Their labels, character by character.

    Examples
    --------
    >>> from tsrnn.datasets import make_hello
    >>> make_hello()
    (['hello'], ['ohlol'])
    """
    return ["hello"], ["ohlol"]


def make_adding(n_samples=1000, n_steps=100, random_state=None):
    """Make the adding problem: the sum of two marked numbers of a sequence.

    The marks lie anywhere in the two halves, so what the first one marked is to be kept over many steps that do
    not matter.

    Parameters
    ----------
    n_samples : int, default=1000
        The number of sequences.
    n_steps : int, default=100
        The number of steps in each, at least 2.
    random_state : int, Generator or None, default=None
        Seed of the numbers and marks.

    Returns
    -------
    X : ndarray of float64, shape (n_samples, n_steps, 2)
        A number from 0 to 1, and 1 where it is marked, else 0.
    y : ndarray of float64, shape (n_samples,)
        The sum of the two marked numbers.

    Raises
    ------
    ValueError
        If an argument is too small.

    References
    ----------
    Hochreiter, S. and Schmidhuber, J. (1997). Long short-term memory. Neural Computation, 9(8),
    section 5.4.

    Examples
    --------
    >>> from tsrnn.datasets import make_adding
    >>> X, y = make_adding(n_samples=3, n_steps=10, random_state=0)
    >>> X.shape, (X[:, :, 1].sum(axis=1)).tolist()
    ((3, 10, 2), [2.0, 2.0, 2.0])
    """
    _check_positive(n_samples=n_samples, n_steps=n_steps)
    if n_steps < 2:
        raise ValueError(f"n_steps={n_steps!r} must be at least 2, one for each mark.")
    rng = np.random.default_rng(random_state)
    numbers, marks = rng.uniform(size=(n_samples, n_steps)), np.zeros((n_samples, n_steps))
    rows, half = np.arange(n_samples), n_steps // 2
    for first, end in ((0, half), (half, n_steps)):
        marks[rows, rng.integers(first, end, n_samples)] = 1
    return np.stack([numbers, marks], axis=2), (numbers * marks).sum(axis=1)
