"""Columns: their roles, how each becomes numbers, and what is said of those that cannot."""

import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from tsrnn.columns import (
    check_finite,
    check_targets_seen,
    learn_columns,
    named_as,
    numbers,
    require_columns,
)
from tsrnn.frames import read_table

pytestmark = pytest.mark.filterwarnings("error")

DAYS = pd.date_range("2024-01-01", periods=4, freq="D")


def frame(**columns):
    return pd.DataFrame({"load": [1.0, 2, 3, 4], **columns}, index=DAYS)


def table(**columns):
    return read_table(frame(**columns))


def panel(**columns):
    return read_table(pd.concat({"a": frame(), "b": frame()}).assign(**columns))


# --- roles --------------------------------------------------------------------------------------------


def test_every_column_is_a_target_unless_target_names_them():
    columns = learn_columns(table(wind=[4.0, 3, 2, 1]))
    assert columns.targets == ["load", "wind"]
    assert columns.covariates == []
    columns = learn_columns(table(wind=[4.0, 3, 2, 1]), "load")
    assert (columns.targets, columns.past, columns.known) == (["load"], ["wind"], [])


def test_a_known_column_is_no_target():
    columns = learn_columns(table(wind=[4.0, 3, 2, 1]), known_future="wind")
    assert (columns.targets, columns.known) == (["load"], ["wind"])
    assert columns.names[columns.known_slice] == ["wind"]


def test_targets_come_first_then_past_then_known_then_static_columns():
    t = table(a=[4.0, 3, 2, 1], s=5.0, k=[0.0, 1, 0, 1], w=[1.0, 2, 2, 2])
    columns = learn_columns(t, ["w", "load"], ["k"])
    assert columns.names == ["w", "load", "a", "k", "s"]
    assert columns.names[columns.known_slice] == ["k", "s"]
    np.testing.assert_array_equal(columns.encode(t)[1], [2, 2, 3, 1, 5])


def test_a_name_may_be_a_tuple():
    t = read_table(frame().set_axis(pd.Index([("a", 1)], tupleize_cols=False), axis=1))
    assert learn_columns(t, ("a", 1)).targets == [("a", 1)]


@pytest.mark.parametrize(
    ("values", "static"),
    [
        ([7.0] * 8, True),
        ([7.0] * 4 + [9.0] * 4, True),
        (["x"] * 4 + ["y"] * 4, True),
        ([7.0] * 5 + [9.0] * 3, False),
        ([True] * 8, True),
        ([np.nan] * 8, True),
        ([7.0] * 3 + [np.nan] + [9.0] * 4, False),
    ],
)
def test_a_column_is_static_where_it_is_constant_within_each_series(values, static):
    columns = learn_columns(panel(size=values), "load")
    assert (columns.static == ["size"]) is static
    assert (columns.past == ["size"]) is not static


# --- numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4]),
        ([True, False, True, True], [1, 0, 1, 1]),
        (pd.array([1, None, 3, 4], dtype="Int64"), [1, np.nan, 3, 4]),
        (pd.array([1.5, None, 3, 4], dtype="Float64"), [1.5, np.nan, 3, 4]),
        (pd.array([True, None, False, True], dtype="boolean"), [1, np.nan, 0, 1]),
        (pd.arrays.SparseArray([0.0, 0, 0, 4]), [0, 0, 0, 4]),
        (np.array([1, None, 3.5, 4], dtype=object), [1, np.nan, 3.5, 4]),
        ([Decimal("1.5"), Decimal(2), None, Decimal(4)], [1.5, 2, np.nan, 4]),
        ([Decimal("1.5"), 2.5, Fraction(7, 2), True], [1.5, 2.5, 3.5, 1]),
        (np.array([1, 2, True, None], dtype=object), [1, 2, 1, np.nan]),
        ([10**30, 1, 2, 3], [1e30, 1, 2, 3]),
        ([None] * 4, [np.nan] * 4),
    ],
)
def test_what_is_a_number_becomes_float64(column, expected):
    values = numbers(table(x=column), "x")
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, expected)


def test_a_frame_of_floats_is_not_copied():
    t = read_table(pd.DataFrame(np.arange(8.0).reshape(4, 2), DAYS, ["load", "wind"]))
    values = learn_columns(t).encode(t)
    np.testing.assert_array_equal(values, [[0, 1], [2, 3], [4, 5], [6, 7]])
    assert np.shares_memory(values, t.frame.to_numpy())


