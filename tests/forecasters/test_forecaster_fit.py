"""fit(): seeds, fitting anew and going on, history_, best weights, callbacks, silence."""

import random
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback, EarlyStopping

# --- seeds --------------------------------------------------------------------------------------


def test_the_same_random_state_gives_the_same_forecasts(every_forecaster, quick, panel):
    first, again, other = (
        quick(every_forecaster, dropout=0.5, random_state=seed).fit(panel).forecast(9)
        for seed in (7, 7, 8)
    )
    pd.testing.assert_series_equal(first, again)
    assert not np.allclose(first, other, rtol=1e-6)


def test_the_caller_s_seeds_have_no_say(quick, series):
    forecasts = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        forecasts.append(quick(dropout=0.5).fit(series).forecast())
    pd.testing.assert_series_equal(*forecasts)


@pytest.mark.parametrize("random_state", [0, None, np.random.default_rng(0)], ids=str)
def test_the_global_random_state_is_left_as_it_was(every_forecaster, quick, series, random_state):
    def state():
        return (
            torch.random.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            random.getstate(),
        )

    before = state()
    f = quick(every_forecaster, dropout=0.5, n_estimators=2, random_state=random_state)
    f.fit(series).partial_fit(series).predict(series)
    f.forecast(quantiles=[0.1])
    assert state() == before


def test_without_a_random_state_every_fit_is_another(quick, series):
    f = quick(random_state=None, lr=0.05)
    assert not np.allclose(f.fit(series).forecast(), f.fit(series).forecast(), rtol=1e-6)


# --- fitting anew and going on ------------------------------------------------------------------


def test_to_fit_twice_is_to_fit_once(every_forecaster, quick, series, two):
    once = quick(every_forecaster).fit(series)
    twice = quick(every_forecaster).fit(two).fit(series)
    pd.testing.assert_series_equal(twice.forecast(9), once.forecast(9))
    timeless = ["epoch", "train_loss", "valid_loss", "lr"]
    pd.testing.assert_frame_equal(twice.history_[timeless], once.history_[timeless])
    public = {name for name in vars(once) if name.endswith("_")}
    assert {name for name in vars(twice) if name.endswith("_")} == public


def test_after_a_fit_on_names_a_fit_on_an_array_has_none(quick, two):
    f = quick().fit(two)
    assert f.feature_names_in_.tolist() == ["load", "wind"]
    f.fit(two["load"].to_numpy())
    assert not hasattr(f, "feature_names_in_")
    assert f.n_features_in_ == 1


