"""Every parameter of a forecaster refuses what it cannot take: by name, before any training, in a sentence."""

import inspect

import numpy as np
import pytest
import torch
from skorch.callbacks import EpochScoring

from tsrnn import LSTMForecaster, RecurrentForecaster
from tsrnn.cells import LSTM
from tsrnn.nn import PerStep

STEPS = "must be 'auto' or a whole number of steps, at least 1."
ROWS = "must be 'auto' or a whole number of rows, at least 1."
WINDOWS = "must be 'auto' or a whole number of windows, at least 1."
SHARE = "must be at least 0 and below 1."
NUMBER = "must be a number at least 0 and below 1."
LEVELS = "different numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."
LIST = "a list of numbers above 0 and below 1, such as [0.1, 0.5, 0.9]."
LOSSES = "'mae', 'mse', 'huber', 'quantile', or a torch.nn.Module that is called with (forecast, target)."
SEEDS = "must be a whole number, a numpy.random.RandomState or Generator, or None."
STOPPING = "must be 'auto', True, False, or a whole number of epochs, at least 1"

#: For each parameter values that it refuses, with the kind of the error and what is said.
REFUSED = {
    "cell": [
        ("lstm", TypeError, "cell must be a class such as tsrnn.cells.LSTM, got 'lstm'"),
        (None, TypeError, "cell must be a class such as tsrnn.cells.LSTM, got None"),
        (
            LSTM(1, 2),
            TypeError,
            "cell must be a class, not an instance of one: pass LSTM, not LSTM()",
        ),
        (
            torch.nn.LSTM,
            TypeError,
            "torch.nn.LSTM is a stack of layers, not a cell: use tsrnn.cells.LSTM",
        ),
        (torch.nn.Linear, TypeError, "Linear must have an attribute output_size"),
    ],
    "head": [
        ("last", TypeError, "head='last' must be a class such as tsrnn.nn.PerStep"),
        (torch.nn.Linear, TypeError, "head=Linear must be built as Head(size) and called with"),
        (
            PerStep,
            ValueError,
            "head=PerStep answers every step; a forecast needs a head that pools",
        ),
    ],
    "horizon": [
        (0, ValueError, f"horizon=0 {STEPS}"),
        (-1, ValueError, f"horizon=-1 {STEPS}"),
        ("two", ValueError, f"horizon='two' {STEPS}"),
        (1.5, TypeError, f"horizon=1.5 {STEPS}"),
        (None, TypeError, f"horizon=None {STEPS}"),
        (True, TypeError, f"horizon=True {STEPS}"),
        ([1, 2], TypeError, f"horizon=[1, 2] {STEPS}"),
        (
            60,
            ValueError,
            "X: too few rows: n_samples=60, but window_size=8 and horizon=60 need at least 68; ",
        ),
        (
            10**18,
            ValueError,
            "X: too few rows: n_samples=60, but window_size=8 and horizon=1000000000000000000 ",
        ),
    ],
    "window_size": [
        (0, ValueError, f"window_size=0 {ROWS}"),
        ("big", ValueError, f"window_size='big' {ROWS}"),
        (2.0, TypeError, f"window_size=2.0 {ROWS}"),
        (
            200,
            ValueError,
            "X: too few rows: n_samples=60, but window_size=200 and horizon=4 need at least 204; ",
        ),
        (
            2**63,
            ValueError,
            "X: too few rows: n_samples=60, but window_size=9223372036854775808 and horizon=4 ",
        ),
    ],
    "target": [
        ("lod", ValueError, "target='lod' is not a column of X; did you mean 'load'?"),
        (
            ["load", "x"],
            ValueError,
            "target='x' is not a column of X; the columns are 'load', 'wind'.",
        ),
        (
            [],
            ValueError,
            "target=[] names no column, so nothing is left to forecast; X has 'load', 'wind'.",
        ),
        (
            {"load": 1},
            TypeError,
            "target={'load': 1} must be the name of a column or a list of names.",
        ),
    ],
    "known_future": [
        ("winds", ValueError, "known_future='winds' is not a column of X; did you mean 'wind'?"),
        (
            ["load", "wind"],
            ValueError,
            "known_future names every column, so nothing is left to forecast",
        ),
    ],
    "season_length": [
        (
            0,
            ValueError,
            "season_length=0 must be 'auto' or a whole number of steps, from 1 to 1000000.",
        ),
        (
            "week",
            ValueError,
            "season_length='week' must be 'auto' or a whole number of steps, from",
        ),
        (None, TypeError, "season_length=None must be 'auto' or a whole number of steps, from"),
        (
            10**12,
            ValueError,
            "season_length=1000000000000 must be 'auto' or a whole number of steps, from",
        ),
    ],
    "hidden_size": [
        (0, ValueError, "hidden_size=0 must be a whole number of units, from 1 to 10000."),
        ("64", TypeError, "hidden_size='64' must be a whole number of units, from 1 to 10000."),
        ("auto", TypeError, "hidden_size='auto' must be a whole number of units, from 1 to 10000."),
        (6.4, TypeError, "hidden_size=6.4 must be"),
        (10**12, ValueError, "hidden_size=1000000000000 must be"),
    ],
    "num_layers": [
        (0, ValueError, "num_layers=0 must be a whole number of layers, from 1 to 100."),
        (1.0, TypeError, "num_layers=1.0 must be a whole number of layers, from 1 to 100."),
        (10**12, ValueError, "num_layers=1000000000000 must be"),
    ],
    "dropout": [
        (-0.1, ValueError, f"dropout=-0.1 {SHARE}"),
        (1, ValueError, f"dropout=1 {SHARE}"),
        (np.nan, ValueError, f"dropout=nan {SHARE}"),
        ("a", TypeError, f"dropout='a' {NUMBER}"),
        (None, TypeError, f"dropout=None {NUMBER}"),
    ],
    "segment_size": [
        (0, ValueError, f"segment_size=0 {ROWS}"),
        (
            9,
            ValueError,
            "segment_size=9 is longer than window_size=8; a window is cut into segments.",
        ),
        (1.5, TypeError, f"segment_size=1.5 {ROWS}"),
        (10**12, ValueError, "segment_size=1000000000000 is longer than window_size=8"),
    ],
    "transform": [
        (
            "sqrt",
            ValueError,
            "transform='sqrt' is unknown; use one of 'auto', 'log', 'arcsinh', None.",
        ),
        (
            np.log,
            TypeError,
            "transform=<ufunc 'log'> must be one of 'auto', 'log', 'arcsinh', None.",
        ),
    ],
    "normalization": [
        (
            "minmax",
            ValueError,
            "normalization='minmax' is unknown; use one of 'auto', 'standard', 'last', None.",
        ),
        (False, TypeError, "normalization=False must be one of 'auto', 'standard', 'last', None."),
    ],
    "skip": [
        (
            "seasnal",
            ValueError,
            "skip='seasnal' is unknown; use one of 'auto', 'seasonal', 'linear', 'mixture', None.",
        ),
        (1, TypeError, "skip=1 must be one of 'auto', 'seasonal', 'linear', 'mixture', None."),
    ],
    "channels": [
        (
            "both",
            ValueError,
            "channels='both' is unknown; use one of 'auto', 'independent', 'joint'.",
        ),
        (None, TypeError, "channels=None is unknown; use one of 'auto', 'independent', 'joint'."),
        (2, TypeError, "channels=2 must be one of 'auto', 'independent', 'joint'."),
    ],
    "loss": [
        ("rmse", ValueError, f"loss='rmse' is unknown; use one of {LOSSES}"),
        (None, TypeError, f"loss=None is unknown; use one of {LOSSES}"),
        (3, TypeError, f"loss=3 must be one of {LOSSES}"),
        (torch.nn.L1Loss, TypeError, "loss is the class L1Loss; give an instance, loss=L1Loss()."),
    ],
    "quantiles": [
        ([0, 1], ValueError, f"quantiles=[0, 1] must be {LEVELS}"),
        ([0.5, 0.5], ValueError, f"quantiles=[0.5, 0.5] must be {LEVELS}"),
        ([], ValueError, f"quantiles=[] must be {LEVELS}"),
        ("a", TypeError, f"quantiles='a' must be {LIST}"),
        (
            [0.1],
            ValueError,
            "quantiles=[0.1] are the levels of loss='quantile', but loss='mae'; set loss='quantile', ",
        ),
    ],
    "n_estimators": [
        (0, ValueError, "n_estimators=0 must be a whole number of networks, from 1 to 10000."),
        (1.5, TypeError, "n_estimators=1.5 must be"),
        (10**12, ValueError, "n_estimators=1000000000000 must be"),
    ],
    "max_epochs": [
        (0, ValueError, "max_epochs=0 must be a whole number of epochs, at least 1."),
        (None, TypeError, "max_epochs=None must be a whole number of epochs, at least 1."),
    ],
    "batch_size": [
        (0, ValueError, f"batch_size=0 {WINDOWS}"),
        ("all", ValueError, f"batch_size='all' {WINDOWS}"),
        (32.0, TypeError, f"batch_size=32.0 {WINDOWS}"),
    ],
    "epoch_size": [
        (0, ValueError, f"epoch_size=0 {WINDOWS}"),
        (None, TypeError, f"epoch_size=None {WINDOWS}"),
    ],
    "lr": [
        (0, ValueError, "lr=0 must be above 0 and finite, or 'auto'."),
        (np.inf, ValueError, "lr=inf must be above 0 and finite, or 'auto'."),
        (np.nan, ValueError, "lr=nan must be above 0 and finite, or 'auto'."),
        ("fast", TypeError, "lr='fast' must be a number above 0 and finite, or 'auto'."),
    ],
    "lr_schedule": [
        (
            "cosine",
            ValueError,
            "lr_schedule='cosine' is unknown; use one of 'auto', 'cycles', 'onecycle', None.",
        ),
        (True, TypeError, "lr_schedule=True must be one of 'auto', 'cycles', 'onecycle', None."),
    ],
    "optimizer": [
        (
            "adam",
            TypeError,
            "optimizer='adam' must be a class of torch.optim, such as torch.optim.Adam.",
        ),
        (
            torch.optim.Optimizer,
            TypeError,
            "must be a class of torch.optim, such as torch.optim.Adam.",
        ),
        (
            torch.optim.Adam([torch.zeros(1)]),
            TypeError,
            "optimizer=<Adam> must be a class of torch.optim, such as torch.optim.Adam.",
        ),
    ],
    "max_grad_norm": [
        (0, ValueError, "max_grad_norm=0 must be above 0, or None."),
        (np.nan, ValueError, "max_grad_norm=nan must be above 0, or None."),
        ("a", TypeError, "max_grad_norm='a' must be a number above 0, or None."),
    ],
    "early_stopping": [
        (0, ValueError, f"early_stopping=0 {STOPPING}"),
        (-3, ValueError, f"early_stopping=-3 {STOPPING}"),
        ("yes", TypeError, f"early_stopping='yes' {STOPPING}"),
        (None, TypeError, f"early_stopping=None {STOPPING}"),
    ],
    "validation_fraction": [
        (1.5, ValueError, f"validation_fraction=1.5 {SHARE}"),
        (True, TypeError, f"validation_fraction=True {NUMBER}"),
        ("a", TypeError, f"validation_fraction='a' {NUMBER}"),
    ],
    "callbacks": [
        (3, TypeError, "callbacks=3 must be a list of skorch callbacks, or None."),
        (EpochScoring("r2"), TypeError, "must be a list of skorch callbacks, or None."),
        (
            [3],
            TypeError,
            "callbacks holds 3, which is no skorch callback; its classes inherit from skorch.",
        ),
        ([("a", 3)], TypeError, "callbacks holds ('a', 3), which is no skorch callback;"),
    ],
    "device": [
        ("gpu", ValueError, "device='gpu' is unknown; use 'auto', or what this machine has: cpu"),
        ("", ValueError, "device='' is unknown; use 'auto', or what this machine has: cpu"),
        (
            "cuda:99",
            ValueError,
            "device='cuda:99' is not there; use 'auto', or what this machine has: cpu",
        ),
        (torch.device("cuda:99"), ValueError, "device='cuda:99' is not there; use 'auto'"),
        (None, TypeError, "device=None must be a name, such as 'auto', 'cpu' or 'cuda'."),
        (0, TypeError, "device=0 must be a name, such as 'auto', 'cpu' or 'cuda'."),
    ],
    "random_state": [
        (-1, ValueError, "random_state=-1 must be at least 0."),
        (1.5, TypeError, f"random_state=1.5 {SEEDS}"),
        ("a", TypeError, f"random_state='a' {SEEDS}"),
    ],
    "refit": [
        ("yes", ValueError, "refit='yes' must be 'auto', True or False."),
        (None, ValueError, "refit=None must be 'auto', True or False."),
    ],
    "warm_start": [
        ("yes", TypeError, "warm_start='yes' must be True or False."),
        (None, TypeError, "warm_start=None must be True or False."),
    ],
    "verbose": [
        (-1, ValueError, "verbose=-1 must be 0 or 1."),
        ("loud", TypeError, "verbose='loud' must be 0 or 1."),
    ],
}


