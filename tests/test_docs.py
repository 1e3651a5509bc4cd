"""The code of the documentation runs, and what it says of its values is true."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import tsrnn.cells
from tsrnn.forecasting.settings import Settings

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


def check(page, n_values):
    """Compare every value that a page shows with what its code comes to."""
    said = run(page)
    assert len(said) == n_values
    for code, value, actual in said:
        assert actual == value, code


@pytest.mark.slow
def test_a_cell_of_ones_own_does_what_its_page_says():
    check("cells.md", n_values=6)


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


def test_the_default_does_what_its_page_says():
    with pytest.warns(UserWarning, match="the forecasts merely repeat the last value"):
        check("defaults.md", n_values=10)


def test_the_page_of_the_default_names_every_setting_and_shows_every_picture():
    source = (DOCS / "defaults.md").read_text("utf-8")
    for setting in fields(Settings):
        assert f"`{setting.name}_`" in source
    pictures = re.findall(r"\]\((images/\w+\.png)\)", source)
    assert len(pictures) == len(list((DOCS / "images").glob("default_*.png")))
    assert all((DOCS / picture).is_file() for picture in pictures)
