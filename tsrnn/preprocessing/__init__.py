"""Transformers: rows to windows, strings to ids, ids to indicators or vectors; never torch."""

from tsrnn.preprocessing._char_ordinal_encoder import CharOrdinalEncoder
from tsrnn.preprocessing._sequence_embedding_encoder import SequenceEmbeddingEncoder
from tsrnn.preprocessing._sequence_one_hot_encoder import SequenceOneHotEncoder
from tsrnn.preprocessing._sliding_window import SlidingWindow

__all__ = [
    "CharOrdinalEncoder",
    "SequenceEmbeddingEncoder",
    "SequenceOneHotEncoder",
    "SlidingWindow",
]
