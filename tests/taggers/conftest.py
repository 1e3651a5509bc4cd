"""Fixtures of the tagger's contract: a tagger that fits in a moment, and sequences to tag."""

import numpy as np
import pytest

from tsrnn import CharSeqTagger


@pytest.fixture
def quick():
    """A function that returns a small tagger of two epochs."""

    def make(**params):
        small = {"hidden_size": 8, "embedding_size": 4, "max_epochs": 2, "device": "cpu"}
        return CharSeqTagger(**{**small, "random_state": 0, **params})

    return make


@pytest.fixture
def words():
    """60 strings of a, b, c and the tag of each letter: u after an a, v elsewhere."""
    rng = np.random.default_rng(0)
    X = ["".join(rng.choice(list("abc"), n)) for n in rng.integers(2, 9, 60)]
    y = ["".join("u" if before == "a" else "v" for before in "-" + x[:-1]) for x in X]
    return X, y
