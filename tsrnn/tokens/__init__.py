"""Token sequences as users give them: strings, lists or encoded arrays in, labels in the form of y out."""

from tsrnn.tokens._labels import NO_LABEL, Labels, read_labels
from tsrnn.tokens._steps import Steps, check_hashable, check_sequences, read_steps
from tsrnn.tokens._weights import label_weights, step_weights

__all__ = [
    "NO_LABEL",
    "Labels",
    "Steps",
    "check_hashable",
    "check_sequences",
    "label_weights",
    "read_labels",
    "read_steps",
    "step_weights",
]
