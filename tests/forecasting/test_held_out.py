"""calibrate() and diagnose(): what rows that no network was trained on say of a fit."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tsrnn import LSTMForecaster
from tsrnn.forecasting.held_out import HeldOut, windows_worth
from tsrnn.metrics import coverage
from tsrnn.windows import Windows, pad_rows, plan_windows


def small(**params):
    defaults = {"horizon": 4, "window_size": 8, "season_length": 7, "hidden_size": 4}
    return LSTMForecaster(
        **{**defaults, "max_epochs": 2, "device": "cpu", "random_state": 0, **params}
    )


def noisy(n, seed=0, scale=1.0):
    """A season of seven under noise, day by day."""
    noise = np.random.default_rng(seed).normal(0, scale, n)
    values = 50 + 5 * np.sin(2 * np.pi * np.arange(n) / 7) + noise
    return pd.Series(values, pd.date_range("2020-01-01", periods=n, freq="D"), name="load")


def forecasts_over(f, series, first, quantiles):
    """Return actuals and quantile forecasts of the blocks of four rows from row `first` on."""
    actual, bands = [], []
    for end in range(first, len(series) - 4, 4):
        bands.append(f.forecast(4, history=series[:end], quantiles=quantiles).to_numpy())
        actual.append(series[end : end + 4].to_numpy())
    return np.concatenate(actual), np.concatenate(bands)


# --- series that err together -------------------------------------------------------------------


@pytest.mark.parametrize(("alike", "worth"), [(True, 67), (False, 4 * 67)])
def test_windows_of_series_that_err_together_count_as_those_of_one(alike, worth):
    plan = plan_windows(np.arange(5) * 400, window_size=100, horizon=269)
    windows = Windows(pad_rows(np.zeros((1600, 1)), 100), plan.train, 100, 269)
    shape = len(windows), 269, 1
    assert len(windows) == 4 * 67
    errors = np.ones(shape) if alike else np.random.default_rng(0).standard_normal(shape)
    assert windows_worth(windows, 1000, errors) == pytest.approx(worth, rel=0.05)


def test_bands_of_prices_with_common_shocks_are_as_wide_as_those_of_one_price():
    """By the held-out windows alone, all of one calm or wild time, they would be too narrow or too wide."""
    draw = np.random.default_rng(3)
    shocks = draw.standard_normal(400) * np.r_[np.full(360, 1.0), np.full(40, 0.2)]
    own = 0.05 * draw.standard_normal((30, 400))
    panel = [pd.Series(100 + (shocks + each).cumsum()) for each in own]
    f = small(horizon=4, window_size=16, max_epochs=5).fit(panel)
    one = small(horizon=4, window_size=16, max_epochs=5).fit(panel[0])
    widths = [np.diff(np.array(g.forecast(quantiles=[0.1, 0.9]))).mean() for g in (f, one)]
    assert widths[0] == pytest.approx(widths[1], rel=0.3)


# --- calibrate ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mae", "quantile"])
def test_calibrated_intervals_cover_what_they_say(loss):
    series = noisy(2400)
    levels = [0.025, 0.1, 0.5, 0.9, 0.975]
    f = small(loss=loss, quantiles=levels if loss == "quantile" else None).fit(series[:400])
    f.calibrate(series[400:1600])
    actual, bands = forecasts_over(f, series, 1600, levels)
    assert coverage(actual, bands[:, 1], bands[:, 3]) == pytest.approx(0.8, abs=0.03)
    assert coverage(actual, bands[:, 0], bands[:, 4]) == pytest.approx(0.95, abs=0.03)
    assert (np.diff(bands, axis=1) >= 0).all()


def test_wilder_rows_give_wider_intervals_and_the_same_forecast():
    calm, wild = noisy(400), noisy(200, seed=1, scale=4.0)
    wild.index = pd.date_range(calm.index[-1], periods=201, freq="D")[1:]
    f = small().fit(calm)
    point, before = f.forecast(), f.forecast(quantiles=[0.1, 0.9])
    after = f.calibrate(wild).forecast(quantiles=[0.1, 0.9])
    widths = [float((bands[0.9] - bands[0.1]).mean()) for bands in (before, after)]
    assert widths[1] > 1.5 * widths[0]
    pd.testing.assert_series_equal(f.forecast(), point)


def width(f):
    """Return the mean width of the 80 % band."""
    bands = f.forecast(quantiles=[0.1, 0.9])
    return float((bands[0.9] - bands[0.1]).mean())


def test_few_rows_that_are_easy_by_luck_do_not_narrow_the_bands_below_the_errors_of_training():
    f = small().fit(noisy(200))
    # The one window is forecast without any error.
    f.calibrate(f.forecast())
    assert 1.5 < width(f) < 4  # of noise of deviation one 80 % lie within 2.6


def test_a_target_that_never_moves_has_a_band_without_width_beside_one_that_has():
    frame = pd.DataFrame({"load": noisy(200), "price": 7.5})
    bands = small().fit(frame).forecast(quantiles=[0.1, 0.9])
    assert (bands["price"] == 7.5).all(axis=None)
    assert (bands["load"][0.9] - bands["load"][0.1]).min() > 1


def test_rows_that_follow_the_fit_look_back_on_it():
    series = noisy(300)
    one, other = small().fit(series[:200]), small().fit(series[:200])
    # 8 rows back and 4 ahead: a single forecast is made of 4 rows only where the fit rows come before them.
    far = width(one.calibrate(series[200:204] + 100))
    near = width(other.calibrate(series[200:204]))
    assert far > 10 * near
    with pytest.raises(
        ValueError, match="X: too few rows: forecasts of horizon=4 are to be compared"
    ):
        one.calibrate(series[250:253])


@pytest.mark.parametrize("n_rows", [1, 5])
def test_rows_that_follow_nothing_and_are_fewer_than_the_horizon_are_too_few(n_rows):
    series = noisy(300)
    f = LSTMForecaster(horizon=12, window_size=24, max_epochs=1).fit(series[:100])
    with pytest.raises(ValueError, match="too few rows") as error:
        f.calibrate(series[250 : 250 + n_rows])
    assert str(error.value) == (
        "X: too few rows: forecasts of horizon=12 are to be compared with what came, but no series has that many rows "
        "with values of every target; give more rows."
    )


def test_rows_of_one_series_of_a_panel_look_back_on_the_fit_rows_of_that_name_alone():
    series = noisy(204)
    fitted = pd.concat({"a": series[:200], "b": 2 * series[:200]})
    # 4 rows make a forecast only where others come before them.
    near = width(small().fit(fitted).calibrate(pd.concat({"b": 2 * series[200:]})))
    far = width(small().fit(fitted).calibrate(pd.concat({"b": 2 * series[200:] + 100})))
    assert far > 5 * near
    alone = small().fit(fitted.loc[["a"]])
    with pytest.raises(ValueError, match="X: too few rows: forecasts of horizon=4"):
        alone.calibrate(pd.concat({"b": 2 * series[200:]}))


def test_a_panel_an_array_and_x_with_y_calibrate_too():
    series = noisy(300)
    panel = pd.concat({"a": series, "b": 2 * series})
    parts = panel.groupby(level=0, group_keys=False)
    f = small().fit(parts.head(200)).calibrate(parts.tail(100))
    assert f.forecast(quantiles=[0.1, 0.9]).shape == (8, 2)
    values = series.to_numpy()
    f = small().fit(values[:200]).calibrate(values[200:])
    g = small().fit(series[:200]).calibrate(series[200:])
    np.testing.assert_allclose(f.forecast(quantiles=[0.9])[:, 0], g.forecast(quantiles=[0.9])[0.9])
    X = pd.DataFrame({"day": series.index.day_of_week}, index=series.index)
    f = small().fit(X[:200], series[:200]).calibrate(X[200:], series[200:])
    ahead = pd.DataFrame({"day": range(4)}, pd.date_range(series.index[199], periods=5)[1:])
    assert (f.forecast(future=ahead, quantiles=[0.1, 0.9]).diff(axis=1)[0.9] > 0).all()


def test_ready_windows_calibrate():
    series = noisy(300).to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(series, 12)
    X, y = windows[:, :8, None], windows[:, 8:]
    f = small().fit(X[:150], y[:150])
    before = f._fit_.rollout.residuals
    assert f.calibrate(X[150:], y[150:]) is f
    assert not np.allclose(before, f._fit_.rollout.residuals)
    with pytest.raises(ValueError, match="windows of 6 rows"):
        f.calibrate(X[:, 2:], y)


def test_calibrate_refuses_other_columns():
    frame = noisy(300).to_frame()
    f = small().fit(frame[:200])
    with pytest.raises(ValueError, match="load"):
        f.calibrate(frame[200:].rename(columns={"load": "lod"}))


def test_a_new_fit_forgets_the_calibration():
    series = noisy(300)
    f = small().fit(series[:200])
    expected = f.forecast(quantiles=[0.9])
    f.calibrate(series[200:]).fit(series[:200])
    pd.testing.assert_frame_equal(f.forecast(quantiles=[0.9]), expected)


# --- diagnose -----------------------------------------------------------------------------------


def test_a_network_that_learned_the_season_beats_both_naive_forecasts_in_silence():
    f = small(window_size=42, max_epochs=30, lr=0.01).fit(noisy(400))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = f.diagnose()
    row = found.loc["load"]
    assert row["skill"] > 0.1
    assert row["skill"] == pytest.approx(1 - row["network"] / row["seasonal_naive"])
    assert row["network"] < row["seasonal_naive"] < row["naive"]
    assert 0.5 < row["moved"] < 1.5


class StandStill(nn.Module):
    """Forecasts the last value, or a multiple of it."""

    def __init__(self, module, factor=1.0):
        super().__init__()
        self.module, self.factor = module, factor

    def forward(self, past, future):
        forecast, scale = self.module(past, future)
        last = past[:, -1:, : forecast.shape[2]]
        return (self.factor * last).expand_as(forecast), scale


@pytest.mark.parametrize(
    ("factor", "said", "silent"),
    [
        (1.0, "merely repeat the last value: they leave it by 0% of what the series does", "zzz"),
        (3.0, "the forecasts have not beaten the seasonal naive ones: their mean", "merely"),
    ],
)
def test_one_warning_says_what_a_network_has_not_learned(factor, said, silent, monkeypatch):
    def run(nets, past, future):
        module = StandStill(nets[0].module_.eval(), factor)
        with torch.inference_mode():
            forecast, scale = module(past, future)
        return forecast.numpy()[..., None], scale.numpy()

    monkeypatch.setattr("tsrnn.forecasting.held_out.run", run)
    f = small().fit(noisy(400))
    with pytest.warns(UserWarning, match=said) as caught:
        found = f.diagnose()
    assert len(caught) == 1
    assert silent not in str(caught[0].message)
    assert "On 37 held-out windows" in str(caught[0].message)
    assert found.loc["load", "skill"] < 0
    if factor == 1:
        assert found.loc["load", "network"] == pytest.approx(found.loc["load", "naive"])


def test_of_several_targets_those_are_named_that_naive_forecasts_know_as_well():
    f = small().fit(pd.DataFrame({"load": noisy(100), "wind": noisy(100, seed=1)}))
    each = [np.array(pair) for pair in ([0.5, 0.9], [1.0, 0.8], [0.6, 0.8], [0.7, 0.04])]
    f._fit_.held_out = HeldOut(7, *each)
    with pytest.warns(UserWarning, match="wind") as caught:
        found = f.diagnose()
    np.testing.assert_allclose(found["skill"], [1 - 0.5 / 0.6, 1 - 0.9 / 0.8])
    (message,) = [str(w.message) for w in caught]
    assert "'load'" not in message
    assert (
        "of column 'wind' have not beaten the naive ones: their mean absolute error is 0.9, that of"
        in message
    )
    assert "of column 'wind' merely repeat the last value: they leave it by 4% of" in message


def test_naive_errors_are_those_of_the_naive_forecasts():
    # Without normalisation a window's scale is one: errors are in the units of the data.
    frame = pd.DataFrame({"load": noisy(200), "wind": noisy(200, seed=1)})
    found = small(normalization=None, transform=None).fit(frame).diagnose()
    for name, column in frame.items():
        values, windows = column.to_numpy(), range(180, 197)  # a tenth of the rows, windows of four
        actual = np.array([values[i : i + 4] for i in windows])
        naive = np.array([[values[i - 1]] * 4 for i in windows])
        seasonal = np.array([values[i - 7 : i - 3] for i in windows])
        row = found.loc[name]
        assert row["n_windows"] == 17
        assert row["naive"] == pytest.approx(np.abs(actual - naive).mean(), rel=1e-5)
        assert row["seasonal_naive"] == pytest.approx(np.abs(actual - seasonal).mean(), rel=1e-5)


def test_a_few_more_rows_of_which_none_are_held_out_leave_what_was_known_of_the_fit():
    series = noisy(210)
    f = small().fit(series[:200])
    known = f.diagnose()
    pd.testing.assert_frame_equal(f.partial_fit(series[200:]).diagnose(), known)


def test_without_held_out_rows_there_is_nothing_to_diagnose():
    f = small(validation_fraction=0).fit(noisy(100))
    with pytest.raises(ValueError, match="validation_fraction above 0"):
        f.diagnose()


def test_held_out_rows_without_a_target_cannot_tell_the_best_epoch():
    series = noisy(200)
    series[-20:] = np.nan
    with pytest.warns(UserWarning, match="hold no target that is not missing") as caught:
        f = small(max_epochs=20, lr=0.01, n_estimators=2).fit(series)
    assert len([w for w in caught if "best" in str(w.message)]) == 1
    assert "valid_loss" not in f.history_.dropna(axis=1)
    assert f.history_["train_loss"].iloc[-1] < 0.9 * f.history_["train_loss"].iloc[0]
    with pytest.raises(ValueError, match="none were held out"):
        f.diagnose()
