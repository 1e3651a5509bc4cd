"""A fit that fails, or is broken off, leaves the forecaster as it was; callbacks are those of now."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from torch import nn

import tsrnn


class Counts(nn.Module):
    """The mean absolute error, which fails at one call of it."""

    calls, fails_at = 0, None

    def forward(self, forecast, target):
        Counts.calls += 1
        if Counts.calls == Counts.fails_at:
            raise ZeroDivisionError("the user's own")
        return (forecast - target).abs().mean()


@pytest.fixture
def fails_at(monkeypatch):
    """A function that lets the loss fail at a call from now on."""

    def at(call):
        monkeypatch.setattr(Counts, "calls", 0)
        monkeypatch.setattr(Counts, "fails_at", call)

    at(None)
    return at


def rows_of(weather):
    past, _ = weather
    return past[:45], past[45:]


def go_on(how, forecaster, rows):
    if how == "fit":
        forecaster.set_params(warm_start=True).fit(rows)
    else:
        forecaster.partial_fit(rows)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@pytest.mark.parametrize("n_estimators", [1, 2])
def test_an_interrupt_leaves_the_forecaster_as_it_was(
    quick, weather, how, n_estimators, content, breaks_off
):
    first, second = rows_of(weather)
    f = quick(target="load", n_estimators=n_estimators, warm_start=True).fit(first)
    before, forecast = content(f), f.forecast(quantiles=[0.1, 0.5, 0.9])
    with pytest.raises(KeyboardInterrupt):
        go_on(how, f.set_params(callbacks=[breaks_off(2)]), second)
    assert content(f.set_params(callbacks=None)) == before
    assert f.forecast(quantiles=[0.1, 0.5, 0.9]).equals(forecast)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
def test_a_divergence_leaves_the_forecaster_as_it_was(quick, weather, how, content):
    rows, _ = weather
    f = quick(target="load", batch_size=4, warm_start=True).fit(rows)
    before = content(f)
    with pytest.raises(ValueError, match="training diverged"):
        go_on(how, f.set_params(lr=1e30, lr_schedule=None), rows)
    assert content(f.set_params(lr="auto", lr_schedule="auto")) == before


def test_an_error_in_the_loss_leaves_the_forecaster_as_it_was_at_whatever_step(
    quick, weather, fails_at, content
):
    first, second = rows_of(weather)

    def fitted():
        return quick(target="load", loss=Counts(), warm_start=True).fit(first)

    fails_at(None)
    f = fitted()
    fails_at(None)
    n_calls = Counts.calls if f.fit(second) is f else 0
    # The last call is in the training with the held-out rows, after the errors on them were learned.
    for call in (1, n_calls // 2, n_calls):
        fails_at(None)
        f = fitted()
        before = content(f)
        fails_at(call)
        with pytest.raises(ZeroDivisionError, match="the user's own"):
            f.fit(second)
        assert content(f) == before


def test_after_a_failure_training_goes_on_as_if_it_had_not_been(quick, series, breaks_off):
    f, other = (quick(warm_start=True).fit(series[:40]) for _ in range(2))
    with pytest.raises(KeyboardInterrupt):
        f.set_params(callbacks=[breaks_off(2)]).fit(series[40:])
    f.set_params(callbacks=None).fit(series[40:])
    assert f.forecast().equals(other.fit(series[40:]).forecast())


def test_a_session_goes_on_with_the_weights_from_before_a_failure(quick, series, breaks_off):
    f = quick().fit(series[:40])
    session, same = f.stream(), f.stream()
    expected = same.step(series.iloc[40])
    with pytest.raises(KeyboardInterrupt):
        f.set_params(callbacks=[breaks_off(2)]).partial_fit(series[40:])
    np.testing.assert_array_equal(session.step(series.iloc[40]), expected)


def test_a_first_fit_that_fails_leaves_the_forecaster_unfitted(quick, series, breaks_off):
    f = quick(callbacks=[breaks_off(2)])
    for method in (f.fit, f.partial_fit):
        with pytest.raises(KeyboardInterrupt):
            method(series)
        with pytest.raises(NotFittedError):
            f.forecast()
    assert vars(f) == vars(quick(callbacks=f.callbacks))


def test_callbacks_given_after_the_first_fit_hear_of_the_next_one(quick, series, tmp_path, hears):
    f = quick(warm_start=True, refit=False).fit(series)
    f.set_params(callbacks=[hears]).fit(series)
    assert hears.epochs == 2
    f.partial_fit(series)
    assert hears.epochs == 3
    f.set_params(callbacks=None).partial_fit(series)
    assert hears.epochs == 3
    f.save(tmp_path / "f")
    tsrnn.load(tmp_path / "f").set_params(callbacks=[hears]).partial_fit(series)
    assert hears.epochs == 4
