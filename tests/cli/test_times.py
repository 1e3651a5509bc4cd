"""Times in a file: dates or whole numbers, and a question where they may be read two ways."""

import numpy as np
import pandas as pd
import pytest

MONTHS = pd.date_range("2015-01-01", periods=60, freq="MS")
QUICK = ["--horizon", 1, "--epochs", 1, "--device", "cpu"]


def of(path, *more):
    return [path, "--time", "month", "--target", "sales", *more]


@pytest.mark.parametrize(
    ("times", "more", "span"),
    [
        (range(100, 400, 5), [], "100 to 395, step 5."),
        (MONTHS.strftime("%d/%m/%Y"), ["--date-format", "%d/%m/%Y"], "to 2019-12-01, step MS."),
        (
            pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Paris").astype(str),
            [],
            "2024-03-29 23:00:00+00:00 to 2024-04-01 10:00:00+00:00, step h.",
        ),
    ],
    ids=["whole numbers", "day first", "daylight saving"],
)
def test_time_is_dates_or_whole_numbers(works, frame, write, times, more, span):
    path = write(frame.assign(month=list(times)))
    assert span in works("forecast", *of(path, *more), *QUICK)


@pytest.mark.parametrize("value", ["2015-13", "soon", ""])
def test_a_time_that_is_no_date_is_named_with_its_row(mistake, frame, write, value):
    frame.loc[7, "month"] = value
    said = mistake("forecast", *of(write(frame)))
    assert "column 'month' (--time) has" in said
    assert f"{value!r} in row 8" in said or (value == "" and "nothing in row 8" in said)
    assert "--date-format" in said


def test_a_time_with_a_fraction_is_named_with_its_row(mistake, frame, write):
    path = write(frame.assign(month=np.arange(60) / 2))
    assert "must hold dates or whole numbers; it has 0.5 in row 2" in mistake("forecast", *of(path))


def test_rows_out_of_order_are_named(mistake, frame, write):
    said = mistake("forecast", *of(write(frame[::-1])))
    assert "time must go up, but '2019-11-01' in row 2 below the header is not after" in said


def test_a_time_that_is_there_twice_is_named_and_series_are_suggested(mistake, shops, frame, write):
    said = mistake("forecast", *of(shops))
    assert "'2016-01-01' in row 61" in said
    assert "name their column with --series" in said
    twice = write(pd.concat([frame[:5], frame[4:]]), "twice.csv")
    assert "'2015-05-01' in row 6" in mistake("forecast", *of(twice))


def test_a_file_with_the_newest_row_first_is_to_be_turned_round(mistake, frame, shops, write):
    newest_first = frame.assign(month=MONTHS.strftime("%m/%d/%Y"))[::-1]
    assert mistake("forecast", *of(write(newest_first, "us.csv"))).endswith(
        "us.csv: time must go up, but '2019-11-01' in row 2 below the header is not after the row "
        "before it. Its newest rows come first: turn the file round, the oldest first.\n"
    )
    pd.read_csv(shops)[::-1].to_csv(shops, index=False)
    assert "Its newest rows come first" in mistake("forecast", *of(shops, "--series", "shop"))
    mixed = write(frame.iloc[[3, 2, 1, *range(4, 60)]], "mixed.csv")
    assert "Sort the file by time" in mistake("forecast", *of(mixed))


def test_twelve_days_with_the_newest_first_may_be_months_and_are_asked_for(mistake, frame, write):
    path = write(frame[:12].assign(month=MONTHS[:12].strftime("%m/%d/%Y"))[::-1])
    said = mistake("forecast", *of(path))
    assert "'12/01/2015' in row 1 below the header, which may be 2015-12-01 or 2015-01-12." in said


WEEKS = pd.date_range("2020-01-06", periods=60, freq="W-MON").isocalendar().astype(str)


@pytest.mark.parametrize(
    ("before_week", "more"),
    [
        ("W", []),
        ("-W", []),
        ("W", ["--date-format", "%GW%V"]),
        ("", ["--date-format", "%G%V"]),
    ],
)
def test_a_week_of_a_year_is_its_monday(works, frame, write, before_week, more):
    weeks = WEEKS["year"] + before_week + WEEKS["week"].str.zfill(2)
    path = write(frame.assign(month=list(weeks)))
    said = works("forecast", *of(path, *more), *QUICK)
    assert "2020-01-06 to 2021-02-22, step W-MON." in said
    assert "2021-03-01" in said


@pytest.mark.parametrize("sep", ["", "-"])
def test_a_day_of_a_week_is_that_day(works, frame, write, sep):
    weeks = WEEKS["year"] + sep + "W" + WEEKS["week"].str.zfill(2) + sep + "5"
    said = works("forecast", *of(write(frame.assign(month=list(weeks)))), *QUICK)
    assert "2020-01-10 to 2021-02-26, step W-FRI." in said


def test_a_week_that_the_year_does_not_have_is_named_with_its_row(mistake, frame, write):
    weeks = WEEKS["year"] + "W" + WEEKS["week"].str.zfill(2)
    weeks.iloc[5] = "2021W53"
    said = mistake("forecast", *of(write(frame.assign(month=list(weeks)))))
    assert "'2021W53' in row 6 below the header, which is no date like those before it" in said


