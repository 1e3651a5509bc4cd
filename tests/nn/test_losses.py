import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss
from torch import nn

from tsrnn.nn.losses import LOSSES, ForecastLoss

NAN = float("nan")
LEVELS = (0.1, 0.5, 0.8)
seeds = st.integers(0, 2**16)
TORCH = {"mae": nn.L1Loss(), "mse": nn.MSELoss(), "huber": nn.HuberLoss()}


def batch(seed=0, n=4, horizon=3, n_targets=2, n_quantiles=None):
    """A forecast, a scale and a target."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator)

    levels = () if n_quantiles is None else (n_quantiles,)
    forecast = 3 * draw(n, horizon, n_targets, *levels)
    return forecast, 0.5 + draw(n, 1, n_targets).abs(), 3 * draw(n, horizon, n_targets)


def loss_named(name):
    return ForecastLoss(name, LEVELS if name == "quantile" else ())


def batch_for(name, **kwargs):
    return batch(n_quantiles=3 if name == "quantile" else None, **kwargs)


def test_every_loss_has_a_test():
    assert set(LOSSES) == {*TORCH, "quantile"}


@pytest.mark.parametrize("name", LOSSES)
def test_a_perfect_forecast_has_no_loss(name):
    _, scale, target = batch()
    forecast = target[..., None].expand(-1, -1, -1, 3) if name == "quantile" else target
    assert loss_named(name)((forecast, scale), target) == 0


@pytest.mark.parametrize("name", TORCH)
@given(seed=seeds)
def test_a_loss_is_torchs_own_on_the_scale_of_each_window(name, seed):
    forecast, scale, target = batch(seed)
    loss = ForecastLoss(name)((forecast, scale), target)
    torch.testing.assert_close(loss, TORCH[name](forecast / scale, target / scale))


@pytest.mark.parametrize("name", TORCH)
def test_a_module_is_a_loss_like_its_name(name):
    forecast, scale, target = batch()
    target[0, 1], target[2] = NAN, NAN
    named = ForecastLoss(name)((forecast, scale), target)
    torch.testing.assert_close(ForecastLoss(TORCH[name])((forecast, scale), target), named)


@given(seed=seeds)
def test_the_quantile_loss_is_twice_the_mean_pinball_loss_of_scikit_learn(seed):
    forecast, scale, target = batch(seed, n_quantiles=3)
    loss = ForecastLoss("quantile", LEVELS)((forecast, scale), target)
    scaled = (target / scale).flatten().numpy()
    pinball = [
        mean_pinball_loss(scaled, (forecast[..., i] / scale).flatten().numpy(), alpha=level)
        for i, level in enumerate(LEVELS)
    ]
    assert loss.item() == pytest.approx(2 * np.mean(pinball), rel=1e-5)


@given(seed=seeds)
def test_the_quantile_loss_of_the_median_is_the_mean_absolute_error(seed):
    forecast, scale, target = batch(seed)
    median = ForecastLoss("quantile", (0.5,))((forecast[..., None], scale), target)
    torch.testing.assert_close(median, ForecastLoss("mae")((forecast, scale), target))


def test_a_single_level_needs_no_axis_of_its_own():
    forecast, scale, target = batch()
    loss = ForecastLoss("quantile", (0.3,))
    torch.testing.assert_close(
        loss((forecast, scale), target), loss((forecast[..., None], scale), target)
    )


@pytest.mark.parametrize("name", LOSSES)
@given(seed=seeds)
def test_missing_targets_are_left_out(name, seed):
    forecast, scale, target = batch_for(name, seed=seed)
    some = target.clone()
    some[1:] = NAN
    loss = loss_named(name)
    torch.testing.assert_close(
        loss((forecast, scale), some), loss((forecast[:1], scale[:1]), target[:1])
    )


@pytest.mark.parametrize("name", LOSSES)
def test_one_missing_target_is_left_out_and_the_others_count(name):
    forecast, scale, target = batch_for(name, n=1, horizon=3, n_targets=1)
    target[0, 1] = NAN
    loss = loss_named(name)
    kept = [loss((forecast[:, [i]], scale), target[:, [i]]) for i in (0, 2)]
    torch.testing.assert_close(loss((forecast, scale), target), (kept[0] + kept[1]) / 2)


@pytest.mark.parametrize("name", [*LOSSES, nn.L1Loss()], ids=str)
def test_windows_without_a_scale_are_left_out(name):
    forecast, scale, target = batch_for(name)
    loss = loss_named(name)
    expected = loss((forecast[1:], scale[1:]), target[1:])
    scale[0] = 0.0
    torch.testing.assert_close(loss((forecast, scale), target), expected)


@pytest.mark.parametrize("name", [*LOSSES, nn.L1Loss()], ids=str)
@pytest.mark.parametrize("why", ["missing", "constant"])
def test_a_batch_that_says_nothing_has_no_loss_and_no_gradient(name, why):
    forecast, scale, target = batch_for(name)
    if why == "missing":
        target[:] = NAN
    else:
        scale[:] = 0.0
    forecast.requires_grad_()
    loss = loss_named(name)((forecast, scale), target)
    loss.backward()
    assert loss == 0
    assert not forecast.grad.any()


@pytest.mark.parametrize("name", [*LOSSES, nn.L1Loss()], ids=str)
def test_the_gradient_is_finite_and_none_comes_from_what_is_missing(name):
    forecast, scale, target = batch_for(name)
    target[0, 1], scale[1] = NAN, 0.0
    forecast.requires_grad_()
    loss_named(name)((forecast, scale), target).backward()
    assert forecast.grad.isfinite().all()
    assert not forecast.grad[0, 1].any()
    assert not forecast.grad[1].any()
    assert forecast.grad[2:].any()


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "quantile"])
def test_a_window_that_says_nothing_leaves_the_loss_of_the_others_as_it_was(name):
    forecast, scale, target = batch()
    whole = forecast.clone().requires_grad_()
    alone = loss_named(name)((whole, scale), target)
    more = [torch.cat([part, part[:1]]) for part in (forecast, scale, target)]
    for i, nothing in ((1, 0.0), (2, NAN)):
        parts = [part.clone() for part in more]
        parts[i][-1] = nothing
        joined = parts[0].requires_grad_()
        loss = loss_named(name)((joined, parts[1]), parts[2])
        torch.testing.assert_close(loss, alone)
        got, expected = (
            torch.autograd.grad(loss, joined)[0],
            torch.autograd.grad(alone, whole, retain_graph=True)[0],
        )
        torch.testing.assert_close(got, torch.cat([expected, torch.zeros(1, 3, 2)]))


# --- modules that cannot train ----------------------------------------------------------------------------------------


class Detached(nn.Module):
    def forward(self, forecast, target):
        return (forecast - target).detach().abs().mean()


class Number(nn.Module):
    def forward(self, forecast, target):
        return 3.0


class Broken(nn.Module):
    def forward(self, forecast, target):
        raise RuntimeError("the user's own words")


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (
            nn.MSELoss(reduction="none"),
            ValueError,
            "loss=MSELoss returns 24 numbers, but training lowers a single one; return their mean, as torch's own "
            "losses do with reduction='mean'.",
        ),
        (
            Detached(),
            ValueError,
            "loss=Detached returns a number that has no gradient; compute it of the forecast by differentiable "
            "operations of torch, without detach().",
        ),
        (
            Number(),
            TypeError,
            "loss=Number returns a float, from which no gradient can be had; return a tensor that torch computed of "
            "the forecast.",
        ),
        (
            nn.BCELoss(),
            ValueError,
            "loss=BCELoss() cannot compare forecasts with targets, both numbers of shape (n,): all elements of input "
            "should be between 0 and 1; use another one, such as torch.nn.HuberLoss().",
        ),
        (Broken(), RuntimeError, "the user's own words"),
    ],
)
def test_a_module_that_training_cannot_lower_says_what_it_should_return(module, error, message):
    forecast, scale, target = batch()
    with pytest.raises(error) as caught:
        ForecastLoss(module)((forecast.requires_grad_(), scale), target)
    assert str(caught.value) == message


def test_a_module_may_return_one_number_in_a_tensor_of_any_shape():
    class OfShapeOne(nn.Module):
        def forward(self, forecast, target):
            return (forecast - target).abs().mean().reshape(1)

    forecast, scale, target = batch()
    torch.testing.assert_close(
        ForecastLoss(OfShapeOne())((forecast, scale), target)[0],
        ForecastLoss("mae")((forecast, scale), target),
    )
