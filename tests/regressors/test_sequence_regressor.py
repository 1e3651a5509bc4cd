"""SequenceRegressor answers every row from the rows up to it, whatever form the rows have."""

import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from tsrnn import SequenceRegressor
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import AdditiveAttention, LastOutput, MeanPooling

# --- what it learns -----------------------------------------------------------------------------


@pytest.mark.parametrize("stateful", [False, True])
def test_it_learns_a_mean_of_the_last_rows(stateful):
    X = np.random.default_rng(0).normal(size=(300, 1))
    y = np.convolve(X[:, 0], np.ones(3) / 3)[:300]
    regressor = SequenceRegressor(
        GRU, stateful=stateful, max_epochs=20, hidden_size=16, lr=0.03, random_state=0
    )
    regressor.fit(X[:240], y[:240])
    assert r2_score(y[240:], regressor.predict(X)[240:]) > 0.9


def test_a_cell_is_judged_by_the_size_that_it_will_have(quick, X, y):
    regressor = quick(cell=partial(LSTMP, proj_size=9), hidden_size=10).fit(X, y)
    assert regressor.module_.recurrent.output_size == 9


@pytest.mark.parametrize("cell", [RNN, LSTM, LSTMP, PeepholeLSTM, JANET, GRU])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_every_cell_works_in_it(cell, num_layers, quick, X, y):
    regressor = quick(cell=cell, num_layers=num_layers, dropout=0.1, stateful=True).fit(X, y)
    assert np.isfinite(regressor.predict(X)).all()
    assert isinstance(regressor.module_.recurrent.cells[-1], cell)
    assert len(regressor.module_.recurrent.cells) == num_layers


@pytest.mark.parametrize("stateful", [False, True])
@given(row=st.integers(1, 59), size=st.sampled_from([0.1, 100.0, np.nan]))
def test_no_answer_knows_later_rows(stateful, row, size):
    X = np.random.default_rng(0).normal(size=(60, 2))
    regressor = FITTED.setdefault(
        stateful,
        SequenceRegressor(stateful=stateful, hidden_size=4, max_epochs=1, random_state=0),
    )
    if not hasattr(regressor, "net_"):
        regressor.fit(X, X[:, 0])
    before = regressor.predict(X)
    later = X.copy()
    later[row:] += size
    after = regressor.predict(later)
    np.testing.assert_array_equal(after[:row], before[:row])
    assert not np.array_equal(after[row:], before[row:])


FITTED = {}

# --- forms of X and y ---------------------------------------------------------------------------


def test_answers_have_the_shape_of_y(quick, X, y):
    assert quick().fit(X, y).predict(X).shape == (60,)
    assert quick().fit(X, y[:, None]).predict(X).shape == (60, 1)
    assert quick().fit(X[:, :1], np.c_[y, y]).predict(X[:, :1]).shape == (60, 2)
    assert quick().fit(X.tolist(), y.tolist()).predict(X.tolist()).shape == (60,)


def test_frames_and_arrays_give_the_same_answers(quick, X, y, frame, target):
    by_array = quick().fit(X, y).predict(X)
    regressor = quick().fit(frame, target)
    np.testing.assert_array_equal(regressor.predict(frame), by_array)
    np.testing.assert_array_equal(regressor.predict(X), by_array)
    np.testing.assert_array_equal(quick().fit(frame, y).predict(frame), by_array)
    assert regressor.feature_names_in_.tolist() == ["load", "wind"]
    assert regressor.n_features_in_ == 2
    assert regressor.target_names_ == ["sum"]


def test_after_a_fit_without_names_those_of_a_frame_are_taken_by_position(quick, X, y, frame):
    regressor = quick().fit(X, y)
    said = "^X has feature names, but SequenceRegressor was fitted without feature names$"
    with pytest.warns(UserWarning, match=said):
        answers = regressor.predict(frame)
    np.testing.assert_array_equal(answers, regressor.predict(X))


def test_columns_are_found_by_name(quick, frame, target):
    regressor = quick().fit(frame, target)
    turned = frame[["wind", "load"]].assign(more=1)
    np.testing.assert_array_equal(regressor.predict(turned), regressor.predict(frame))


@pytest.mark.parametrize("stateful", [False, True])
def test_a_series_of_a_panel_is_answered_by_itself(stateful, quick, panel):
    regressor = quick(stateful=stateful, chunk_size=7).fit(panel, panel["load"] ** 2)
    answers = pd.Series(regressor.predict(panel), index=panel.index)
    for site in ("north", "south", "west"):
        rows = panel.loc[site]
        np.testing.assert_allclose(answers[site], regressor.predict(rows), atol=1e-6)


