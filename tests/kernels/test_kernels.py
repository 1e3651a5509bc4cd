"""A kernel gives what its cell gives, whatever the sizes, and torch may differentiate it as it likes."""

import contextlib
import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tsrnn import kernels
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.kernels import blocks, sharing

CELLS = [
    (RNN, {}),
    (RNN, {"nonlinearity": "relu"}),
    (LSTM, {}),
    (LSTM, {"forget_bias": 1.0}),
    (LSTMP, {}),
    (LSTMP, {"proj_size": 1}),
    (PeepholeLSTM, {}),
    (JANET, {"beta": 0.5}),
    (GRU, {}),
]
every_cell = pytest.mark.parametrize(("cls", "own"), CELLS, ids=lambda part: str(part)[-30:])


def problem(cls, own, batch, time, input_size, hidden_size, seed=0):
    """A cell, inputs, a state and what the outputs and the last state count in a loss."""
    torch.manual_seed(seed)
    cell = cls(input_size, hidden_size, **own)
    inputs = torch.randn(batch, time, input_size)
    state = tuple(torch.randn_like(part) for part in cell.initial_state(batch))
    counts = [torch.randn(batch, time, cell.output_size), *map(torch.randn_like, state)]
    return cell, inputs, state, counts


def everything(cell, inputs, state, counts):
    """Outputs, last state and the gradients of a loss by inputs, first state and parameters."""
    inputs = inputs.detach().requires_grad_()
    state = tuple(part.detach().requires_grad_() for part in state)
    outputs, last = cell(inputs, state)
    loss = sum((a * b).sum() for a, b in zip(counts, (outputs, *last), strict=True))
    gradients = torch.autograd.grad(loss, [inputs, *state, *cell.parameters()])
    return [outputs.detach(), *(part.detach() for part in last), *gradients]


def exact(cell, inputs, state, counts):
    """The same from the cell's own equations in float64."""
    cell = cell.double()
    with kernels.disabled():
        results = everything(
            cell, inputs.double(), tuple(s.double() for s in state), [c.double() for c in counts]
        )
    cell.float()
    return results


def assert_close(got, expected, rtol=3e-6):
    for a, b in zip(got, expected, strict=True):
        scale = max(1.0, float(b.abs().max()))
        np.testing.assert_allclose(a, b, rtol=0, atol=rtol * scale)


# --- equal to the cells -----------------------------------------------------------------------------


@every_cell
@pytest.mark.parametrize("sizes", [(1, 1, 1, 2), (5, 7, 3, 9), (33, 4, 2, 50), (70, 12, 17, 33)])
def test_outputs_states_and_gradients_are_the_cell_s(cls, own, sizes):
    parts = problem(cls, own, *sizes)
    assert kernels.usable(parts[1])
    assert_close(everything(*parts), exact(*parts))


size = st.integers(1, 40)


@every_cell
@settings(max_examples=8, deadline=None)
@given(
    batch=size, time=st.integers(1, 9), input_size=size, hidden_size=st.integers(2, 40), seed=size
)
def test_any_batch_length_and_size_will_do(cls, own, batch, time, input_size, hidden_size, seed):
    parts = problem(cls, own, batch, time, input_size, hidden_size, seed)
    assert_close(everything(*parts), exact(*parts))


@every_cell
def test_without_gradients_the_numbers_are_the_same(cls, own):
    cell, inputs, state, _ = problem(cls, own, 35, 6, 3, 10)
    outputs, last = cell(inputs, state)
    with torch.no_grad():
        again, last_again = cell(inputs, state)
    assert torch.equal(outputs, again)
    assert all(map(torch.equal, last, last_again))


@every_cell
def test_a_loss_of_the_last_state_alone_reaches_everything(cls, own):
    cell, inputs, state, _ = problem(cls, own, 4, 6, 3, 10)
    results = []
    for fast in (True, False):
        with contextlib.nullcontext() if fast else kernels.disabled():
            x = inputs.clone().requires_grad_()
            _, last = cell(x, state)
            results.append(torch.autograd.grad(last[-1].square().sum(), [x, cell.weight_hh_l0]))
    assert_close(*results)


def test_large_and_missing_numbers_come_through_as_they_do_elsewhere():
    cell, inputs, state, _ = problem(LSTM, {}, 3, 5, 2, 4)
    inputs[0, 2, 0], inputs[1] = float("nan"), 1e6
    outputs, _ = cell(inputs, state)
    with kernels.disabled():
        expected, _ = cell(inputs, state)
    assert outputs[0, 2:].isnan().all()
    assert outputs[0, :2].isfinite().all()
    np.testing.assert_allclose(outputs.detach(), expected.detach(), atol=1e-6)


