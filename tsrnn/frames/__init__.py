"""The pandas edge: any accepted input becomes a Table, a Table becomes a Panel, and arrays become frames again.

A *Table* is what the user handed in, as one frame with the rows of all series end to end. A *Panel* is the same on its
clock: plain numbers, one row per step, NaN where a row or a value is missing.
"""

from tsrnn.frames._forecast import check_steps, forecast_frame
from tsrnn.frames._panel import (
    Panel,
    check_same_kind,
    find_clock,
    in_zone_of,
    panel_of,
    ranges,
    to_panel,
)
from tsrnn.frames._table import (
    Form,
    Table,
    as_array,
    check_width,
    read_table,
    refuse_vector,
)

__all__ = [
    "Form",
    "Panel",
    "Table",
    "as_array",
    "check_same_kind",
    "check_steps",
    "check_width",
    "find_clock",
    "forecast_frame",
    "in_zone_of",
    "panel_of",
    "ranges",
    "read_table",
    "refuse_vector",
    "to_panel",
]