def test_a_list_gives_a_list_and_a_batch_a_batch(quick, panel):
    sites = ["north", "south", "west"]
    as_list = [panel.loc[site].to_numpy() for site in sites]
    regressor = quick().fit(as_list, [rows[:, 0] for rows in as_list])
    answers = regressor.predict(as_list)
    assert [len(a) for a in answers] == [60, 40, 30]
    of_panel = quick().fit(panel, panel["load"]).predict(panel)
    np.testing.assert_allclose(np.concatenate(answers), of_panel, atol=1e-6)
    score = r2_score(np.concatenate([rows[:, 0] for rows in as_list]), np.concatenate(answers))
    assert regressor.score(as_list, [rows[:, 0] for rows in as_list]) == pytest.approx(score)
    batch = np.stack([rows[:30] for rows in as_list])
    by_batch = regressor.predict(batch)
    assert by_batch.shape == (3, 30)
    np.testing.assert_allclose(by_batch, [a[:30] for a in answers], atol=1e-6)
    np.testing.assert_array_equal(
        quick().fit(batch, batch[:, :, 0]).predict(batch),
        np.stack(quick().fit(list(batch), list(batch[:, :, 0])).predict(list(batch))),
    )


@pytest.mark.parametrize("as_array", [False, True])
def test_a_panel_sorted_by_time_gives_the_same_answers_in_its_own_order(as_array, quick, panel):
    y = panel["load"] * 2
    by_series = quick().fit(panel, y)
    mixed = panel.sort_index(level="day", kind="stable")
    ys = y.loc[mixed.index]
    by_time = quick().fit(mixed, ys.to_numpy() if as_array else ys)
    expected = pd.Series(by_series.predict(panel), index=panel.index).loc[mixed.index]
    # The series stand in the order in which they appear, so that the batches differ a little.
    np.testing.assert_allclose(by_time.predict(mixed), expected, atol=0.05)
    np.testing.assert_allclose(by_series.predict(mixed), expected, atol=1e-6)


def test_categories_are_encoded(quick, frame):
    frame = frame.assign(sky=np.where(np.arange(60) % 3 == 0, "rain", "sun"), holiday=False)
    y = (frame["sky"] == "rain").astype(float)
    regressor = quick(max_epochs=20, lr=0.1).fit(frame, y)
    assert regressor.score(frame, y) > 0.95
    other = regressor.predict(frame.assign(sky="sun"))
    assert other[frame["sky"] == "rain"].max() < 0.5
    assert np.isfinite(regressor.predict(frame.assign(sky="fog"))).all()


def test_scale_does_not_matter(quick, X, y):
    """y in other units and X shifted: the same answers in those units."""
    expected = quick().fit(X, y).predict(X)
    other = 1e6 + 1e3 * X
    answers = quick().fit(other, 1e4 * y - 1e6).predict(other)
    np.testing.assert_allclose((answers + 1e6) / 1e4, expected, atol=1e-3)


def test_without_normalization_the_network_sees_the_numbers_as_they_are(quick, X, y):
    regressor = quick(normalization=None).fit(X, y)
    with torch.no_grad():
        answers, _ = regressor.module_(torch.tensor(X, dtype=torch.float32)[None])
    np.testing.assert_allclose(regressor.predict(X), answers[0, :, 0], atol=1e-6)


# --- what is missing ----------------------------------------------------------------------------


def test_missing_values_are_counted_and_masked(quick, frame, target):
    frame.iloc[5, 0] = np.nan
    target.iloc[[7, 8]] = np.nan
    with pytest.warns(UserWarning, match="1 missing values in X.*, and 2 missing values in y"):
        regressor = quick().fit(frame, target)
    assert np.isfinite(regressor.predict(frame)).all()
    filled = frame.fillna({"load": frame["load"].iloc[:54].mean()})
    np.testing.assert_allclose(regressor.predict(frame), regressor.predict(filled), atol=1e-6)
    seen = target.notna().to_numpy()
    score = r2_score(target[seen], regressor.predict(frame)[seen])
    assert regressor.score(frame, target) == pytest.approx(score)


def test_without_normalization_a_missing_number_is_the_mean_of_the_training_rows(
    quick, frame, target
):
    frame["load"] += 100
    frame.iloc[[5, 57], 0] = np.nan
    with pytest.warns(UserWarning, match="2 missing values in X"):
        regressor = quick(normalization=None).fit(frame, target)
    filled = frame.fillna({"load": frame["load"].iloc[:54].mean()})
    expected = regressor.predict(filled)
    assert np.abs(regressor.predict(frame.fillna({"load": 0})) - expected).max() > 1e-3
    np.testing.assert_allclose(regressor.predict(frame), expected, atol=1e-6)
    session = regressor.stream()
    live = [session.step(row) for _, row in frame.iterrows()]
    np.testing.assert_allclose(live, expected, atol=1e-6)
    again = regressor.partial_fit(filled, target)
    np.testing.assert_allclose(again.predict(frame), again.predict(filled), atol=1e-6)