@pytest.mark.parametrize(
    ("n", "formats"), [(60, '"%G%V"'), (11, '"%Y%m" or "%G%V"')], ids=["year", "few"]
)
def test_weeks_written_as_numbers_are_not_counted(mistake, frame, write, n, formats):
    path = write(frame.assign(month=list(WEEKS["year"] + WEEKS["week"].str.zfill(2)))[:n])
    assert mistake("forecast", *of(path)) == (
        f"Error: {path}: column 'month' (--time) has 202002 in row 1 below the header, and "
        f"all of its numbers are dates if they are written so; say it with --date-format {formats}, "
        "which is weeks. If they are whole numbers, count the rows from 1 on.\n"
    )


@pytest.mark.parametrize(
    ("step", "date_format"), [("MS", "%Y%m"), ("D", "%Y%m%d"), ("h", "%Y%m%d%H")]
)
def test_dates_written_as_numbers_are_not_counted(mistake, frame, write, step, date_format):
    stamps = pd.date_range("2015-01-01", periods=60, freq=step).strftime(date_format)
    shown = '"%Y%m" or "%G%V", which is weeks' if step == "MS" else f'"{date_format}"'
    path = write(frame.assign(month=stamps))
    assert mistake("forecast", *of(path)) == (
        f"Error: {path}: column 'month' (--time) has {stamps[0]} in row 1 below the header, and "
        "all of its numbers are dates if they are written so; say it with --date-format "
        f"{shown}. If they are whole numbers, count the rows from 1 on.\n"
    )


@pytest.mark.parametrize("date_format", ["%Y%m", "%d%m%Y", "%d/%m/%Y", "%d.%m.%y"])
def test_dates_are_read_in_the_format_that_is_given(works, frame, write, date_format):
    path = write(frame.assign(month=MONTHS.strftime(date_format)))
    said = works("forecast", *of(path, "--date-format", date_format), *QUICK)
    assert "2015-01-01 to 2019-12-01, step MS." in said
    assert "2020-01-01" in said


@pytest.mark.parametrize("first", [201501, 20200101, 1577836800])
def test_numbers_of_rows_that_name_no_month_are_counted(works, frame, write, first):
    path = write(frame.assign(month=first + np.arange(60)))
    assert f"{first} to {first + 59}, step 1." in works("forecast", *of(path), *QUICK)


@pytest.mark.parametrize(
    ("date_format", "other"), [("%d/%m/%Y", "%m/%d/%Y"), ("%d.%m.%y", "%m.%d.%y")]
)
def test_months_written_day_first_are_asked_for(mistake, frame, write, date_format, other):
    path = write(frame.assign(month=MONTHS.strftime(date_format)))
    assert mistake("forecast", *of(path)) == (
        f"Error: {path}: column 'month' (--time) has {MONTHS[1].strftime(date_format)!r} in row 2 "
        "below the header, which may be 2015-01-02 or 2015-02-01. Say how its dates are written: "
        f'--date-format "{date_format}" is day first, "{other}" month first.\n'
    )


def test_months_with_gaps_written_day_first_are_asked_for(mistake, shops):
    frame = pd.read_csv(shops, dtype=str).drop(index=[7, 80])
    frame["month"] = pd.to_datetime(frame["month"]).dt.strftime("%d-%m-%Y")
    frame.to_csv(shops, index=False)
    said = mistake("forecast", *of(shops, "--series", "shop"))
    assert "'01-02-2015' in row 2 below the header, which may be 2015-01-02 or 2015-02-01." in said


def test_a_year_that_may_be_twelve_days_is_asked_for(mistake, frame, write):
    path = write(frame[:12].assign(month=MONTHS[:12].strftime("%m/%d/%Y %H:%M")))
    assert (
        "'02/01/2015 00:00' in row 2 below the header, which may be 2015-02-01 or 2015-01-02. Say "
        'how its dates are written: --date-format "%d/%m/%Y %H:%M" is day first'
    ) in mistake("forecast", *of(path))


@pytest.mark.parametrize("date_format", ["%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y %H:%M"])
def test_months_written_month_first_are_not_asked_for(works, frame, write, date_format):
    path = write(frame.assign(month=MONTHS.strftime(date_format)))
    assert "to 2019-12-01, step MS." in works("forecast", *of(path), *QUICK)


def test_the_steps_to_come_are_read_as_the_rows_before_them(works, frame, write):
    """A year of months alone could be twelve days as well."""
    path = write(frame.assign(month=MONTHS.strftime("%m/%d/%Y"), holiday=0))
    months = pd.date_range("2020-01-01", periods=12, freq="MS").strftime("%m/%d/%Y")
    ahead = write(pd.DataFrame({"month": months, "holiday": 0}), "ahead.csv")
    options = ["--known-future", "holiday", "--future", ahead]
    assert "2020-01-01" in works("forecast", *of(path, *options), *QUICK)
