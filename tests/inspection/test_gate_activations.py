"""gate_activations shows what the cells compute: the same numbers as their equations, in tidy rows."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from tsrnn import CharSeqTagger, RecurrentForecaster
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.inspection import gate_activations

NAMES = {
    RNN: {"candidate", "hidden_state"},
    LSTM: {"input", "forget", "cell", "output", "hidden_state", "cell_state"},
    LSTMP: {"input", "forget", "cell", "output", "hidden_state", "cell_state"},
    PeepholeLSTM: {"input", "forget", "cell", "output", "hidden_state", "cell_state"},
    JANET: {"forget", "input", "cell", "hidden_state"},
    GRU: {"reset", "update", "candidate", "hidden_state"},
}
COLUMNS = ["series", "time", "layer", "unit", "gate", "value"]


def wide(gates, gate, layer=0, series=None):
    """The values of a gate as an array (time, unit)."""
    rows = gates[(gates["gate"] == gate) & (gates["layer"] == layer)]
    rows = rows if series is None else rows[rows["series"] == series]
    return rows.pivot(index="time", columns="unit", values="value").to_numpy()


class OwnCell(nn.Module):
    """Keeps the contract without anything of ours; its gates take part in the answer."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.output_size = hidden_size
        self.linear = nn.Linear(input_size + hidden_size, hidden_size)

    def gates(self, x, state):
        return {"mix": torch.tanh(self.linear(torch.cat([x, state[0]], 1)))}

    def forward(self, inputs, state=None):
        h = inputs.new_zeros(len(inputs), self.output_size) if state is None else state[0]
        outputs = []
        for x in inputs.unbind(1):
            h = 0.5 * h + 0.5 * self.gates(x, (h,))["mix"]
            outputs.append(h)
        return torch.stack(outputs, 1), (h,)


@pytest.mark.parametrize("cell", NAMES)
def test_every_gate_and_state_of_every_cell_is_there(cell, quick, frame):
    regressor = quick(cell=cell, num_layers=2).fit(frame, frame["wind"])
    gates = gate_activations(regressor, frame)
    assert gates.columns.tolist() == COLUMNS
    assert set(gates["gate"]) == NAMES[cell]
    assert gates["layer"].unique().tolist() == [0, 1]
    assert len(gates) == sum(
        60 * len(gates[(gates["layer"] == layer) & (gates["gate"] == name)]["unit"].unique())
        for layer in (0, 1)
        for name in NAMES[cell]
    )
    assert gates["value"].notna().all()


def test_the_last_state_explains_the_answer(quick, frame):
    """What the linear layer makes of the hidden states is what predict answers."""
    regressor = quick(num_layers=2).fit(frame, frame["wind"])
    hidden = wide(gate_activations(regressor, frame), "hidden_state", layer=1)
    linear = regressor.module_.linear
    answers = hidden @ linear.weight[0].detach().numpy() + linear.bias.item()
    answers = regressor._transform.inverse(answers)
    np.testing.assert_allclose(answers, regressor.predict(frame), atol=1e-5)


def test_the_gates_of_an_lstm_make_its_states(quick, frame):
    gates = gate_activations(quick().fit(frame, frame["wind"]), frame)
    i, f, g, o = (wide(gates, name) for name in ("input", "forget", "cell", "output"))
    c, h = wide(gates, "cell_state"), wide(gates, "hidden_state")
    before = np.vstack([np.zeros(3), c[:-1]])
    np.testing.assert_allclose(c, f * before + i * g, atol=1e-6)
    np.testing.assert_allclose(h, o * np.tanh(c), atol=1e-6)


def test_the_gates_of_a_gru_make_its_state(quick, frame):
    gates = gate_activations(quick(cell=GRU).fit(frame, frame["wind"]), frame)
    z, n, h = (wide(gates, name) for name in ("update", "candidate", "hidden_state"))
    before = np.vstack([np.zeros(3), h[:-1]])
    np.testing.assert_allclose(h, (1 - z) * n + z * before, atol=1e-6)


def test_a_cell_of_ones_own_shows_its_gates(quick, frame):
    gates = gate_activations(quick(cell=OwnCell).fit(frame, frame["wind"]), frame)
    assert set(gates["gate"]) == {"mix", "state_0"}
    h = wide(gates, "state_0")
    before = np.vstack([np.zeros(3), h[:-1]])
    np.testing.assert_allclose(h, (before + wide(gates, "mix")) / 2, atol=1e-6)


class LearnedStart(OwnCell):
    """Starts from a state of its own, which nobody else knows."""

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.start = nn.Parameter(torch.full((hidden_size,), 0.7))

    def forward(self, inputs, state=None):
        state = (self.start.expand(len(inputs), -1),) if state is None else state
        return super().forward(inputs, state)


