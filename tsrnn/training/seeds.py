"""Seeds from whatever scikit-learn calls a random_state."""

import numbers

import numpy as np


def draw_seed(random_state):
    """Draw the seed of a fit.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None
        None draws from fresh entropy: NumPy's global state is the caller's.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
    """
    return draw_seeds(random_state, 1)[0]


def draw_seeds(random_state, n):
    """Draw the seeds of `n` networks; see `draw_seed`."""
    check_random_state(random_state)
    if isinstance(random_state, np.random.RandomState):
        draw = random_state.randint
    else:
        draw = np.random.default_rng(random_state).integers
    return [int(draw(2**31 - 1)) for _ in range(n)]


def check_random_state(random_state):
    """Refuse what no seed can be drawn from."""
    kinds = numbers.Integral | np.random.RandomState | np.random.Generator | None
    if not isinstance(random_state, kinds):
        raise TypeError(
            f"random_state={random_state!r} must be a whole number, a numpy.random.RandomState or Generator, or None."
        )
    if isinstance(random_state, numbers.Integral) and random_state < 0:
        raise ValueError(f"random_state={random_state!r} must be at least 0.")
