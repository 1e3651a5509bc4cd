"""What is missing is masked, left out of loss and scores, and counted once, however many fits a search makes."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score

from tsrnn.messages import MissingDataWarning
from tsrnn.metrics import make_forecast_scorer, smape
from tsrnn.model_selection import RollingOriginSplit

FOUND = "X has {}: masked in the windows and left out of the loss."


@pytest.fixture
def messy(panel):
    """The panel of unequal spans, with holes inside, NaN at both ends and in a covariate."""
    frame = panel.to_frame()
    frame["wind"] = np.arange(len(frame)) % 5.0
    frame = frame.drop([("north", frame.index[row][1]) for row in (11, 12, 13)])
    frame.iloc[[0, 1, 30, 56], 0] = np.nan  # the first two and the last row of north
    frame.iloc[[20, 70], 1] = np.nan
    return frame


def warned(call):
    """What is said under Python's own filters, as in a script."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        call()
    return caught


def test_every_missing_row_and_value_is_counted(quick, messy):
    (warning,) = warned(lambda: quick(target="load").fit(messy))
    assert str(warning.message) == FOUND.format(
        "3 missing time stamps, 4 missing target values, 2 missing covariate values"
    )
    assert warning.category is MissingDataWarning
    assert issubclass(MissingDataWarning, UserWarning)


def test_rows_before_a_late_start_and_after_an_early_end_are_not_missing(quick, panel):
    assert warned(lambda: quick().fit(panel)) == []


def test_a_search_says_one_thing_once(quick, messy):
    # All that is missing is in the first fold, so that all fits say the same.
    cv = RollingOriginSplit(2, horizon=2)
    search = GridSearchCV(
        quick(target="load", max_epochs=1),
        {"lr": [1e-3, 1e-2], "hidden_size": [2, 3]},
        cv=cv,
        scoring=make_forecast_scorer(smape),
        error_score="raise",
    )
    caught = warned(lambda: search.fit(messy[messy.index.get_level_values(1) < "2024-02-20"]))
    assert [str(w.message) for w in caught] == [
        FOUND.format("3 missing time stamps, 3 missing target values, 2 missing covariate values")
    ]
    assert caught[0].filename == __file__


def test_folds_that_differ_are_said_once_each(quick, series):
    gaps = series.where(~np.isin(np.arange(60), [20, 30, 40, 50]))
    cv = TimeSeriesSplit(3, test_size=10)
    search = GridSearchCV(quick(max_epochs=1), {"hidden_size": [2, 3, 4]}, cv=cv)
    counts = [str(w.message).split()[2] for w in warned(lambda: search.fit(gaps))]
    assert counts == ["1", "2", "3", "4"]  # of three folds and the refit


def test_whoever_wants_every_warning_gets_it(quick, series):
    gaps = series.where(np.arange(60) != 20)
    cv = TimeSeriesSplit(3, test_size=10)
    with pytest.warns(MissingDataWarning) as caught:
        cross_val_score(quick(max_epochs=1), gaps, cv=cv)
    assert len(caught) == 3


def test_leading_and_trailing_nan_move_no_forecast_of_the_same_fit(quick, series):
    f = quick().fit(series[:50])
    expected = f.forecast(4, history=series[10:40])
    leading = series[:40].where(np.arange(40) >= 10)
    np.testing.assert_allclose(f.forecast(4, history=leading), expected, rtol=1e-6)
    trailing = series[:44].where(np.arange(44) < 40)
    ahead = f.forecast(4, history=trailing)
    assert ahead.index.tolist() == series.index[44:48].tolist()
    assert np.isfinite(ahead).all()
    # That the last rows are missing is seen: it is no forecast from a window that ends before them.
    assert not np.allclose(ahead, expected)


def test_a_fit_with_nan_at_both_ends_forecasts_what_follows_the_last_row(quick, series):
    ends = series.where((np.arange(60) >= 12) & (np.arange(60) < 57))
    with pytest.warns(MissingDataWarning, match="15 missing target values"):
        f = quick().fit(ends)
    forecast = f.forecast()
    assert forecast.index[0] == series.index[-1] + series.index.freq
    assert abs(forecast.mean() - series[-14:].mean()) < 2


def test_targets_that_are_missing_are_in_no_score(quick, series):
    f = quick().fit(series[:40])
    wild = series[40:].copy()
    wild.iloc[3] = np.nan
    seen = wild.notna().to_numpy()
    forecasts = f.predict(wild)
    assert np.isfinite(forecasts).all()
    actual = wild[seen].to_numpy()
    residual = ((actual - forecasts[seen]) ** 2).sum()
    expected = 1 - residual / ((actual - actual.mean()) ** 2).sum()
    assert f.score(wild) == pytest.approx(expected)
    assert make_forecast_scorer(smape)(f, wild) == pytest.approx(-smape(actual, forecasts[seen]))


def test_known_values_that_are_missing_are_counted_once_and_forecast_without(quick, weather):
    past, future = weather
    f = quick(target="load", known_future=list(future)).fit(past)
    holes = future.copy()
    holes.iloc[1, 0] = np.nan
    with pytest.warns(MissingDataWarning, match="future has 1 missing value") as caught:
        forecast = f.forecast(future=holes)
    assert len(caught) == 1
    # Missing stands for the mean of the fit, not for a hole in the answer.
    trained = past["temp"][:54].mean()
    np.testing.assert_allclose(
        forecast, f.forecast(future=holes.fillna({"temp": trained})), atol=0.05
    )


@pytest.mark.parametrize("gone", [np.nan, 0.0], ids=["missing", "closed"])
def test_a_hole_longer_than_a_window_does_not_end_training_where_a_covariate_is_known(quick, gone):
    rng = np.random.default_rng(0)
    promo = (rng.random(200) < 0.2).astype(float)
    sales = 100 + 30 * np.sin(2 * np.pi * np.arange(200) / 7) + 20 * promo
    index = pd.date_range("2024-01-01", periods=200, freq="D")
    frame = pd.DataFrame({"sales": sales, "promo": promo}, index=index)
    frame.iloc[80:110] = gone
    f = quick(target="sales", known_future="promo", normalization="standard")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f.fit(frame)
    assert np.isfinite(f.history_["train_loss"]).all()
    assert f.module_.effect.weight.isfinite().all()


def test_the_network_is_told_which_covariates_are_missing(quick, panel, messy):
    with pytest.warns(MissingDataWarning):
        f = quick(target="load", known_future="wind").fit(messy)
    frame = panel.to_frame().assign(wind=1.0)
    whole = quick(target="load", known_future="wind").fit(frame)
    told, untold = (each.module_.covariates for each in (f, whole))
    assert (told.past_size, told.future_size) == (2, 2)
    assert (untold.past_size, untold.future_size) == (1, 1)
    rows = torch.tensor([[[0.5], [float("nan")]]])
    past, future = told(rows, rows)
    assert past.tolist() == future.tolist() == [[[0.5, 0.0], [0.0, 1.0]]]
