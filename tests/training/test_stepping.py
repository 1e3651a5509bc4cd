"""Steps of fused Adam: the optimizer's own, to the last bit."""

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from tsrnn.training.stepping import AdamStep, stepping


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))


def descend(net, optimizer, step, n=6):
    """Take `n` steps on batches that are the same each time; the second half leaves the last layer alone."""
    torch.manual_seed(1)
    for i in range(n):
        net.zero_grad()
        features = net[1](net[0](torch.randn(4, 3)))
        (net[2](features) if i < n // 2 else features).square().mean().backward()
        optimizer.param_groups[0]["lr"] = 0.1 / (i + 1)
        step()
    return net.state_dict(), optimizer.state_dict()["state"]


@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}, {"maximize": True}, {"eps": 1e-3}])
def test_weights_and_state_are_those_of_the_optimizers_own_step(options):
    own, ours = network(), network()
    by_torch = torch.optim.Adam(own.parameters(), fused=True, **options)
    by_us = torch.optim.Adam(ours.parameters(), fused=True, **options)
    step = stepping(by_us)
    assert isinstance(step, AdamStep)
    expected, got = descend(own, by_torch, by_torch.step), descend(ours, by_us, step)
    torch.testing.assert_close(got, expected, rtol=0, atol=0)


def test_the_optimizer_goes_on_where_our_steps_ended():
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    descend(net, optimizer, stepping(optimizer))
    other = copy.deepcopy(net)
    later = torch.optim.Adam(other.parameters(), fused=True)
    later.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    expected = descend(other, later, later.step)
    torch.testing.assert_close(
        descend(net, optimizer, stepping(optimizer)), expected, rtol=0, atol=0
    )


def test_torchs_step_goes_on_where_ours_ended_and_ours_where_torchs_did():
    own, ours = network(), network()
    by_torch = torch.optim.Adam(own.parameters(), fused=True)
    by_us = torch.optim.Adam(ours.parameters(), fused=True)
    for step in (stepping(by_us), by_us.step, stepping(by_us)):
        expected, got = descend(own, by_torch, by_torch.step), descend(ours, by_us, step)
        torch.testing.assert_close(got, expected, rtol=0, atol=0)


def heard(optimizer):
    optimizer.register_step_post_hook(lambda *args: None)
    return optimizer


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.AdamW(p, fused=True),
        lambda p: torch.optim.Adam(p),
        lambda p: torch.optim.Adam(p, fused=True, amsgrad=True),
        lambda p: torch.optim.SGD(p, lr=0.1),
        lambda p: heard(torch.optim.Adam(p, fused=True)),
        lambda p: torch.optim.Adam([w.detach().double() for w in p], fused=True),
    ],
    ids=["AdamW", "not fused", "amsgrad", "SGD", "hook", "float64"],
)
def test_every_other_optimizer_takes_its_own_steps(make):
    optimizer = make(network().parameters())
    assert stepping(optimizer) == optimizer.step


def test_a_fit_does_without_the_modules_of_torch_compile():
    """They take longer to import than all of torch."""
    code = """if True:
        import sys
        import numpy as np
        from tsrnn import LSTMForecaster

        LSTMForecaster(horizon=2, max_epochs=2).fit(np.sin(np.arange(60.0))).forecast()
        assert "torch._dynamo" not in sys.modules

        import torch

        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
        assert "torch._dynamo" in sys.modules  # which is torch's own way, left as it was
    """
    subprocess.run([sys.executable, "-c", code], check=True)
