import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning
from utilsforecast import losses

from tsrnn.metrics import mase, owa, rmsse, smape, wape

POINT_METRICS = {
    "mase": lambda y, f, train: mase(y, f, y_train=train, season_length=2),
    "rmsse": lambda y, f, train: rmsse(y, f, y_train=train, season_length=2),
    "smape": lambda y, f, train: smape(y, f),
    "wape": lambda y, f, train: wape(y, f),
}
every_point_metric = pytest.mark.parametrize("metric", POINT_METRICS.values(), ids=POINT_METRICS)
values = st.lists(st.floats(0.1, 1e4), min_size=1, max_size=20)
TRAIN = np.array([1.0, 5.0, 2.0, 8.0, 5.0])


def _panel(lengths=(5, 8, 3), seed=0):
    """Actual values, forecasts and training rows of series of unequal lengths."""
    rng = np.random.default_rng(seed)
    series = np.repeat(list("bac")[: len(lengths)], lengths)
    time = np.concatenate([np.arange(n) for n in lengths])
    frame = pd.DataFrame({"unique_id": series, "ds": time + 100})
    frame["y"] = rng.normal(10, 3, len(frame))
    frame["model"] = frame["y"] + rng.normal(0, 2, len(frame))
    train = frame[["unique_id"]].loc[np.repeat(frame.index, 4)].reset_index(drop=True)
    train["ds"] = train.groupby("unique_id").cumcount()
    train["y"] = rng.normal(10, 3, len(train))
    return frame, train


def _indexed(frame, column):
    return frame.set_index(["unique_id", "ds"])[column]


# Values


def test_mase_is_the_error_over_the_seasonal_naive_error_in_training():
    seasonal_naive = (abs(2 - 1) + abs(8 - 5) + abs(5 - 2)) / 3
    expected = (abs(6 - 4) + abs(9 - 10)) / 2 / seasonal_naive
    assert mase([6, 9], [4, 10], y_train=TRAIN, season_length=2) == pytest.approx(expected)


def test_rmsse_is_the_root_of_a_ratio_of_squares():
    naive = ((2 - 1) ** 2 + (4 - 2) ** 2) / 2
    expected = np.sqrt(((6 - 4) ** 2 + (9 - 8) ** 2) / 2 / naive)
    assert rmsse([6, 9], [4, 8], y_train=[1, 2, 4]) == pytest.approx(expected)


def test_smape_is_in_per_cent_of_the_mean_of_value_and_forecast():
    assert smape([100, 50], [300, 50]) == pytest.approx((200 * 200 / 400 + 0) / 2)


def test_smape_of_a_forecast_of_the_wrong_sign_is_200():
    assert smape([-3.0, 5.0], [2.0, -1.0]) == 200


def test_smape_counts_zero_forecast_as_zero_as_no_error():
    assert smape([0, 0], [0, 0]) == 0


def test_wape_weighs_every_row_by_its_size():
    assert wape([1, 99], [2, 99]) == pytest.approx(1 / 100)


def test_owa_is_a_ratio_of_means_over_series():
    index = pd.MultiIndex.from_product([["a", "b"], [0]])
    train = pd.Series([0.0, 1.0, 0.0, 4.0], pd.MultiIndex.from_product([["a", "b"], [0, 1]]))
    y, f, b = (pd.Series(v, index) for v in ([10.0, 10.0], [11.0, 14.0], [12.0, 18.0]))
    own_mase, benchmark_mase = (1 / 1 + 4 / 4) / 2, (2 / 1 + 8 / 4) / 2
    own_smape, benchmark_smape = 100 * (1 / 21 + 4 / 24), 100 * (2 / 22 + 8 / 28)
    expected = (own_mase / benchmark_mase + own_smape / benchmark_smape) / 2
    assert owa(y, f, y_pred_benchmark=b, y_train=train) == pytest.approx(expected)


@given(values)
def test_owa_of_the_benchmark_itself_is_one(y):
    forecast = np.asarray(y) + 1
    score = owa(y, forecast, y_pred_benchmark=forecast, y_train=[1, 2, 4])
    assert score == pytest.approx(1)


@every_point_metric
@given(y=values)
def test_a_perfect_forecast_has_no_error(metric, y):
    assert metric(y, y, TRAIN) == 0


@every_point_metric
@given(y=values, factor=st.floats(0.1, 1e3))
def test_the_unit_of_the_series_does_not_matter(metric, y, factor):
    y = np.asarray(y)
    forecast = y[::-1] + 1
    scaled = metric(y * factor, forecast * factor, TRAIN * factor)
    assert scaled == pytest.approx(metric(y, forecast, TRAIN))


