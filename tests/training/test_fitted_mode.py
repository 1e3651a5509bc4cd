"""A fitted network answers alike however often it is called: it is left in evaluation mode."""

import numpy as np
import pytest
import torch

from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor

Y = np.sin(np.arange(120.0)) + np.random.default_rng(0).normal(0, 0.1, 120)
SMALL = {"hidden_size": 4, "max_epochs": 2, "num_layers": 2, "dropout": 0.5, "random_state": 0}
SHORT = {"horizon": 3, "window_size": 12, "segment_size": 1}
FITS = {
    "refitted": (LSTMForecaster, SHORT | {"refit": True}, (Y,)),
    "plain": (LSTMForecaster, SHORT | {"refit": False}, (Y,)),
    "ensemble": (LSTMForecaster, SHORT | {"n_estimators": 2, "refit": True}, (Y,)),
    "nothing held out": (LSTMForecaster, SHORT | {"validation_fraction": 0}, (Y,)),
    # Of white noise nothing is learned, so that the refit trains no epoch.
    "nothing learned": (LSTMForecaster, SHORT, (np.random.default_rng(1).normal(size=120),)),
    "regressor": (SequenceRegressor, {"validation_fraction": 0}, (Y[:, None], Y)),
    "tagger": (CharSeqTagger, {"validation_fraction": 0}, (["abc"] * 9, ["cab"] * 9)),
}


@pytest.mark.parametrize("kind", FITS)
def test_a_fitted_network_is_left_in_evaluation_mode(kind):
    cls, own, rows = FITS[kind]
    f = cls(**SMALL | own, device="cpu").fit(*rows)
    assert not any(part.training for part in f.module_.modules())
    if hasattr(f, "partial_fit"):
        f.partial_fit(*rows)
        assert not any(part.training for part in f.module_.modules())
    if hasattr(f, "_fit_"):
        assert not any(net.module_.training for net in f._fit_.nets)


def test_calls_of_a_refitted_network_answer_alike():
    cls, own, rows = FITS["refitted"]
    module = cls(**SMALL | own, device="cpu").fit(*rows).module_
    past = torch.from_numpy(Y[None, :12, None]).float()
    with torch.no_grad():
        answers = [module(past, past.new_zeros(1, 3, 0))[0] for _ in range(2)]
    torch.testing.assert_close(*answers, rtol=0, atol=0)
