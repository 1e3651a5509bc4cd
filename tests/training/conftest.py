import numpy as np
import pytest
import torch
from torch import nn

from tsrnn.generators import seeded
from tsrnn.nn.losses import ForecastLoss
from tsrnn.training import build_net, train
from tsrnn.windows import Windows, pad_rows, plan_windows

CPU = torch.device("cpu")
WINDOW, HORIZON = 6, 2


class LinearForecast(nn.Module):
    """The smallest network that trains: a linear map of the window."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(WINDOW, HORIZON)

    def forward(self, past, future):
        return self.linear(past[:, :, 0])[:, :, None], past.new_ones(len(past), 1, 1)


def windows_of(values, validation_fraction=0.2):
    """Training and validation windows of one series."""
    values = np.asarray(values, dtype=float)[:, None]
    plan = plan_windows(np.array([0, len(values)]), WINDOW, HORIZON, validation_fraction)
    flat = pad_rows(values, WINDOW)
    return [Windows(flat, origins, WINDOW, HORIZON) for origins in (plan.train, plan.valid)]


def net_with(callbacks=None, **params):
    with seeded(0, CPU):
        module = LinearForecast()
    params = {
        "optimizer": torch.optim.SGD,
        "lr": 0.05,
        "batch_size": 8,
        "epoch_size": 10_000,
        "max_grad_norm": None,
        **params,
    }
    return build_net(module, ForecastLoss("mse"), device=CPU, callbacks=callbacks, **params)


def train_briefly(net, windows, **how):
    """Train with few words; seeded as a forecaster does it."""
    how = {
        "epochs": 5,
        "lr": net.lr,
        "schedule": None,
        "patience": None,
        "seed": 0,
        "bar": None,
    } | how
    with seeded(how["seed"], CPU):
        train(net, *windows, **how)
    return net


@pytest.fixture
def make_windows():
    return windows_of


@pytest.fixture
def make_net():
    return net_with


@pytest.fixture
def run():
    return train_briefly


@pytest.fixture
def wave():
    """Windows of a sine, which a linear map of a window continues without error."""
    return windows_of(np.sin(np.arange(80) * 2 * np.pi / 9))


@pytest.fixture
def parting():
    """Windows whose training only makes the validation worse: all is 1, and then all is -1."""
    return windows_of(np.repeat([1.0, -1.0], [64, 16]))