# Published implementations and figures


@pytest.mark.parametrize("season_length", [1, 3])
@pytest.mark.parametrize("metric", [mase, rmsse])
def test_scaled_errors_agree_with_utilsforecast_on_a_panel(metric, season_length):
    frame, train = _panel()
    theirs = getattr(losses, metric.__name__)(frame, ["model"], season_length, train)["model"]
    ours = metric(
        _indexed(frame, "y"),
        _indexed(frame, "model"),
        y_train=_indexed(train, "y"),
        season_length=season_length,
    )
    assert ours == pytest.approx(theirs.mean(), abs=1e-9)


def test_smape_agrees_with_utilsforecast_on_a_panel():
    frame, _ = _panel()
    theirs = 200 * losses.smape(frame, ["model"])["model"].mean()
    assert smape(_indexed(frame, "y"), _indexed(frame, "model")) == pytest.approx(theirs, abs=1e-9)


def test_wape_agrees_with_utilsforecast_on_one_series():
    frame, _ = _panel(lengths=(9,))
    theirs = losses.wape(frame, ["model"])["model"].mean()
    assert wape(frame["y"], frame["model"]) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("metric", "theirs"),
    [
        # MeanAbsoluteScaledError(sp=4), MeanSquaredScaledError(sp=4, square_root=True) and 100 times
        # MeanAbsolutePercentageError(symmetric=True) of sktime 1.2.0, which does not go with pandas 3.1.
        (lambda y, f, train: mase(y, f, y_train=train, season_length=4), 1.2666666666666666),
        (lambda y, f, train: rmsse(y, f, y_train=train, season_length=4), 1.3084804974172188),
        (lambda y, f, train: smape(y, f), 13.2090395480226),
    ],
    ids=["mase", "rmsse", "smape"],
)
def test_point_metrics_have_the_values_of_sktime(metric, theirs):
    train = [12.0, 15, 9, 20, 13, 17, 8, 22, 15, 16, 11, 25]
    ours = metric([14.0, 19, 10, 27], [15.5, 16, 11, 23], train)
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("frequency", "season_length", "published_smape", "published_mase"),
    [("Hourly", 24, 18.383, 2.395), ("Weekly", 1, 9.161, 2.777)],
)
def test_naive2_has_the_figures_that_the_m4_organisers_published(
    shared_data, frequency, season_length, published_smape, published_mase
):
    def read(part):
        wide = pd.read_csv(shared_data / "m4" / f"{frequency}-{part}.csv", index_col=0)
        # Columns V2, V3, … count time; empty cells follow the end of a series.
        return wide.set_axis(range(wide.shape[1]), axis=1).stack().dropna()

    train, test, naive2 = read("train"), read("test"), read("naive2")
    assert smape(test, naive2) == pytest.approx(published_smape, abs=5e-4)
    score = mase(test, naive2, y_train=train, season_length=season_length)
    assert score == pytest.approx(published_mase, abs=5e-4)
    relative = {"y_pred_benchmark": naive2, "y_train": train, "season_length": season_length}
    assert owa(test, naive2, **relative) == 1


# Kinds of input


@every_point_metric
def test_arrays_series_and_one_column_frames_score_the_same(metric):
    y, f = np.array([3.0, 5.0, 9.0]), np.array([4.0, 4.0, 4.0])
    index = pd.date_range("2020", periods=3)
    scores = [
        metric(y, f, TRAIN),
        metric(list(y), tuple(f), list(TRAIN)),
        metric(pd.Series(y, index), f, TRAIN),
        metric(pd.Series(y, index, name="load"), pd.Series(f, index), pd.Series(TRAIN)),
        metric(y, pd.DataFrame({"forecast": f}), TRAIN),
        metric(y[:, None], f, TRAIN[:, None]),
    ]
    assert scores == [scores[0]] * 6


@every_point_metric
def test_a_panel_of_one_series_scores_as_the_series(metric):
    y, f, train = (pd.Series(v) for v in ([3.0, 5.0, 9.0], [4.0, 4.0, 4.0], TRAIN))
    panel = [pd.concat({"a": part}) for part in (y, f, train)]
    assert metric(*panel) == pytest.approx(metric(y, f, train))


