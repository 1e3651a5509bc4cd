"""Files in and out: what would be cut is refused, and nothing that was read is overwritten."""

import csv
import os

import pandas as pd
import pytest

QUICK = ["--horizon", 1, "--epochs", 1, "--device", "cpu"]


def of(path, *more):
    return [path, "--time", "month", "--target", "sales", *more]


@pytest.mark.parametrize("row", [1, 7])
def test_a_row_with_more_fields_than_the_header_is_refused(mistake, frame, write, row):
    frame = frame[["month", "sales"]].astype({"sales": object})
    frame.loc[row - 1 :, "sales"] = "1,900"
    path = write(frame)
    path.write_text("# sales\n" + path.read_text().replace('"', "").replace("sales\n", "sales\n\n"))
    assert mistake("forecast", *of(path)) == (
        f"Error: {path} is not a table: row {row} below the header has 3 fields and the header 2: "
        f"'{frame['month'][row - 1]},1,900'. Write numbers with a point for decimals and nothing "
        "between thousands, and put text that holds a comma in quotes.\n"
    )


def test_a_text_of_any_length_is_read(works, frame, write):
    frame.loc[3, "note"] = "x" * 200_000
    assert "Read 60 rows" in works("forecast", *of(write(frame)), *QUICK)
    assert csv.field_size_limit() < 200_000


def test_text_with_a_separator_is_to_be_put_in_quotes(mistake, frame, write):
    path = write(frame.assign(note="x"), sep=";")
    path.write_text(path.read_text().replace(";x", ";here; there"))
    said = mistake("forecast", *of(path))
    assert (
        "row 1 below the header has 4 fields and the header 3: '2015-01;100.0;here; there'" in said
    )
    assert "Put text that holds a semicolon in quotes." in said


@pytest.mark.parametrize("rows", [slice(None), slice(30, None)], ids=["every row", "some rows"])
def test_separators_at_the_end_of_rows_hold_nothing(works, frame, write, rows):
    path = write(frame)
    head, *body = path.read_text().splitlines()
    body[rows] = [line + ",," for line in body[rows]]
    path.write_text("\n".join([head, *body]))
    assert "Read 60 rows" in works("forecast", *of(path), *QUICK)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="needs /dev/fd")
def test_a_pipe_is_read(works, sales):
    """As in `cat sales.csv | tsrnn forecast /dev/stdin`."""
    reader, writer = os.pipe()
    os.write(writer, sales.read_bytes())
    os.close(writer)
    assert "Read 60 rows" in works("forecast", *of(f"/dev/fd/{reader}"), *QUICK)
    os.close(reader)


@pytest.mark.parametrize("option", ["--out", "--plot"])
def test_the_file_with_the_steps_to_come_is_not_overwritten(mistake, frame, write, option):
    path = write(frame.assign(holiday=0))
    months = pd.DataFrame({"month": ["2020-01", "2020-02"], "holiday": [1, 0]})
    ahead = write(months, "ahead.png")
    before = ahead.read_bytes()
    options = ["--known-future", "holiday", "--future", ahead, "--horizon", 2]
    said = mistake("forecast", *of(path, *options, option, ahead))
    assert said == f"Error: {option} {ahead} is the file of --future; give another name.\n"
    assert ahead.read_bytes() == before


@pytest.mark.parametrize("command", ["forecast", "backtest"])
def test_the_rows_and_the_picture_are_not_one_file(mistake, sales, tmp_path, command):
    out, plot = tmp_path / "both.png", tmp_path / "folder" / ".." / "both.png"
    (tmp_path / "folder").mkdir()
    said = mistake(command, *of(sales, "--out", out, "--plot", plot))
    assert said == f"Error: --plot {plot} is the file of --out; give another name.\n"
