"""The table that the tutorial prints: JANET beside the LSTM, on adding and on digits."""

import re

import pytest


@pytest.mark.slow
def test_half_the_parameters_remember_no_less(run_tutorial):
    printed = run_tutorial("forget_gate_alone")
    rows = re.findall(r"^ *(\S.*?) +(\d+) +(\S+) +([\d.]+)%$", printed, re.MULTILINE)
    table = {cell: (int(n), float(mse), float(right)) for cell, n, mse, right in rows}
    assert list(table) == ["LSTM", "LSTM, forget_bias=1", "JANET"]
    (n_lstm, adding_lstm, digits_lstm), (n_janet, adding_janet, digits_janet) = (
        table[cell] for cell in ("LSTM", "JANET")
    )
    assert n_janet < 0.52 * n_lstm
    assert adding_janet < adding_lstm / 3
    assert adding_janet < 1e-3
    assert digits_janet > 85
    assert digits_janet > digits_lstm - 3