# --- categories ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        ["b", "a", "b", "a"],
        pd.Categorical(["b", "a", "b", "a"]),
        pd.Categorical(["b", "a", "b", "a"], categories=["c", "b", "a"]),
        np.array(["b", "a", "b", "a"], dtype=object),
        pd.array(["b", "a", "b", "a"], dtype="string"),
        [True, False, True, False],
    ],
    ids=["text", "category", "wide category", "objects", "string", "bool"],
)
def test_labels_become_codes_from_one_on(column):
    t = table(kind=column)
    columns = learn_columns(t, "load")
    assert columns.cardinalities == (2,)
    assert columns.encode(t)[:, 1].tolist() == [2, 1, 2, 1]


def test_an_unknown_label_has_code_0_and_a_missing_one_none():
    columns = learn_columns(table(kind=["a", "b", "a", "b"]), "load")
    other = table(kind=["b", "new", None, "a"])
    np.testing.assert_array_equal(columns.encode(other)[:, 1], [2, 0, np.nan, 1])


def test_a_column_of_labels_that_is_empty_is_missing_whatever_its_dtype():
    columns = learn_columns(table(kind=["a", "b", "a", "b"]), "load")
    assert np.isnan(columns.encode(table(kind=[np.nan] * 4))[:, 1]).all()
    assert np.isnan(columns.encode(table(kind=[None] * 4))[:, 1]).all()


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        (pd.Categorical([0, 1, 0, 1]), ["0", "1", "0", "1"],
         "holds text, but held labels of the kind int in fit, such as 0; give the same kind."),
        ([True, False] * 2, ["True", "False"] * 2,
         "holds text, but held labels of the kind bool in fit, such as False; give the same kind."),
        (["a", "b"] * 2, pd.Categorical([0, 1, 0, 1]),
         "holds labels of the kind int, but held text in fit, such as 'a'; give the same kind."),
    ],
)  # fmt: skip
def test_labels_of_another_kind_than_those_of_fit_are_refused(fitted, given, message):
    columns = learn_columns(table(kind=fitted), "load")
    with pytest.raises(TypeError) as error:
        columns.encode(table(kind=given))
    assert str(error.value) == f"X: column 'kind' {message}"


def test_true_and_false_may_come_back_as_1_and_0():
    columns = learn_columns(table(kind=[True, False, True, True]), "load")
    assert columns.encode(table(kind=[1, 0, 0, 1]))[:, 1].tolist() == [2, 1, 1, 2]


def test_text_is_the_same_label_as_a_category():
    columns = learn_columns(table(kind=["a", "b", "a", "b"]), "load")
    other = table(kind=pd.Categorical(["b", "b", "a", None], categories=["z", "b", "a"]))
    np.testing.assert_array_equal(columns.encode(other)[:, 1], [2, 2, 1, np.nan])


def test_numbers_in_objects_are_no_labels():
    columns = learn_columns(table(wind=np.array([4, 3.5, None, 1], dtype=object)), "load")
    assert columns.categories == {}
    assert columns.cardinalities == (0,)


def test_labels_of_mixed_kinds_are_labels():
    columns = learn_columns(table(kind=np.array(["a", 1, "a", 2], dtype=object)), "load")
    assert columns.cardinalities == (3,)


def test_labels_that_no_training_row_holds_are_forgotten():
    t = table(kind=["a", "b", "c", "b"])
    columns = learn_columns(t, "load")
    values = columns.encode(t)
    columns.forget_unseen(values, values[[1, 2]])
    assert list(columns.categories["kind"]) == ["b", "c"]
    assert values[:, 1].tolist() == [0, 1, 2, 1]


# --- the scale of covariates --------------------------------------------------------------------------


def test_covariates_are_standardised_by_the_training_rows():
    t = table(wind=[1.0, 3, 5, 100], kind=["a", "b", "a", "b"], flat=[2.0, 2, 2, 9])
    columns = learn_columns(t, "load")
    values = columns.encode(t)
    columns.learn_scale(values[:3])
    scaled = columns.standardise(values[:, 1:])
    wind = (np.array([1.0, 3, 5, 100]) - 3) / np.std([1, 3, 5])
    np.testing.assert_allclose(scaled[:, 0], wind)
    np.testing.assert_array_equal(scaled[:, 1], [1, 2, 1, 2])
    np.testing.assert_array_equal(scaled[:, 2], 0)  # what never varied taught nothing


def test_covariates_may_be_left_as_they_are():
    t = table(wind=[1.0, 3, 5, 100])
    columns = learn_columns(t, "load")
    columns.learn_scale(columns.encode(t), raw=True)
    np.testing.assert_array_equal(columns.standardise(np.array([[4.0]])), [[4]])


# --- names that do not agree --------------------------------------------------------------------------


