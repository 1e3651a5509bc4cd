"""The figure that the tutorial prints: one error for each of five seeds."""

import re

import pytest


@pytest.mark.slow
def test_every_seed_ends_below_one_in_ten_thousand(run_tutorial):
    printed = run_tutorial("sine_to_cosine")
    errors = [float(e) for e in re.findall(r"^seed \d: .* chunks (\S+)$", printed, re.MULTILINE)]
    assert len(errors) == 5
    assert max(errors) <= 1e-4
    assert f"Worst of 5 seeds: {max(errors):.1e}" in printed
