import math
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from tsrnn.training.callbacks import Clipping, Cycles, cycle_lengths, progress_bar


class Weights(Callback):
    """Keep the weights after every epoch."""

    def on_train_begin(self, net, **kwargs):
        self.epochs = []

    def on_epoch_end(self, net, **kwargs):
        self.epochs.append(net.module_.linear.weight.detach().clone())


class Rates(Callback):
    """Keep the learning rate of every training step."""

    def on_train_begin(self, net, **kwargs):
        self.steps = []

    def on_batch_begin(self, net, training=None, **kwargs):
        if training:
            self.steps.append(net.optimizer_.param_groups[0]["lr"])


# --- the best weights -----------------------------------------------------------------------------


def test_the_weights_of_the_epoch_with_the_lowest_validation_loss_are_restored(
    make_net, run, parting
):
    weights = Weights()
    net = run(make_net([weights], lr=0.01), parting, epochs=6)
    losses = [record["valid_loss"] for record in net.history]
    assert losses == sorted(losses)
    assert len(weights.epochs) == 6
    torch.testing.assert_close(net.module_.linear.weight, weights.epochs[0], rtol=0, atol=0)


def test_the_validation_loss_of_the_restored_weights_is_the_lowest_of_the_history(
    make_net, run, wave
):
    # A rate at which the loss goes up and down.
    net = run(make_net(lr=0.4), wave, epochs=12)
    losses = [record["valid_loss"] for record in net.history]
    inputs, target = wave[1][range(len(wave[1]))]
    net.module_.eval()
    again = net.criterion_(net.module_(**inputs), target).item()
    assert again == pytest.approx(min(losses), rel=1e-5)
    assert losses.index(min(losses)) < 11


def test_without_held_out_rows_the_last_weights_stay(make_net, run, make_windows):
    weights = Weights()
    windows = make_windows(np.sin(np.arange(30)), validation_fraction=0.0)
    net = run(make_net([weights]), windows, epochs=3)
    assert all("valid_loss" not in record for record in net.history)
    torch.testing.assert_close(net.module_.linear.weight, weights.epochs[-1], rtol=0, atol=0)


def test_the_best_of_a_second_training_is_not_that_of_the_first(make_net, run, wave, parting):
    net = run(make_net(), wave, epochs=20)
    best_on_the_wave = min(record["valid_loss"] for record in net.history)
    run(net, parting, epochs=2)
    # All of these losses are higher, yet one of these epochs is kept.
    later = [record["valid_loss"] for record in net.history[-2:]]
    assert min(later) > best_on_the_wave
    inputs, target = parting[1][range(len(parting[1]))]
    assert net.criterion_(net.module_(**inputs), target).item() == pytest.approx(min(later))


# --- the learning rate ------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 3, 30])
def test_one_cycle_rises_to_lr_and_falls_to_nearly_nothing(make_net, run, wave, epochs):
    rates = Rates()
    run(make_net([rates], lr=0.2), wave, epochs=epochs, schedule="onecycle")
    steps, top = rates.steps, rates.steps.index(max(rates.steps))
    assert len(steps) == epochs * math.ceil(len(wave[0]) / 8)
    assert max(steps) == pytest.approx(0.2, rel=0.2 if epochs == 1 else 0.01)
    assert steps[:top] == sorted(steps[:top])
    assert steps[top:] == sorted(steps[top:], reverse=True)
    assert steps[0] < 0.01
    assert steps[-1] < 0.2 * max(0.002, 2 / len(steps))


