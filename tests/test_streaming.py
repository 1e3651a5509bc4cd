"""A live session answers as predict and forecast do, row by row, and is a thing that can be kept."""

import contextlib
import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from tsrnn import CharSeqTagger, GRUForecaster, RecurrentForecaster, SequenceRegressor, kernels
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2024-01-01", periods=60, freq="D", name="day")
FRAME = pd.DataFrame(
    {
        "load": 5 + np.sin(np.arange(60) * 2 * np.pi / 7) + RNG.normal(0, 0.1, 60),
        "wind": RNG.normal(size=60),
        "sky": RNG.choice(["sun", "rain"], 60),
    },
    index=DAYS,
)
SMALL = {"hidden_size": 4, "max_epochs": 1, "device": "cpu", "random_state": 0}


class Cautious(GRU):
    """A cell of the user's own."""

    def advance(self, gates, state):
        h, _ = super().advance(gates, state)
        return h / 2, (h / 2,)


def regressor(X=FRAME, y=FRAME["load"] + FRAME["wind"], **params):
    return SequenceRegressor(**{**SMALL, **params}).fit(X, y)


def forecaster(rows=FRAME[:40], **params):
    small = {"horizon": 3, "window_size": 8, "season_length": 7, **SMALL}
    return GRUForecaster(**{**small, **params}).fit(rows)


# --- regressors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [RNN, LSTM, LSTMP, PeepholeLSTM, JANET, GRU, Cautious])
@pytest.mark.parametrize("stateful", [False, True])
def test_a_session_answers_as_predict_does(cell, stateful):
    fitted = regressor(cell=cell, stateful=stateful, num_layers=2)
    session = fitted.stream()
    live = [session.step(row) for _, row in FRAME.iterrows()]
    np.testing.assert_allclose(live, fitted.predict(FRAME), rtol=0, atol=1e-6)
    assert all(isinstance(answer, float) for answer in live)
    assert session.n_steps_ == 60


def test_a_row_may_come_in_any_form():
    fitted = regressor()
    row = FRAME.iloc[0]
    answer = fitted.predict(FRAME)[0]
    for form in (row, row[::-1], dict(row), list(row), row.to_numpy(), FRAME[:1]):
        assert fitted.stream().step(form) == pytest.approx(answer, abs=1e-6)
    one = regressor(FRAME["wind"])
    assert one.stream().step(0.5) == pytest.approx(one.predict([[0.5]])[0], abs=1e-6)


def test_missing_and_unknown_values_count_as_in_predict():
    fitted = regressor()
    rows = FRAME[:3].copy()
    rows.iloc[1, 1] = np.nan
    rows.iloc[2, 2] = "fog"
    session = fitted.stream()
    live = [session.step(row) for _, row in rows.iterrows()]
    np.testing.assert_allclose(live, fitted.predict(rows), rtol=0, atol=1e-6)


def test_several_targets_give_an_array():
    fitted = regressor(y=FRAME[["load", "wind"]])
    answer = fitted.stream().step(FRAME.iloc[0])
    np.testing.assert_allclose(answer, fitted.predict(FRAME)[0], rtol=0, atol=1e-6)


FITTED = regressor(FRAME[["wind"]])


@settings(max_examples=20)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.data())
def test_reset_copy_and_pickle_go_on_from_where_they_are(values, data):
    cut = data.draw(st.integers(1, len(values) - 1))
    session = FITTED.stream()
    before = [session.step(value) for value in values[:cut]]
    others = [session.copy(), copy.deepcopy(session), pickle.loads(pickle.dumps(session))]
    after = [session.step(value) for value in values[cut:]]
    for other in others:
        assert [other.step(value) for value in values[cut:]] == after
    session.reset()
    assert session.n_steps_ == 0
    assert [session.step(value) for value in values] == before + after


@pytest.mark.parametrize("cell", [LSTM, GRU])
def test_a_session_may_go_on_with_a_compiler_or_without(cell):
    fitted = regressor(cell=cell, num_layers=2)
    session = fitted.stream()
    live = []
    for i, row in enumerate(FRAME.to_numpy()):
        with kernels.disabled() if i % 3 else contextlib.nullcontext():
            live.append(session.step(row))
    np.testing.assert_allclose(live, fitted.predict(FRAME), rtol=0, atol=1e-6)