def test_the_warning_says_what_missing_numbers_and_labels_count_as(quick, frame, target):
    frame.iloc[5, 0] = np.nan
    target.iloc[7] = np.nan
    said = (
        "There are 1 missing values in X (a number counts as its column's mean, a label as unknown), "
        "and 1 missing values in y, left out of the loss."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(said)}$"):
        quick().fit(frame, target)


def test_a_missing_label_counts_as_an_unknown_one(quick, frame, target):
    frame["sky"] = np.where(frame["wind"] > 0, "sun", "rain")
    regressor = quick().fit(frame, target)
    gone = frame.assign(sky=frame["sky"].where(frame["load"] > 0, None))
    unknown = gone.fillna({"sky": "fog"})
    np.testing.assert_array_equal(regressor.predict(gone), regressor.predict(unknown))
    session = regressor.stream()
    live = [session.step(row) for _, row in gone.iterrows()]
    np.testing.assert_allclose(live, regressor.predict(gone), atol=1e-6)


def test_a_missing_day_is_a_step_of_missing_values(quick, frame, target):
    gone = frame.drop(frame.index[30])
    with pytest.warns(UserWarning, match="1 missing values in X"):
        regressor = quick().fit(gone, target.drop(target.index[30]))
    unknown = frame.copy()
    unknown.iloc[30] = np.nan
    expected = np.delete(regressor.predict(unknown), 30)
    np.testing.assert_allclose(regressor.predict(gone), expected, atol=1e-6)


# --- score --------------------------------------------------------------------------------------


def test_score_matches_rows_by_their_index_as_fit_does(quick, panel):
    panel = panel.drop("west")
    y = (panel["load"] ** 2).rename("square")
    regressor = quick().fit(panel, y)
    mixed = panel.sort_index(level="day")
    expected = r2_score(y, regressor.predict(panel))
    assert regressor.score(mixed, y) == pytest.approx(expected)
    assert regressor.score(panel, y.sort_index(level="day")) == pytest.approx(expected)
    assert regressor.score(mixed, y.reindex(mixed.index)) == pytest.approx(expected)
    assert regressor.score(mixed, y.reindex(mixed.index).to_numpy()) == pytest.approx(expected)
    weight = pd.Series(np.arange(len(y)), index=y.index)
    weighed = r2_score(y, regressor.predict(panel), sample_weight=weight)
    actual = regressor.score(mixed, y, sample_weight=weight.reindex(mixed.index))
    assert actual == pytest.approx(weighed)


def test_score_and_going_on_find_the_columns_of_y_by_name(quick, frame, target):
    y = pd.DataFrame({"sum": target, "other": 10 - target})
    turned, one, two = y[["other", "sum"]], quick().fit(frame, y), quick().fit(frame, y)
    assert one.score(frame, turned) == one.score(frame, y) == one.score(frame, y.to_numpy())
    answers = [r.partial_fit(frame, z).predict(frame) for r, z in ((one, y), (two, turned))]
    np.testing.assert_array_equal(*answers)


# --- heads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [LastOutput, MeanPooling, AdditiveAttention])
def test_a_head_that_pools_answers_every_sequence_once(head, quick, panel):
    y = panel.groupby(level="site", sort=False)["load"].mean()
    regressor = quick(head=head, normalization=None).fit(panel, y)
    answers = regressor.predict(panel)
    assert answers.shape == (3,)
    for i, site in enumerate(y.index):
        rows = torch.tensor(panel.loc[site].to_numpy(), dtype=torch.float32)
        with torch.no_grad():
            alone, _ = regressor.module_(rows[None])
        np.testing.assert_allclose(answers[i], alone[0, 0], atol=1e-6)
    assert regressor.score(panel, y) == pytest.approx(r2_score(y, answers))


def test_mean_pooling_learns_a_mean():
    X = np.random.default_rng(0).normal(size=(200, 12, 2))
    regressor = SequenceRegressor(
        head=MeanPooling, hidden_size=8, max_epochs=30, lr=0.03, random_state=0
    )
    regressor.fit(X[:150], X[:150, :, 0].mean(1))
    assert regressor.score(X[150:], X[150:, :, 0].mean(1)) > 0.9


def test_two_targets_of_sequences_of_other_lengths(quick):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 1)) for n in (5, 9, 7, 5, 6)]
    y = np.array([[x.sum(), x.max()] for x in X])
    answers = quick(head=MeanPooling).fit(X, y).predict(X)
    assert answers.shape == (5, 2)
    assert np.isfinite(answers).all()
