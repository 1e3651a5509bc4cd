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
    check_random_state(random_state)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    return int(np.random.default_rng(random_state).integers(2**31 - 1))


def check_random_state(random_state):
    """Refuse what no seed can be drawn from."""
    kinds = numbers.Integral | np.random.RandomState | np.random.Generator | None
    if not isinstance(random_state, kinds):
        raise TypeError(
            f"random_state={random_state!r} must be a whole number, a numpy.random.RandomState or Generator, or None."
        )
    if isinstance(random_state, numbers.Integral) and random_state < 0:
        raise ValueError(f"random_state={random_state!r} must be at least 0.")