def test_a_row_of_labels_that_stand_twice_is_refused():
    row = pd.Series([1.0, 2.0, 3.0, "sun"], ["load", "wind", "wind", "sky"])
    with pytest.raises(TypeError, match="column 'wind' holds wind "):
        regressor().stream().step(row)


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        (
            [1.0],
            ValueError,
            r"row has the shape \(1,\), but it must hold 3 values.* 'load', 'wind'",
        ),
        ({"load": 1.0, "wind": 2.0}, ValueError, "row lacks column 'sky'"),
        (["much", 2.0, "sun"], TypeError, "column 'load' holds 'much', but must be a number"),
        ([np.inf, 2.0, "sun"], ValueError, "column 'load' is infinity"),
        (FRAME[:2], ValueError, "row has 2 rows; step takes one at a time"),
    ],
)
@pytest.mark.parametrize("make", [regressor, forecaster])
def test_a_wrong_row_is_refused_and_changes_nothing(make, row, error, message):
    params = {"target": "load"} if make is forecaster else {}
    session = make(**params).stream()
    expected = session.copy().step(FRAME.iloc[50])
    with pytest.raises(error, match=message):
        session.step(row)
    np.testing.assert_array_equal(session.step(FRAME.iloc[50]), expected)


# --- forecasters --------------------------------------------------------------------------------


def live_and_batch(fitted, rows, known=()):
    """Forecasts after each of the rows from 40 on, by a session and by `forecast`."""
    session = fitted.stream()
    for i in range(40, 57):
        later = rows[i + 1 : i + 4]
        future = later[list(known)] if known else None
        live = session.step(rows.iloc[i], future=future)
        batch = fitted.forecast(history=rows[40 : i + 1], future=future)
        yield live, batch.to_numpy().reshape(live.shape)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"segment_size": 1, "transform": None, "normalization": None, "skip": None},
        {"known_future": ["wind", "sky"]},
        {"loss": "quantile", "n_estimators": 2},
    ],
)
def test_a_session_forecasts_as_forecast_does(params):
    fitted = forecaster(target="load", **params)
    for live, batch in live_and_batch(fitted, FRAME, params.get("known_future", ())):
        assert live.shape == (3,)
        np.testing.assert_allclose(live, batch, rtol=0, atol=1e-6)


PLAIN = {"segment_size": 1, "transform": None, "normalization": None, "skip": None}


@pytest.mark.parametrize("normalization", ["last", "standard"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"cell": RNN, "skip": "seasonal", "num_layers": 2},
        {"cell": LSTM, "skip": None, "n_estimators": 3},
        {"cell": LSTM, "window_size": 13, "segment_size": 5, "transform": "log"},
        {"cell": JANET, "loss": "quantile", "channels": "joint"},
        {"cell": Cautious},
        {**PLAIN, "cell": LSTM},
    ],
    ids=str,
)
@pytest.mark.parametrize("names", ["load", ["load", "wind"]], ids=str)
def test_compiled_or_not_a_session_forecasts_the_same(names, params, normalization):
    rows = FRAME[names] + 10
    small = {"horizon": 3, "window_size": 8, "season_length": 7, **SMALL}
    fitted = RecurrentForecaster(**{**small, "normalization": normalization, **params})
    session = fitted.fit(rows[:40]).stream()
    values = rows[40:].to_numpy().copy()
    values[[3, 4, 11]] = np.nan
    history = rows[40:].copy()
    history[:] = values
    for i, value in enumerate(values):
        other = session.copy()
        live = session.step(value)
        with kernels.disabled():
            np.testing.assert_allclose(live, other.step(value), rtol=1e-5, atol=1e-5)
            batch = fitted.forecast(history=history[: i + 1]).to_numpy()
        np.testing.assert_allclose(live, batch.reshape(live.shape), rtol=1e-5, atol=1e-5)


def test_a_session_of_missing_rows_alone_still_forecasts():
    session = forecaster(FRAME["load"][:40]).stream()
    for _ in range(8):
        live, other = session.copy(), session.copy()
        with kernels.disabled():
            expected = other.step(np.nan)
        np.testing.assert_allclose(live.step(np.nan), expected, rtol=1e-5, atol=1e-5)
        session.step(np.nan)
    assert np.isfinite(session.step(None)).all()


def test_a_session_forecasts_with_weights_that_were_trained_on():
    fitted = forecaster(FRAME["load"][:40])
    session, before = fitted.stream(), fitted.stream()
    was = [before.step(value) for value in FRAME["load"][40:50]][-1]
    fitted.partial_fit(FRAME["load"][:40])
    live = [session.step(value) for value in FRAME["load"][40:50]][-1]
    # Ten rows are all that a window of eight looks at.
    np.testing.assert_allclose(live, fitted.forecast(history=FRAME["load"][40:50]), atol=1e-6)
    assert np.abs(live - was).max() > 1e-5


def test_two_targets_are_forecast_side_by_side():
    rows = FRAME[["load", "wind"]]
    fitted = forecaster(rows[:40])
    for live, batch in live_and_batch(fitted, rows):
        assert live.shape == (3, 2)
        np.testing.assert_allclose(live, batch, rtol=0, atol=1e-6)


