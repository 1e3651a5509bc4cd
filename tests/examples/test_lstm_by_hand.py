"""The figures that the tutorial prints: no cell, layer count or direction differs by more than rounding."""

import re


def test_every_cell_equals_its_equations_and_torch(run_tutorial):
    printed = run_tutorial("lstm_by_hand")
    rows = [line.split() for line in printed.splitlines() if re.match(r" *\w+ +[123] +[12] ", line)]
    assert len(rows) == 6 * 3 * 2
    for cell, _, _, *differences in rows:
        assert len(differences) == (1 if cell in ("PeepholeLSTM", "JANET") else 4)
        assert all(float(difference) <= 1e-6 for difference in differences)
    greatest = max(float(difference) for row in rows for difference in row[3:])
    assert f"Greatest difference: {greatest:.0e}" in printed