def test_strided_inputs_and_gradients_are_read_as_they_are():
    cell, inputs, state, _ = problem(GRU, {}, 6, 5, 4, 8)
    turned = inputs.transpose(0, 1).contiguous().transpose(0, 1)
    one, other = cell(inputs, state)[0], cell(turned, state)[0]
    assert torch.equal(one, other)
    weights = torch.randn(5, 6, 8).transpose(0, 1)
    strided = torch.autograd.grad((one * weights).sum(), cell.weight_hh_l0)
    plain = torch.autograd.grad((other * weights.contiguous()).sum(), cell.weight_hh_l0)
    assert torch.equal(*strided, *plain)


# --- autograd ---------------------------------------------------------------------------------------


def test_a_graph_may_be_kept_and_gone_through_again():
    cell, inputs, state, _ = problem(LSTM, {}, 64, 30, 3, 40)  # large enough for kept blocks
    loss = cell(inputs, state)[0].square().sum()
    first = torch.autograd.grad(loss, list(cell.parameters()), retain_graph=True)
    cell(inputs + 1, state)[0].sum().backward()
    again = torch.autograd.grad(loss, list(cell.parameters()))
    assert all(map(torch.equal, first, again))
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(loss, list(cell.parameters()))


def test_outputs_that_are_held_are_never_written_again():
    cell, inputs, state, _ = problem(GRU, {}, 64, 30, 3, 40)
    with torch.no_grad():
        held = [cell(inputs + i, state)[0] for i in range(3)]
        copies = [outputs.clone() for outputs in held]
        for i in range(5):
            cell(inputs - i, state)
    assert all(map(torch.equal, held, copies))


def test_what_is_overwritten_before_the_way_back_is_noticed():
    cell, inputs, state, _ = problem(LSTM, {}, 4, 5, 3, 8)
    outputs, _ = cell(inputs, state)
    loss = outputs.sum()
    outputs.relu_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_subclass_with_other_equations_has_no_kernel():
    class Doubled(GRU):
        def advance(self, gates, state):
            h, (new,) = super().advance(gates, state)
            return 2 * h, (new,)

    torch.manual_seed(0)
    cell = Doubled(3, 4, reset_after=False)
    assert cell.kernel() is None
    assert Doubled(3, 4).kernel() is None


@every_cell
def test_no_state_is_a_state_of_zeros(cls, own):
    cell, inputs, *_ = problem(cls, own, 35, 6, 3, 10)
    results = []
    for state in (None, cell.initial_state(35)):
        outputs, last = cell(inputs, state)
        loss = outputs.square().sum() + last[-1].sum()
        results.append([outputs, *last, *torch.autograd.grad(loss, list(cell.parameters()))])
    assert_close(*([tensor.detach() for tensor in result] for result in results))


def test_a_subclass_with_a_first_state_of_its_own_begins_there():
    class Warm(GRU):
        def initial_state(self, *args, **kwargs):
            return tuple(torch.ones_like(part) for part in super().initial_state(*args, **kwargs))

    cell, inputs, *_ = problem(Warm, {}, 3, 4, 2, 5)
    assert torch.equal(cell(inputs)[0], cell(inputs, (torch.ones(3, 5),))[0])


@pytest.mark.parametrize("transform", [torch.func.vmap, torch.func.jacrev])
def test_transforms_of_torch_func_take_the_cell_s_own_way(transform):
    cell, inputs, *_ = problem(JANET, {}, 2, 3, 2, 4)
    assert (
        transform(lambda x: cell(x)[0])(inputs[None] if transform is torch.func.vmap else inputs)
        .isfinite()
        .all()
    )


# --- threads and memory -----------------------------------------------------------------------------


def test_any_number_of_threads_gives_the_same_numbers():
    parts = problem(LSTM, {}, 200, 40, 8, 40)
    before = torch.get_num_threads()
    results = []
    for n in (1, 3):
        torch.set_num_threads(n)
        results.append(everything(*parts))
    torch.set_num_threads(before)
    assert all(map(torch.equal, *results))


def test_callers_in_several_threads_do_not_meet():
    parts = problem(GRU, {}, 64, 20, 3, 40)
    expected, got = everything(*parts), [None] * 4

    def call(i):
        for _ in range(5):
            got[i] = everything(*parts)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for results in got:
        assert all(map(torch.equal, results, expected))


def test_freed_blocks_are_handed_out_again_and_never_too_many_kept():
    first = blocks.block(1000, 100)
    place = first.data_ptr()
    del first
    gc.collect()
    assert blocks.block(100, 1000).data_ptr() == place
    for n in range(40):
        blocks.block(n + 1, 4_000_000)
    assert blocks._kept <= blocks._MOST
    assert blocks._kept == sum(4 * len(b) for shelf in blocks._free.values() for b in shelf)


# --- without a compiler -----------------------------------------------------------------------------


