"""What the ways to start training look at."""

import numpy as np
import torch

from tsrnn.cells import LSTM
from tsrnn.forecasting.starting import is_luck, rows_on_scale
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.windows import Windows, pad_rows, plan_windows

W, H = 4, 3


def rows_of(*lengths, held_out=0.0, ends=True):
    """Windows, what came after, and when, of series that count on from 0, 100, ..."""
    network = ForecastNetwork(LSTM, n_targets=1, window_size=W, horizon=H)
    values = np.concatenate([100 * i + np.arange(float(n)) for i, n in enumerate(lengths)])
    plan = plan_windows(np.cumsum([0, *lengths]), W, H, held_out)
    windows = Windows(pad_rows(values[:, None], W, after=H), plan.train, W, H)
    parts = list(rows_on_scale(network, windows, 1000, at_once=5, ends=ends))
    return [torch.cat(each).numpy() for each in zip(*parts, strict=True)]


def test_with_ends_every_target_row_is_forecast_from_each_row_before_it():
    past, ahead, when = rows_of(10, 8)
    whole, after, then = rows_of(10, 8, ends=False)
    assert len(past) == len(whole) + 2 * (H - 1)
    for series, last in ((0, 9.0), (1, 107.0)):
        mine = past[:, -1] // 100 == series
        np.testing.assert_array_equal(past[mine][-2:, -1], [last - 2, last - 1])
        np.testing.assert_array_equal(
            ahead[mine][-2:], [[last - 1, last, np.nan], [last, np.nan, np.nan]]
        )
        assert when[mine][-2:].tolist() == [1, 0]
    np.testing.assert_array_equal(ahead[when >= H - 1], after)
    assert (when[when >= H - 1] - then == H - 1).all()


def test_with_ends_nothing_of_the_held_out_rows_is_seen():
    past, ahead, _ = rows_of(30, held_out=0.2)
    first_held_out = 24
    assert np.nanmax(ahead) == first_held_out - 1
    assert past.max() == first_held_out - 2


def test_a_gain_counts_by_the_steps_that_are_there():
    left = torch.tensor([[1.0, 1.0], [1.0, torch.nan], [1.0, 1.0], [1.0, torch.nan]])
    assert not is_luck(left, 0.5 * torch.ones(4, 2))
    assert is_luck(left, torch.tensor([[-0.5, -0.5], [0.5, 0.5]] * 2))  # loses more than it gains
