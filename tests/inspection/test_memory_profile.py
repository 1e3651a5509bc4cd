"""memory_profile finds how far back the output moves with its inputs."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LinearRegression

from tsrnn import SequenceRegressor
from tsrnn.cells import GRU
from tsrnn.inspection import memory_profile
from tsrnn.nn import MeanPooling


def delayed(lag, n=400):
    X = np.random.default_rng(0).normal(size=(n, 1))
    return X, np.r_[np.zeros(lag), X[: n - lag, 0]]


@pytest.mark.parametrize("lag", [0, 3])
def test_it_finds_the_lag_that_the_answer_lies_back(lag):
    X, y = delayed(lag)
    regressor = SequenceRegressor(GRU, max_epochs=15, hidden_size=16, lr=0.03, random_state=0)
    found = memory_profile(regressor.fit(X, y), X, max_lag=30)
    profile = found.profile
    assert profile["lag"].tolist() == list(range(31))
    assert profile["influence"].idxmax() == lag
    assert profile["influence"].sum() == pytest.approx(1)
    assert profile["cumulative"].iloc[-1] == pytest.approx(1)
    rows = found.window_size
    assert rows > lag
    assert profile["cumulative"][rows - 1] >= 0.95 > profile["cumulative"][rows - 2]


def test_a_series_is_asked_in_its_own_state(quick, frame):
    """The derivative of one answer by all rows before it, as autograd has it over the whole series."""
    regressor = quick(normalization=None).fit(frame, frame["wind"])
    rows = torch.tensor(frame.to_numpy(), dtype=torch.float32)[None].requires_grad_()
    answers, _ = regressor.module_(rows)
    answers[0, -1].sum().backward()
    found = memory_profile(regressor, frame, max_lag=58, n_samples=1).profile
    # Two rows may be the last of 59: that at the end, or the one before; one sample takes the first.
    spread = rows.detach()[0].std(0, unbiased=False)
    exact = (rows.grad[0] * spread).norm(dim=1).flip(0).numpy()[:59]
    np.testing.assert_allclose(found["influence"], exact / exact.sum(), atol=2e-3)


def test_a_forecaster_is_asked_over_its_window(quick_forecaster, frame):
    plain = {"segment_size": 1, "transform": None, "normalization": None, "skip": None}
    forecaster = quick_forecaster(**plain).fit(frame["load"])
    found = memory_profile(forecaster, frame["load"])
    assert found.profile["lag"].tolist() == list(range(1, 9))
    window = torch.tensor(frame["load"].to_numpy()[-8:], dtype=torch.float32)[None, :, None]
    jacobian = torch.autograd.functional.jacobian(
        lambda rows: forecaster.module_(rows, rows[:, :0])[0][0, :, 0], window
    )
    exact = jacobian[:, 0, :, 0].norm(dim=0).flip(0).numpy()
    alone = memory_profile(forecaster, frame["load"][-8:], n_samples=1).profile
    drawn = [
        memory_profile(forecaster, frame["load"][-8:], random_state=seed).profile["influence"]
        for seed in range(200)
    ]
    np.testing.assert_allclose(np.mean(drawn, 0), exact / exact.sum(), atol=0.05)
    assert len(alone) == 8


def test_the_window_of_a_forecaster_holds_whole_segments(quick_forecaster, frame):
    forecaster = quick_forecaster(segment_size=3).fit(frame)
    for coverage in (0.1, 0.5, 0.9):
        size = memory_profile(forecaster, frame, coverage=coverage).window_size
        assert size % 3 == 0 or size == 8


def test_panels_windows_and_lists_are_taken(quick, quick_forecaster, frame):
    panel = pd.concat({"a": frame, "b": frame[:20]}, names=["site"])
    regressor = quick().fit(panel, panel["wind"])
    assert len(memory_profile(regressor, panel).profile) == 60
    assert len(memory_profile(regressor, panel, max_lag=5).profile) == 6
    forecaster = quick_forecaster().fit(panel)
    assert len(memory_profile(forecaster, panel).profile) == 8
    assert len(memory_profile(forecaster, np.ones((5, 8, 2))).profile) == 8
    X = [frame[["wind"]].to_numpy()[:n] for n in (9, 4, 7)]
    pooled = quick(head=MeanPooling).fit(X, np.array([1.0, 2.0, 3.0]))
    found = memory_profile(pooled, X).profile
    assert len(found) == 9
    assert found["influence"].gt(0).all()


def test_missing_values_have_no_influence_and_spoil_nothing(quick, frame):
    holes = frame.copy()
    holes.iloc[::7, 0] = np.nan
    regressor = quick().fit(frame, frame["wind"])
    assert memory_profile(regressor, holes, max_lag=9).profile["influence"].gt(0).all()


def test_wrong_parameters_are_refused(quick, frame):
    regressor = quick().fit(frame, frame["wind"])
    with pytest.raises(ValueError, match="max_lag=0 must be a whole number"):
        memory_profile(regressor, frame, max_lag=0)
    with pytest.raises(ValueError, match="coverage=1 must be above 0 and below 1"):
        memory_profile(regressor, frame, coverage=1)
    with pytest.raises(ValueError, match="coverage='all' must be above 0 and below 1"):
        memory_profile(regressor, frame, coverage="all")
    with pytest.raises(TypeError, match="got LinearRegression"):
        memory_profile(LinearRegression().fit(frame, frame["wind"]), frame)
