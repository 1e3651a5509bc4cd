"""A forecaster that was saved and loaded forecasts, goes on training and shows itself as the original does."""

import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from skorch.callbacks import EpochScoring
from torch import nn

import tsrnn
from tsrnn import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster
from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, Cell, PeepholeLSTM


def in_time(values, index):
    return pd.DataFrame({"load": values, "wind": np.sqrt(values[::-1])}, index=index)


FORMS = {
    "Series": lambda v: pd.Series(v, pd.date_range("2024", periods=60, name="day"), name="load"),
    "nameless Series": lambda v: pd.Series(v),
    "frame with a time zone": lambda v: in_time(
        v, pd.date_range("2024-03-29", periods=60, freq="h", tz="Europe/Helsinki")
    ),
    "month ends": lambda v: in_time(v, pd.date_range("2019", periods=60, freq="ME")),
    "business days": lambda v: in_time(v, pd.date_range("2024", periods=60, freq="B")),
    "weeks from Wednesday": lambda v: in_time(v, pd.date_range("2024", periods=60, freq="W-WED")),
    "own calendar": lambda v: in_time(
        v,
        pd.date_range(
            "2024",
            periods=60,
            freq=pd.offsets.CustomBusinessDay(holidays=["2024-01-04"], weekmask="Sun Mon Thu"),
        ),
    ),
    "seconds": lambda v: in_time(v, pd.date_range("2024", periods=60, freq="5s", unit="s")),
    "PeriodIndex": lambda v: in_time(v, pd.period_range("2019-01", periods=60, freq="M")),
    "integer index": lambda v: in_time(v, pd.RangeIndex(10, 310, 5, name="step")),
    "time stamps as names": lambda v: in_time(v, pd.date_range("2024", periods=60)).set_axis(
        pd.to_datetime(["2024", "2025"]), axis=1
    ),
    "list of arrays": lambda v: [v, v[20:] * 2],
    "list of frames": lambda v: [in_time(v, pd.date_range("2024", periods=60))] * 2,
    "vector": lambda v: v,
    "array": lambda v: np.column_stack([v, v[::-1]]),
    "panel by number": lambda v: pd.concat({7: pd.Series(v), 9: pd.Series(v[10:])}),
    "panel by date": lambda v: pd.concat({pd.Timestamp("2024"): pd.Series(v)}, names=["day", "t"]),
}


def same(left, right):
    """Assert that two forecasts are equal to the last bit, index and names included."""
    if isinstance(left, list):
        for one, other in zip(left, right, strict=True):
            same(one, other)
    elif isinstance(left, pd.Series):
        pd.testing.assert_series_equal(left, right, check_exact=True, check_freq=False)
    elif isinstance(left, pd.DataFrame):
        pd.testing.assert_frame_equal(left, right, check_exact=True, check_freq=False)
    else:
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("form", FORMS)
def test_forecasts_are_identical_whatever_the_rows_were(form, quick, again, values):
    rows = FORMS[form](values)
    fitted = quick().fit(rows)
    loaded = again(fitted)
    same(loaded.forecast(9), fitted.forecast(9))
    same(loaded.forecast(quantiles=[0.1, 0.9]), fitted.forecast(quantiles=[0.1, 0.9]))
    same(loaded.predict(rows), fitted.predict(rows))
    same(loaded.history_, fitted.history_)
    assert loaded.score(rows) == fitted.score(rows)


def test_a_panel_with_categories_and_covariates_of_all_kinds_comes_back(quick, again, shops):
    fitted = quick(GRUForecaster, target="sales", known_future=["open"]).fit(shops)
    loaded = again(fitted)
    later = shops.groupby("shop").tail(8)
    same(loaded.predict(later), fitted.predict(later))
    history = shops.groupby("shop").head(50)
    future = shops[["open"]].groupby("shop").tail(10)
    same(
        loaded.forecast(history=history, future=future),
        fitted.forecast(history=history, future=future),
    )
    assert list(loaded.feature_names_in_) == list(fitted.feature_names_in_)
    assert loaded.freq_ == "h"


def test_x_and_y_come_back(quick, again, values, series):
    X = pd.DataFrame({"temp": values[::-1]}, index=series.index)
    fitted = quick().fit(X[:50], series[:50])
    same(again(fitted).predict(X[50:]), fitted.predict(X[50:]))


def test_ready_windows_come_back(quick, again, values):
    windows = np.lib.stride_tricks.sliding_window_view(values, 12)[:, :, None]
    fitted = quick(window_size="auto").fit(windows[:, :8], windows[:, 8:, 0])
    loaded = again(fitted)
    same(loaded.predict(windows[:, :8]), fitted.predict(windows[:, :8]))
    with pytest.raises(ValueError, match="ready windows"):
        loaded.forecast()


