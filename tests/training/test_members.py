"""Networks of an ensemble train side by side, in processes of their own, and become what they would have become."""

import threading

import numpy as np
import pandas as pd
import pytest
import torch
from joblib import parallel_config
from skorch.callbacks import Callback

from tsrnn import LSTMForecaster
from tsrnn.training import members

WORTH = members._WORTH


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(members, "_WORTH", 0)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def here(monkeypatch):
    """Let processes fail, so that a test that passes did without."""

    def refuse(*args, **kwargs):
        raise AssertionError("a net left")

    monkeypatch.setattr(members, "Parallel", refuse)


def waves(n_rows=200):
    noise = np.random.default_rng(0).standard_normal(n_rows)
    return pd.Series(10 + np.sin(np.arange(n_rows) / 2) + 0.1 * noise)


def ensemble(**params):
    params = {"horizon": 3, "n_estimators": 3, "max_epochs": 10, "random_state": 0} | params
    return LSTMForecaster(**params)


def fit_here(rows, **params):
    torch.set_num_threads(1)
    f = ensemble(**params).fit(rows)
    torch.set_num_threads(2)
    return f


def assert_same(f, expected):
    for net, other in zip(f._fit_.nets, expected._fit_.nets, strict=True):
        torch.testing.assert_close(
            net.module_.state_dict(), other.module_.state_dict(), rtol=0, atol=0
        )
        assert net.module_.share == other.module_.share
    np.testing.assert_array_equal(f.forecast(5), expected.forecast(5))
    np.testing.assert_array_equal(f.forecast(quantiles=[0.1]), expected.forecast(quantiles=[0.1]))
    columns = ["epoch", "train_loss", "valid_loss", "lr"]
    pd.testing.assert_frame_equal(f.history_[columns], expected.history_[columns])


@pytest.mark.parametrize("params", [{"refit": True}, {"refit": False}, {"loss": "quantile"}])
def test_networks_are_those_that_train_one_after_the_other(params):
    assert_same(ensemble(**params).fit(waves()), fit_here(waves(), **params))


def test_training_goes_on_in_processes_where_it_ended():
    f = ensemble(warm_start=True, skip=None).fit(waves())
    first = f.net_
    f.fit(waves())
    expected = fit_here(waves(), warm_start=True, skip=None)
    torch.set_num_threads(1)
    assert_same(f, expected.fit(waves()))
    assert f.net_ is f._fit_.nets[0] is not first


def test_an_error_is_the_one_that_training_here_would_raise():
    with pytest.raises(ValueError, match="training diverged: the loss is not finite from epoch 1"):
        ensemble(lr=1e30, optimizer=torch.optim.SGD, max_grad_norm=None).fit(waves())


def test_torchs_draws_and_threads_stay_the_callers():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    ensemble().fit(waves())
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("early_stopping", [False, 1])
def test_the_bar_ends_at_its_total(capfd, early_stopping):
    f = ensemble(verbose=1, refit=False, early_stopping=early_stopping).fit(waves())
    out, err = capfd.readouterr()
    n = sum(len(net.history) for net in f._fit_.nets)
    assert out == ""
    assert err.count("| 0/") == 1
    assert f"| {n}/{n} [" in err.rstrip("\n").split("\r")[-1]


class Count(Callback):
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, net, **kwargs):
        self.epochs += 1


@pytest.mark.usefixtures("here")
def test_who_listens_hears_of_every_epoch():
    count = Count()
    ensemble(callbacks=[count], refit=False).fit(waves())
    assert count.epochs == 30


@pytest.mark.usefixtures("here")
def test_from_a_thread_none_leaves():
    fitted = []
    thread = threading.Thread(target=lambda: fitted.append(ensemble().fit(waves())))
    thread.start()
    thread.join()
    assert len(fitted[0]._fit_.nets) == 3


@pytest.mark.usefixtures("here")
def test_a_single_network_stays():
    assert len(ensemble(n_estimators=1).fit(waves())._fit_.nets) == 1


@pytest.mark.usefixtures("here")
def test_what_takes_no_time_stays(monkeypatch):
    monkeypatch.setattr(members, "_WORTH", WORTH)
    assert len(ensemble().fit(waves())._fit_.nets) == 3


def test_another_backend_that_joblib_was_told_of_does_not_matter():
    with parallel_config(backend="threading"):
        f = ensemble().fit(waves())
    assert_same(f, fit_here(waves()))
