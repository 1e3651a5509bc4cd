"""Layers and heads made of cells."""

from .heads import (
    AdditiveAttention,
    Attention,
    DotProductAttention,
    Head,
    LastOutput,
    MeanPooling,
    PerStep,
    length_mask,
)
from .layers import Recurrent

__all__ = [
    "AdditiveAttention",
    "Attention",
    "DotProductAttention",
    "Head",
    "LastOutput",
    "MeanPooling",
    "PerStep",
    "Recurrent",
    "length_mask",
]