class OwnHelper(OwnCell):
    """Has a method of the same name as one of ours, with other arguments."""

    def initial_state(self, inputs):
        return inputs.new_zeros(len(inputs), self.output_size)


class Memoryless(nn.Module):
    """Has an empty state and no gate."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.output_size = hidden_size
        self.linear = nn.Linear(input_size, hidden_size)

    def forward(self, inputs, state=None):
        return torch.tanh(self.linear(inputs)), ()


def outputs_of(regressor, X):
    """The outputs of the recurrent layers, (time, units)."""
    heard = []
    hook = regressor.module_.recurrent.register_forward_hook(lambda *run: heard.append(run[2][0]))
    regressor.predict(X)
    hook.remove()
    return torch.cat(heard, 1)[0].detach().numpy()


@pytest.mark.parametrize("cell", [OwnCell, LearnedStart, OwnHelper])
def test_the_states_of_a_cell_of_ones_own_are_those_of_the_run(cell, quick, frame):
    regressor = quick(cell=cell).fit(frame, frame["wind"])
    gates = gate_activations(regressor, frame)
    states = wide(gates, "state_0")
    np.testing.assert_allclose(states, outputs_of(regressor, frame), atol=1e-6)
    # h = (h before + mix) / 2; the first mix is not known where the first state is not.
    mix = wide(gates, "mix")
    np.testing.assert_allclose(mix[1:], 2 * states[1:] - states[:-1], atol=1e-5)
    first = np.full(3, np.nan) if cell is LearnedStart else 2 * states[0]
    np.testing.assert_allclose(mix[0], first, atol=1e-5)


def test_a_cell_with_nothing_to_show_is_refused(quick, frame):
    regressor = quick(cell=Memoryless).fit(frame, frame["wind"])
    with pytest.raises(ValueError, match="cell=Memoryless has neither gates nor a state"):
        gate_activations(regressor, frame)


def test_series_and_times_are_those_of_the_rows(quick, frame):
    regressor = quick().fit(frame, frame["wind"])
    assert gate_activations(regressor, frame)["time"].unique().tolist() == frame.index.tolist()
    panel = pd.concat({"a": frame, "b": frame[10:30] + 1}, names=["site"])
    gates = gate_activations(regressor, panel)
    assert gates["series"].unique().tolist() == ["a", "b"]
    for site in ("a", "b"):
        alone = gate_activations(regressor, panel.loc[site])
        np.testing.assert_allclose(
            wide(gates, "forget", series=site), wide(alone, "forget"), atol=1e-6
        )
        assert gates[gates["series"] == site]["time"].unique().tolist() == list(
            panel.loc[site].index
        )
    listed = gate_activations(quick().fit(frame.to_numpy(), frame["wind"]), [frame.to_numpy()[:5]])
    assert listed["series"].unique().tolist() == [0]
    assert listed["time"].unique().tolist() == [0, 1, 2, 3, 4]


# --- forecasters --------------------------------------------------------------------------------


def test_a_forecaster_shows_the_segments_of_its_last_window(quick_forecaster, frame):
    forecaster = quick_forecaster().fit(frame["load"])
    gates = gate_activations(forecaster, frame["load"])
    assert gates["time"].unique().tolist() == frame.index[-8:][1::2].tolist()
    other = frame["load"].copy()
    other.iloc[:-8] += 3
    pd.testing.assert_frame_equal(gate_activations(forecaster, other), gates)
    other.iloc[-1] += 3
    assert not np.allclose(gate_activations(forecaster, other)["value"], gates["value"])


def test_a_plain_forecaster_shows_every_row_and_its_output_is_the_last_state(
    quick_forecaster, frame
):
    plain = {"segment_size": 1, "transform": None, "normalization": None, "skip": None}
    forecaster = quick_forecaster(RecurrentForecaster, cell=LSTM, **plain).fit(frame["load"])
    gates = gate_activations(forecaster, frame["load"])
    assert gates["time"].unique().tolist() == frame.index[-8:].tolist()
    linear = forecaster.module_.body.linear
    last = wide(gates, "hidden_state")[-1]
    ahead = linear.weight.detach().numpy() @ last + linear.bias.detach().numpy()
    np.testing.assert_allclose(forecaster.forecast(), ahead, atol=1e-5)


def test_targets_that_are_read_one_by_one_have_a_column(quick_forecaster, frame):
    forecaster = quick_forecaster(channels="independent").fit(frame)
    gates = gate_activations(forecaster, frame)
    assert gates.columns.tolist() == [*COLUMNS, "target"]
    assert gates["target"].unique().tolist() == ["load", "wind"]
    moved = frame.assign(wind=frame["wind"] ** 2)
    same = (gate_activations(forecaster, moved)["value"] == gates["value"]).groupby(gates["target"])
    assert same.all().to_dict() == {"load": True, "wind": False}
    joint = quick_forecaster(channels="joint").fit(frame)
    assert gate_activations(joint, frame).columns.tolist() == COLUMNS


def test_a_forecaster_of_x_and_y_shows_its_window_of_both(quick_forecaster, frame):
    forecaster = quick_forecaster().fit(frame[["wind"]], frame["load"])
    gates = gate_activations(forecaster, frame)
    assert gates["time"].unique().tolist() == frame.index[-7::2].tolist()


def test_segments_before_the_first_row_are_not_shown(quick_forecaster, frame):
    forecaster = quick_forecaster().fit(frame["load"])
    gates = gate_activations(forecaster, frame["load"][:5])
    assert gates["time"].unique().tolist() == frame.index[[0, 2, 4]].tolist()


def test_more_wide_windows_than_go_through_at_once_are_all_shown(quick_forecaster):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(65, 30, 600)), rng.normal(size=65)  # 64 of these go through at once
    forecaster = quick_forecaster(horizon=1, window_size="auto", max_epochs=1).fit(X, y)
    gates = gate_activations(forecaster, X)
    assert gates["series"].unique().tolist() == list(range(65))
    last = gates[gates["series"] == 64]
    alone = gate_activations(forecaster, X[64:])
    np.testing.assert_allclose(last["value"], alone["value"], atol=1e-6)


def test_ready_windows_are_shown_one_by_one(quick_forecaster, frame):
    forecaster = quick_forecaster().fit(frame["load"])
    values = frame["load"].to_numpy()
    windows = np.stack([values[10:18], values[-8:]])[:, :, None]
    gates = gate_activations(forecaster, windows)
    assert gates["series"].unique().tolist() == [0, 1]
    expected = wide(gate_activations(forecaster, frame["load"]), "update")
    np.testing.assert_allclose(wide(gates, "update", series=1), expected, atol=1e-6)


# --- taggers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_tagger_shows_its_gates_at_every_character(bidirectional):
    tagger = CharSeqTagger(
        hidden_size=3, max_epochs=1, bidirectional=bidirectional, num_layers=2, random_state=0
    ).fit(["hello", "ho"], ["ohlol", "oo"])
    gates = gate_activations(tagger, ["hello", "", "ho"])
    assert set(gates["gate"]) == NAMES[GRU]
    assert gates.groupby("series")["time"].max().to_dict() == {0: 4, 2: 1}
    assert gates["unit"].max() == (5 if bidirectional else 2)
    hidden = wide(gates, "hidden_state", layer=1, series=0)
    scores = hidden @ tagger.module_.linear.weight.detach().numpy().T
    scores = scores + tagger.module_.linear.bias.detach().numpy()
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    np.testing.assert_allclose(shares, tagger.predict_proba(["hello"])[0], atol=1e-5)


def test_texts_in_a_series_are_named_by_its_index():
    tagger = CharSeqTagger(hidden_size=3, max_epochs=1).fit(["hello"], ["ohlol"])
    gates = gate_activations(tagger, pd.Series(["he", "", "o"], index=["p", "q", "r"]))
    assert gates.groupby("series")["time"].max().to_dict() == {"p": 1, "r": 0}


def test_empty_texts_have_no_rows():
    tagger = CharSeqTagger(hidden_size=3, max_epochs=1).fit(["hello"], ["ohlol"])
    gates = gate_activations(tagger, ["", ""])
    assert gates.columns.tolist() == COLUMNS
    assert len(gates) == 0
    with pytest.raises(TypeError, match=r"X must be a list, Series or array of .*, got set"):
        gate_activations(tagger, {"hello"})


# --- what it takes ------------------------------------------------------------------------------


def test_searches_and_pipelines_are_opened(quick, frame):
    X, y = frame.to_numpy(), frame["wind"].to_numpy()
    pipe = make_pipeline(StandardScaler(), quick()).fit(X, y)
    scaled = StandardScaler().fit(X).transform(X)
    expected = gate_activations(pipe[-1], scaled)
    pd.testing.assert_frame_equal(gate_activations(pipe, X), expected)
    search = GridSearchCV(pipe, {"sequenceregressor__hidden_size": [3]}, cv=TimeSeriesSplit(2))
    pd.testing.assert_frame_equal(gate_activations(search.fit(X, y), X), expected)


def test_others_are_refused(quick, frame):
    with pytest.raises(NotFittedError):
        gate_activations(quick(), frame)
    line = LinearRegression().fit(frame, frame["wind"])
    with pytest.raises(TypeError, match=r"must be a SequenceRegressor, .*got LinearRegression"):
        gate_activations(line, frame)
