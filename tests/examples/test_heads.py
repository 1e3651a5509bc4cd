"""The table that the tutorial prints: four heads on the same data."""

import re

import pytest


@pytest.mark.slow
def test_attention_beats_what_sees_one_output_or_all_alike(run_tutorial):
    printed = run_tutorial("heads")
    rows = re.findall(r"^ *(.+?) +(\d+) (\S+) (\d\.\d+)$", printed, re.MULTILINE)
    score = {head: float(r2) for head, _, _, r2 in rows}
    assert list(score) == [
        "last output",
        "mean pooling",
        "dot-product attention",
        "additive attention",
    ]
    assert score["additive attention"] > 0.99
    assert score["additive attention"] == max(score.values())
    assert min(score.values()) > 0.5
