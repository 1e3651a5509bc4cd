"""Losses and optimizers that cannot work are refused before training, by every estimator that takes them."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor
from tsrnn.training.parameters import check_loss, check_optimizer

Y = np.sin(np.arange(60.0))
TINY = {"hidden_size": 4, "max_epochs": 1, "device": "cpu"}
FITS = {
    "forecaster": (LSTMForecaster, {"horizon": 4, "window_size": 8}, (Y,)),
    "regressor": (SequenceRegressor, {}, (Y[:, None], Y)),
    "tagger": (CharSeqTagger, {}, (["abc"] * 9, ["cab"] * 9)),
}


def fit(kind, **params):
    cls, own, rows = FITS[kind]
    return cls(**TINY, **own, **params).fit(*rows)


class OfForecastAlone(nn.Module):
    def forward(self, forecast):
        return forecast.abs().mean()


class Deep(torch.optim.SGD):
    """Needs an argument that nobody gives it."""

    def __init__(self, params, lr, depth):
        super().__init__(params, lr)


class Fixed(torch.optim.SGD):
    def __init__(self, params):
        super().__init__(params, 0.1)


TAKES = "is called with (forecast, target), which its forward does not take:"


@pytest.mark.parametrize("kind", ["forecaster", "regressor"])
@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (
            nn.CrossEntropyLoss(),
            ValueError,
            "loss=CrossEntropyLoss() tells classes apart, but targets are numbers here; use one for numbers, such as "
            "torch.nn.HuberLoss().",
        ),
        (
            nn.GaussianNLLLoss(),
            TypeError,
            f"loss=GaussianNLLLoss {TAKES} missing a required argument: 'var'; give a module that compares the two.",
        ),
        (
            OfForecastAlone(),
            TypeError,
            f"loss=OfForecastAlone {TAKES} too many positional arguments; give a module that compares the two.",
        ),
        (nn.L1Loss, TypeError, "loss is the class L1Loss; give an instance, loss=L1Loss()."),
    ],
)
def test_a_loss_that_cannot_compare_numbers_is_refused(kind, loss, error, message):
    with pytest.raises(error) as caught:
        fit(kind, loss=loss)
    assert str(caught.value) == message


@pytest.mark.parametrize("loss", ["mae", nn.L1Loss(), nn.SmoothL1Loss(), nn.PoissonNLLLoss()])
def test_what_may_work_as_a_loss_is_let_through(loss):
    check_loss(loss, ("mae",))


class Weighted(nn.Module):
    """Weighs the squares by a number, a buffer and another module, none of which its repr shows."""

    def __init__(self, times=1.0, powers=(1.0, 2.0), delta=1.0):
        super().__init__()
        self.times, self.log = times, lambda value: value
        self.register_buffer("powers", torch.tensor(powers))
        self.inner = nn.HuberLoss(delta=delta)

    def forward(self, forecast, target):
        return self.times * self.powers.sum() * self.inner(forecast, target)


@pytest.mark.parametrize("kind", ["forecaster", "regressor"])
@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            nn.HuberLoss(delta=1.0),
            nn.HuberLoss(delta=9.0),
            "loss=HuberLoss(delta=9, reduction='mean') has no effect on networks that were built with "
            "loss=HuberLoss(delta=1, reduction='mean'), and training goes on from these; set it back, or fit anew with "
            "warm_start=False.",
        ),
        (nn.SmoothL1Loss(beta=1.0), nn.SmoothL1Loss(beta=0.5), "loss=SmoothL1Loss(beta=0.5, red"),
        (Weighted(), Weighted(times=2.0), "loss=Weighted("),
        (Weighted(), Weighted(powers=(1.0, 3.0)), "loss=Weighted("),
        (Weighted(), Weighted(delta=2.0), "loss=Weighted(inner=HuberLoss(delta=2, reduction='mean')"),
    ],
)  # fmt: skip
def test_a_loss_module_with_other_settings_is_noticed_where_training_goes_on(
    kind, before, after, message
):
    f = fit(kind, loss=before, warm_start=True)
    f.set_params(loss=after)
    with pytest.raises(ValueError, match="has no effect on networks") as caught:
        f.fit(*FITS[kind][2])
    assert str(caught.value).startswith(message)
    f.set_params(loss=copy.deepcopy(before)).fit(*FITS[kind][2])
    assert len(f.history_) == 2


def test_what_an_earlier_version_wrote_of_a_loss_module_lets_training_go_on():
    f = fit("forecaster", loss=nn.HuberLoss(delta=2.0), warm_start=True)
    f._fit_.built["loss"] = "HuberLoss()"
    f.fit(Y)
    assert len(f.history_) == 2
    with pytest.raises(ValueError, match=r"loss=L1Loss.* has no effect on networks"):
        f.set_params(loss=nn.L1Loss()).fit(Y)


BUILT = "is built with (params, lr=...), which its __init__ does not take:"


@pytest.mark.parametrize("kind", FITS)
@pytest.mark.parametrize(
    ("optimizer", "error", "message"),
    [
        (
            nn.Linear,
            TypeError,
            "optimizer=<class 'torch.nn.modules.linear.Linear'> must be a class of torch.optim, such as "
            "torch.optim.Adam.",
        ),
        (
            Deep,
            TypeError,
            f"optimizer=Deep {BUILT} missing a required argument: 'depth'; give a subclass of it that does.",
        ),
        (
            Fixed,
            TypeError,
            f"optimizer=Fixed {BUILT} got an unexpected keyword argument 'lr'; give a subclass of it that does.",
        ),
        (
            torch.optim.SparseAdam,
            ValueError,
            "optimizer=SparseAdam moves by sparse gradients alone, which no network here has; use torch.optim.Adam.",
        ),
    ],
)
def test_an_optimizer_that_cannot_be_built_or_used_is_refused(kind, optimizer, error, message):
    with pytest.raises(error) as caught:
        fit(kind, optimizer=optimizer)
    assert str(caught.value) == message


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="of later versions of torch")
def test_an_optimizer_that_refuses_the_network_is_named():
    with pytest.raises(
        ValueError, match=r"optimizer=Muon cannot train this network: Muon only supports 2D .*; use"
    ):
        fit("regressor", optimizer=torch.optim.Muon)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "RMSprop", "Rprop", "LBFGS", "NAdam"])
def test_the_usual_optimizers_are_let_through(name):
    check_optimizer(getattr(torch.optim, name))