def test_a_forecaster_of_covariates_takes_the_target_first():
    fitted = GRUForecaster(horizon=3, window_size=8, **SMALL)
    fitted.fit(FRAME[["wind"]][:40], FRAME["load"][:40])
    row, later = FRAME.iloc[40], FRAME[["wind"]][41:44]
    live = fitted.stream().step([row["load"], row["wind"]], future=later)
    batch = fitted.forecast(history=FRAME[["load", "wind"]][40:41], future=later)
    np.testing.assert_allclose(live, batch["load"], rtol=0, atol=1e-6)


def test_a_session_on_a_panel_is_on_one_of_its_series():
    rows = pd.concat({"a": FRAME["load"], "b": 2 * FRAME["load"]}, names=["site"])
    fitted = forecaster(rows[rows.index.get_level_values("day") < DAYS[40]])
    live = fitted.stream("b").step(rows["b"].iloc[40])
    day = rows.index.get_level_values("day") == DAYS[40]
    batch = fitted.forecast(history=rows[day]).loc["b"]
    np.testing.assert_allclose(live, batch, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match=r"series is needed.*'a', 'b'"):
        fitted.stream()
    with pytest.raises(ValueError, match="series='c' is not one of the fit's, 'a', 'b'"):
        fitted.stream("c")


def test_a_forecasting_session_keeps_as_many_rows_as_it_looks_back_on():
    session = forecaster(FRAME["load"][:40]).stream()
    session.step(5.0)
    size = len(pickle.dumps(session))
    for value in np.tile(FRAME["load"], 5):
        last = session.step(value)
    assert len(pickle.dumps(session)) <= size + 10
    other = pickle.loads(pickle.dumps(session)).copy()
    np.testing.assert_array_equal(other.step(5.0), session.step(5.0))
    session.reset()
    for value in np.tile(FRAME["load"], 5):
        again = session.step(value)
    np.testing.assert_array_equal(again, last)


def test_known_columns_must_cover_the_steps():
    session = forecaster(target="load", known_future=["wind", "sky"]).stream()
    with pytest.raises(ValueError, match="future is needed: column 'wind' is known"):
        session.step(FRAME.iloc[40])
    with pytest.raises(ValueError, match="future lacks a row for 2024-02-13"):
        session.step(FRAME.iloc[40], future=FRAME[["wind", "sky"]][41:43])
    with pytest.raises(ValueError, match="future has 2 rows, but 3 steps are forecast"):
        session.step(FRAME.iloc[40], future=FRAME[["wind", "sky"]][41:43].to_numpy())
    assert session.n_steps_ == 0


def row_of(i, form):
    return {"series": FRAME.iloc[i], "dict": FRAME.iloc[i].to_dict(), "frame": FRAME[i : i + 1]}[
        form
    ]


