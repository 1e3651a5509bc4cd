"""Clocks: the regular grid behind an index, so that time stamps become step numbers and step numbers time stamps.

Everything past the pandas edge counts in steps. A clock alone knows that a step is an hour in Helsinki, a business
day, a month's end, or the integer 5.
"""

from tsrnn.clocks._clock import Clock
from tsrnn.clocks._infer import infer_clock
from tsrnn.clocks._stamps import compare_neighbours, index_kind, looks_like_date, stamps_of

__all__ = [
    "Clock",
    "compare_neighbours",
    "index_kind",
    "infer_clock",
    "looks_like_date",
    "stamps_of",
]