@pytest.mark.parametrize("cell", [RNN, LSTM, LSTMP, PeepholeLSTM, JANET, GRU])
def test_every_cell_comes_back(cell, quick, again, series):
    fitted = quick(RecurrentForecaster, cell=cell, num_layers=2).fit(series)
    loaded = again(fitted)
    assert type(loaded) is RecurrentForecaster
    assert loaded.cell is cell
    same(loaded.forecast(9), fitted.forecast(9))


def test_a_cell_with_arguments_of_its_own_comes_back(quick, again, series):
    fitted = quick(RecurrentForecaster, cell=partial(GRU, reset_after=False)).fit(series)
    loaded = again(fitted)
    assert loaded.module_.body.recurrent.cells[0].reset_after is False
    same(loaded.forecast(9), fitted.forecast(9))


@pytest.mark.parametrize(
    "params",
    [
        {"n_estimators": 2},
        {"loss": "quantile", "quantiles": [0.1, 0.9]},
        {"loss": nn.SmoothL1Loss(beta=0.5)},
        {"segment_size": 1, "transform": None, "normalization": None, "skip": None},
        {"skip": "seasonal", "normalization": "last", "transform": "arcsinh"},
        {"skip": "mixture"},
        {"optimizer": torch.optim.RMSprop, "max_grad_norm": None, "lr_schedule": None},
        {"optimizer": torch.optim.SGD, "early_stopping": 1},
    ],
    ids=str,
)
def test_parameters_of_every_kind_come_back(params, quick, again, series):
    fitted = quick(**params).fit(series)
    loaded = again(fitted)
    same(loaded.forecast(9), fitted.forecast(9))
    assert str(loaded) == str(fitted)
    # The optimizer goes on from where it was, and so do the seeds.
    for estimator in (fitted, loaded):
        estimator.set_params(warm_start=True).fit(series)
    same(loaded.forecast(9), fitted.forecast(9))
    same(loaded.partial_fit(series).forecast(), fitted.partial_fit(series).forecast())
    assert len(loaded.history_) == len(fitted.history_)


@pytest.mark.parametrize("draw", [np.random.RandomState, np.random.default_rng])
def test_a_generator_draws_on_from_where_it_was(draw, quick, again, series):
    fitted = quick(random_state=draw(3)).fit(series)
    loaded = again(fitted)
    same(loaded.fit(series).forecast(), fitted.fit(series).forecast())


@pytest.mark.parametrize("cls", [LSTMForecaster, GRUForecaster, RNNForecaster])
def test_a_class_of_a_fixed_cell_stays_one(cls, quick, again, series):
    loaded = again(quick(cls).fit(series))
    assert type(loaded) is cls
    assert "cell" not in loaded.get_params()


def test_settings_and_the_identity_of_the_first_net_come_back(quick, again, series):
    fitted = quick(n_estimators=2).fit(series)
    loaded = again(fitted)
    shown = [name for name in vars(fitted) if name.endswith("_") and not name.startswith("_")]
    assert {name for name in vars(loaded)} == {name for name in vars(fitted)}
    for name in set(shown) - {"net_", "history_", "feature_names_in_"}:
        assert getattr(loaded, name) == getattr(fitted, name)
    assert loaded.net_ is loaded._fit_.nets[0] is loaded._fit_.rollout.nets[0]
    assert loaded.net_.module is loaded.module_


def test_parameters_changed_after_the_fit_change_nothing_that_was_learned(quick, again, series):
    fitted = quick().fit(series)
    before = fitted.forecast()
    loaded = again(fitted.set_params(hidden_size=32, window_size=3))
    same(loaded.forecast(), before)
    assert loaded.hidden_size == 32


def test_a_session_goes_on_alike(quick, again, series):
    fitted = quick().fit(series)
    sessions = [estimator.stream() for estimator in (fitted, again(fitted))]
    for value in (5.0, np.nan, 6.0):
        one, other = (session.step([value]) for session in sessions)
        same(one, other)


def test_another_process_forecasts_the_same(quick, series, tmp_path):
    fitted = quick().fit(series)
    fitted.save(tmp_path / "model")
    code = "import sys, tsrnn\ntsrnn.load(sys.argv[1]).forecast(9).to_pickle(sys.argv[2])\n"
    paths = [str(tmp_path / name) for name in ("model", "forecast")]
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    same(pd.read_pickle(paths[1]), fitted.forecast(9))


