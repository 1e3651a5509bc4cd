"""The code of the documentation runs, and what it says of its values is true."""

import re
from pathlib import Path

import pytest

import tsrnn.cells

DOCS = Path(__file__).resolve().parents[1] / "docs"


def run(page):
    """Run the blocks of a page in order; return what it says of each value, and the value."""
    source = (DOCS / page).read_text("utf-8")
    names, said = {"__name__": "docs"}, []
    for block in re.findall(r"^```python\n(.*?)^```", source, re.MULTILINE | re.DOTALL):
        exec(compile(block, page, "exec"), names)
        shown = re.findall(r"^(\S.*?)  # (.+)$", block, re.MULTILINE)
        said += [(code, value, repr(eval(code, names))) for code, value in shown]
    return said


@pytest.mark.slow
def test_a_cell_of_ones_own_does_what_its_page_says():
    said = run("cells.md")
    assert len(said) == 6
    for code, value, actual in said:
        assert actual == value, code


def test_the_page_of_cells_names_them_all_with_the_papers_of_their_docstrings():
    source = (DOCS / "cells.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", source, re.MULTILINE))
    cells = {
        name
        for name in tsrnn.cells.__all__
        if isinstance(getattr(tsrnn.cells, name), type) and name != "Cell"
    }
    assert set(table) == cells
    for name, reference in table.items():
        authors_and_years = re.findall(r"([A-Z]\w+)[^A-Z]* \((\d{4})\)", reference)
        assert authors_and_years
        for author, year in authors_and_years:
            assert re.search(rf"{author}.*\({year}\)", getattr(tsrnn.cells, name).__doc__), name