def test_without_numba_a_cell_goes_its_own_way(monkeypatch):
    cell, inputs, state, _ = problem(GRU, {}, 3, 4, 2, 5)
    fast, _ = cell(inputs, state)
    monkeypatch.setitem(sys.modules, "tsrnn.kernels.disk", None)
    monkeypatch.delattr(kernels, "disk", raising=False)
    kernels._runner.cache_clear()
    try:
        assert not kernels.usable(inputs)
        own, _ = cell(inputs, state)
    finally:
        monkeypatch.undo()
        kernels._runner.cache_clear()
    np.testing.assert_allclose(own.detach(), fast.detach(), atol=1e-6)
    assert kernels.usable(inputs)


def test_double_precision_is_the_cell_s_own():
    assert not kernels.usable(torch.zeros(1, dtype=torch.float64))


# --- on disk ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_processes_of_their_own_compile_and_every_other_one_reads(tmp_path):
    script = """
import torch
from tsrnn import kernels
from tsrnn.cells import GRU
from tsrnn.kernels import branches, embeddings, gathering, live, scales, sums, sweeps, window
from tsrnn.nn import SequenceNetwork
from tsrnn.nn.alone import answer_alone, forecast_alone
from tsrnn.nn.forecast import ForecastNetwork

GRU(2, 3)(torch.zeros(1, 4, 2))[0].sum().backward()
network = SequenceNetwork(GRU, cardinalities=(0,), n_targets=2, num_layers=2)
answer_alone(network, torch.zeros(1, 1, 1), None)
network = ForecastNetwork(GRU, n_targets=2, window_size=6, horizon=3, segment_size=2, skip="linear")
forecast_alone(network, torch.zeros(1, 6, 2))
network = ForecastNetwork(
    GRU, n_targets=2, window_size=6, horizon=3, segment_size=2, hidden_size=128, normalization="last"
)
network(torch.zeros(256, 6, 2), torch.zeros(256, 3, 0))[0].sum().backward()
kernels.gather(torch.zeros(3, 1), torch.tensor([1]), 2, torch.tensor([1]))
functions = [live.answer_row, window.forecast_window, scales.scale_windows, gathering.copy_windows]
for room in (sweeps, branches, embeddings):
    functions += [room.forward, room.backward]
functions += [sweeps.prepare, sweeps.prepare_back, sums.n_sums, sums.unpack_sums]
for function in functions:
    print(len(function.stats.cache_hits), len(function.stats.cache_misses))
"""
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    for said in ("tsrnn: compiling kernels, once per installation: about 40 s\n", ""):
        ran = subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
        )
        assert ran.stdout.split() == ["1", "0"] * 14
        assert ran.stderr == said
    assert len(list(tmp_path.rglob("tsrnn-kernels-*"))) == 1


def test_what_is_on_disk_is_not_compiled_again(monkeypatch):
    from tsrnn.kernels import disk

    assert kernels.usable(torch.zeros(1))
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: pytest.fail("compiled again"))
    disk.ensure()


# --- segments -----------------------------------------------------------------------------------------


@every_cell
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    "sizes", [(1, 1, 1, 1, 2), (5, 2, 7, 3, 9), (33, 3, 4, 2, 50), (70, 1, 12, 17, 33)]
)
def test_segments_are_embedded_and_decoded_as_by_the_cell_itself(
    cls, own, sizes, several, monkeypatch
):
    batch, n_ahead, steps, n, size = sizes
    if several:
        monkeypatch.setattr(sharing, "_SHARED", 1)
    cell, ahead, _, _ = problem(cls, own, n_ahead, 1, size, size)
    embed, segments = torch.nn.Linear(n, size), torch.randn(batch, steps, n)
    counts = torch.randn(batch, n_ahead, cell.output_size)

    def by_kernel(cell, embed, ahead):
        recurrence, weights = cell.kernel()
        return kernels.decode(recurrence, segments, ahead, embed, weights)

    def by_steps(cell, embed, ahead):
        _, state = cell(torch.relu(embed(segments.double())))
        each = [cell.step(x.expand(batch, -1), state)[0] for x in ahead]
        return torch.stack(each, 1)

    def derived(way, cell, embed, ahead):
        ahead = ahead[:, 0].detach().requires_grad_()
        outputs = way(cell, embed, ahead)
        leaves = [ahead, *embed.parameters(), *cell.parameters()]
        loss = (counts.to(ahead.dtype) * outputs).sum()
        return [outputs.detach(), *torch.autograd.grad(loss, leaves, materialize_grads=True)]

    got = derived(by_kernel, cell, embed, ahead)
    with kernels.disabled():
        expected = derived(by_steps, cell.double(), embed.double(), ahead.double())
    assert got[0].shape == (batch, n_ahead, cell.output_size)
    assert_close(got, expected, 6e-6)