def test_a_loaded_forecaster_is_saved_as_the_same_file(quick, again, series, tmp_path):
    again(quick().fit(series)).save(str(tmp_path / "second"))
    first, second = (tmp_path / name for name in ("model.safetensors", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_loading_leaves_the_callers_random_state_alone(quick, again, series):
    fitted = quick().fit(series)
    before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    again(fitted)
    assert (torch.get_rng_state() == before[0]).all()
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002


def test_the_file_is_a_safetensors_file_with_weights_by_name(quick, again, series, tmp_path):
    from safetensors.torch import load_file

    fitted = quick().fit(series)
    again(fitted)
    tensors = load_file(tmp_path / "model.safetensors")
    for name, weight in fitted.module_.state_dict().items():
        assert torch.equal(tensors[f"net_.module.{name}"], weight)


# --- the user's own ---------------------------------------------------------------------------------------------------


class Own(Cell):
    """A cell with an attribute that no file could hold."""

    n_gates = 1

    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)
        self.squash = lambda x: torch.tanh(x) / 2

    def activate(self, wx, state):
        (h,) = state
        return {"candidate": self.squash(wx + nn.functional.linear(h, self.weight_hh_l0))}

    def advance(self, gates, state):
        return gates["candidate"], (gates["candidate"],)


class Loss(nn.Module):
    def __init__(self, power):
        super().__init__()
        self.power = power
        self.weight = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("floor", torch.tensor([0.1]))
        self.inner = nn.L1Loss(reduction="none")

    def forward(self, forecast, target):
        return (self.inner(forecast, target) ** self.power * self.weight + self.floor).mean()


class Forecaster(LSTMForecaster):
    pass


class Descent(torch.optim.SGD):
    pass


def test_a_cell_of_the_users_own_comes_back_where_it_is_given(quick, again, series):
    fitted = quick(RecurrentForecaster, cell=Own).fit(series)
    loaded = again(fitted, custom_objects={"Own": Own})
    assert loaded.cell is Own
    same(loaded.forecast(9), fitted.forecast(9))


@pytest.mark.parametrize("given", [None, {"Other": Own}])
def test_a_cell_that_is_not_given_is_named(given, quick, again, series):
    fitted = quick(RecurrentForecaster, cell=Own).fit(series)
    with pytest.raises(
        ValueError, match=r"no more than the name of Own.*custom_objects=.'Own': Own"
    ):
        again(fitted, custom_objects=given)


def test_a_loss_and_a_class_of_the_users_own_come_back(quick, again, series):
    fitted = quick(Forecaster, loss=Loss(1.5), optimizer=Descent).fit(series)
    own = {cls.__name__: cls for cls in (Forecaster, Loss, Descent)}
    loaded = again(fitted, custom_objects=own)
    assert type(loaded) is Forecaster
    assert type(loaded.net_.optimizer_) is Descent
    same(loaded.forecast(9), fitted.forecast(9))
    assert loaded.loss.power == 1.5
    assert loaded.net_.criterion_.loss.power == 1.5
    assert torch.equal(loaded.loss.weight, fitted.loss.weight)
    same(loaded.partial_fit(series).forecast(), fitted.partial_fit(series).forecast())


def test_two_classes_of_one_name_are_refused(quick, again, series):
    other = type("Own", (GRU,), {})
    fitted = quick(RecurrentForecaster, cell=Own).fit(series)
    with pytest.raises(TypeError, match=r"cell cannot be saved.*is named Own too; rename it"):
        again(fitted.set_params(cell=other))


def test_custom_objects_of_another_kind_are_refused(tmp_path):
    with pytest.raises(TypeError, match=r"custom_objects=.*must be a dict"):
        tsrnn.load(tmp_path / "model", custom_objects=[Own])


def test_a_lambda_is_refused(quick, again, series):
    own = quick(RecurrentForecaster, cell=lambda n, m: GRU(n, m)).fit(series)
    with pytest.raises(TypeError, match=r"cell cannot be saved.*\(def\)"):
        again(own)


def test_callbacks_are_left_out_with_a_warning(quick, again, series):
    fitted = quick(callbacks=[EpochScoring(lambda net, X, y: 0.0, name="own")]).fit(series)
    with pytest.warns(UserWarning, match="callbacks are not saved") as caught:
        loaded = again(fitted)
    assert len(caught) == 1
    assert loaded.callbacks is None
    same(loaded.forecast(), fitted.forecast())
    assert "own" in fitted.net_.history[-1]
    loaded.partial_fit(series)
    assert "own" not in loaded.net_.history[-1]