def test_the_columns_of_an_array_and_of_one_series_need_no_names():
    array = named_as(read_table(np.ones((2, 2))), ["load", "wind"])
    assert list(array.frame.columns) == ["load", "wind"]
    series = named_as(read_table(pd.Series([1.0, 2], name="x")), ["load"])
    assert list(series.frame.columns) == ["load"]
    assert list(named_as(table(wind=1.0), ["a", "b"]).frame.columns) == ["load", "wind"]
    assert list(named_as(read_table(np.ones((2, 3))), ["a", "b"]).frame.columns) == [0, 1, 2]


def test_names_are_given_up_where_the_fit_had_numbers_alone():
    def names_of(frame, names):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            named = list(named_as(frame, names, "Net").frame.columns)
        text = "X has feature names, but Net was fitted without feature names"
        assert [str(each.message) for each in said] == ([text] if named != ["load", "wind"] else [])
        return named

    assert names_of(table(wind=1.0), [0, 1]) == [0, 1]
    assert names_of(table(wind=1.0), ["load", 0]) == ["load", 0]
    for names in (["a", "b"], [0, "load"], [0, 1, 2]):  # other names, another place, another number
        assert names_of(table(wind=1.0), names) == ["load", "wind"]


# --- what is refused ----------------------------------------------------------------------------------

BOOL = "holds values of the kind complex128; make them numbers, such as real and imaginary parts."
TEXT = "use pd.to_numeric(df['x'], errors='coerce'), which makes NaN of what is no number."


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["a", "b", "c", "d"], f"X: target column 'x' holds text, 'a' at time 2024-01-01; {TEXT}"),
        ([1, 2, "n/a", 4], f"X: target column 'x' holds text, 'n/a' at time 2024-01-03; {TEXT}"),
        ([None, "1", "2", "3"], f"X: target column 'x' holds text, '1' at time 2024-01-02; {TEXT}"),
        (
            ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"],
            "X: target column 'x' holds text, '2024-01-01' at time 2024-01-01; if these are the times of the rows, "
            "use df.set_index(pd.to_datetime(df['x'])).",
        ),
        (
            DAYS,
            f"X: target column 'x' holds dates ({DAYS.dtype}); make them the index, as in df.set_index('x').",
        ),
        (
            DAYS.to_period("D"),
            "X: target column 'x' holds dates (period[D]); make them the index, as in df.set_index('x').",
        ),
        (
            pd.Categorical([1, 2, 1, 2]),
            "X: target column 'x' holds categories (int64); make them numbers with df['x'].astype(float).",
        ),
        (
            DAYS - DAYS[0],
            f"X: target column 'x' holds lengths of time ({(DAYS - DAYS[0]).dtype}); make them numbers with "
            "df['x'].dt.total_seconds().",
        ),
        ([1j, 2, 3, 4], f"X: target column 'x' {BOOL}"),
        (
            [1, [2], 3, 4],
            "X: target column 'x' holds a list, [2] at time 2024-01-02; an argument must be a string or a number, "
            "and a target a number.",
        ),
    ],
)
def test_a_target_that_is_no_number_is_named_with_its_first_value_and_a_cure(column, message):
    column = column if hasattr(column, "dtype") else pd.Series(column, DAYS)
    with pytest.raises(TypeError) as caught:
        learn_columns(table(x=column), "x")
    assert str(caught.value) == message


def test_who_named_no_target_is_told_that_every_column_is_one():
    message = (
        r"X: target column 'city' holds text, .*; name the columns to forecast in target=; else "
    )
    with pytest.raises(TypeError, match=message):
        learn_columns(table(city=["a", "b", "c", "d"]))


def test_a_column_without_a_name_is_meant_as_a_whole():
    with pytest.raises(TypeError, match=r"^X holds text, 'a' at row 0; use pd.to_numeric\(X"):
        learn_columns(read_table(np.array(["a", "b"])))
    with pytest.raises(TypeError, match=r"^X: target column 1 holds text"):
        learn_columns(read_table(np.array([[1, "b"]], dtype=object)))