def test_a_long_series_weighs_as_much_as_a_short_one_in_smape():
    y = pd.concat({"long": pd.Series([1.0] * 9), "short": pd.Series([1.0])})
    f = pd.concat({"long": pd.Series([1.0] * 9), "short": pd.Series([3.0])})
    assert smape(y, f) == pytest.approx((0 + 100) / 2)


def test_a_list_of_arrays_is_a_panel():
    y, f = [np.array([1.0] * 9), np.array([1.0])], [np.array([1.0] * 9), np.array([3.0])]
    assert smape(y, f) == pytest.approx((0 + 100) / 2)


def test_targets_are_scaled_each_by_its_own_training_rows():
    y, f = np.array([[1.0, 100.0]]), np.array([[2.0, 300.0]])
    train = np.array([[0.0, 0.0], [1.0, 100.0]])
    assert mase(y, f, y_train=train) == pytest.approx((1 / 1 + 200 / 100) / 2)


def test_panels_are_matched_to_their_training_rows_by_label():
    frame, train = _panel()
    shuffled = pd.concat([part for _, part in sorted(train.groupby("unique_id"), reverse=True)])
    y, f = _indexed(frame, "y"), _indexed(frame, "model")
    scores = [mase(y, f, y_train=_indexed(t, "y")) for t in (train, shuffled)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-12)


# Missing values, and scores that are not defined


@every_point_metric
def test_rows_without_a_value_are_left_out(metric):
    y, f = np.array([3.0, np.nan, 9.0]), np.array([4.0, 1e6, 4.0])
    assert metric(y, f, TRAIN) == metric(y[[0, 2]], f[[0, 2]], TRAIN)


def test_differences_with_a_missing_value_do_not_scale():
    assert mase([5], [7], y_train=[1, 2, np.nan, 9, 12]) == pytest.approx(2 / ((1 + 3) / 2))


def test_a_constant_training_series_gives_nan_and_a_warning():
    with pytest.warns(UndefinedMetricWarning, match=r"mase is undefined for 1 of 1 series"):
        assert np.isnan(mase([5], [7], y_train=[3, 3, 3]))


def test_a_constant_series_is_left_out_of_a_panel_and_named():
    index = pd.MultiIndex.from_product([["flat", "b"], [2]])
    train = pd.Series([3.0, 3.0, 0.0, 4.0], pd.MultiIndex.from_product([["flat", "b"], [0, 1]]))
    y, f = pd.Series([1.0, 1.0], index), pd.Series([9.0, 3.0], index)
    with pytest.warns(UndefinedMetricWarning, match=r"1 of 2 series \(the first is 'flat'\)"):
        assert mase(y, f, y_train=train) == pytest.approx(2 / 4)


def test_too_few_training_rows_leave_a_series_out_too():
    with pytest.warns(UndefinedMetricWarning, match="no more rows than that"):
        assert np.isnan(rmsse([5], [7], y_train=[3, 4], season_length=2))


def test_wape_of_zeros_is_undefined():
    with pytest.warns(UndefinedMetricWarning, match="wape is undefined"):
        assert np.isnan(wape([0, 0], [1, 2]))


def test_owa_of_a_perfect_benchmark_is_undefined():
    with pytest.warns(UndefinedMetricWarning, match="owa is undefined"):
        assert np.isnan(owa([1, 2], [2, 2], y_pred_benchmark=[1, 2], y_train=[1, 2]))


def test_a_defined_score_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert owa([1, 2], [2, 2], y_pred_benchmark=[1, 3], y_train=[1, 2]) > 0


# Bad input


def test_different_lengths_are_an_error_that_tells_both():
    with pytest.raises(ValueError, match="y_true has 3 rows and y_pred has 2"):
        smape([1, 2, 3], [1, 2])


def test_different_indices_are_an_error_that_names_the_first_difference():
    y = pd.Series([1.0, 2.0, 3.0], pd.date_range("2020-01-01", periods=3))
    f = y.set_axis(pd.to_datetime(["2020-01-01", "2020-01-05", "2020-01-03"]))
    with pytest.raises(ValueError, match=r"row 1 is 2020-01-02 .* and 2020-01-05"):
        smape(y, f)


def test_reordered_targets_of_a_list_are_an_error_as_those_of_a_frame():
    y = pd.DataFrame({"load": [1.0, 3.0], "wind": [2.0, 5.0]})
    with pytest.raises(ValueError, match=r"\['load', 'wind'\] and y_pred has \['wind', 'load'\]"):
        smape([y, y], [y[["wind", "load"]]] * 2)


