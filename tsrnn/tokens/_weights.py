"""How much each label counts: by its sequence and by its class."""

from collections.abc import Mapping
from numbers import Real

import numpy as np

from tsrnn.tokens._labels import NO_LABEL


def label_weights(labels, lengths, classes, class_weight=None, sample_weight=None):
    """Return how much each label counts.

    Parameters
    ----------
    labels : ndarray of int, shape (steps,)
        Numbers among the classes.
    lengths : ndarray of int, shape (n,)
        Steps of each sequence.
    classes : ndarray of shape (n_classes,)
    class_weight : dict {label: weight}, "balanced" or None
    sample_weight : array-like of shape (n,) or None

    Returns
    -------
    ndarray of float32, shape (steps,)
        1 on average over those that count at all; 0 where there is no label.

    Raises
    ------
    TypeError, ValueError
    """
    known = labels != NO_LABEL
    counts = np.bincount(labels[known], minlength=len(classes))
    of_class = _class_weights(class_weight, classes, counts)
    weights = step_weights(labels, lengths, sample_weight, of_class[labels])
    return (weights / weights[weights > 0].mean()).astype(np.float32)


def step_weights(labels, lengths, sample_weight=None, of_label=1.0):
    """Return how much each step counts, by its sequence and its label; 0 where there is no label.

    Parameters
    ----------
    labels : ndarray of int, shape (steps,)
    lengths : ndarray of int, shape (n,)
        Steps of each sequence.
    sample_weight : array-like of shape (n,) or None
    of_label : ndarray of float64, shape (steps,), default=1.0
        What a step counts by its label.

    Returns
    -------
    ndarray of float64, shape (steps,)

    Raises
    ------
    TypeError, ValueError
    """
    of_sequence = _sequence_weights(sample_weight, len(lengths)).repeat(lengths)
    weights = np.where(labels != NO_LABEL, of_sequence * of_label, 0.0)
    if not weights.any():
        raise ValueError(
            "sample_weight and class_weight leave no label of y a weight above 0; give at least one."
        )
    return weights


def _sequence_weights(sample_weight, n):
    """Return the weights of n sequences, 1 where None, as an ndarray of float64, shape (n,)."""
    if sample_weight is None:
        return np.ones(n)
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError("sample_weight must be numbers, one for each sequence of X.") from None
    if weights.shape != (n,):
        raise ValueError(
            f"sample_weight has the shape {weights.shape}, but X has {n} sequences; give each one "
            "weight."
        )
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(f"sample_weight[{i}] is {weights[i]}; a weight is a number, at least 0.")
    if not weights.any():
        raise ValueError("sample_weight is 0 everywhere; give at least one sequence a weight.")
    return weights


def _class_weights(class_weight, classes, counts):
    """Return how much each class counts, float64 (n_classes,)."""
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str) and class_weight == "balanced":
        return counts.sum() / (len(classes) * np.maximum(counts, 1))
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            f"class_weight={class_weight!r} is unknown; use 'balanced', None, or a dict from "
            "labels to weights."
        )
    labels = classes.tolist()
    for label, weight in class_weight.items():
        if label not in labels:
            raise ValueError(f"class_weight has the label {label!r}, but y has {labels}.")
        if not isinstance(weight, Real) or not 0 <= weight < np.inf:
            raise ValueError(
                f"class_weight[{label!r}] is {weight!r}; a weight is a number, at least 0."
            )
    return np.array([class_weight.get(label, 1.0) for label in labels], dtype=np.float64)
