"""No forecast knows its future: later rows are moved in many ways, and what came before them must stand still."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from tsrnn import GRUForecaster
from tsrnn.preprocessing import SlidingWindow
from tsrnn.windows import held_out_rows

pytestmark = [
    pytest.mark.filterwarnings("ignore:X has .* missing"),
    pytest.mark.filterwarnings("ignore:.* not above 0"),
]

SMALL = {"hidden_size": 4, "max_epochs": 2, "batch_size": 16, "lr": 0.05, "random_state": 0}
CUT = 60  # the fit rows end here


# --- data in every form ---------------------------------------------------------------------------


def frame(n=100, start=0, seed=0):
    """Daily rows: a target, and covariates of every kind."""
    rng = np.random.default_rng(seed)
    t = np.arange(start, start + n)
    return pd.DataFrame(
        {
            "load": 20 + 5 * np.sin(t * 2 * np.pi / 7) + rng.normal(0, 1, n),
            "wind": rng.normal(3, 2, n),
            "sky": pd.Categorical(rng.choice(["clear", "cloudy", "rain"], n)),
            "price": rng.normal(0, 1, n),
            "area": 5.0,
        },
        index=pd.date_range("2024-01-01", periods=start + n, freq="D")[start:],
    )


def panel():
    """Three series of other lengths and spans."""
    parts = {"b": frame(100, 0, 1), "a": frame(80, 15, 2), "c": frame(90, 5, 3)}
    parts["a"]["area"] = 9.0
    return pd.concat(parts, names=["plant", "day"])


def by_time(df):
    return df.sort_index(level="day", kind="stable")


COVARIATES = {"target": "load", "known_future": ["price"]}
#: Data of every accepted kind, and the parameters that go with it.
KINDS = {
    "series": (lambda: frame()["load"], {}),
    "frame of two targets": (lambda: frame()[["load", "wind"]], {}),
    "frame with covariates": (frame, COVARIATES),
    "frame without target history in it": (lambda: frame()[["load", "price"]], COVARIATES),
    "array of one column": (lambda: frame()["load"].to_numpy(), {}),
    "array with covariates": (
        lambda: frame()[["load", "wind", "price"]].to_numpy(),
        {"target": 0, "known_future": [2]},
    ),
    "panel": (panel, COVARIATES),
    "panel sorted by time": (lambda: by_time(panel()), COVARIATES),
    "panel of series": (lambda: panel()["load"], {}),
}
#: Plain and modern networks, windows shorter and longer than the season and than what is there.
SETTINGS = {
    "defaults": {"horizon": 7},
    "one step": {"horizon": 1, "window_size": 3},
    "window longer than X": {"horizon": 5, "window_size": 40},
    "tutorial": {
        "horizon": 4,
        "window_size": 6,
        "segment_size": 1,
        "normalization": None,
        "skip": None,
        "transform": None,
    },
    "log and quantiles": {"horizon": 6, "transform": "log", "loss": "quantile"},
    "arcsinh, linear, two networks": {
        "horizon": 5,
        "transform": "arcsinh",
        "skip": "linear",
        "n_estimators": 2,
    },
}


def days_of(X):
    return X.index.get_level_values(-1)


def split(X):
    """The rows of the fit, and those to be forecast: in a panel by time."""
    if isinstance(X, np.ndarray):
        return X[:CUT], X[CUT:]
    border = pd.Timestamp("2024-01-01") + pd.Timedelta(days=CUT)
    return X[days_of(X) < border], X[days_of(X) >= border]


def steps_of(X):
    """The number of each row within its series, counted from the first row of X that the series has."""
    if isinstance(X, np.ndarray) or X.index.nlevels == 1:
        return np.arange(len(X))
    return X.groupby(level=0, sort=False).cumcount().to_numpy()


# --- moving rows ----------------------------------------------------------------------------------


def moved(X, rows, columns, how, seed):
    """X with the values of `rows` (a mask) moved in `columns` (names or numbers)."""
    table = pd.DataFrame(X).copy()
    rng = np.random.default_rng(seed)
    for column in columns:
        values = table[column].copy()
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.cat.add_categories("never seen")
            values[rows] = rng.choice(values.cat.categories, rows.sum())
        else:
            old = values[rows].to_numpy()
            values[rows] = {
                "shifted": old + rng.normal(0, 100, len(old)),
                "scaled up": old * 1e6,
                "negated": -old,
                "missing": np.where(rng.random(len(old)) < 0.6, np.nan, old),
                "all missing": np.full(len(old), np.nan),
                "constant": np.zeros(len(old)),
            }[how]
        table[column] = values
    if isinstance(X, np.ndarray):
        return table.to_numpy().reshape(X.shape)
    return table.iloc[:, 0].rename(X.name) if isinstance(X, pd.Series) else table


def columns_of(X, params):
    """Columns whose future is unknown, and those whose future is known."""
    every = list(pd.DataFrame(X).columns)
    known = params.get("known_future", [])
    return [c for c in every if c not in known], known


HOW = ["shifted", "scaled up", "negated", "missing", "all missing", "constant"]
how_to_move = st.sampled_from(HOW)
seeds = st.integers(0, 2**16)


# --- predict, first form --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    """Fit each kind of data with each group of settings once."""
    kept = {}

    def fit(kind, group):
        if (kind, group) not in kept:
            make, params = KINDS[kind]
            X = make()
            forecaster = GRUForecaster(**SMALL, **SETTINGS[group], **params).fit(split(X)[0])
            kept[kind, group] = forecaster, X
        return kept[kind, group]

    return fit


CASES = [(kind, "defaults") for kind in KINDS] + [
    (kind, group)
    for kind in ("series", "frame with covariates", "panel", "array with covariates")
    for group in SETTINGS
    if group != "defaults"
]


@pytest.mark.parametrize(("kind", "group"), CASES)
@settings(max_examples=20)
@given(data=st.data(), how=how_to_move, seed=seeds, follows=st.booleans())
def test_later_rows_move_no_forecast_of_predict(fitted, kind, group, data, how, seed, follows):
    forecaster, X = fitted(kind, group)
    X = split(X)[1] if follows else X
    step, block = steps_of(X), steps_of(X) // forecaster.horizon_
    t = data.draw(st.integers(1, step.max()), label="t")
    unknown, known = columns_of(X, KINDS[kind][1])
    other = moved(X, step >= t, unknown, how, seed)
    other = moved(other, block > t // forecaster.horizon_, known, how, seed)

    before, after = forecaster.predict(X), forecaster.predict(other)
    untouched = block <= t // forecaster.horizon_
    np.testing.assert_array_equal(after[untouched], before[untouched])
    assert np.isfinite(after).all()


@pytest.mark.parametrize(("kind", "group"), CASES)
def test_earlier_rows_do_move_the_forecasts_of_predict(fitted, kind, group):
    """Without this the test above could pass on forecasts that look at nothing."""
    forecaster, X = fitted(kind, group)
    X = split(X)[1]
    block = steps_of(X) // forecaster.horizon_
    unknown, _ = columns_of(X, KINDS[kind][1])
    other = moved(X, block == 0, unknown, "shifted", 0)
    before, after = forecaster.predict(X), forecaster.predict(other)
    assert (abs(after - before)[block == 1] > 1e-3).all()


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_shorter_X_has_the_same_forecasts(fitted, kind, follows):
    forecaster, X = fitted(kind, "defaults")
    X = split(X)[1] if follows else X
    whole = forecaster.predict(X)
    # What is known of the future counts for a whole block of 7.
    for n in (7, 21) if "known_future" in KINDS[kind][1] else (1, 6, 7, 8, 20):
        shorter = steps_of(X) < n
        # float32 sums in another order where the batch has another size.
        np.testing.assert_allclose(forecaster.predict(X[shorter]), whole[shorter], rtol=1e-4)


@settings(max_examples=20)
@given(t=st.integers(1, 39), seed=seeds)
def test_later_time_stamps_that_are_missing_move_no_forecast(fitted, t, seed):
    forecaster, X = fitted("frame with covariates", "defaults")
    X = split(X)[1]
    kept = (np.arange(40) < t) | (np.random.default_rng(seed).random(40) < 0.5)
    known_block = np.arange(40) < t // 7 * 7
    before, after = forecaster.predict(X), forecaster.predict(X[kept])
    np.testing.assert_allclose(after[: known_block.sum()], before[known_block], rtol=1e-5)


def test_a_static_column_that_changes_later_moves_no_forecast_before(fitted):
    forecaster, X = fitted("frame with covariates", "defaults")
    X = split(X)[1]
    other = X.assign(area=np.where(np.arange(40) < 10, 5.0, 500.0))
    np.testing.assert_array_equal(forecaster.predict(other)[:14], forecaster.predict(X)[:14])


@pytest.fixture(scope="module")
def fitted_on_list():
    X = [frame(100, 0, seed)["load"] for seed in (1, 2)]
    return GRUForecaster(**SMALL, horizon=7).fit([x[:CUT] for x in X]), [x[CUT:] for x in X]


@settings(max_examples=20)
@given(how=how_to_move, seed=seeds, t=st.integers(1, 39))
def test_later_rows_of_a_list_move_no_forecast(fitted_on_list, how, seed, t):
    forecaster, X = fitted_on_list
    other = [moved(x, np.arange(40) >= t, ["load"], how, seed) for x in X]
    before, after = (forecaster.predict(each).reshape(2, 40) for each in (X, other))
    untouched = np.arange(40) // 7 <= t // 7
    np.testing.assert_array_equal(after[:, untouched], before[:, untouched])


# --- predict, second form: y is never asked -------------------------------------------------------


@pytest.fixture(scope="module")
def exogenous():
    df = frame()
    X, y = df[["wind", "sky", "price"]], df["load"]
    return GRUForecaster(**SMALL, horizon=7).fit(X[:CUT], y[:CUT]), X, y


@settings(max_examples=20)
@given(t=st.integers(0, 39), how=how_to_move, seed=seeds)
def test_covariates_of_later_blocks_move_no_forecast_made_from_them(exogenous, t, how, seed):
    forecaster, X, _ = exogenous
    X = X[CUT:]
    block = np.arange(40) // 7
    other = moved(X, block > t // 7, list(X.columns), how, seed)
    before, after = forecaster.predict(X), forecaster.predict(other)
    untouched = block <= t // 7
    np.testing.assert_array_equal(after[untouched], before[untouched])


def test_covariates_of_the_block_do_move_its_forecast(exogenous):
    forecaster, X, _ = exogenous
    other = moved(X[CUT:], np.arange(40) < 7, ["price"], "shifted", 0)
    assert (forecaster.predict(other)[:7] != forecaster.predict(X[CUT:])[:7]).all()


@settings(max_examples=3)
@given(how=st.sampled_from(["shifted", "scaled up", "constant"]), seed=seeds)
def test_y_of_the_test_rows_moves_no_prediction(exogenous, how, seed):
    _, X, y = exogenous
    folds = [(np.arange(CUT), np.arange(CUT, 100)), (np.arange(CUT, 100), np.arange(CUT))]
    other = moved(y, np.arange(100) >= CUT, ["load"], how, seed)
    forecaster = GRUForecaster(**SMALL, horizon=7)
    before = cross_val_predict(forecaster, X, y, cv=folds)
    after = cross_val_predict(forecaster, X, other, cv=folds)
    np.testing.assert_array_equal(after[CUT:], before[CUT:])
    assert (after[:CUT] != before[:CUT]).any()


# --- windows as a transformer ---------------------------------------------------------------------


@pytest.fixture(scope="module", params=["frame", "array"])
def pipeline(request):
    df = frame()[["load", "wind"]]
    X = df if request.param == "frame" else df.to_numpy()
    model = make_pipeline(SlidingWindow(window_size=8), GRUForecaster(**SMALL, horizon=1))
    return model.fit(X[:CUT], df["load"].to_numpy()[:CUT]), X


@settings(max_examples=20)
@given(data=st.data(), how=how_to_move, seed=seeds, part=st.sampled_from(["fit rows", "next rows"]))
def test_later_rows_move_no_prediction_of_a_pipeline_of_windows(pipeline, data, how, seed, part):
    model, X = pipeline
    X = X[:CUT] if part == "fit rows" else X[CUT:]
    t = data.draw(st.integers(1, len(X) - 1), label="t")
    other = moved(X, np.arange(len(X)) >= t, columns_of(X, {})[0], how, seed)
    before, after = model.predict(X), model.predict(other)
    np.testing.assert_array_equal(after[: t + 1], before[: t + 1])


@settings(max_examples=30)
@given(data=st.data(), how=how_to_move, seed=seeds, offset=st.integers(1, 5))
def test_later_rows_of_a_panel_move_no_window_of_the_transformer(data, how, seed, offset):
    X = panel()[["load", "price"]]
    window = SlidingWindow(window_size=6, offset=offset).fit(split(X)[0])
    X = data.draw(st.sampled_from([X, split(X)[1]]))
    step = steps_of(X)
    t = data.draw(st.integers(0, step.max()), label="t")
    other = moved(X, step >= t, ["load", "price"], how, seed)
    untouched = step < t + offset
    np.testing.assert_array_equal(
        window.transform(other)[untouched], window.transform(X)[untouched]
    )


# --- fit: what is learned comes from the training rows --------------------------------------------


class Recorder(Callback):
    """Keep every batch that a net trains on, and those by which it is judged."""

    def on_train_begin(self, net, **kwargs):
        self.training, self.validation = [], []

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        inputs, target = batch
        kept = self.training if training else self.validation
        kept.append([inputs["past"].numpy(), inputs["future"].numpy(), target.numpy()])


def learned(X, y=None, **params):
    """Fit, and return all that the fit learned before it saw a held-out row, and the recorder."""
    recorder = Recorder()
    forecaster = GRUForecaster(**{**SMALL, "callbacks": [recorder], **params}).fit(X, y)
    chosen = {
        name: getattr(forecaster, name)
        for name in vars(forecaster)
        if name.endswith("_")
        and name not in ("net_", "module_", "history_", "_fit_", "feature_names_in_")
    }
    return chosen, forecaster.history_["train_loss"].tolist(), recorder


def assert_learned_the_same(one, other):
    assert other[0] == one[0]
    assert len(other[2].training) == len(one[2].training) > 1
    for batch, moved_batch in zip(one[2].training, other[2].training, strict=True):
        for tensor, moved_tensor in zip(batch, moved_batch, strict=True):
            np.testing.assert_array_equal(moved_tensor, tensor)
    assert other[1] == one[1]


def held_out(X, horizon, fraction=0.1):
    """Which rows of X a fit holds out."""
    step = steps_of(X)
    if isinstance(X, np.ndarray) or X.index.nlevels == 1:
        lengths = np.full(len(X), len(X))
    else:
        lengths = X.groupby(level=0, sort=False).transform("size").to_numpy()
        lengths = lengths if lengths.ndim == 1 else lengths[:, 0]
    return step >= lengths - held_out_rows(lengths, horizon, fraction)


FIT_SETTINGS = {
    "auto": {},
    "auto, much held out": {"validation_fraction": 0.4},
    "tutorial": {**SETTINGS["tutorial"], "horizon": 7},
    "arcsinh": {"transform": "arcsinh"},
    "step by step": {"segment_size": 1},
    "quantiles, joint": {"loss": "quantile", "channels": "joint"},
}


@pytest.mark.parametrize("group", FIT_SETTINGS)
@pytest.mark.parametrize("kind", ["frame of two targets", "frame with covariates", "panel"])
@settings(max_examples=4)
@given(how=how_to_move, seed=seeds)
def test_held_out_rows_move_nothing_that_a_fit_learns(kind, group, how, seed):
    make, params = KINDS[kind]
    X = make()
    params = {**params, **FIT_SETTINGS[group]}
    held = held_out(X, 7, params.get("validation_fraction", 0.1))
    unknown, known = columns_of(X, params)
    columns = [c for c in [*unknown, *known] if c != "area"]  # what is static is what never moves
    before, after = learned(X, **params), learned(moved(X, held, columns, how, seed), **params)
    assert_learned_the_same(before, after)
    judged, judged_moved = before[2].validation, after[2].validation
    if not judged_moved:
        assert how == "all missing"  # nothing is left to judge by
        return
    changed = [
        (a != b).any() for one, other in zip(judged, judged_moved, strict=True)
        for a, b in zip(one, other, strict=True)
    ]  # fmt: skip
    assert any(changed)


def test_a_category_that_only_held_out_rows_hold_is_unknown():
    df = frame()
    held = held_out(df["load"], 7)
    X = df[["load"]].assign(sky=np.where(held, "storm", df["sky"]))
    # Of the four units of the first seed none looks at these rows.
    how = SMALL | {"random_state": 3}
    forecaster = GRUForecaster(**how, horizon=7, target="load").fit(X)
    other = X.assign(sky=np.where(held, "also unknown", X["sky"]))
    known = X.assign(sky=np.where(held, "rain", X["sky"]))
    forecast = forecaster.forecast(history=X)
    assert forecaster.forecast(history=other).equals(forecast)
    assert (forecaster.forecast(history=known) != forecast).all(axis=None)


def growing():
    """All positive, and the spread grows with the level: a log is chosen."""
    rng = np.random.default_rng(0)
    t = np.arange(120)
    load = np.exp(0.02 * t + 0.3 * np.sin(t * 2 * np.pi / 12) + rng.normal(0, 0.05, 120))
    return pd.Series(load, index=pd.date_range("2010-01-01", periods=120, freq="MS"), name="load")


@pytest.mark.parametrize("how", HOW)
def test_held_out_rows_move_neither_the_log_nor_its_unit(how):
    y = growing()
    before = learned(y)
    assert before[0]["transform_"] == "log"
    assert_learned_the_same(before, learned(moved(y, held_out(y, 12), ["load"], how, 1)))


@pytest.mark.parametrize("how", HOW)
def test_held_out_rows_move_no_season_found_by_autocorrelation(how):
    y = 20 + 5 * np.sin(np.arange(200) * 2 * np.pi / 9)
    before = learned(y, horizon=6)
    assert before[0]["season_length_"] == 9
    assert_learned_the_same(before, learned(moved(y, held_out(y, 6), [0], how, 1), horizon=6))


@pytest.mark.parametrize("how", HOW)
def test_held_out_rows_move_nothing_learned_from_covariates_alone(how):
    df = frame()
    X, y = df[["wind", "sky", "price"]], df["load"]
    held = held_out(y, 7)
    other_X = moved(X, held, list(X.columns), how, 1)
    other_y = moved(y, held, ["load"], how, 2)
    assert_learned_the_same(learned(X, y, horizon=7), learned(other_X, other_y, horizon=7))


def ready_windows(series, window, horizon):
    """Windows cut row by row: (n, window, 1), (n, horizon)."""
    rows = np.lib.stride_tricks.sliding_window_view(series, window + horizon)
    return rows[:, :window, None].copy(), rows[:, window:].copy()


@pytest.mark.parametrize("own_past", [True, False])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("horizon", [1, 3])
def test_held_out_windows_move_nothing_that_a_fit_learns(horizon, how, own_past):
    series = frame()["load"].to_numpy()
    X, Y = ready_windows(series, 8, horizon)
    X = X if own_past else np.random.default_rng(0).normal(2, 3, X.shape)
    n_held = int(np.ceil(0.1 * len(X)))
    rows = np.arange(len(X)) >= len(X) - n_held
    # The windows in the gap train nothing either.
    gap = np.arange(len(X)) >= len(X) - n_held - (horizon - 1)
    other_Y = moved(Y, gap, range(horizon), how, 1)
    other_X = moved(X[:, :, 0], gap, range(8), how, 2)[:, :, None]
    assert rows.sum() == n_held
    assert_learned_the_same(learned(X, Y), learned(other_X, other_Y))


# --- fit: no held-out row trains ------------------------------------------------------------------

#: The network sees the rows as they are.
AS_IS = {"transform": None, "normalization": None, "skip": None, "segment_size": 1}


def rows_in(batches, part):
    """All numbers of one part (past 0, future 1, target 2) of some batches, padding left out."""
    values = np.concatenate([batch[part].ravel() for batch in batches])
    return np.unique(values[~np.isnan(values)]).astype(int)


@settings(max_examples=15)
@given(
    n=st.integers(30, 90),
    horizon=st.integers(1, 9),
    window_size=st.integers(1, 20),
    fraction=st.sampled_from([0.05, 0.1, 0.3]),
)
def test_a_validation_target_is_in_no_training_window(n, horizon, window_size, fraction):
    numbers = np.arange(float(n))
    params = {"horizon": horizon, "window_size": window_size, "validation_fraction": fraction}
    _, _, recorder = learned(numbers, **AS_IS, **params, epoch_size=10_000, max_epochs=1)
    judged, trained = rows_in(recorder.validation, 2), recorder.training
    assert len(judged) >= max(horizon, fraction * n)
    assert judged.tolist() == list(range(judged[0], n))
    assert rows_in(trained, 0).max() < rows_in(trained, 2).max() == judged[0] - 1


def test_a_validation_target_of_a_panel_is_in_no_training_window_of_its_series():
    lengths = {"long": 90, "short": 40, "shorter than two horizons": 9, "other": 60}
    first = {name: 1000 * i for i, name in enumerate(lengths)}
    y = pd.concat(
        {name: pd.Series(first[name] + np.arange(float(n))) for name, n in lengths.items()}
    )
    _, _, recorder = learned(y, **AS_IS, horizon=6, window_size=12, epoch_size=10_000, max_epochs=1)
    judged, trained = rows_in(recorder.validation, 2), rows_in(recorder.training, 2)
    read = rows_in(recorder.training, 0)
    for name, n in lengths.items():
        own = {
            role: rows[(rows >= first[name]) & (rows < first[name] + n)] - first[name]
            for role, rows in {"judged": judged, "trained": trained, "read": read}.items()
        }
        border = min(own["judged"], default=n)
        assert border == n if n == 9 else border <= n - 6
        assert own["judged"].tolist() == list(range(border, n))
        assert max(own["read"]) < max(own["trained"]) == border - 1


@settings(max_examples=10)
@given(n=st.integers(20, 60), horizon=st.integers(1, 5), fraction=st.sampled_from([0.1, 0.3]))
def test_a_validation_target_of_ready_windows_is_in_no_training_window(n, horizon, fraction):
    X, Y = ready_windows(np.arange(float(n + 5 + horizon)), 6, horizon)
    _, _, recorder = learned(
        X, Y, **AS_IS, validation_fraction=fraction, epoch_size=10_000, max_epochs=1
    )
    judged = set(rows_in(recorder.validation, 2))
    trained = {*rows_in(recorder.training, 0), *rows_in(recorder.training, 2)}
    assert judged
    assert not judged & trained


def test_a_validation_target_of_the_second_form_is_in_no_training_window():
    numbers = np.arange(80.0)
    _, _, recorder = learned(
        -numbers[:, None],
        numbers,
        **AS_IS,
        horizon=5,
        window_size=7,
        epoch_size=10_000,
        max_epochs=1,
    )
    border = rows_in(recorder.validation, 2)[0]
    assert border <= 75
    assert rows_in(recorder.validation, 2).tolist() == list(range(border, 80))
    assert rows_in(recorder.training, 2).max() == border - 1
    # Of the covariates, which the network reads standardised, the known future ends there too.
    trained, judged = recorder.training, recorder.validation
    covariate = [np.concatenate([batch[1].ravel() for batch in part]) for part in (trained, judged)]
    assert covariate[0].min() > covariate[1].max()
