"""Time series to try things on: shipped (`load_*`), generated (`make_*`) or downloaded (`fetch_*`).

Source and licence of each are in docs/datasets.md.
"""

from tsrnn.datasets._fetch import fetch_ett, fetch_m4
from tsrnn.datasets._load import (
    load_airline,
    load_bikeshare,
    load_co2,
    load_macrodata,
    load_seattle_weather,
    load_sunspots,
)
from tsrnn.datasets._make import make_adding, make_hello, make_sine, make_sine_cosine

__all__ = [
    "fetch_ett",
    "fetch_m4",
    "load_airline",
    "load_bikeshare",
    "load_co2",
    "load_macrodata",
    "load_seattle_weather",
    "load_sunspots",
    "make_adding",
    "make_hello",
    "make_sine",
    "make_sine_cosine",
]
