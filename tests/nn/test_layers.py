import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import Recurrent

HIDDEN = 5
PAIRS = [
    pytest.param(RNN, nn.RNN, {}, id="RNN"),
    pytest.param(LSTM, nn.LSTM, {}, id="LSTM"),
    pytest.param(LSTMP, nn.LSTM, {"proj_size": 2}, id="LSTMP"),
    pytest.param(GRU, nn.GRU, {}, id="GRU"),
]


class Leaky(nn.Module):
    """A user's own cell, with none of the library's names."""

    def __init__(self, input_size, hidden_size, *, leak=0.5):
        super().__init__()
        self.output_size = hidden_size
        self.leak = leak
        self.mix = nn.Linear(input_size + hidden_size, hidden_size)
        self.start = nn.Parameter(torch.randn(hidden_size))

    def forward(self, inputs, state=None):
        h, steps = state or (
            self.start.expand(len(inputs), -1),
            torch.zeros(len(inputs), dtype=torch.long),
        )
        outputs = []
        for x in inputs.unbind(1):
            h = (1 - self.leak) * h + self.leak * torch.tanh(self.mix(torch.cat([x, h], 1)))
            steps = steps + 1
            outputs.append(h)
        return torch.stack(outputs, 1), (h, steps)


CELLS = [
    (RNN, {}),
    (LSTM, {"forget_bias": 1.0}),
    (LSTMP, {"proj_size": 2}),
    (PeepholeLSTM, {}),
    (JANET, {}),
    (GRU, {}),
    (GRU, {"reset_after": False}),
    (Leaky, {"leak": 0.3}),
]


def random_torch_state(layer, batch):
    """A state as torch.nn takes it, and the same one as Recurrent takes it."""
    cells = layer.num_layers * (2 if layer.bidirectional else 1)
    sizes = [layer.proj_size or layer.hidden_size]
    sizes += [layer.hidden_size] if isinstance(layer, nn.LSTM) else []
    tensors = tuple(torch.randn(cells, batch, size) for size in sizes)
    return tensors if len(tensors) > 1 else tensors[0], list(zip(*tensors, strict=True))


def by_cell(state):
    """torch.nn's state, a tensor for all cells, as Recurrent returns it, a tuple for each."""
    return tuple(zip(*(state if isinstance(state, tuple) else (state,)), strict=True))


def flat(states):
    return [tensor for state in states for tensor in state]


def gradients(parameters, outputs, states):
    generator = torch.Generator().manual_seed(0)
    loss = sum(
        (tensor * torch.randn(tensor.shape, generator=generator)).sum()
        for tensor in (outputs, *flat(states))
    )
    return torch.autograd.grad(loss, parameters)


@pytest.mark.parametrize(("cell", "torch_class", "own"), PAIRS)
@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("lengths", [None, [7, 3, 3, 1]])
def test_outputs_states_and_gradients_are_torchs(
    cell, torch_class, own, num_layers, bidirectional, with_state, lengths
):
    torch.manual_seed(0)
    sizes = {"num_layers": num_layers, "bidirectional": bidirectional, **own}
    layer = torch_class(4, HIDDEN, batch_first=True, **sizes)
    ours = Recurrent(cell, 4, HIDDEN, **sizes)
    ours.load_state_dict(layer.state_dict())
    inputs = torch.randn(4, 7, 4)
    torch_state, state = random_torch_state(layer, 4) if with_state else (None, None)

    outputs, states = ours(inputs, state, lengths)
    if lengths is None:
        expected, expected_state = layer(inputs, torch_state)
    else:
        packed = nn.utils.rnn.pack_padded_sequence(inputs, lengths, batch_first=True)
        packed, expected_state = layer(packed, torch_state)
        expected, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    expected_states = by_cell(expected_state)

    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(states, expected_states, rtol=0, atol=1e-6)
    # Parameters come in the same order, which the state dicts' test asserts.
    torch.testing.assert_close(
        gradients(list(ours.parameters()), outputs, states),
        gradients(list(layer.parameters()), expected, expected_states),
        rtol=1e-5,
        atol=3e-6,
    )


