"""Recurrent cells: one recurrence per file, its equations written as the paper writes them."""

from .base import Cell
from .contract import validate_cell
from .gru import GRU
from .janet import JANET
from .lstm import LSTM
from .lstmp import LSTMP
from .peephole_lstm import PeepholeLSTM
from .rnn import RNN

__all__ = ["GRU", "JANET", "LSTM", "LSTMP", "RNN", "Cell", "PeepholeLSTM", "validate_cell"]
