"""What known covariates add to the targets, before any training and after it."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score

from tsrnn import LSTMForecaster
from tsrnn.forecasting.effects import are_unlike, effects_of, learn_effects, scales_of
from tsrnn.nn.scale import window_scale

GENERATOR = np.random.default_rng(0)
CAUSES = GENERATOR.standard_normal((300, 2))
ONE_SERIES = np.array([0, 300])


def test_effects_under_a_random_walk_are_those_the_data_was_made_with():
    walk = GENERATOR.standard_normal(300).cumsum() / 10
    targets = (walk + CAUSES @ [2.0, -1.0])[:, None]
    coefficients, unit = learn_effects(targets, CAUSES, ONE_SERIES, lag=1)
    np.testing.assert_allclose(coefficients, [[2.0, -1.0]], atol=0.05)
    assert unit[0] == np.abs(np.diff(targets[:, 0])).mean()


def test_a_season_in_common_is_no_effect():
    season = np.sin(np.arange(300) / 12 * 2 * np.pi)
    targets = 5 * season + GENERATOR.standard_normal(300) / 10
    covariate = season + GENERATOR.standard_normal(300) / 10
    of_season, _ = learn_effects(targets[:, None], covariate[:, None], ONE_SERIES, lag=12)
    assert abs(of_season[0, 0]) < 0.2
    of_step, _ = learn_effects(targets[:, None], covariate[:, None], ONE_SERIES, lag=1)
    assert of_step[0, 0] > 1


def test_noise_has_hardly_any_effect():
    targets = GENERATOR.standard_normal((300, 1))
    coefficients, _ = learn_effects(targets, CAUSES, ONE_SERIES, lag=1)
    assert np.abs(coefficients).max() < 0.1


def test_no_change_goes_from_one_series_to_the_next():
    targets = np.concatenate([CAUSES[:150, 0], 1e6 + CAUSES[150:, 0]])[:, None]
    coefficients, _ = learn_effects(targets, CAUSES, np.array([0, 150, 300]), lag=1)
    np.testing.assert_allclose(coefficients, [[1.0, 0.0]], atol=1e-3)


def test_missing_rows_are_left_out_and_a_constant_target_has_no_effects():
    targets = np.column_stack([CAUSES[:, 0], np.full(300, 7.0)])
    targets[50:90, 0] = np.nan
    coefficients, unit = learn_effects(targets, CAUSES, ONE_SERIES, lag=1)
    np.testing.assert_allclose(coefficients, [[1.0, 0.0], [0.0, 0.0]], atol=1e-3)
    assert unit[1] == 1.0


def test_a_covariate_that_is_hardly_ever_there_hides_no_effect_of_another_and_has_none():
    targets = (1e3 * CAUSES[:, 0] + 5e3)[:, None]
    gaps = np.full(300, np.nan)
    few = np.where(np.arange(300) < 9, CAUSES[:, 1], np.nan)
    causes = np.column_stack([gaps, CAUSES[:, 0], few])
    coefficients, unit = learn_effects(targets, causes, ONE_SERIES, lag=1)
    alone, unit_alone = learn_effects(targets, CAUSES[:, :1], ONE_SERIES, lag=1)
    np.testing.assert_allclose(coefficients, [[0.0, alone[0, 0], 0.0]], rtol=1e-9)
    assert alone[0, 0] == pytest.approx(1e3, rel=1e-3)
    assert unit == unit_alone


def test_covariates_that_are_missing_by_turns_keep_their_effects():
    causes = CAUSES.copy()
    causes[:150, 0] = causes[150:, 1] = np.nan
    targets = np.nan_to_num(causes) @ [[2.0], [-1.0]]
    coefficients, _ = learn_effects(targets, causes, ONE_SERIES, lag=1)
    np.testing.assert_allclose(coefficients, [[2.0, -1.0]], atol=0.01)


@pytest.mark.filterwarnings("ignore:X has 190 missing")
@pytest.mark.parametrize("unseen", [1.0, "late"])
def test_a_covariate_that_only_held_out_rows_hold_hides_no_effect_of_another(unseen):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "z": np.full(200, np.nan, dtype=object)})
    frame["y"] = 5e3 + 1e3 * frame["x"] + rng.normal(0, 50, 200)
    frame.loc[190:, "z"] = unseen
    f = LSTMForecaster(
        horizon=4, window_size=12, season_length=1, target="y", known_future=["x", "z"],
        transform=None, max_epochs=1, lr=1e-9, refit=False, random_state=0,
    ).fit(frame)  # fmt: skip
    effect = f.module_.effect
    spread = f._fit_.rollout.columns.scale[0]
    assert (effect.weight * effect.unit[:, None] * spread)[0, 0].item() == pytest.approx(
        1e3, rel=0.05
    )
    future = pd.DataFrame({"x": np.zeros(4), "z": [unseen] * 4}, index=range(200, 204))
    np.testing.assert_allclose(f.forecast(future=future), 5e3, atol=400)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_regression_in_the_dress_of_a_series_is_forecast_as_well_as_by_a_regression(seed):
    X, y = make_regression(300, 5, noise=10, random_state=seed)
    f = LSTMForecaster(max_epochs=20, random_state=0).fit(X[:250], y[:250])
    assert r2_score(y[250:], f.predict(X[250:])) > 0.95
    assert f.score(X[:250], y[:250]) > 0.95


def test_effects_of_two_targets_are_told_apart_in_the_units_of_each():
    index = pd.date_range("2026-01-01", periods=300, freq="D")
    frame = pd.DataFrame(
        {
            "load": 1e4 * CAUSES[:, 0],
            "price": 1e-3 * CAUSES[:, 1],
            "a": CAUSES[:, 0],
            "b": CAUSES[:, 1],
        },
        index,
    )
    f = LSTMForecaster(
        target=["load", "price"], known_future=["a", "b"], max_epochs=20, random_state=0
    ).fit(frame[:280])
    forecast = f.predict(frame[280:])
    assert r2_score(frame["load"][280:], forecast[:, 0]) > 0.95
    assert r2_score(frame["price"][280:], forecast[:, 1]) > 0.95


def test_the_plain_network_has_no_effects():
    index = pd.date_range("2026-01-01", periods=100, freq="D")
    frame = pd.DataFrame({"y": CAUSES[:100, 0], "a": CAUSES[:100, 1]}, index)
    plain = {"segment_size": 1, "transform": None, "normalization": None, "skip": None}
    f = LSTMForecaster(target="y", known_future="a", max_epochs=1, random_state=0, **plain)
    assert f.fit(frame).module_.effect is None


@pytest.mark.parametrize("kind", [bool, str, "category"])
def test_labels_add_as_much_as_the_numbers_they_stand_for(kind):
    promo = pd.Series(GENERATOR.integers(0, 2, 300), pd.date_range("2026-01-01", periods=300))
    frame = pd.DataFrame(
        {"sales": 5 * promo + GENERATOR.normal(0, 0.01, 300), "promo": promo.astype(kind)}
    )
    f = LSTMForecaster(
        horizon=7, target="sales", known_future="promo", max_epochs=3, random_state=0
    ).fit(frame[:250])
    assert f.score(frame[250:]) > 0.99
    tables = f.module_.effect.tables["0"].weight * f.module_.effect.unit
    assert (tables[2] - tables[1]).item() == pytest.approx(5, rel=0.05)
    assert tables[0].item() == 0


def test_labels_of_a_panel_keep_their_effects_where_only_held_out_rows_hold_another_label():
    parts = {}
    for seed, name in enumerate("st"):
        rng = np.random.default_rng(seed)
        kind = np.where(rng.random(120) < 0.5, "b", "c").astype(object)
        kind[-5:] = "a"
        y = 50 + 10.0 * (kind == "c") + rng.normal(0, 0.1, 120)
        parts[name] = pd.DataFrame({"y": y, "kind": kind})
    given = pd.concat(parts)
    before = given.copy()
    f = LSTMForecaster(
        horizon=4, window_size=12, season_length=1, target="y", known_future="kind", transform=None,
        max_epochs=1, lr=1e-9, refit=False, random_state=0,
    ).fit(given)  # fmt: skip
    effect = f.module_.effect
    unknown, b, c = (effect.tables["0"].weight * effect.unit)[:, 0].tolist()
    assert unknown == 0
    assert c - b == pytest.approx(10, rel=0.05)
    pd.testing.assert_frame_equal(given, before)


def test_labels_that_change_nothing_or_are_too_many_have_no_effect():
    codes = np.column_stack([np.repeat([1.0, 2.0], 150), np.arange(300.0) % 200 + 1])
    assert effects_of(CAUSES[:, :1], codes, (2, 200), np.array([0, 150, 300]), lag=1) is None
    *_, of_labels = effects_of(CAUSES[:, :1], codes[:, ::-1] % 90 + 1, (90, 2), ONE_SERIES, lag=1)
    assert {column: np.shape(adds) for column, adds in of_labels.items()} == {0: (90, 1), 1: (2, 1)}


def test_in_a_panel_of_unlike_scales_each_series_is_moved_by_its_own():
    rng, parts = np.random.default_rng(1), {}
    promo = (rng.random(160) < 0.2).astype(float)
    for name, scale in {"kiosk": 1.0, "store": 1000.0}.items():
        sold = scale * (
            4 * promo + np.sin(np.arange(160) * 2 * np.pi / 7) + rng.normal(0, 0.1, 160)
        )
        days = pd.date_range("2026-01-01", periods=160, name="day")
        parts[name] = pd.DataFrame({"sold": sold, "promo": promo}, days)
    panel = pd.concat(parts, names=["shop"])
    past = panel.groupby(level=0).head(146)
    f = LSTMForecaster(horizon=14, target="sold", known_future="promo", random_state=0).fit(past)
    assert f.module_.effect.is_relative
    forecast = f.forecast(future=panel[["promo"]])["sold"]
    for name, rows in parts.items():
        assert r2_score(rows["sold"][146:], forecast[name]) > 0.8
    alike = LSTMForecaster(horizon=14, target="sold", known_future="promo", max_epochs=1)
    assert not alike.fit(past.loc[["kiosk"]]).module_.effect.is_relative


@pytest.mark.parametrize("normalization", ["standard", "last"])
def test_the_scale_of_a_series_is_that_of_its_windows(normalization):
    offsets = np.array([0, 40, 100, 103])
    targets = np.concatenate([CAUSES[:40], 50 + 9 * CAUSES[40:100], np.full((3, 2), 7.0)])
    scales = scales_of(targets, offsets, 20, normalization)
    windows = torch.from_numpy(targets[:100].reshape(5, 20, 2))
    each = window_scale(windows, torch.ones_like(windows), normalization)[1][:, 0].numpy()
    np.testing.assert_allclose(scales[:2], [each[:2].mean(0), each[2:].mean(0)], rtol=0.1)
    assert np.isnan(scales[2]).all()
    assert are_unlike(scales)
    assert not are_unlike(scales[:1])
