"""After held-out rows have told the best epoch, training goes on with them, too."""

import numpy as np
import pandas as pd
import pytest
from skorch.callbacks import EpochScoring

from tsrnn import LSTMForecaster
from tsrnn.training.batches import WindowBatches


def waves(n_rows=300, seed=0):
    rng = np.random.default_rng(seed)
    rows = 10 + np.sin(np.arange(n_rows) / 2) + 0.1 * rng.standard_normal(n_rows)
    return pd.Series(rows)


def fit(rows, **params):
    # Without a skip, a regression does not know all before training begins.
    params = {
        "horizon": 3,
        "window_size": 24,
        "skip": None,
        "lr": 0.01,
        "early_stopping": False,
    } | params
    return LSTMForecaster(random_state=0, **params).fit(rows)


@pytest.mark.parametrize("max_epochs", [10, 20])
def test_two_thirds_as_many_epochs_follow_as_it_took_to_the_best(max_epochs):
    f = fit(waves(), max_epochs=max_epochs)
    judged = f.history_["valid_loss"].notna()
    n_judged = round(0.6 * max_epochs)
    assert judged.tolist() == [True] * n_judged + [False] * (len(f.history_) - n_judged)
    best = f.history_["valid_loss"].argmin() + 1
    assert len(f.history_) - n_judged == round((max_epochs / n_judged - 1) * best) > 0


def last_rows_seen(monkeypatch, rows, **params):
    """Return the last row that any training batch holds, over all of a fit."""
    drawn = []
    draw = WindowBatches.__iter__

    def spy(self):
        for inputs, target in draw(self):
            if self.shuffle:
                drawn.append(float(target.max()))
            yield inputs, target

    monkeypatch.setattr(WindowBatches, "__iter__", spy)
    fit(rows, normalization=None, transform=None, max_epochs=10, **params)
    return max(drawn)


def test_the_refit_sees_the_held_out_rows_and_without_it_no_training_does(monkeypatch):
    rows = pd.Series(np.sin(np.arange(300) / 2))
    rows.iloc[-1] = 5.0  # the highest, on any scale
    seen = last_rows_seen(monkeypatch, rows, refit=True)
    unseen = last_rows_seen(monkeypatch, rows, refit=False)
    assert seen > 2 * unseen


def test_bands_and_diagnosis_are_those_from_before_the_refit():
    with_it, without = (
        fit(waves(), max_epochs=10, refit=True),
        fit(waves(), max_epochs=6, refit=False),
    )
    pd.testing.assert_frame_equal(with_it.diagnose(), without.diagnose())
    np.testing.assert_array_equal(with_it._fit_.rollout.residuals, without._fit_.rollout.residuals)
    assert with_it.module_.share == without.module_.share
    assert not np.allclose(with_it.forecast(), without.forecast())


def test_what_held_out_rows_did_not_show_to_be_learned_is_not_refit():
    walk = pd.Series(np.random.default_rng(1).standard_normal(400).cumsum())
    f = fit(walk, max_epochs=10, skip="auto")
    assert f.module_.share == 0.1
    assert f.history_["valid_loss"].notna().all()


@pytest.mark.parametrize("params", [{"refit": False}, {"validation_fraction": 0}])
def test_all_epochs_are_one_training_without_a_refit_or_without_held_out_rows(params):
    f = fit(waves(), max_epochs=5, **params)
    assert len(f.history_) == 5


def test_callbacks_that_wait_for_a_validation_loss_hear_of_the_judged_epochs_alone():
    heard = []

    class Listener(EpochScoring):
        def __init__(self):
            super().__init__(lambda *a: 0.0, name="none")

        def on_epoch_end(self, net, **kwargs):
            heard.append(net.history[-1]["valid_loss"])

    f = fit(waves(), max_epochs=10, callbacks=[Listener()])
    assert len(heard) == 6 < len(f.history_)


def test_the_bar_counts_the_epochs_of_both(capfd):
    f = fit(waves(), max_epochs=10, verbose=1)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("| 0/") == 1
    assert f"{len(f.history_)}/{len(f.history_)}" in err.rstrip("\n").split("\r")[-1]
    assert len(f.history_) > 6


def test_where_rows_are_plenty_no_refit_follows_unless_it_is_asked_for(monkeypatch):
    monkeypatch.setattr("tsrnn.forecasting.choices._PLENTY", 10)
    assert not fit(waves(), max_epochs=10).refit_
    assert fit(waves(), max_epochs=10).history_["valid_loss"].notna().all()
    asked = fit(waves(), max_epochs=10, refit=True)
    assert asked.refit_
    assert asked.history_["valid_loss"].isna().any()


def test_a_level_that_is_new_in_the_held_out_rows_is_forecast():
    rng, week = np.random.default_rng(0), np.arange(379) * 2 * np.pi / 7
    series = 100 + 10 * np.sin(week) + rng.normal(0, 4, 379)
    series[345:] += 60
    index = pd.date_range("2024-01-01", periods=379, freq="D")
    f = LSTMForecaster(horizon=14, random_state=0).fit(pd.Series(series, index)[:365])
    assert np.abs(f.forecast() - series[365:]).mean() < 10
    without = LSTMForecaster(horizon=14, refit=False, random_state=0)
    without.fit(pd.Series(series, index)[:365])
    assert np.abs(without.forecast() - series[365:]).mean() > 15
