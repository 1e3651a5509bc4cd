"""Numbers next to nothing, which processors are slow with, are nothing within a kernel, and only there."""

import platform

import numpy as np
import pytest
import torch

from tsrnn.cells import GRU, LSTM, RNN
from tsrnn.kernels.denormals import flush, restore

LEAST = np.finfo(np.float32).tiny  # the least number that has a leading one
pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="other processors are as fast with them"
)


@pytest.mark.parametrize("cell", [RNN, GRU, LSTM])
def test_derivatives_that_fade_end_in_nothing(cell):
    torch.manual_seed(0)
    cell, inputs = cell(1, 20), torch.randn(5, 400, 1, requires_grad=True)
    cell(inputs)[1][0].sum().backward()
    sizes = inputs.grad.abs()
    assert sizes[:, -1].min() > 0
    assert (sizes[:, 0] == 0).all()
    assert not ((sizes > 0) & (sizes < LEAST)).any()


def test_outside_of_a_kernel_they_count():
    cell = GRU(2, 3)
    cell(torch.randn(4, 5, 2))[0].sum().backward()
    small = np.float32(LEAST)
    assert small / np.float32(2) > 0
    assert (torch.tensor([small]) / 2 > 0).all()


def test_who_lets_them_be_nothing_finds_it_so_afterwards():
    assert torch.set_flush_denormal(True)
    try:
        GRU(2, 3)(torch.randn(4, 5, 2))
        assert (torch.tensor([LEAST]) / 2 == 0).all()
    finally:
        torch.set_flush_denormal(False)
    assert (torch.tensor([LEAST]) / 2 > 0).all()


def test_a_function_that_flushes_gives_back_what_it_found():
    from numba import njit

    @njit
    def halved(x, flushes):
        before = flush() if flushes else np.int32(0)
        half = x[0] / np.float32(2)
        if flushes:
            restore(before)
        return half, x[0] / np.float32(2)

    x = np.array([LEAST], dtype=np.float32)
    assert halved(x, False)[0] > 0
    assert halved(x, True)[1] > 0