def test_no_parameter_is_left_out():
    assert set(REFUSED) == set(inspect.signature(RecurrentForecaster).parameters)


@pytest.mark.parametrize(
    ("name", "value", "kind", "message"),
    [(name, *case) for name, cases in REFUSED.items() for case in cases],
    ids=[f"{name}-{i}" for name, cases in REFUSED.items() for i in range(len(cases))],
)
def test_a_parameter_refuses(name, value, kind, message, untrained, two, refused):
    f = untrained(RecurrentForecaster, **{"cell": LSTM, name: value})
    with pytest.raises(kind) as caught:
        f.fit(two)
    said = str(caught.value)
    assert message in said
    assert not hasattr(f, "net_")
    if name != "cell":  # whose messages tests/cells reads
        assert refused(kind, f.fit, two) == said


def test_a_refused_parameter_leaves_the_earlier_fit_as_it_was(quick, series):
    f = quick().fit(series)
    before = f.forecast()
    with pytest.raises(ValueError, match="hidden_size=0"):
        f.set_params(hidden_size=0).fit(series[:30])
    assert f.set_params(hidden_size=4).forecast().equals(before)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"early_stopping": True, "validation_fraction": 0},
            "early_stopping=True goes by the validation loss, but validation_fraction=0 holds nothing out; set "
            "validation_fraction above 0, or early_stopping=False.",
        ),
        (
            {"skip": "seasonal", "season_length": 30, "window_size": 10},
            "skip='seasonal' repeats the last 30 rows, but window_size=10; use a larger window_size, a smaller "
            "season_length, or skip='auto'.",
        ),
        (
            {"target": "load", "known_future": "load"},
            "column 'load' is both target and known_future, but the future of a target is what is forecast; leave it "
            "out of one of them.",
        ),
        ({"loss": "quantile", "quantiles": [0.1, 1.2]}, f"quantiles=[0.1, 1.2] must be {LEVELS}"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(params, message, untrained, two, refused):
    assert refused(ValueError, untrained(**params).fit, two) == message


def test_a_log_is_refused_where_a_target_is_not_above_0(untrained, panel, series, refused):
    panel[("west", panel.index[-1][1])] = 0.0
    message = refused(ValueError, untrained(transform="log").fit, panel)
    assert message == (
        "transform='log' needs targets above 0, but target column 'load' is 0 at series 'west', time 2024-02-09; use "
        "transform='arcsinh', 'auto' or None."
    )
    message = refused(ValueError, untrained(transform="log").fit, -series)
    assert "is -5.01257 at time 2024-01-01; use" in message


def test_a_seed_callbacks_and_flags_may_be_of_every_kind_that_is_usual(quick, series):
    class Counting(EpochScoring):
        pass

    named = [
        ("score", Counting(lambda *_: 0.0, name="own")),
        EpochScoring(lambda *_: 0.0, name="two"),
    ]
    for params in (
        {"random_state": np.random.RandomState(0)},
        {"random_state": np.random.default_rng(0)},
        {"random_state": np.int64(3)},
        {"callbacks": named},
        {"callbacks": ()},
        {"hidden_size": np.int32(4), "lr": np.float32(0.01), "warm_start": np.bool_(False)},
        {"device": torch.device("cpu")},
        {"max_grad_norm": None, "early_stopping": np.bool_(True)},
    ):
        assert len(quick(max_epochs=1, **params).fit(series).forecast()) == 4


def test_a_misspelt_parameter_is_refused_when_it_is_given():
    with pytest.raises(TypeError, match="unexpected keyword argument 'horzon'"):
        LSTMForecaster(horzon=3)
    with pytest.raises(ValueError, match="Invalid parameter 'horzon' for estimator LSTMForecaster"):
        LSTMForecaster().set_params(horzon=3)
