"""Fixtures of the forecasters' contract: a forecaster that fits in a moment, and rows for it."""

import warnings

import numpy as np
import pandas as pd
import pytest
from skorch.callbacks import Callback

from tsrnn import GRUForecaster, LSTMForecaster, RecurrentForecaster, RNNForecaster

FORECASTERS = [LSTMForecaster, GRUForecaster, RNNForecaster, RecurrentForecaster]


@pytest.fixture(params=FORECASTERS, ids=lambda cls: cls.__name__)
def every_forecaster(request):
    """Each of the four classes in turn."""
    return request.param


@pytest.fixture
def quick():
    """A function that returns a forecaster of four steps from eight rows, of two epochs.

    The season is given, so that nothing depends on what "auto" makes of an index.
    """

    def make(cls=LSTMForecaster, **params):
        small = {
            "horizon": 4,
            "window_size": 8,
            "season_length": 7,
            "hidden_size": 4,
            "max_epochs": 2,
            "device": "cpu",
            "random_state": 0,
        }
        return cls(**{**small, **params})

    return make


@pytest.fixture
def values():
    """60 positive numbers with a season of seven, a trend and noise."""
    step = np.arange(60)
    noise = np.random.default_rng(0).normal(0, 0.1, 60)
    return 5 + np.sin(2 * np.pi * step / 7) + step / 50 + noise


@pytest.fixture
def days():
    return pd.date_range("2024-01-01", periods=60, freq="D", name="day")


@pytest.fixture
def series(values, days):
    return pd.Series(values, index=days, name="load")


@pytest.fixture
def two(values, days):
    """Two columns; the second is no multiple of the first."""
    return pd.DataFrame({"load": values, "wind": np.sqrt(values[::-1])}, index=days)


@pytest.fixture
def panel(series):
    """Three series of unequal lengths and spans."""
    parts = {"north": series, "south": 3 * series[20:], "west": series[10:40] + 1}
    return pd.concat(parts, names=["site"])


@pytest.fixture
def weather(values, days):
    """A target and four columns known for the steps to come, and the ten days after them."""
    rng = np.random.default_rng(1)
    days = days.append(pd.date_range(days[-1] + days.freq, periods=10, freq="D"))
    days = pd.DatetimeIndex(days, freq="D", name="day")
    temp, weekend = rng.normal(size=70), days.day_of_week > 4
    frame = pd.DataFrame(
        {
            "load": np.concatenate([values, np.full(10, np.nan)]) + temp + 2 * weekend,
            "temp": temp,
            "kind": np.where(weekend, "weekend", "workday"),
            "sky": pd.Categorical(rng.choice(["clear", "cloud", "rain"], 70)),
            "holiday": np.arange(70) % 11 == 3,
        },
        index=days,
    )
    return frame[:60], frame[60:].drop(columns="load")


class TrainingBegan(Callback):
    """A skorch callback that fails the test when training begins."""

    def on_train_begin(self, net, **kwargs):
        raise AssertionError("training began before the check")


@pytest.fixture
def untrained(quick):
    """`quick`, but whoever trains it fails the test."""
    return lambda cls=LSTMForecaster, **params: quick(
        cls, **{"callbacks": [TrainingBegan()], "verbose": 1, **params}
    )


@pytest.fixture
def refused(capfd, tmp_path, monkeypatch):
    """A function that calls, expects an exception of just that class, and returns what it says.

    What a stranger must not see fails the test: a warning, anything printed or written, another library's exception
    behind ours or instead of it, a message of several lines.
    """
    monkeypatch.chdir(tmp_path)

    def call(kind, function, *args, **params):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(kind) as caught:
                function(*args, **params)
        error, message = caught.value, str(caught.value)
        assert type(error) is kind
        assert "tsrnn" in caught.traceback[-1].path.parts
        assert error.__cause__ is None
        assert error.__context__ is None or error.__suppress_context__
        assert "\n" not in message
        assert len(message) < 320
        assert message.endswith((".", "?"))
        assert capfd.readouterr() == ("", "")
        assert list(tmp_path.iterdir()) == []
        return message

    return call