@pytest.mark.parametrize(("cell", "torch_class", "own"), PAIRS)
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_state_dicts_are_torchs_in_both_ways(cell, torch_class, own, num_layers, bidirectional):
    sizes = {"num_layers": num_layers, "bidirectional": bidirectional, **own}
    ours, layer = Recurrent(cell, 4, HIDDEN, **sizes), torch_class(4, HIDDEN, **sizes)
    assert list(ours.state_dict()) == list(layer.state_dict())
    layer.load_state_dict(ours.state_dict())
    again = Recurrent(cell, 4, HIDDEN, **sizes)
    again.load_state_dict(layer.state_dict())
    for weights in (layer.state_dict(), again.state_dict()):
        assert all(torch.equal(weights[name], w) for name, w in ours.state_dict().items())


@pytest.mark.parametrize(("cell", "own"), CELLS)
def test_a_network_that_holds_a_layer_loads_its_own_state_dict(cell, own):
    def network():
        return nn.Sequential(
            Recurrent(cell, 3, HIDDEN, num_layers=2, bidirectional=True, **own), nn.Identity()
        )

    saved, loaded = network(), network()
    loaded.load_state_dict(saved.state_dict())
    inputs = torch.randn(2, 6, 3)
    torch.testing.assert_close(loaded(inputs), saved(inputs), rtol=0, atol=0)


