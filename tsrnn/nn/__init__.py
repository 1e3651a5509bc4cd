"""Layers and heads made of cells."""

from .crf import CRF
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
from .regression import SequenceNetwork
from .tagging import TaggingLoss, TaggingNetwork

__all__ = [
    "CRF",
    "AdditiveAttention",
    "Attention",
    "DotProductAttention",
    "Head",
    "LastOutput",
    "MeanPooling",
    "PerStep",
    "Recurrent",
    "SequenceNetwork",
    "TaggingLoss",
    "TaggingNetwork",
    "length_mask",
]