def test_reordered_targets_are_an_error():
    y = pd.DataFrame({"load": [1.0], "wind": [2.0]})
    with pytest.raises(ValueError, match=r"\['load', 'wind'\] and y_pred has \['wind', 'load'\]"):
        smape(y, y[["wind", "load"]])


def test_a_missing_forecast_is_an_error_that_names_its_row():
    f = pd.Series([1.0, np.nan], pd.date_range("2020-01-01", periods=2))
    with pytest.raises(ValueError, match=r"y_pred is missing \(NaN\) at 2020-01-02"):
        smape([1, 2], f)


def test_an_infinite_value_is_an_error_that_names_its_row():
    with pytest.raises(ValueError, match="y_true is infinite at 1"):
        smape([1, np.inf], [1, 2])


def test_values_that_are_all_missing_are_an_error():
    with pytest.raises(ValueError, match="y_true has no value"):
        smape([np.nan, np.nan], [1, 2])


def test_text_is_a_type_error_that_names_the_column():
    with pytest.raises(TypeError, match="y_pred must hold numbers; column 'load'"):
        smape([1, 2], pd.DataFrame({"load": ["a", "b"]}))


def test_three_dimensions_are_an_error():
    with pytest.raises(ValueError, match="y_true must have one or two dimensions, not 3"):
        smape(np.zeros((2, 2, 2)), [1, 2])


def test_three_index_levels_are_an_error():
    index = pd.MultiIndex.from_tuples([("a", "b", 0)])
    with pytest.raises(ValueError, match="y_true has 3 index levels"):
        smape(pd.Series([1.0], index), [1.0])


@pytest.mark.parametrize(("lacking", "more"), [("a", r"\."), ("bac", r" \(and 2 other series")])
def test_a_series_without_training_rows_is_named(lacking, more):
    frame, train = _panel()
    train = pd.concat([train, train.assign(unique_id="d")])
    train = train[~train["unique_id"].isin(list(lacking))]
    with pytest.raises(ValueError, match=f"y_train has no rows of series 'a'{more}"):
        mase(_indexed(frame, "y"), _indexed(frame, "model"), y_train=_indexed(train, "y"))


def test_the_bad_series_of_a_panel_is_named_and_the_others_counted():
    frame, _ = _panel()
    y, good = _indexed(frame, "y"), _indexed(frame, "model")
    series = good.index.get_level_values(0)
    for bad, words in ((np.nan, r"missing \(NaN\)"), (np.inf, "infinite")):
        one, two = good.where(series != "a", bad), good.where(series == "b", bad)
        with pytest.raises(ValueError, match=f"y_pred is {words} at series 'a', time 100[;.]"):
            smape(y, one)
        with pytest.raises(
            ValueError, match=r"series 'a', time 100 \(and 1 other series like it\)"
        ):
            smape(y, two)


def test_training_rows_of_another_kind_are_an_error():
    frame, _ = _panel()
    with pytest.raises(ValueError, match="must both be panels"):
        mase(_indexed(frame, "y"), _indexed(frame, "model"), y_train=[1, 2, 3])


def scaled_owa(y, f, y_train):
    return owa(y, f, y_pred_benchmark=f, y_train=y_train)


@pytest.mark.parametrize("metric", [mase, rmsse, scaled_owa])
@pytest.mark.parametrize("names", [["b", "a"], ["c", "d"], ["a"]])
@pytest.mark.parametrize("form", [lambda frame: frame, lambda frame: [frame, frame]])
def test_training_rows_of_other_targets_or_in_another_order_are_an_error(metric, names, form):
    y = pd.DataFrame({"a": [1.0, 2.0], "b": [1000.0, 2000.0]})
    train = pd.DataFrame(np.arange(8.0).reshape(4, 2)[:, : len(names)], columns=names)
    message = (
        f"y_true has the columns ['a', 'b'] and y_train has {names}; "
        "they must be the same targets in the same order."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        metric(form(y), form(y + 1), y_train=form(train))


def test_the_only_target_may_bear_another_name_in_training():
    y, train = pd.DataFrame({"load": [5.0, 7.0]}), pd.DataFrame({"sales": [1.0, 2, 4, 4]})
    assert mase(y, pd.DataFrame({"forecast": [6.0, 9.0]}), y_train=train) == 1.5


@pytest.mark.parametrize("season_length", [0, -1, 1.5, None])
def test_a_season_length_that_is_no_count_is_an_error(season_length):
    with pytest.raises(ValueError, match=f"season_length must be .* not {season_length!r}"):
        mase([1], [1], y_train=[1, 2], season_length=season_length)
