"""The house has floors, and imports only go down. CONTRIBUTING.md draws it for people."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tsrnn"

FLOORS = {
    "windows": 0,
    "messages": 0,
    "clocks": 0,
    "transforms": 0,
    "threads": 0,
    "version": 0,
    "generators": 0,
    "cells": 0,
    "kernels": 0,
    "metrics": 0,
    "nn": 1,
    "tokens": 1,
    "frames": 1,
    "columns": 1,
    "labels": 0,
    "targets": 1,
    "training": 2,
    "preprocessing": 2,
    "model_selection": 2,
    "aligned": 2,
    "streaming": 2,
    "persistence": 2,
    "forecasting": 3,
    "regressors": 3,
    "taggers": 3,
    "forecasters": 3,
    "inspection": 4,
    "plotting": 4,
    "datasets": 4,
    "testing": 4,
    "cli": 4,
    "__init__": 5,
}
# Rooms of one floor do not know each other; these few go from the left to the right, never back.
DOORS = {
    ("transforms", "messages"),
    ("cells", "generators"),
    ("cells", "kernels"),
    ("windows", "kernels"),
    ("kernels", "threads"),
    ("persistence", "training"),
    ("forecasters", "forecasting"),
    ("cli", "plotting"),
    ("cli", "datasets"),
    ("plotting", "inspection"),
}

ONLY_ROOM = {
    "skorch": "training",
    "matplotlib": "plotting",
    "typer": "cli",
    "pooch": "datasets",
    "numba": "kernels",
    "safetensors": "persistence",
}
NEVER = {
    "preprocessing": {"torch"},
    "tokens": {"torch"},
    "metrics": {"torch"},
    "cells": {"pandas", "sklearn"},
    "nn": {"pandas", "sklearn"},
}
LOADED_WHEN_FIRST_USED = {"matplotlib", "typer", "pooch", "tqdm", "numba"}
IMPORT_NAMES = {"scikit-learn": "sklearn"}


def files_of(package):
    files = sorted(package.rglob("*.py"))
    assert files, f"no Python file in {package}"
    return files


def room_of(path, package):
    """Name the room: tsrnn/cells/lstm.py is in cells, tsrnn/frames.py in frames."""
    return path.relative_to(package).with_suffix("").parts[0]


def imports_of(path, package):
    """Every import of a file as (line, dotted name), those inside functions included."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = parts[: -node.level] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def imported_rooms(path, package):
    """What a file imports from the package; a name that is no room comes from its __init__."""
    for line, name in imports_of(path, package):
        top, _, rest = name.partition(".")
        if top == package.name:
            room = rest.partition(".")[0]
            yield line, room if room in FLOORS else "__init__"


def imported_libraries(path, package):
    for line, name in imports_of(path, package):
        library = name.partition(".")[0]
        if library != package.name and library not in sys.stdlib_module_names:
            yield line, library


def upward_imports(package):
    """A sentence for every import that goes up, or across to a room without a door."""
    found = []
    for path in files_of(package):
        here = room_of(path, package)
        if here not in FLOORS:
            continue  # test_every_module_has_a_floor says so
        for line, there in imported_rooms(path, package):
            down = FLOORS[there] < FLOORS[here]
            if not (down or there == here or (here, there) in DOORS):
                found.append(
                    f"{path.relative_to(package.parent)}:{line}: {here} (floor {FLOORS[here]}) "
                    f"imports {there} (floor {FLOORS[there]})"
                )
    return found


def test_every_module_has_a_floor():
    homeless = {room_of(path, PACKAGE) for path in files_of(PACKAGE)} - FLOORS.keys()
    assert not homeless, (
        f"{sorted(homeless)} of tsrnn/ have no floor: give each one in FLOORS "
        "(tests/test_architecture.py) and in the table of CONTRIBUTING.md"
    )


def test_imports_only_go_down():
    assert upward_imports(PACKAGE) == []