def test_warm_start_goes_on_from_the_weights(every_forecaster, quick, series):
    f = quick(every_forecaster, warm_start=True, refit=False, lr=0.01).fit(series)
    first = f.forecast()
    f.set_params(lr=1e-12).fit(series)  # steps so small that the weights stay
    assert f.history_["epoch"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(f.forecast(), first, rtol=1e-6)
    f.set_params(lr=0.05, max_epochs=3).fit(series)
    assert len(f.history_) == 7
    assert not np.allclose(f.forecast(), first, rtol=1e-6)


def test_without_warm_start_training_starts_anew(quick, series):
    f = quick(lr=0.01).fit(series)
    f.set_params(lr=1e-12).fit(series)
    untrained = quick(lr=1e-12).fit(series)
    pd.testing.assert_series_equal(f.forecast(), untrained.forecast())
    assert len(f.history_) == 2


def test_partial_fit_trains_one_epoch_more(every_forecaster, quick, series):
    f = quick(every_forecaster)
    assert f.partial_fit(series) is f
    for epochs in (2, 3):
        before = f.forecast()
        f.partial_fit(series)
        assert len(f.history_) == epochs
        assert not np.array_equal(before, f.forecast())


def test_partial_fit_goes_on_from_fit(quick, series):
    f = quick().fit(series)
    weights = f.module_
    f.partial_fit(series)
    assert f.module_ is weights
    assert len(f.history_) == 3


def test_partial_fit_on_later_rows_forecasts_from_their_end(quick, series):
    f = quick().fit(series[:40])
    f.partial_fit(series[40:55])
    assert f.forecast().index[0] == series.index[55]
    np.testing.assert_allclose(f.predict(series[55:])[:4], f.forecast(), rtol=1e-6)


def test_partial_fit_on_five_business_days_keeps_the_week(quick, values):
    index = pd.date_range("2024-01-01", periods=75, freq="B")
    f = quick(horizon=2, window_size=2, transform=None).fit(pd.Series(values, index[:60]))
    week = index[70:75]
    f.partial_fit(pd.Series([6.0, 7.0, 8.0, 7.0, 6.0], week.tolist()))
    assert f.forecast().index[0] == week[-1] + pd.offsets.BDay()


def test_partial_fit_may_go_on_with_other_series(quick, series, panel):
    f = quick().fit(series).partial_fit(panel)
    forecast = f.forecast()
    assert forecast.index.names == ["site", "day"]
    np.testing.assert_allclose(forecast["north"], f.forecast(history=series), rtol=1e-6)


def test_partial_fit_on_another_form_is_refused(quick, series, weather):
    past, _ = weather
    f = quick().fit(series)
    with pytest.raises(ValueError, match="another form"):
        f.partial_fit(past[["temp"]], past["load"])
    assert len(f.history_) == 2
    f.forecast()


@pytest.mark.parametrize("n", [1, 3, 4])
def test_partial_fit_on_too_few_rows_for_a_horizon_is_refused(quick, series, n):
    f = quick().fit(series)
    with pytest.raises(ValueError, match=r"too few rows: .* at least 5 rows in one series"):
        f.partial_fit(series[:n])
    assert len(f.partial_fit(series[:5]).history_) == 3


def test_partial_fit_on_few_rows_keeps_the_quantiles(quick, series):
    f = quick().fit(series[:50]).partial_fit(series[50:])
    assert np.isfinite(f.forecast(quantiles=[0.1, 0.9])).all(axis=None)


def test_partial_fit_of_x_and_y_in_any_form_goes_on(quick, weather):
    past, future = weather
    X, y = past[["temp"]], past["load"]
    expected = quick().fit(X, y).partial_fit(X, y).predict(future[["temp"]])
    by_array = quick().fit(X, y).partial_fit(X.to_numpy(), y.to_numpy())
    np.testing.assert_array_equal(by_array.predict(future[["temp"]].to_numpy()), expected)
    renamed = quick().fit(X, y).partial_fit(X, y.rename("other"))
    np.testing.assert_array_equal(renamed.predict(future[["temp"]]), expected)


def test_a_fit_that_fails_leaves_the_forecaster_as_it_was(quick, series, two):
    f = quick().fit(series)
    expected = f.forecast()
    with pytest.raises(ValueError, match="diverged"):
        f.set_params(lr=1e30, max_grad_norm=None, max_epochs=5).fit(two)
    with pytest.raises(ValueError, match="too few rows"):
        f.fit(series[:5])
    pd.testing.assert_series_equal(f.forecast(), expected)


# --- history_ -----------------------------------------------------------------------------------


def test_history_has_a_row_for_each_epoch(every_forecaster, quick, series):
    history = quick(every_forecaster, max_epochs=3, refit=False).fit(series).history_
    assert isinstance(history, pd.DataFrame)
    assert history.columns.tolist() == ["epoch", "train_loss", "valid_loss", "lr", "seconds"]
    assert history["epoch"].tolist() == [1, 2, 3]
    assert np.isfinite(history).all(axis=None)
    assert (history[["train_loss", "valid_loss", "lr"]] > 0).all(axis=None)
    assert (history["seconds"] >= 0).all()


def test_without_held_out_rows_there_is_no_validation_loss(quick, series):
    history = quick(validation_fraction=0).fit(series).history_
    assert len(history) == 2
    assert history["valid_loss"].isna().all()
    assert history["train_loss"].notna().all()


def test_training_makes_the_loss_fall(every_forecaster, quick):
    f = quick(every_forecaster, hidden_size=16, max_epochs=15, lr=0.01)
    losses = f.fit(np.sin(np.arange(200.0))).history_["train_loss"]
    assert losses.iloc[-3:].mean() < losses.iloc[0]


# --- best weights, callbacks, stopping ----------------------------------------------------------


class Spoil(Callback):
    """From an epoch on, put noise on the weights, and keep those of every epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_train_begin(self, net, **kwargs):
        self.weights, self.losses = [], []

    def on_batch_end(self, net, training, **kwargs):
        if training and len(net.history) >= self.epoch:
            with torch.no_grad():
                for p in net.module_.parameters():
                    p.add_(torch.ones_like(p))

    def on_epoch_end(self, net, **kwargs):
        self.weights.append({k: v.clone() for k, v in net.module_.state_dict().items()})
        self.losses.append(net.history[-1]["valid_loss"])


def same_weights(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_the_weights_of_the_lowest_validation_loss_are_restored(every_forecaster, quick, series):
    spoil = Spoil(epoch=3)
    # A refit would tell the start anew.
    f = quick(every_forecaster, max_epochs=5, refit=False, callbacks=[spoil]).fit(series)
    best = int(np.argmin(spoil.losses))
    assert best < 3
    assert f.history_["valid_loss"].idxmin() == best
    assert same_weights(f.module_.state_dict(), spoil.weights[best])
    assert not same_weights(f.module_.state_dict(), spoil.weights[-1])


@pytest.mark.parametrize("patience", [1, 2])
def test_early_stopping_stops_after_so_many_epochs_without_a_better_one(quick, series, patience):
    f = quick(max_epochs=20, early_stopping=patience, callbacks=[Spoil(epoch=4)]).fit(series)
    best = f.history_["valid_loss"].idxmin()
    assert best <= 2
    assert len(f.history_) == best + 1 + patience


@pytest.mark.parametrize("flag", [True, np.True_])
def test_early_stopping_true_stops_some_time(quick, series, flag):
    f = quick(max_epochs=60, early_stopping=flag, callbacks=[Spoil(epoch=2)]).fit(series)
    assert 3 < len(f.history_) < 60


@pytest.mark.parametrize("flag", [False, np.False_])
def test_early_stopping_false_never_stops(quick, series, flag):
    f = quick(max_epochs=30, early_stopping=flag, refit=False, callbacks=[Spoil(epoch=2)]).fit(
        series
    )
    assert len(f.history_) == 30


def test_by_default_training_stops_after_a_cycle_that_brought_nothing_better(quick, series):
    f = quick(max_epochs=42, refit=False, callbacks=[Spoil(epoch=2)]).fit(series)
    assert len(f.history_) == 2 + 8


def test_every_member_stops_on_its_own(quick, series):
    f = quick(max_epochs=20, early_stopping=1, n_estimators=3, callbacks=[Spoil(epoch=4)])
    assert len(f.fit(series).history_) < 8
    assert np.isfinite(f.forecast()).all()


class Count(Callback):
    def __init__(self):
        self.calls = []

    def on_train_begin(self, net, **kwargs):
        self.calls.append("train begin")

    def on_epoch_begin(self, net, **kwargs):
        self.calls.append("epoch begin")

    def on_batch_end(self, net, training, **kwargs):
        if training:
            self.calls.append("batch")

    def on_epoch_end(self, net, **kwargs):
        self.calls.append(("epoch end", "train_loss" in net.history[-1]))

    def on_train_end(self, net, **kwargs):
        self.calls.append("train end")


def test_callbacks_are_called(every_forecaster, quick, series):
    count = Count()
    quick(every_forecaster, batch_size=100, callbacks=[count]).fit(series)
    epoch = ["epoch begin", "batch", ("epoch end", True)]
    assert count.calls == ["train begin", *epoch, *epoch, "train end"]


def test_batch_size_is_windows_per_step_of_the_optimizer(quick, values):
    count = Count()
    # 60 rows have 49 windows of 8 + 4.
    quick(batch_size=10, max_epochs=1, validation_fraction=0, callbacks=[count]).fit(values)
    assert count.calls.count("batch") == 5


def test_a_callback_may_stop_the_training(quick, series):
    stop = EarlyStopping(patience=2)
    f = quick(max_epochs=20, callbacks=[Spoil(epoch=3), stop]).fit(series)
    assert len(f.history_) < 7
    assert np.isfinite(f.forecast()).all()


def test_a_user_s_interrupt_is_passed_on(quick, series):
    class Interrupt(Callback):
        def on_batch_end(self, net, **kwargs):
            if len(net.history) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(callbacks=[Interrupt()]).fit(series)


# --- silence ------------------------------------------------------------------------------------


def test_nothing_is_printed_warned_or_written(
    every_forecaster, quick, series, weather, capfd, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    past, future = weather
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = quick(every_forecaster, early_stopping=1).fit(series).partial_fit(series)
        f.predict(series)
        f.forecast(30, quantiles=[0.1, 0.9])
        quick(every_forecaster).fit(past[["temp"]], past["load"]).predict(future[["temp"]])
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "params",
    [{}, {"n_estimators": 3}, {"early_stopping": 1, "callbacks": [Spoil(1)]}],
    ids=["one network", "an ensemble", "stopped early"],
)
def test_verbose_shows_one_bar(quick, series, capfd, params):
    quick(max_epochs=3, verbose=1, refit=False, **params).fit(series)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.count("| 0/") == 1  # a bar begins once
    last = err.rstrip("\n").split("\r")[-1]
    assert "train_loss=" in last
    assert "valid_loss=" in last
    if not params:
        assert "3/3" in last


def test_verbose_may_be_changed_before_going_on(quick, series, capfd):
    f = quick(warm_start=True).fit(series)
    f.set_params(verbose=1).fit(series)
    assert capfd.readouterr().err.count("\n") == 1
    f.set_params(verbose=0).fit(series)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"hidden_size": 8},
            "hidden_size=8 has no effect on networks that were built with hidden_size=4",
        ),
        ({"loss": "mse"}, "loss='mse' has no effect on networks that were built with loss='mae'"),
        ({"n_estimators": 2}, "n_estimators=2 has no effect"),
        ({"optimizer": torch.optim.SGD}, "set it back, or fit anew with warm_start=False"),
    ],
)
def test_what_a_warm_start_would_pass_over_is_refused(quick, series, change, said):
    f = quick(warm_start=True).fit(series)
    forecast = f.forecast()
    f.set_params(**change)
    with pytest.raises(ValueError, match=re.escape(said)):
        f.fit(series)
    with pytest.raises(ValueError, match=re.escape(said)):
        f.partial_fit(series)
    pd.testing.assert_series_equal(f.forecast(), forecast)
    f.set_params(warm_start=False).fit(series)


def test_a_warm_start_may_train_otherwise(quick, series):
    f = quick(warm_start=True, refit=False, lr=0.01).fit(series)
    f.set_params(lr=0.02, max_epochs=3, early_stopping=True, validation_fraction=0.2).fit(series)
    assert len(f.history_) == 5