def test_one_cycle_is_that_of_torch(make_net, run, wave):
    rates = Rates()
    run(make_net([rates], lr=0.2), wave, epochs=9, schedule="onecycle")
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    n = len(rates.steps)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=n + 1)
    expected = []
    for _ in range(n):
        expected.append(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    # Theirs peaks a step before three tenths of the steps.
    assert np.abs(np.array(rates.steps) - expected).max() < 0.2 * 4 / n


@pytest.mark.parametrize(
    ("epochs", "lengths"), [(100, [5, 19, 76]), (21, [1, 4, 16]), (20, [20]), (1, [1])]
)
def test_each_of_three_cycles_is_about_four_times_as_long_as_the_one_before(epochs, lengths):
    assert cycle_lengths("cycles", epochs) == lengths
    assert cycle_lengths("onecycle", epochs) == [epochs]


def test_each_cycle_rises_to_lr_and_falls_to_nearly_nothing(make_net, run, wave):
    rates = Rates()
    run(make_net([rates], lr=0.2), wave, epochs=21, schedule="cycles")
    steps = np.split(np.array(rates.steps), np.cumsum([1, 4]) * len(rates.steps) // 21)
    for cycle in steps:
        assert cycle[0] == pytest.approx(0.008)
        assert cycle.max() == pytest.approx(0.2, rel=0.2)
        assert cycle[-1] < 0.2 * 2 / len(cycle)


def test_training_ends_after_a_cycle_that_brought_nothing_better(make_net, run, parting, wave):
    how = {"epochs": 42, "schedule": "cycles", "patience": "auto"}
    history = run(make_net(lr=0.2), parting, **how).history
    losses = np.split([record["valid_loss"] for record in history], [2, 2 + 8])
    *before, last = [min(cycle) for cycle in losses if len(cycle)]
    assert len(history) == 2 + 8
    assert last >= min(before)
    # Where each cycle brings something all epochs are trained, as without early stopping.
    assert len(run(make_net(lr=0.01), wave, **how).history) == 42
    assert len(run(make_net(lr=0.2), parting, **how | {"patience": None}).history) == 42


@pytest.mark.parametrize(
    ("second", "ends"), [(0.98, False), (0.99, True), (1.0, True)], ids=["2 %", "1 %", "nothing"]
)
def test_training_goes_on_after_a_cycle_that_brought_more_than_luck(second, ends):
    net = SimpleNamespace(lr=0.1, optimizer_=SimpleNamespace(param_groups=[{}]), history=[])
    net.get_split_datasets = lambda X: (None, None)
    net.get_iterator = lambda rows, training: [0]
    cycles = Cycles([1, 1, 1], stops=True)
    cycles.on_train_begin(net)
    for loss, stopped in [(1.0, False), (second, ends)]:
        cycles.on_batch_end(net, training=True)
        net.history.append({"valid_loss": loss})
        with pytest.raises(KeyboardInterrupt) if stopped else nullcontext():
            cycles.on_epoch_end(net)


def test_without_a_schedule_the_rate_stays(make_net, run, wave):
    rates = Rates()
    run(make_net([rates], lr=0.2), wave, epochs=3)
    assert set(rates.steps) == {0.2}


def test_training_that_goes_on_starts_from_the_full_rate_again(make_net, run, wave):
    rates = Rates()
    net = run(make_net([rates], lr=0.2), wave, epochs=3, schedule="onecycle")
    run(net, wave, epochs=1)
    assert set(rates.steps) == {0.2}
    run(net, wave, epochs=1, lr=0.1)
    assert set(rates.steps) == {0.1}


def test_the_history_has_the_rate_at_the_end_of_each_epoch(make_net, run, wave):
    net = run(make_net(lr=0.2), wave, epochs=3, schedule="onecycle")
    rates = [record["lr"] for record in net.history]
    assert rates[0] > rates[1] > rates[2]
    assert rates[2] < 1e-3


# --- the bar ----------------------------------------------------------------------------------------


def test_the_bar_counts_the_epochs_and_shows_the_latest_losses(make_net, run, wave, capsys):
    with progress_bar(4, True) as bar:
        net = run(make_net(), wave, epochs=4, bar=bar)
        assert (bar.n, bar.total) == (4, 4)
        assert f"train_loss={net.history[-1]['train_loss']:.4f}" in bar.postfix
        assert f"valid_loss={net.history[-1]['valid_loss']:.4f}" in bar.postfix
    captured = capsys.readouterr()
    assert "4/4" in captured.err
    assert captured.out == ""


def test_no_bar_no_output(make_net, run, wave, capsys):
    with progress_bar(4, False) as bar:
        assert bar is None
        run(make_net(), wave, bar=bar)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_the_bar_ends_where_training_does(make_net, run, parting):
    how = {"epochs": 42, "schedule": "cycles", "patience": "auto"}
    with progress_bar(42, True) as bar:
        net = run(make_net(lr=0.2), parting, bar=bar, **how)
        assert bar.n == bar.total == len(net.history) < 42


# --- clipping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("largest", [0.5, 100.0, torch.nan])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_clipped_as_torch_clips_them(largest, dtype):
    mine, theirs = (
        [torch.nn.Parameter(torch.zeros(n, 2, dtype=dtype)) for n in (1, 3, 4)] for _ in range(2)
    )
    torch.manual_seed(0)
    for a, b in zip(mine[:2], theirs[:2], strict=True):  # the last one has no gradient
        a.grad = torch.randn_like(a)
        a.grad[0, 0] *= largest  # NaN in one number makes the norm, and so all of them, NaN
        b.grad = a.grad.clone()
    Clipping(1.0).on_grad_computed(None, [(str(i), p) for i, p in enumerate(mine)])
    torch.nn.utils.clip_grad_norm_(theirs, 1.0)
    for a, b in zip(mine[:2], theirs[:2], strict=True):
        torch.testing.assert_close(a.grad, b.grad, equal_nan=True)
    assert mine[2].grad is None
