import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn import LSTMForecaster
from tsrnn.forecasting.difficulty import Difficulty, changes_over, learn_difficulty

NAN = float("nan")


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@given(st.integers(1, 5), st.integers(0, 99))
def test_changes_are_those_of_pandas(lag, seed):
    past = draw(1, 12, 2, seed=seed)
    past[0, draw(12, seed=seed + 1) > 1, 0] = NAN
    moved = pd.DataFrame(past[0]).diff(lag).abs().mean()
    found = changes_over((lag,), past, np.full((1, 1, 2), 2.0))
    np.testing.assert_allclose(found[0, 0], np.log(moved / 2 + 0.01))


def test_a_window_without_two_rows_or_a_scale_tells_nothing_and_is_as_usual():
    past = draw(3, 6, 1)
    past[0, 1:], past[1] = NAN, NAN
    scale = np.array([1.0, 1.0, 0.0])[:, None, None]
    changes = changes_over((1, 4), past, scale)
    assert np.isnan(changes).all()
    line = Difficulty((1, 4), np.zeros((2, 1)), np.array([1.0, 1.0]))
    np.testing.assert_array_equal(line.of(changes), 1.0)


def errors_that_grow(changes, slope, horizon=8):
    """Errors of a size that goes by the first of the changes."""
    size = np.exp(slope * changes[:, :1])
    return size * draw(len(changes), horizon, changes.shape[2], seed=1)


def test_the_slope_of_errors_on_changes_is_found():
    changes = draw(2000, 2, 1)
    line = learn_difficulty((1, 12), changes, errors_that_grow(changes, 0.8), n_apart=2000)
    np.testing.assert_allclose(line.slopes, [0.8, 0.0], atol=0.05)
    np.testing.assert_allclose(line.of(changes[:5])[:, 0], np.exp(0.8 * changes[:5, 0]), rtol=0.2)


def test_few_windows_are_little_evidence():
    changes = draw(2000, 1, 1)
    errors = errors_that_grow(changes, 0.8)
    slopes = [learn_difficulty((1,), changes, errors, n).slopes[0] for n in (1, 20, 1e6)]
    assert slopes[0] < 0.05
    assert slopes[1] == pytest.approx(0.4, abs=0.03)  # as many that told nothing
    assert slopes[2] == pytest.approx(0.8, abs=0.05)


def test_errors_that_are_larger_on_one_target_are_not_taken_for_a_slope():
    changes = np.concatenate([draw(500, 1, 1) - 3, draw(500, 1, 1) + 3], 2)
    errors = draw(500, 8, 2, seed=1) * [1.0, 50.0]
    assert abs(learn_difficulty((1,), changes, errors, 500).slopes[0]) < 0.05


def test_without_errors_all_windows_are_as_usual():
    changes = draw(10, 1, 1)
    line = learn_difficulty((1,), changes, np.full((10, 4, 1), NAN), 10)
    np.testing.assert_array_equal(line.of(changes), 1.0)


def test_no_window_is_more_than_ten_times_as_hard_or_easy():
    line = Difficulty((1,), np.zeros((1, 1)), np.array([1.0]))
    np.testing.assert_allclose(line.of(np.array([-90.0, 90.0])[:, None, None]).ravel(), [0.1, 10])


def seasons_in_noise(noises, n=300):
    """Series of the same season and size, each with its own noise."""
    hours = pd.date_range("2024-01-01", periods=n, freq="h")
    season = 10 + 3 * np.sin(np.arange(n) * 2 * np.pi / 24)
    rows = [season + noise * draw(n, seed=i) for i, noise in enumerate(noises)]
    return pd.DataFrame(np.transpose(rows), index=hours)


def test_bands_of_a_panel_are_as_wide_as_each_series_is_noisy():
    noises = [0.1] * 20 + [1.0] * 20
    rows = seasons_in_noise(noises)
    f = LSTMForecaster(horizon=12, max_epochs=30, random_state=0).fit(rows[:-12].T.stack())
    bands = f.forecast(quantiles=[0.1, 0.9])
    bands = bands.to_numpy().reshape(40, 12, 2)
    came = rows[-12:].to_numpy().T
    inside = (bands[..., 0] <= came) & (came <= bands[..., 1])
    assert inside[:20].mean() == pytest.approx(0.8, abs=0.12)
    assert inside[20:].mean() == pytest.approx(0.8, abs=0.12)
    widths = (bands[..., 1] - bands[..., 0]).mean(1)
    assert widths[20:].mean() > 5 * widths[:20].mean()


def test_bands_do_not_shrink_where_forecasts_are_smoother_than_rows():
    rows = seasons_in_noise([0.1] * 10 + [1.0] * 10)
    f = LSTMForecaster(horizon=12, max_epochs=5, random_state=0).fit(rows.T.stack())
    bands = f.forecast(48, quantiles=[0.1, 0.9]).to_numpy().reshape(20, 4, 12, 2)
    widths = (bands[..., 1] - bands[..., 0]).mean(2)  # of each block
    assert (np.diff(widths, axis=1) >= 0).all()
