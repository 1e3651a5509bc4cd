"""Truncated back-propagation through time, step by step as written by hand; what is held out; going on."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import Callback

from tsrnn.aligned import read_pairs
from tsrnn.cells import GRU
from tsrnn.nn import MeanPooling, PerStep

#: Rows as they are, one step of plain gradient descent for each chunk.
BY_HAND = {
    "normalization": None,
    "validation_fraction": 0,
    "optimizer": torch.optim.SGD,
    "lr": 0.1,
    "lr_schedule": None,
    "max_grad_norm": None,
    "max_epochs": 2,
}


def descend(network, chunks, *, carried, lr=0.1):
    """Train a copy of a network on chunks (rows, targets, is_first), two epochs."""
    network = copy.deepcopy(network)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    for _ in range(2):
        state = None
        for rows, targets, is_first in chunks:
            if is_first or not carried:
                state = None
            answers, state = network(rows, state)
            seen = ~torch.isnan(targets)
            loss = ((answers - targets)[seen] ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            state = tuple(tuple(tensor.detach() for tensor in cell) for cell in state)
    return network.state_dict()


def untrained(regressor, X, y):
    """The network that the regressor's fit starts from: that of a fit without a step."""
    return copy.deepcopy(regressor).set_params(lr=1e-30, max_epochs=1).fit(X, y).module_


def assert_same_weights(network, expected):
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, expected[name], rtol=1e-4, atol=1e-6)


def tensor(values):
    return torch.tensor(values, dtype=torch.float32)


@pytest.mark.filterwarnings("ignore:There are .* missing values in y")
@pytest.mark.parametrize("num_layers", [1, 2])
def test_stateful_training_is_truncated_back_propagation_through_time(num_layers, quick, X, y):
    y = np.where(np.arange(60) == 13, np.nan, y)
    regressor = quick(stateful=True, chunk_size=8, num_layers=num_layers, **BY_HAND)
    start = untrained(regressor, X, y)
    chunks = [
        (tensor(X[None, a : a + 8]), tensor(y[None, a : a + 8, None]), a == 0)
        for a in range(0, 60, 8)
    ]
    assert_same_weights(regressor.fit(X, y).module_, descend(start, chunks, carried=True))
    without = descend(start, chunks, carried=False)
    with pytest.raises(AssertionError):
        assert_same_weights(regressor.module_, without)


def test_series_of_a_panel_are_read_side_by_side_each_with_its_own_state(quick, panel):
    """Series of 60, 40 and 30 rows in chunks of 16: the shorter ones drop out when they end."""
    y = panel["load"] - panel["wind"]
    regressor = quick(cell=GRU, stateful=True, chunk_size=16, batch_size=3, **BY_HAND)
    start = untrained(regressor, panel, y)
    chunks = []
    for a in range(0, 60, 16):
        rows, targets = torch.zeros(3, 16, 2), torch.full((3, 16, 1), torch.nan)
        for i, site in enumerate(["north", "south", "west"]):
            part = panel.loc[site][a : a + 16]
            rows[i, : len(part)] = tensor(part.to_numpy())
            targets[i, : len(part), 0] = tensor(y[site][a : a + 16].to_numpy())
        chunks.append((rows, targets, a == 0))
    trained = regressor.fit(panel, y).module_
    assert_same_weights(trained, descend(start, chunks, carried=True))


def test_without_state_every_chunk_starts_anew(quick, X, y):
    regressor = quick(chunk_size=60, **BY_HAND)
    start = untrained(regressor, X, y)
    chunks = [(tensor(X[None]), tensor(y[None, :, None]), True)]
    assert_same_weights(regressor.fit(X, y).module_, descend(start, chunks, carried=False))


# --- what is held out ---------------------------------------------------------------------------


class EachBatch(Callback):
    """Hears of every batch, so that skorch's own loop runs."""

    def on_batch_end(self, net, **kwargs):
        pass


STILL = {"lr": 1e-30, "lr_schedule": None, "max_epochs": 1, "normalization": None}


