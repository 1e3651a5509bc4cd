import pickle
import random

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback, EarlyStopping

from tsrnn.training import history_frame
from tsrnn.training.net import split_windows


def weights(net):
    return torch.cat([p.detach().flatten() for p in net.module_.parameters()])


# --- training ---------------------------------------------------------------------------------------


def test_training_finds_the_linear_map_that_continues_a_sine(make_net, run, wave):
    net = run(make_net(lr=0.2), wave, epochs=200)
    assert history_frame(net)["valid_loss"].min() < 1e-4


def test_the_net_trains_on_the_training_windows_and_is_judged_by_the_others(make_net, run, wave):
    seen = {True: [], False: []}

    class Record(Callback):
        def on_batch_begin(self, net, batch=None, training=None, **kwargs):
            seen[training].append(batch[1])

    run(make_net([Record()]), wave, epochs=1)
    for training, windows in zip((True, False), wave, strict=True):
        _, target = windows[range(len(windows))]
        rows = torch.cat(seen[training])[:, :, 0].tolist()
        assert sorted(rows) == sorted(target[:, :, 0].tolist())


def test_the_history_has_one_row_for_each_epoch(make_net, run, wave):
    frame = history_frame(run(make_net(), wave, epochs=3))
    assert frame.columns.tolist() == ["epoch", "train_loss", "valid_loss", "lr", "seconds"]
    assert frame["epoch"].tolist() == [1, 2, 3]
    assert frame["train_loss"].is_monotonic_decreasing
    assert (frame["seconds"] > 0).all()


def test_the_history_of_a_training_without_validation_has_no_valid_loss(
    make_net, run, make_windows
):
    windows = make_windows(np.sin(np.arange(30)), validation_fraction=0.0)
    frame = history_frame(run(make_net(), windows))
    assert frame["valid_loss"].isna().all()
    assert frame["train_loss"].notna().all()


def test_training_goes_on_from_the_weights_and_the_history_that_are_there(make_net, run, wave):
    net = run(make_net(), wave, epochs=3)
    reached = net.history[-1]["train_loss"]
    run(net, wave, epochs=2, seed=1)
    assert history_frame(net)["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert net.history[3]["train_loss"] < reached


def test_gradients_are_clipped_to_the_norm(make_net, run, make_windows):
    norms = []

    class Norms(Callback):
        def on_grad_computed(self, net, named_parameters, training=None, **kwargs):
            norms.append(torch.cat([p.grad.flatten() for _, p in named_parameters]).norm().item())

    steep = make_windows(100.0 * np.sin(np.arange(80)))
    run(make_net([Norms()], lr=1e-6, max_grad_norm=0.5), steep, epochs=1)
    assert norms == pytest.approx([0.5] * len(norms), rel=1e-3)
    norms.clear()
    run(make_net([Norms()], lr=1e-6, max_grad_norm=None), steep, epochs=1)
    assert min(norms) > 10


# --- stopping ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [1, 3])
def test_early_stopping_stops_after_so_many_epochs_and_keeps_the_best(
    make_net, run, parting, patience
):
    net = run(make_net(lr=0.01), parting, epochs=50, patience=patience)
    assert len(net.history) == 1 + patience
    first = run(make_net(lr=0.01), parting, epochs=1)
    torch.testing.assert_close(weights(net), weights(first), rtol=0, atol=0)


def test_early_stopping_waits_while_the_loss_falls(make_net, run, wave):
    net = run(make_net(lr=0.1), wave, epochs=15, patience=2)
    losses = [record["valid_loss"] for record in net.history]
    assert losses == sorted(losses, reverse=True)
    assert len(losses) == 15


def test_a_second_training_has_its_own_patience(make_net, run, parting):
    net = run(make_net(lr=0.01), parting, epochs=50, patience=2)
    run(net, parting, epochs=50, patience=2)
    assert len(net.history) == 6


def test_early_stopping_without_held_out_rows_trains_all_epochs(make_net, run, make_windows):
    windows = make_windows(np.sin(np.arange(30)), validation_fraction=0.0)
    assert len(run(make_net(), windows, epochs=4, patience=1).history) == 4


def test_a_callback_of_the_user_may_stop_training_as_skorch_has_it(make_net, run, parting):
    net = run(make_net([EarlyStopping(patience=2)], lr=0.01), parting, epochs=50)
    assert len(net.history) == 3


class CtrlC(Callback):
    """The user breaks off in the midst of an epoch."""

    def __init__(self, epoch, training=True):
        self.epoch, self.training = epoch, training

    def on_batch_end(self, net, training=None, **kwargs):
        if len(net.history) == self.epoch and training == self.training:
            raise KeyboardInterrupt


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("epoch", "epochs"), [(1, 1), (1, 5), (3, 5), (5, 5)])
def test_ctrl_c_is_not_swallowed(make_net, run, wave, epoch, epochs, training):
    net = make_net([CtrlC(epoch, training)])
    with pytest.raises(KeyboardInterrupt):
        run(net, wave, epochs=epochs)


def test_ctrl_c_leaves_the_best_weights_and_a_net_that_trains_on(make_net, run, parting):
    net = make_net([CtrlC(4)], lr=0.01)
    with pytest.raises(KeyboardInterrupt):
        run(net, parting, epochs=9)
    first = run(make_net(lr=0.01), parting, epochs=1)
    torch.testing.assert_close(weights(net), weights(first), rtol=0, atol=0)
    run(net, parting, epochs=2)
    assert len(net.history) == 6


@pytest.mark.parametrize("schedule", ["onecycle", None])
def test_a_loss_that_is_not_finite_is_a_clear_error(make_net, run, wave, schedule):
    net = make_net(lr=1e30)
    with pytest.raises(
        ValueError, match=r"diverged.*not finite from epoch \d on.*lower lr.*1e\+30"
    ):
        run(net, wave, schedule=schedule)


# --- what is kept -----------------------------------------------------------------------------------


def test_a_pickled_net_holds_no_data(make_net, run, make_windows):
    def pickled(n):
        windows = make_windows(np.sin(np.arange(n)))
        return len(pickle.dumps(run(make_net(epoch_size=64), windows, epochs=2)))

    assert abs(pickled(50_000) - pickled(500)) < 500


def test_a_pickled_net_hardly_grows_with_the_epochs(make_net, run, wave):
    few, many = (len(pickle.dumps(run(make_net(), wave, epochs=n))) for n in (2, 42))
    assert (many - few) / 40 < 400


def test_a_pickled_net_forecasts_the_same(make_net, run, wave):
    net = run(make_net(), wave)
    again = pickle.loads(pickle.dumps(net))
    inputs, _ = wave[1][range(3)]
    assert torch.equal(again.module_(**inputs)[0], net.module_(**inputs)[0])


def test_the_split_is_that_of_the_window_plan(wave):
    class Split:
        train, valid = wave

    assert split_windows(Split) == tuple(wave)


# --- random states ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(make_net, run, wave):
    one, same, other = (weights(run(make_net(), wave, seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_training_leaves_every_global_random_state_as_it_was(make_net, run, wave):
    def states():
        return torch.get_rng_state().tolist(), repr(np.random.get_state()), random.getstate()  # noqa: NPY002

    before = states()
    run(make_net(), wave)
    assert states() == before
