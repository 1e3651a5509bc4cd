"""The figures that the tutorial prints: TensorFlow's shapes, and its equations' outputs."""

import re


def test_cells_give_the_shapes_and_outputs_of_the_transcription(run_tutorial):
    printed = run_tutorial("basic_cells_step_by_step")
    assert "BasicRNNCell: output (32, 128), state (32, 128)" in printed
    assert "BasicLSTMCell, forget_bias=1: output (32, 128), h (32, 128), c (32, 128)" in printed
    assert "BasicLSTMCell, forget_bias=0:" in printed
    differences = [float(d) for d in re.findall(r"difference over 10 steps (\S+)", printed)]
    assert len(differences) == 3
    assert max(differences) <= 5e-6
