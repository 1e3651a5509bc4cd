"""Random draws come from a fit's own seed, networks are float32, and nobody notices."""

import threading

import numpy as np
import pytest
import torch

from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor, kernels
from tsrnn.cells import LSTM, validate_cell
from tsrnn.generators import seeded

CPU = torch.device("cpu")


@pytest.fixture
def doubles():
    """torch's default type is float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_seeded_draws_do_not_depend_on_the_global_state():
    draws = []
    for global_seed in (1, 2):
        torch.manual_seed(global_seed)
        with seeded(7, CPU):
            draws.append(torch.rand(3))
    assert torch.equal(*draws)


def test_seeded_restores_the_state_after_an_error():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), seeded(0, CPU):
        1 / torch.rand(1).mul(0).int().item()
    assert torch.equal(torch.get_rng_state(), before)


def test_seeded_may_be_entered_again_within():
    with seeded(0, CPU):
        outer = torch.rand(1)
        with seeded(0, CPU):
            assert torch.equal(torch.rand(1), outer)
        assert not torch.equal(torch.rand(1), outer)


def test_training_on_the_cpu_leaves_the_generators_of_gpus_alone(monkeypatch):
    def reseed(seed):
        raise AssertionError("a GPU was reseeded")

    for module in (torch.cuda, torch.mps):
        monkeypatch.setattr(module, "manual_seed", reseed)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", reseed)
    with seeded(0, CPU):
        torch.rand(1)


def test_apples_gpu_is_seeded_and_its_state_given_back(monkeypatch):
    state, calls = torch.ones(3), []
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda device: state)
    monkeypatch.setattr(torch.mps, "set_rng_state", lambda new, device: calls.append(new))
    monkeypatch.setattr(torch.mps, "manual_seed", calls.append)
    with seeded(7, torch.device("mps")):
        assert calls == [7]
    assert calls[1:] == [state]


def test_a_cell_checked_in_another_thread_waits_for_the_draws_to_end():
    building = threading.Event()

    class Noted(LSTM):
        def __init__(self, *sizes):
            building.set()
            super().__init__(*sizes)

    other = threading.Thread(target=validate_cell, args=(Noted,))
    with seeded(0):
        other.start()
        assert not building.wait(0.2)
    other.join()
    assert building.is_set()


# --- torch's default type -----------------------------------------------------------------------

FORECASTER = {"horizon": 4, "window_size": 8, "season_length": 7, "hidden_size": 4, "max_epochs": 2}
PLAIN = {"segment_size": 1, "transform": None, "normalization": None, "skip": None}
ROWS = 5 + np.sin(2 * np.pi * np.arange(60) / 7) + np.random.default_rng(0).normal(0, 0.1, 60)
WORDS, TAGS = ["abcab", "bca", "ccab"] * 20, ["uvvuv", "vvu", "vvuv"] * 20


def forecasts(**params):
    forecaster = LSTMForecaster(**FORECASTER, **params, random_state=0).fit(ROWS)
    return forecaster.forecast(9, quantiles=[0.2, 0.5])


def forecasts_over_gaps():
    rows = ROWS.copy()
    rows[[10, 20, 31, 50, 56]] = np.nan
    with kernels.disabled(), pytest.warns(UserWarning, match="missing"):
        return LSTMForecaster(**FORECASTER, random_state=0).fit(rows).forecast()


def answers():
    X = ROWS[:, None]
    return SequenceRegressor(hidden_size=4, max_epochs=2, random_state=0).fit(X, ROWS).predict(X)


def probabilities():
    tagger = CharSeqTagger(hidden_size=4, max_epochs=2, random_state=0).fit(WORDS, TAGS)
    return np.concatenate(tagger.predict_proba(WORDS))


@pytest.mark.parametrize(
    "fitted",
    [forecasts, lambda: forecasts(**PLAIN), lambda: forecasts(loss="quantile")]
    + [lambda: forecasts(n_estimators=2), forecasts_over_gaps, answers, probabilities],
    ids=["default", "plain", "quantile", "ensemble", "gaps", "regressor", "tagger"],
)
def test_networks_are_float32_and_forecast_alike_whatever_torch_s_default_type_is(fitted, request):
    expected = fitted()
    request.getfixturevalue("doubles")
    np.testing.assert_array_equal(fitted(), expected)
    assert torch.get_default_dtype() == torch.float64


def test_the_default_type_is_given_back_where_a_fit_fails(doubles):
    def fail(*args):
        raise ZeroDivisionError

    loss = torch.nn.Module()
    loss.forward = fail
    with pytest.raises(ZeroDivisionError):
        LSTMForecaster(**FORECASTER, loss=loss).fit(ROWS)
    assert torch.get_default_dtype() == torch.float64
