import re
from pathlib import Path

CONTRIBUTING = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"


def test_the_cell_in_contributing_passes_the_check_that_it_ends_with():
    (source,) = re.findall(r"^```python\n(.*?)^```", CONTRIBUTING.read_text("utf-8"), re.M | re.S)
    assert source.rstrip().endswith("check_cell(MGU)")
    exec(compile(source, CONTRIBUTING, "exec"), {"__name__": "contributing"})