@pytest.fixture
def house(tmp_path):
    """A small package whose nn/head.py a test writes; upward_imports reads it."""

    def build(source):
        head = tmp_path / "tsrnn" / "nn" / "head.py"
        head.parent.mkdir(parents=True)
        head.write_text(source)
        return head.parents[1]

    return build


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("import tsrnn.training", "training"),
        ("import tsrnn.training.net as net", "training"),
        ("from tsrnn import forecasters", "forecasters"),
        ("from tsrnn.training import fit", "training"),
        ("from ..forecasters import LSTMForecaster", "forecasters"),
        ("def late():\n    from tsrnn.cli import main", "cli"),
        ("from tsrnn.frames import Panel", "frames"),
        ("from .. import LSTMForecaster", "__init__"),
        ("import tsrnn", "__init__"),
    ],
)
def test_an_import_that_goes_up_or_across_is_found(house, source, there):
    (sentence,) = upward_imports(house(source))
    assert sentence.startswith("tsrnn/nn/head.py:")
    assert f"nn (floor 1) imports {there} (floor {FLOORS[there]})" in sentence


@pytest.mark.parametrize(
    "source",
    [
        "from tsrnn.cells import LSTM",
        "from tsrnn import windows",
        "from ..cells.base import Cell",
        "from .layers import Stack",
        "from . import layers\nimport math\nimport torch",
    ],
)
def test_an_import_that_goes_down_or_stays_in_its_room_is_left_alone(house, source):
    package = house(source)
    assert len(list(imports_of(package / "nn" / "head.py", package))) >= 1
    assert upward_imports(package) == []


def test_a_door_opens_one_way_between_rooms_of_one_floor():
    for here, there in DOORS:
        assert FLOORS[here] == FLOORS[there]
        assert (there, here) not in DOORS


@pytest.mark.parametrize(("library", "room"), ONLY_ROOM.items())
def test_a_heavy_library_is_imported_in_one_room_only(library, room):
    elsewhere = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files_of(PACKAGE)
        if room_of(path, PACKAGE) != room
        for line, name in imported_libraries(path, PACKAGE)
        if name == library
    ]
    assert not elsewhere, f"only {room} imports {library}, but so do {elsewhere}"


@pytest.mark.parametrize(("room", "libraries"), NEVER.items())
def test_a_room_stays_free_of_the_libraries_it_does_without(room, libraries):
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files_of(PACKAGE)
        if room_of(path, PACKAGE) == room
        for line, name in imported_libraries(path, PACKAGE)
        if name in libraries
    ]
    assert found == []


def test_every_library_that_is_imported_is_declared_as_a_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    requirements = [
        *project["dependencies"],
        *(name for extra in extras if extra != "test" for name in extras[extra]),
    ]
    declared = {re.match(r"[\w.-]+", requirement)[0] for requirement in requirements}
    imported = {
        library for path in files_of(PACKAGE) for _, library in imported_libraries(path, PACKAGE)
    }
    assert imported <= {IMPORT_NAMES.get(name, name) for name in declared}


def test_importing_tsrnn_loads_no_library_that_is_not_used_yet():
    # torch and scikit-learn load some of them too (tqdm, for one): only what tsrnn adds counts.
    code = """
import sys
import pandas, sklearn, torch
names = lambda: {name.partition(".")[0] for name in sys.modules}
before = names()
import tsrnn
print(*sorted(names() - before))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    added = set(run.stdout.split())
    assert "tsrnn" in added
    assert added & LOADED_WHEN_FIRST_USED == set()


@pytest.mark.parametrize("path", files_of(PACKAGE), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_holds_one_idea_in_400_lines_at_most(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines: it holds more than one idea"


def test_contributing_draws_the_same_house():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawn = {
        room: int(floor)
        for floor, rooms in re.findall(r"^\| (\d) \| ([^|]*) \|", text, flags=re.MULTILINE)
        for room in re.findall(r"`(\w+)", rooms)
    }
    assert drawn == FLOORS
