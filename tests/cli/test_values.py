"""Numbers in a file: text among them is named with its row."""

import numpy as np
import pandas as pd
import pytest

QUICK = ["--horizon", 1, "--epochs", 1, "--device", "cpu"]


def of(path, *more):
    return [path, "--time", "month", "--target", "sales", *more]


def test_text_in_the_target_is_named_with_its_row(mistake, frame, write):
    frame["sales"] = frame["sales"].astype(object)
    frame.loc[3, "sales"] = "1,234"
    said = mistake("forecast", *of(write(frame)))
    assert "column 'sales' (--target) holds text: '1,234' in row 4" in said


@pytest.mark.parametrize("option", ["--covariate", "--known-future"])
def test_decimal_commas_in_a_covariate_are_refused(mistake, frame, write, option):
    rain = [None, "3", *(f"{value:.1f}".replace(".", ",") for value in np.arange(58) / 4)]
    path = write(frame.assign(rain=rain), sep=";")
    assert mistake("forecast", *of(path, option, "rain")) == (
        f"Error: {path}: column 'rain' ({option}) holds '0,0' in row 3 below the header, so its "
        "values would be categories. If they are numbers, write them with a point for decimals and "
        "nothing between thousands.\n"
    )


def test_text_with_commas_stays_a_category(works, frame, write):
    weather = np.where(np.arange(60) % 2, "rain, 3", "sun, 4")
    path = write(frame.assign(weather=weather))
    assert "Read 60 rows" in works("forecast", *of(path, "--covariate", "weather"), *QUICK)


@pytest.mark.parametrize(
    ("known", "ahead", "place"),
    [([0, 1], ["0", "1", "x"], "'x' in row 3"), ([True, False], ["True", "no"], "'no' in row 2")],
)
def test_text_in_the_steps_to_come_is_named_where_the_rows_hold_numbers(
    mistake, frame, write, known, ahead, place
):
    path = write(frame.assign(promo=known * 30))
    months = pd.date_range("2020-01-01", periods=len(ahead), freq="MS")
    ahead = write(pd.DataFrame({"month": months, "promo": ahead}), "ahead.csv")
    options = ["--known-future", "promo", "--future", ahead, "--horizon", 2]
    assert mistake("forecast", *of(path, *options)) == (
        f"Error: {ahead}: column 'promo' (--known-future) holds text: {place} below the header. It "
        f"holds numbers in {path}; write them here too, with a point for decimals and nothing "
        "between thousands.\n"
    )
