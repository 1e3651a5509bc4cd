"""GateDisplay draws the gates as they are, beside the input, and characters in the colours of their state."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from tsrnn import CharSeqTagger, GRUForecaster, SequenceRegressor
from tsrnn.inspection import gate_activations
from tsrnn.plotting import GateDisplay
from tsrnn.preprocessing import CharOrdinalEncoder, SequenceOneHotEncoder

SMALL = {"hidden_size": 3, "max_epochs": 1, "device": "cpu", "random_state": 0}


@pytest.fixture
def regressor(airline):
    return SequenceRegressor(num_layers=2, **SMALL).fit(airline, airline)


@pytest.fixture(scope="module")
def tagger():
    small = {**SMALL, "hidden_size": 5}
    return CharSeqTagger(**small).fit(["hello", "world"], ["ohlol", "wwwww"])


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("layer", [0, 1, -1])
def test_cells_have_the_values_of_the_gates(layer, regressor, airline):
    display = GateDisplay.from_estimator(regressor, airline, layer=layer)
    table = gate_activations(regressor, airline)
    table = table[table["layer"] == (1 if layer else 0)]
    assert display.layer_ == (1 if layer else 0)
    assert list(display.meshes_) == list(table["gate"].unique())
    for gate, mesh in display.meshes_.items():
        wide = table[table["gate"] == gate].pivot(index="unit", columns="time", values="value")
        np.testing.assert_allclose(mesh.get_array().reshape(wide.shape), wide)
    assert len(display.axes_) == 1 + len(display.meshes_)


def test_gates_from_zero_to_one_and_states_on_both_sides_have_their_own_scale(regressor, airline):
    meshes = GateDisplay.from_estimator(regressor, airline).meshes_
    for gate in ("input", "forget", "output"):
        assert meshes[gate].get_clim() == (0, 1)
    for state in ("cell", "hidden_state"):
        assert meshes[state].get_clim() == (-1, 1)
        assert min(to_rgb(meshes[state].cmap(0.5))) > 0.99


def test_the_input_stands_above_on_the_same_axis(regressor, airline):
    display = GateDisplay.from_estimator(regressor, airline)
    (line,) = display.lines_
    np.testing.assert_array_equal(line.get_ydata(), airline)
    np.testing.assert_array_equal(line.get_xdata(), airline.index.to_numpy())
    for ax in display.axes_[1:]:
        assert ax.get_xlim() == display.axes_[0].get_xlim()
    assert [ax.get_ylabel() for ax in display.axes_[:3]] == ["Passengers", "input", "forget"]
    assert display.axes_[-1].get_xlabel() == "Month"
    assert display.figure_.get_suptitle() == "Passengers: layer 2 of 2, 3 units over 144 steps"


def test_several_columns_are_scaled_and_named(airline):
    frame = pd.DataFrame({"a": airline, "b": 1000 * airline + 5, "still": 1.0})
    display = GateDisplay.from_estimator(SequenceRegressor(**SMALL).fit(frame, airline), frame)
    a, b, still = (line.get_ydata() for line in display.lines_)
    np.testing.assert_allclose(a, b)
    assert still.tolist() == [0] * 144
    names = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert names == ["a", "b", "still"]


def test_a_step_of_a_forecaster_is_as_wide_as_its_segment(airline):
    forecaster = GRUForecaster(
        horizon=4, window_size=13, season_length=4, segment_size=4, **SMALL
    ).fit(airline)
    display = GateDisplay.from_estimator(forecaster, airline)
    corners = display.meshes_["update"].get_coordinates()[0, :, 0]
    rows = plt.matplotlib.dates.date2num(airline.index[-13:])
    between = (rows[1:] + rows[:-1]) / 2
    np.testing.assert_allclose(corners[1:-1], between[[0, 4, 8]])
    assert display.lines_[0].get_xdata().tolist() == airline.index[-13:].to_numpy().tolist()
    assert "over 4 steps of 4 rows" in display.figure_.get_suptitle()


def test_gates_units_and_series_can_be_chosen(airline):
    panel = pd.concat({"x": airline, "y": airline[:30] * 2}, names=["site"])
    regressor = SequenceRegressor(**SMALL).fit(panel, panel)
    display = GateDisplay.from_estimator(
        regressor, panel, series="y", gates=["forget", "cell_state"], units=[2, 0]
    )
    assert list(display.meshes_) == ["forget", "cell_state"]
    assert display.meshes_["forget"].get_array().size == 2 * 30
    expected = gate_activations(regressor, panel)
    expected = expected[(expected["series"] == "y") & (expected["gate"] == "forget")]
    wide = expected.pivot(index="unit", columns="time", values="value").loc[[2, 0]]
    np.testing.assert_allclose(display.meshes_["forget"].get_array().reshape(2, 30), wide)
    assert [t.get_text() for t in display.axes_[1].get_yticklabels()] == ["2", "0"]
    again = display.plot(gates="output")
    assert list(again.meshes_) == ["output"]


def test_a_target_that_is_read_by_itself_can_be_chosen(airline):
    frame = pd.DataFrame({"a": airline, "b": airline**2})
    forecaster = GRUForecaster(
        horizon=4, window_size=8, season_length=4, channels="independent", **SMALL
    ).fit(frame)
    display = GateDisplay.from_estimator(forecaster, frame, target="b")
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), frame["b"][-8:])
    assert display.axes_[0].get_ylabel() == "b"


def test_characters_have_the_colours_of_their_tags_confidence(tagger):
    display = GateDisplay.from_estimator(tagger, ["hello", "wor"], series=1)
    confidence = display.meshes_["confidence"]
    np.testing.assert_allclose(
        confidence.get_array().ravel(), tagger.predict_proba(["wor"])[0].max(1)
    )
    assert confidence.get_clim() == (0, 1)
    tags = tagger.predict(["wor"])[0]
    assert texts_of(display.axes_[0]) == ["w", tags[0], "o", tags[1], "r", tags[2]]
    assert display.figure_.get_suptitle() == "Sequence 1: 3 tokens"
    assert display.lines_ == []


def test_characters_have_the_colours_of_a_units_state(tagger):
    display = GateDisplay.from_estimator(tagger, ["hello"], units=[4])
    assert list(display.meshes_) == ["confidence", "unit 4"]
    table = gate_activations(tagger, ["hello"])
    state = table[(table["gate"] == "hidden_state") & (table["unit"] == 4)]["value"]
    np.testing.assert_allclose(display.meshes_["unit 4"].get_array().ravel(), state)
    assert texts_of(display.axes_[1]) == list("hello")
    update = GateDisplay.from_estimator(tagger, ["hello"], units=[4], gates="update")
    assert update.meshes_["unit 4"].get_clim() == (0, 1)
    assert update.axes_[1].get_title(loc="left") == "update of unit 4"


def test_the_units_that_vary_most_are_shown_unless_they_are_named(tagger):
    display = GateDisplay.from_estimator(tagger, ["hello"])
    table = gate_activations(tagger, ["hello"])
    spread = table[table["gate"] == "hidden_state"].groupby("unit")["value"].var()
    most = sorted(spread.nlargest(3).index)
    assert list(display.meshes_) == ["confidence", *(f"unit {unit}" for unit in most)]


def test_all_units_that_are_named_are_shown(tagger, regressor, airline):
    display = GateDisplay.from_estimator(tagger, ["hello"], units=[4, 0, 1, 2])
    assert list(display.meshes_) == ["confidence", "unit 4", "unit 0", "unit 1", "unit 2"]
    display = GateDisplay.from_estimator(tagger, ["hello"], units=2)
    assert list(display.meshes_) == ["confidence", "unit 2"]
    display = GateDisplay.from_estimator(regressor, airline, units=[2, 2], gates="forget")
    assert list(display.meshes_) == ["forget"]
    assert display.meshes_["forget"].get_array().shape == (1, len(airline))


def test_the_units_of_one_state_have_one_scale():
    activations = pd.DataFrame(
        {
            "time": [0, 0, 1, 1],
            "layer": 0,
            "unit": [0, 1, 0, 1],
            "gate": "hidden_state",
            "value": [0.2, -0.5, 0.4, 0.1],
        }
    )
    display = GateDisplay(activations=activations, inputs=list("ab")).plot()
    assert [mesh.get_clim() for mesh in display.meshes_.values()] == [(-1, 1), (-1, 1)]


def test_a_text_of_a_series_is_chosen_by_its_label(tagger):
    texts = pd.Series(["hello", "world"], index=["greeting", "thing"])
    display = GateDisplay.from_estimator(tagger, texts, series="thing", units=[0])
    assert texts_of(display.axes_[1]) == list("world")


@pytest.mark.parametrize("encoders", [1, 2], ids=["ids", "onehot"])
def test_a_pipeline_shows_the_characters_that_it_was_given(encoders):
    steps = [CharOrdinalEncoder(), SequenceOneHotEncoder()][:encoders]
    pipeline = make_pipeline(*steps, CharSeqTagger(**SMALL)).fit(["hello", "wow"], ["ohlol", "wow"])
    display = GateDisplay.from_estimator(pipeline, ["hello", "wow"], series=1, units=[0])
    tags = pipeline.predict(["wow"])[0]
    assert texts_of(display.axes_[0]) == ["w", tags[0], "o", tags[1], "w", tags[2]]
    shares = pipeline.predict_proba(["wow"])[0].max(1)
    np.testing.assert_allclose(display.meshes_["confidence"].get_array().ravel(), shares, atol=1e-6)
    # Without the characters, ids stand for themselves, and features for their position.
    encoded = make_pipeline(*steps).fit(["hello", "wow"]).transform(["wow"])
    display = GateDisplay.from_estimator(pipeline[-1], encoded, units=[0])
    shown = encoded[0, :3].astype(str).tolist() if encoders == 1 else ["0", "1", "2"]
    assert texts_of(display.axes_[1]) == shown


def test_a_long_text_is_broken_into_lines(tagger):
    text = "hello world" * 12
    display = GateDisplay.from_estimator(tagger, [text], units=[0])
    assert display.axes_[1].get_ylim() == (3, 0)
    assert "".join(texts_of(display.axes_[1])) == text
    last = display.axes_[1].texts[-1]
    assert last.get_position()[0] == (len(text) - 1) % 60 + 0.5
    words = ["hello", "world", "hello"] * 8
    of_words = CharSeqTagger(**SMALL).fit([words], [["greeting", "thing", "greeting"] * 8])
    display = GateDisplay.from_estimator(of_words, [words], units=[0])
    assert texts_of(display.axes_[1]) == words
    assert display.axes_[1].get_ylim() == (3, 0)


def test_it_draws_on_given_axes(regressor, tagger, airline):
    figure, axes = plt.subplots(7)
    display = GateDisplay.from_estimator(regressor, airline, ax=axes)
    assert display.figure_ is figure
    assert display.axes_.tolist() == axes.tolist()
    figure, ax = plt.subplots()
    display = GateDisplay.from_estimator(tagger, ["hello"], ax=ax)
    assert display.figure_ is figure
    assert len(display.axes_) == 4


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"layer": 2}, "layer=2 is not one of the 2 layers, 0 to 1"),
        ({"gates": ["reset"]}, "gates='reset' is not one of the cell's, 'input', 'forget'"),
        ({"units": [3]}, "units=3 is not a unit; there are 3, from 0 on"),
        ({"units": []}, r"units=\[\] names none; give some, or None"),
        ({"gates": []}, r"gates=\[\] names none; give some, or None"),
        ({"series": "x"}, "series='x' is not in X; there is 'Passengers'"),
        ({"target": "x"}, "target='x': no target is read by itself here; leave it None"),
    ],
)
def test_what_is_not_there_is_refused(choice, message, regressor, airline):
    with pytest.raises(ValueError, match=message):
        GateDisplay.from_estimator(regressor, airline, **choice)
    assert plt.get_fignums() == []


def test_tokens_are_coloured_by_one_gate(tagger):
    with pytest.raises(
        ValueError, match=r"gates=\['reset', 'update'\]: tokens are coloured by one"
    ):
        GateDisplay.from_estimator(tagger, ["hello"], gates=["reset", "update"])
    with pytest.raises(TypeError, match=r"units=2.5 must be a list, or None"):
        GateDisplay.from_estimator(tagger, ["hello"], units=2.5)


def test_estimators_without_gates_are_refused(airline):
    with pytest.raises(NotFittedError):
        GateDisplay.from_estimator(SequenceRegressor(), airline)
    line = LinearRegression().fit(airline.to_frame(), airline)
    with pytest.raises(TypeError, match="got LinearRegression"):
        GateDisplay.from_estimator(line, airline.to_frame())
