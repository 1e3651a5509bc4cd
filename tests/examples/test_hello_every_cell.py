"""The figures that the tutorial prints: ohlol by every cell and encoding on every seed, in 15 epochs."""

import re

import pytest

ROWS = [
    "RNN, one-hot",
    "2-layer RNN, embedding",
    "LSTM, one-hot",
    "LSTM, embedding",
    "GRU, one-hot",
    "GRU, embedding",
]


@pytest.mark.slow
def test_every_cell_and_encoding_spells_the_word_on_every_seed(run_tutorial):
    printed = run_tutorial("hello_every_cell")
    rows = re.findall(
        r"^ *(\S.*?) +(?:oh\w{3}, \d+ epochs +\S+|homework) +(\d+) of 10 ohlol +(\S+) +(\d+)$",
        printed,
        re.MULTILINE,
    )
    table = {name: (int(right), float(loss), int(since)) for name, right, loss, since in rows}
    assert list(table) == ROWS
    assert all(right == 10 for right, _, _ in table.values())
    assert all(loss <= 0.005 for _, loss, _ in table.values())
    assert all(since <= 10 for _, _, since in table.values())
    words = re.findall(r"^(.+), its slowest seed: (.+)$", printed, re.MULTILINE)
    assert [name for name, _ in words] == ROWS
    for name, spelled in words:
        spelled, (_, _, since) = spelled.split(), table[name]
        assert len(spelled) == 15
        assert set(spelled[since - 1 :]) == {"ohlol"}
        assert spelled[since - 2] != "ohlol"
