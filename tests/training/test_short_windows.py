"""Of windows that are drawn at random some show their latest rows alone."""

import numpy as np
import pandas as pd
import pytest
import torch

from tsrnn import LSTMForecaster
from tsrnn.training.batches import WindowBatches
from tsrnn.windows import Windows, pad_rows, plan_windows


def windows_of(n_rows, least_past):
    flat = pad_rows(torch.arange(float(n_rows))[:, None], 20)
    windows = Windows(flat, plan_windows(np.array([0, n_rows]), 20, 2).train, 20, 2)
    windows.least_past = least_past
    return windows


def seen_rows(windows, **how):
    batches = WindowBatches(windows, 64, **how)
    return torch.cat([(~inputs["past"][..., 0].isnan()).sum(1) for inputs, _ in batches])


def test_three_of_ten_drawn_windows_are_cut_anywhere_down_to_the_least():
    seen = seen_rows(windows_of(5000, 4), shuffle=True)
    cut = seen[seen < 20]
    assert len(cut) / len(seen) == pytest.approx(0.3, abs=0.03)
    assert sorted(set(cut.tolist())) == list(range(4, 20))


@pytest.mark.parametrize(("least_past", "shuffle"), [(None, True), (20, True), (4, False)])
def test_windows_are_whole_where_none_may_be_cut_and_where_they_are_not_drawn(least_past, shuffle):
    assert (seen_rows(windows_of(200, least_past), shuffle=shuffle) == 20).all()


def test_what_is_cut_off_is_the_oldest_and_what_is_left_is_as_it_was():
    windows = windows_of(3000, 4)
    for inputs, target in WindowBatches(windows, 64, shuffle=True):
        past = inputs["past"][..., 0]
        seen = ~past.isnan()
        assert (seen[:, 1:] >= seen[:, :-1]).all()
        expected = target[:, :1, 0] - torch.arange(20, 0, -1)
        assert torch.equal(past[seen], expected[seen])


@pytest.mark.parametrize(("segment_size", "cuts"), [(4, True), (1, False)])
def test_only_networks_that_are_told_what_is_missing_train_on_short_windows(
    monkeypatch, segment_size, cuts
):
    shortest = []
    batches = Windows.batches

    def spy(self, windows, batch_size, pasts=None):
        if pasts is not None:
            shortest.append(pasts.min())
        return batches(self, windows, batch_size, pasts)

    monkeypatch.setattr(Windows, "batches", spy)
    rows = pd.Series(np.random.default_rng(0).standard_normal(400).cumsum())
    LSTMForecaster(
        horizon=3, window_size=24, segment_size=segment_size, max_epochs=1, random_state=0
    ).fit(rows)
    assert bool(shortest) == cuts
    assert not cuts or 6 <= min(shortest) < 24
