"""Random draws come from a fit's own seed, and nobody notices."""

import threading

import pytest
import torch

from tsrnn.cells import LSTM, validate_cell
from tsrnn.generators import seeded

CPU = torch.device("cpu")


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
