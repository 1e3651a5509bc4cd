"""The figures that the tutorial prints: what a state as scores can reach, and a linear layer on every seed."""

import re

import pytest


@pytest.mark.slow
def test_a_linear_layer_spells_the_word_on_every_seed_and_a_bare_state_does_not(run_tutorial):
    printed = run_tutorial("hello_rnn_cell")
    assert "scores from -1 to 1 allow 0.341" in printed
    rows = re.findall(
        r"^ *(\S.*?) +(?:oh\w{3}, \S+ +)?(\d units .+?) +(\d+) of 20 (\w{5}), (\S+)$",
        printed,
        re.M,
    )
    table = {
        (experiment, network): (int(right), word, float(loss))
        for experiment, network, right, word, loss in rows
    }
    assert len(table) == 5
    loop, one_call = "RNN cell in a loop", "nn.RNN's one call"
    for experiment in (loop, one_call):
        right, word, loss = table[experiment, "8 units and a linear layer"]
        assert (right, word) == (20, "ohlol")
        assert loss <= 0.01
        right, _, loss = table[experiment, "4 units read as scores"]
        assert 5 <= right < 20
        assert loss > 0.341
    assert table[loop, "4 units and a linear layer"][0] > table[loop, "4 units read as scores"][0]
    for network in ("4 units read as scores", "8 units and a linear layer"):
        assert table[loop, network][2] == pytest.approx(table[one_call, network][2], abs=0.002)
    (words,) = re.findall("worst seed of 8 units and a linear layer: (.+)", printed)
    assert len(words.split()) == 15
    assert words.endswith("ohlol")
