"""The figures that the tutorial prints: no worse with its settings than its own, far better with none."""

import re

import pytest


@pytest.mark.slow
def test_the_tutorials_settings_match_it_and_the_defaults_beat_it(run_tutorial):
    printed = run_tutorial("sine_forecast")
    tutorial = [float(e) for e in re.findall(r"tutorial's settings, seed \d: MSE (\S+),", printed)]
    defaults = [float(e) for e in re.findall(r"the defaults, seed \d: MSE (\S+),", printed)]
    assert len(tutorial) == len(defaults) == 2
    assert max(tutorial) <= 0.0089
    assert max(defaults) <= 1e-4
