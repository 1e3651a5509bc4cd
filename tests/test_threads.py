"""Small work runs on one thread, and the caller's threads are left as found."""

import pytest
import torch
from torch import nn

from tsrnn import kernels
from tsrnn.cells import LSTM
from tsrnn.threads import threads_for


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_a_small_step_runs_on_one_thread():
    with threads_for(nn.Linear(10, 10), batch_size=32):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_a_large_step_keeps_the_callers_threads():
    with threads_for(nn.Linear(300, 300), batch_size=256):
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 2


def test_work_that_a_module_shares_out_itself_leaves_torch_one_thread():
    cell = LSTM(300, 300)
    with threads_for(cell, batch_size=256):
        assert torch.get_num_threads() == (1 if cell.shares_work else 2)
    with kernels.disabled(), threads_for(cell, batch_size=256):
        assert torch.get_num_threads() == 2
    with threads_for(nn.Sequential(nn.Linear(300, 300), cell), batch_size=256):
        assert torch.get_num_threads() == 2


def test_an_error_leaves_the_callers_threads_as_they_were():
    with pytest.raises(RuntimeError, match="broke"), threads_for(nn.Linear(2, 2), batch_size=1):
        raise RuntimeError("broke")
    assert torch.get_num_threads() == 2