@pytest.mark.parametrize("form", ["series", "dict", "frame"])
def test_a_session_finds_the_rows_of_its_future_by_their_time(form):
    fitted, known = forecaster(target="load", known_future=["wind", "sky"]), FRAME[["wind", "sky"]]
    session = fitted.stream()
    for i in (40, 41):
        expected = fitted.forecast(history=FRAME[40 : i + 1], future=known)["load"]
        early, turned = session.copy().step(row_of(i, form), future=known), known.iloc[:, ::-1]
        np.testing.assert_allclose(early, expected, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(session.copy().step(row_of(i, form), future=turned), early)
        with pytest.raises(ValueError, match=f"future lacks a row for {DAYS[i + 1].date()}; the"):
            session.step(row_of(i, form), future=known[i + 2 : i + 5])
        np.testing.assert_array_equal(
            session.step(row_of(i, form), future=known[i + 1 : i + 4]), early
        )


def test_the_time_of_a_row_tells_where_its_future_begins_even_if_rows_were_skipped():
    fitted, known = forecaster(target="load", known_future=["wind", "sky"]), FRAME[["wind", "sky"]]
    late = fitted.stream().step(FRAME.iloc[50], future=known)
    by_place = fitted.stream().step(FRAME.iloc[50], future=known[51:54].to_numpy())
    np.testing.assert_array_equal(late, by_place)
    session = fitted.stream()
    session.step(FRAME.iloc[50], future=known)
    with pytest.raises(ValueError, match="future lacks a row for 2024-02-22"):
        session.step(FRAME.iloc[51].to_dict(), future=known[53:])
    session.reset()
    with pytest.raises(ValueError, match="future lacks a row for 2024-02-11"):
        session.step(FRAME.iloc[40].to_dict(), future=known[42:])


def test_a_session_in_another_time_zone_finds_the_same_moments():
    rows = FRAME.set_axis(pd.date_range("2024-03-20", periods=60, freq="D", tz="Europe/Helsinki"))
    fitted = forecaster(rows[:40], target="load", known_future=["wind", "sky"])
    known = rows[["wind", "sky"]]
    here = fitted.stream().step(rows.iloc[40], future=known[41:44])
    there = rows.tz_convert("UTC")
    known = known.tz_convert("America/New_York")
    np.testing.assert_array_equal(fitted.stream().step(there.iloc[40], future=known), here)


def test_a_session_on_a_series_of_a_panel_finds_its_own_future():
    parts = {name: FRAME.assign(wind=FRAME["wind"] * k) for k, name in enumerate("ab", 1)}
    rows = pd.concat(parts, names=["site"])
    days = rows.index.get_level_values("day")
    fitted = forecaster(rows[days < DAYS[40]], target="load", known_future=["wind", "sky"])
    later = rows[days > DAYS[40]][["wind", "sky"]]
    expected = fitted.forecast(history=rows[days == DAYS[40]], future=later).loc["b", "load"]
    for future in (later, later.loc["b"], later.loc[["b"]]):
        live = fitted.stream("b").step(parts["b"].iloc[40], future=future)
        np.testing.assert_allclose(live, expected, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match=r"future has no rows of .*'b', only of 'a'"):
        fitted.stream("b").step(parts["b"].iloc[40], future=later.loc[["a"]])


def test_a_session_refuses_a_future_that_nothing_asks_for():
    session = forecaster(FRAME["load"][:40]).stream()
    with pytest.raises(ValueError, match=r"future was given, .* with known_future=\['wind'\], or"):
        session.step(5.0, future=FRAME[["wind"]][41:44])
    assert session.n_steps_ == 0


def test_windows_are_followed_by_no_row():
    windows = np.lib.stride_tricks.sliding_window_view(FRAME["load"].to_numpy(), 8)[:, :, None]
    fitted = GRUForecaster(**SMALL).fit(windows[:-1], FRAME["load"].to_numpy()[8:])
    with pytest.raises(ValueError, match="stream needs the rows of a series"):
        fitted.stream()


# --- taggers ------------------------------------------------------------------------------------

WORDS = ["hello", "hollow", "he"]
TAGS = ["".join("v" if c in "aeiou" else "c" for c in word) for word in WORDS]


def tagger(X=WORDS, y=TAGS, **params):
    return CharSeqTagger(**{**SMALL, "max_epochs": 5, **params}).fit(X, y)


@pytest.mark.parametrize("encoding", ["embedding", "onehot"])
@pytest.mark.parametrize("cell", [LSTM, GRU])
def test_a_session_labels_as_predict_does(encoding, cell):
    fitted = tagger(encoding=encoding, cell=cell, num_layers=2)
    session = fitted.stream()
    text = "hello you"  # some of it was never seen
    (probabilities,) = fitted.predict_proba([text])
    for character, label, expected in zip(
        text, fitted.predict([text])[0], probabilities, strict=True
    ):
        assert session.step(character) == label
        np.testing.assert_allclose(session.proba_, expected, rtol=0, atol=1e-6)
    assert session.n_steps_ == len(text)


def test_a_token_that_comes_without_a_compiler_goes_on_from_the_same_state():
    fitted = tagger(cell=LSTM, num_layers=2)
    session, text = fitted.stream(), "hello you hello"
    for i, (character, expected) in enumerate(
        zip(text, fitted.predict_proba([text])[0], strict=True)
    ):
        with kernels.disabled() if i % 3 else contextlib.nullcontext():
            session.step(character)
        np.testing.assert_allclose(session.proba_, expected, rtol=0, atol=1e-6)


def test_ids_and_features_are_labelled_live_too():
    ids = np.array([[2, 3, 2, 4], [3, 3, 0, 0]])
    features = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    for X in (ids, features):
        fitted = tagger(X, [[1, 2, 1, 2], [1, 2, 1, 2][: 2 if X is ids else 4]])
        session = fitted.stream()
        assert [session.step(step) for step in X[0]] == list(fitted.predict(X[:1])[0])


def test_a_tagging_session_can_be_reset_copied_and_pickled():
    session = tagger().stream()
    before = session.step("h")
    other, third = session.copy(), pickle.loads(pickle.dumps(session))
    after = [session.step(character) for character in "ello"]
    assert [other.step(character) for character in "ello"] == after
    assert [third.step(character) for character in "ello"] == after
    assert [session.reset().step("h"), *(session.step(c) for c in "ello")] == [before, *after]
    with pytest.raises(TypeError, match="cannot be hashed"):
        session.step(["h"])


@pytest.mark.parametrize("name", ["bidirectional", "crf"])
def test_labels_that_depend_on_what_follows_cannot_be_told_live(name):
    fitted = tagger(**{name: True})
    with pytest.raises(ValueError, match=f"{name}=True: a label depends on the tokens that follow"):
        fitted.stream()
    with pytest.raises(NotFittedError):
        CharSeqTagger().stream()