@pytest.mark.parametrize("callbacks", [None, [EachBatch()]])
@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.filterwarnings("ignore:There are")
def test_the_training_loss_is_a_mean_over_all_targets(stateful, callbacks, quick):
    """Chunks of 20, 20 and 4 rows, of which some have few targets; the weights hardly move."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(44, 1)), rng.normal(size=44)
    y[40:], y[5:20] = 5.0, np.nan
    sizes = {"chunk_size": 20, "batch_size": 1, "validation_fraction": 0}
    regressor = quick(stateful=stateful, callbacks=callbacks, **sizes, **STILL).fit(X, y)
    parts = [X] if stateful else [X[:20], X[20:40], X[40:]]
    errors = np.concatenate([regressor.predict(part) for part in parts]) - y
    loss = regressor.history_["train_loss"].item()
    assert loss == pytest.approx(np.nanmean(errors**2), rel=1e-5)


@pytest.mark.parametrize("stateful", [False, True])
def test_the_validation_loss_is_that_of_predict_on_the_latest_rows(stateful, quick, panel):
    y = panel["load"] ** 2
    regressor = quick(stateful=stateful, normalization=None, validation_fraction=0.2, max_epochs=4)
    regressor.fit(panel, y)
    latest = pd.concat(
        [
            (y - regressor.predict(panel))[site][-len(y[site]) // 5 :]
            for site in panel.index.levels[0]
        ]
    )
    best = regressor.history_["valid_loss"].min()
    assert best == pytest.approx((latest**2).mean(), rel=1e-5)


def test_the_validation_loss_of_pooling_heads_is_on_the_last_sequences(quick):
    X = np.random.default_rng(0).normal(size=(20, 5, 2))
    y = X[:, :, 0].mean(1)
    regressor = quick(head=MeanPooling, normalization=None, validation_fraction=0.2, max_epochs=4)
    regressor.fit(X, y)
    error = (y - regressor.predict(X))[16:]
    assert regressor.history_["valid_loss"].min() == pytest.approx((error**2).mean(), rel=1e-5)


def test_held_out_rows_teach_nothing(quick, X, y):
    """Another y in the latest tenth: the same weights after the same epochs."""
    other = y.copy()
    other[54:] += 100
    weights = [
        quick(max_epochs=1, stateful=stateful).fit(X, target).module_.state_dict()
        for stateful in (False, True)
        for target in (y, other)
    ]
    for a, b in (weights[:2], weights[2:]):
        for name in a:
            torch.testing.assert_close(a[name], b[name], rtol=0, atol=0)


def test_without_held_out_rows_there_is_no_validation_loss(quick, X, y):
    assert quick(validation_fraction=0).fit(X, y).history_["valid_loss"].isna().all()
    assert quick().fit(X, y).history_["valid_loss"].notna().all()


@pytest.mark.parametrize("head", [PerStep, MeanPooling])
@pytest.mark.parametrize(("fraction", "trained"), [(0.5, 10), (0.51, 9), (0.9, 2)])
def test_more_than_half_is_held_out_as_asked(head, fraction, trained):
    X = np.random.default_rng(0).normal(size=(20, 5, 2))
    rows = X if head is MeanPooling else X[:, 0]
    counts = read_pairs(rows, X[:, 0, 0], per_row=head is PerStep).training_counts(fraction)
    assert counts.sum() == trained * (5 if head is MeanPooling else 1)


def test_held_out_rows_without_a_target_are_no_judge(quick):
    X = np.random.default_rng(0).normal(size=(200, 1))
    y = X[:, 0].copy()
    y[160:] = np.nan
    params = {"max_epochs": 40, "lr": 0.05}
    with pytest.warns(UserWarning, match="hold no target that is not missing"):
        regressor = quick(validation_fraction=0.1, **params).fit(X, y)
    assert regressor.score(X[:160], y[:160]) > 0.9


def test_early_stopping_waits_for_a_better_validation_loss(quick, X, y):
    noise = np.random.default_rng(1).normal(size=60)
    regressor = quick(max_epochs=200, early_stopping=3, lr=0.05).fit(X, noise)
    history = regressor.history_
    assert len(history) < 200
    assert history["valid_loss"].idxmin() <= len(history) - 4


# --- sizes that are "auto" ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lengths", "stateful", "chunk_size", "batch_size"),
    [
        ([80], True, 10, 1),
        ([800], False, 100, 1),
        ([100_000], False, 200, 62),
        ([100_000], True, 200, 1),
        ([30] * 64, False, 30, 8),
        ([500] * 100, True, 200, 12),
    ],
)
def test_auto_sizes_make_about_eight_steps_an_epoch(
    lengths, stateful, chunk_size, batch_size, quick
):
    X = [np.zeros((n, 1), dtype=np.float32) + np.arange(n)[:, None] for n in lengths]
    small = {"hidden_size": 1, "max_epochs": 1, "validation_fraction": 0}
    regressor = quick(stateful=stateful, **small).fit(X, [x[:, 0] for x in X])
    assert (regressor.chunk_size_, regressor.batch_size_) == (chunk_size, batch_size)


# --- going on, seeds ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_head_that_pools_goes_on_with_longer_sequences_uncut(method, quick):
    rng = np.random.default_rng(0)
    y = rng.normal(size=20)
    regressor = quick(head=MeanPooling, warm_start=True)
    regressor.fit(rng.normal(size=(20, 10, 1)), y)
    seen = set()

    def read(network, args, kwargs):
        rows = args[0] if args else kwargs["rows"]
        seen.add(rows.shape[1])

    regressor.module_.register_forward_pre_hook(read, with_kwargs=True)
    getattr(regressor, method)(rng.normal(size=(20, 40, 1)), y)
    assert seen == {40}


def test_warm_start_and_partial_fit_go_on(quick, X, y):
    regressor = quick(warm_start=True).fit(X, y)
    assert regressor.history_["epoch"].tolist() == [1, 2]
    loss = regressor.history_["train_loss"].iloc[-1]
    regressor.fit(X, y)
    assert regressor.history_["epoch"].tolist() == [1, 2, 3, 4]
    regressor.partial_fit(X, y)
    assert len(regressor.history_) == 5
    assert regressor.history_["train_loss"].iloc[-1] < loss
    regressor.set_params(warm_start=False).fit(X, y)
    assert len(regressor.history_) == 2
    first = quick().partial_fit(X, y)
    assert len(first.history_) == 1


def test_going_on_keeps_the_scales_and_the_categories(quick, frame, target):
    frame = frame.assign(sky="sun")
    regressor = quick(warm_start=True).fit(frame, target)
    before = regressor._transform.centre.copy()
    regressor.fit(frame.assign(sky="rain"), target + 100)
    assert regressor._transform.centre == before


@pytest.mark.parametrize("stateful", [False, True])
def test_one_random_state_gives_one_result_and_leaves_the_callers_alone(stateful, quick, X, y):
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    ours = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    params = {"stateful": stateful, "dropout": 0.2, "num_layers": 2}
    a, b, other = (quick(random_state=seed, **params).fit(X, y).predict(X) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.allclose(a, other)
    np.testing.assert_array_equal(np.random.get_state()[1], ours[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), ours[1])


def test_nothing_is_printed_and_a_bar_is_shown_when_asked(quick, X, y, capsys):
    quick().fit(X, y)
    assert capsys.readouterr() == ("", "")
    quick(verbose=1).fit(X, y)
    assert "fit: 100%" in capsys.readouterr().err


# --- a loss module ------------------------------------------------------------------------------


def test_a_loss_module_is_trained_in_a_copy_and_stays_as_the_user_made_it(quick, X, y):
    class Robust(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.width = torch.nn.Parameter(torch.tensor(0.5))

        def forward(self, answer, target):
            return (answer - target).abs().mean() / self.width.exp() + self.width

    loss = Robust()
    regressor = quick(loss=loss, lr=0.05)
    first = regressor.fit(X, y).predict(X)
    assert loss.width.item() == 0.5
    assert regressor.net_.criterion_.loss.width.item() != 0.5
    np.testing.assert_array_equal(regressor.fit(X, y).predict(X), first)