@pytest.mark.parametrize(
    ("roles", "kind", "message"),
    [
        (
            {"target": "laod"},
            ValueError,
            "target='laod' is not a column of X; did you mean 'load'?",
        ),
        (
            {"target": 7},
            ValueError,
            "target=7 is not a column of X; the columns are 'load', 'wind'.",
        ),
        (
            {"known_future": ["wind", "sun"]},
            ValueError,
            "known_future='sun' is not a column of X; the columns are 'load', 'wind'.",
        ),
        ({"target": ["load", "load"]}, ValueError, "target=['load', 'load'] names 'load' twice."),
        (
            {"target": "load", "known_future": "load"},
            ValueError,
            "column 'load' is both target and known_future, but the future of a target is what is forecast; leave it "
            "out of one of them.",
        ),
        (
            {"target": []},
            ValueError,
            "target=[] names no column, so nothing is left to forecast; X has 'load', 'wind'.",
        ),
        (
            {"known_future": ["load", "wind"]},
            ValueError,
            "known_future names every column, so nothing is left to forecast; X has 'load', 'wind'.",
        ),
        (
            {"target": {"load": 1}},
            TypeError,
            "target={'load': 1} must be the name of a column or a list of names.",
        ),
    ],
)
def test_roles_that_do_not_fit_the_columns_are_refused(roles, kind, message):
    with pytest.raises(kind) as caught:
        learn_columns(table(wind=[4.0, 3, 2, 1]), **roles)
    assert str(caught.value) == message


def test_a_covariate_of_things_is_refused():
    with pytest.raises(TypeError, match=r"X: column 'x' holds a list, \[1\] at time 2024-01-01"):
        learn_columns(table(x=pd.Series([[1]] * 4, DAYS)), "load")


def test_numbers_where_fit_had_text_are_refused():
    columns = learn_columns(table(kind=["a", "b", "a", "b"]), "load")
    with pytest.raises(TypeError, match=r"X: column 'kind' holds numbers \(int64\), but held text"):
        columns.encode(table(kind=[1, 2, 3, 4]))
    with pytest.raises(TypeError, match=r"X: column 'kind' holds a list, \[1\] at time 2024-01-01"):
        columns.encode(table(kind=pd.Series([[1]] * 4, DAYS)))


def test_text_where_fit_had_numbers_is_refused():
    columns = learn_columns(table(wind=[4.0, 3, 2, 1]), "load")
    with pytest.raises(TypeError, match="X: column 'wind' holds text, 'low' at time 2024-01-01"):
        columns.encode(table(wind=["low"] * 4))


def test_the_first_column_that_is_missing_is_named_and_the_others_counted():
    with pytest.raises(
        ValueError,
        match=r"^X lacks column 'laod', which fit had \(and 1 more\); did you mean 'load'\?$",
    ):
        require_columns(table(), ["laod", "load", "wind"])


def test_the_first_infinite_value_is_named():
    t = panel(load=[1, 2, 3, 4, 5, np.inf, -np.inf, 8])
    message = (
        r"^X: column 'load' is infinite at series 'b', time 2024-01-02; correct it, or mark it as missing \(NaN\), "
        r"which is masked\.$"
    )
    with pytest.raises(ValueError, match=message):
        learn_columns(t).encode(t)


def test_a_target_too_large_for_the_network_is_named():
    t = table(load=[1, 2, -1e20, 4])
    message = r"^X: target column 'load' is -1e\+20 at time 2024-01-03, beyond the 1e\+17 .* in a larger unit"
    with pytest.raises(ValueError, match=message):
        learn_columns(t).encode(t)


@pytest.mark.filterwarnings("error")
def test_what_is_too_large_to_be_squared_is_named_without_a_word_of_numpy_s():
    t = table(load=[1, np.nan, -1e300, 4], wind=[1, 2, 3, 4])
    with pytest.raises(
        ValueError, match=r"^X: target column 'load' is -1e\+300 at time 2024-01-03"
    ):
        learn_columns(t).encode(t)


def test_a_covariate_may_be_as_large_as_a_date_in_nanoseconds():
    t = table(x=DAYS.as_unit("ns").asi8)
    assert learn_columns(t, "load").encode(t)[0, 1] == 1704067200e9


def test_missing_values_are_not_infinite_nor_too_large():
    check_finite(table(), ["load"], np.array([[np.nan], [1.0]]), 1)


@pytest.mark.parametrize(
    ("loads", "message"),
    [
        ([np.nan] * 8, "X: target column 'load' is missing everywhere, so there is nothing to forecast from; "
         "fill in its values, or drop the column."),
        ([np.nan] * 4 + [1.0] * 4, "X: target column 'load' is missing everywhere in series 'a', so there is nothing "
         "to forecast from; fill in its values, or drop the series."),
    ],
)  # fmt: skip
def test_a_target_without_any_value_is_refused(loads, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        check_targets_seen(panel(), ["load"], np.array(loads)[:, None])
    assert str(caught.value) == message


def test_one_value_in_each_series_is_enough():
    check_targets_seen(
        panel(), ["load"], np.array([[np.nan, 1, np.nan, np.nan, 2, *[np.nan] * 3]]).T
    )