def test_names_inside_a_network_are_torchs_with_the_networks_prefix():
    class Network(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.encoder = layer
            self.head = nn.Linear(10, 1)

    ours = Network(Recurrent(GRU, 3, HIDDEN, num_layers=2, bidirectional=True))
    layer = Network(nn.GRU(3, HIDDEN, num_layers=2, bidirectional=True))
    assert list(ours.state_dict()) == list(layer.state_dict())
    ours.load_state_dict(layer.state_dict())
    assert torch.equal(ours.encoder.cells[3].weight_hh_l0, layer.encoder.weight_hh_l1_reverse)


def test_a_missing_and_an_unexpected_weight_are_reported():
    layer = Recurrent(LSTM, 3, HIDDEN)
    weights = layer.state_dict()
    weights["weight_ih_l1"] = weights.pop("weight_ih_l0")
    with pytest.raises(RuntimeError, match=r"(?s)Missing.*weight_ih_l0.*Unexpected.*weight_ih_l1"):
        layer.load_state_dict(weights)


def test_loading_leaves_the_given_state_dict_as_it_was():
    weights = nn.LSTM(3, HIDDEN).state_dict()
    names = list(weights)
    Recurrent(LSTM, 3, HIDDEN).load_state_dict(weights)
    assert list(weights) == names


@settings(deadline=None, max_examples=60)
@given(
    cell=st.sampled_from(CELLS),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    padding=st.integers(0, 2),
    num_layers=st.integers(1, 2),
    bidirectional=st.booleans(),
    with_state=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_every_sequence_of_a_padded_batch_is_answered_as_if_alone(
    cell, lengths, padding, num_layers, bidirectional, with_state, seed
):
    torch.manual_seed(seed)
    cell_class, own = cell
    layer = Recurrent(
        cell_class, 3, HIDDEN, num_layers=num_layers, bidirectional=bidirectional, **own
    ).double()
    time = max(lengths) + padding
    inputs = torch.randn(len(lengths), time, 3, dtype=torch.float64)
    for i, length in enumerate(lengths):
        inputs[i, length:] = torch.nan
    state = layer(torch.randn_like(inputs))[1] if with_state else None

    outputs, states = layer(inputs, state, lengths)
    assert outputs.shape == (len(lengths), time, layer.output_size)
    for i, length in enumerate(lengths):
        own_state = state and [tuple(tensor[i : i + 1] for tensor in s) for s in state]
        expected, expected_states = layer(inputs[i : i + 1, :length], own_state)
        torch.testing.assert_close(outputs[i, :length], expected[0], rtol=0, atol=1e-12)
        torch.testing.assert_close(
            [tensor[i] for tensor in flat(states)],
            [tensor[0] for tensor in flat(expected_states)],
            rtol=0,
            atol=1e-12,
        )
        assert not outputs[i, length:].any()


def test_padding_gets_no_gradient():
    torch.manual_seed(0)
    layer = Recurrent(GRU, 3, HIDDEN, num_layers=2, bidirectional=True)
    inputs = torch.randn(2, 6, 3, requires_grad=True)
    outputs, _ = layer(inputs, lengths=[6, 4])
    outputs.sum().backward()
    assert not inputs.grad[1, 4:].any()
    assert inputs.grad[1, :4].all()


@pytest.mark.parametrize("kind", [list, tuple, torch.tensor, lambda v: torch.tensor(v).numpy()])
def test_lengths_may_be_of_any_kind_of_sequence(kind):
    torch.manual_seed(0)
    layer = Recurrent(GRU, 3, HIDDEN)
    inputs = torch.randn(2, 6, 3)
    outputs, _ = layer(inputs, lengths=kind([2, 5]))
    assert outputs[0].any(dim=1).tolist() == [True] * 2 + [False] * 4
    assert outputs[1].any(dim=1).tolist() == [True] * 5 + [False]


def test_dropout_acts_between_layers_in_training_alone():
    torch.manual_seed(0)
    layer = Recurrent(RNN, 3, 200, num_layers=2, dropout=0.4)
    read = []
    layer.cells[1].register_forward_pre_hook(lambda _, args: read.append(args[0]))
    inputs = torch.randn(8, 6, 3)
    below, _ = layer.cells[0](inputs)

    layer.eval()(inputs)
    torch.testing.assert_close(read[-1], below, rtol=0, atol=0)

    outputs, _ = layer.train()(inputs)
    kept = read[-1] != 0
    assert kept.float().mean().item() == pytest.approx(0.6, abs=0.03)
    torch.testing.assert_close(read[-1][kept], below[kept] / 0.6)
    assert outputs.all()


def test_a_state_carried_between_two_parts_gives_the_whole():
    torch.manual_seed(0)
    layer = Recurrent(LSTM, 3, HIDDEN, num_layers=3)
    inputs = torch.randn(2, 9, 3)
    whole, end = layer(inputs)
    first, state = layer(inputs[:, :4])
    second, state = layer(inputs[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, rtol=0, atol=1e-6)
    torch.testing.assert_close(state, end, rtol=0, atol=1e-6)


def test_the_cells_own_arguments_reach_every_cell():
    layer = Recurrent(LSTM, 3, HIDDEN, num_layers=2, bidirectional=True, forget_bias=0.5)
    assert [cell.forget_bias for cell in layer.cells] == [0.5] * 4
    assert [cell.input_size for cell in layer.cells] == [3, 3, 10, 10]
    assert layer.output_size == 10


@pytest.mark.parametrize(("cell", "own"), CELLS)
def test_copies_and_pickles_answer_alike(cell, own):
    layer = Recurrent(cell, 3, HIDDEN, num_layers=2, bidirectional=True, **own)
    inputs = torch.randn(2, 5, 3)
    expected = layer(inputs, lengths=[5, 2])
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        torch.testing.assert_close(twin(inputs, lengths=[5, 2]), expected, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_layers": 0}, ValueError, "num_layers must be at least 1, got 0"),
        ({"num_layers": "2"}, TypeError, "num_layers must be an integer, got '2'"),
        ({"dropout": 1.0}, ValueError, "dropout must be a number from 0 to less than 1, got 1.0"),
        ({"dropout": "no"}, ValueError, "dropout must be a number .*got 'no'"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value(options, error, message):
    with pytest.raises(error, match=message):
        Recurrent(GRU, 3, HIDDEN, **options)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([6], r"one length for each of the 2 sequences, got the shape \(1,\)"),
        ([6, 0], "from 1 to 6.*sequence 1 has 0"),
        ([7, 6], "from 1 to 6.*sequence 0 has 7"),
    ],
)
def test_lengths_that_do_not_fit_the_inputs_are_refused(lengths, message):
    with pytest.raises(ValueError, match=message):
        Recurrent(GRU, 3, HIDDEN)(torch.zeros(2, 6, 3), lengths=lengths)


def test_a_state_of_another_number_of_cells_is_refused():
    layer = Recurrent(GRU, 3, HIDDEN, num_layers=2)
    with pytest.raises(ValueError, match=r"states of 2 cells \(layers × directions\), got 1"):
        layer(torch.zeros(1, 6, 3), state=[(torch.zeros(1, HIDDEN),)])
