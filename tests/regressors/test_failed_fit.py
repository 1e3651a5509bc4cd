"""A fit that fails, or is broken off, leaves the regressor as it was; callbacks are those of now."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import tsrnn


@pytest.mark.parametrize("how", ["fit", "warm fit", "partial_fit"])
@pytest.mark.parametrize("fails", ["interrupt", "divergence"])
def test_a_training_that_fails_leaves_the_regressor_as_it_was(
    quick, X, y, how, fails, content, breaks_off
):
    regressor = quick(warm_start=how == "warm fit").fit(X[:40], y[:40])
    before, answers = content(regressor), regressor.predict(X)
    if fails == "interrupt":
        regressor.set_params(callbacks=[breaks_off(1)])
    else:
        regressor.set_params(lr=1e30, lr_schedule=None)
    method = regressor.partial_fit if how == "partial_fit" else regressor.fit
    with pytest.raises(KeyboardInterrupt if fails == "interrupt" else ValueError):
        method(3 * X[20:], y[20:] + 5)
    regressor.set_params(callbacks=None, lr=5e-3, lr_schedule="onecycle")
    assert content(regressor) == before
    np.testing.assert_array_equal(regressor.predict(X), answers)


def test_a_first_fit_that_fails_leaves_the_regressor_unfitted(quick, X, y, breaks_off):
    regressor = quick(callbacks=[breaks_off(1)])
    for method in (regressor.fit, regressor.partial_fit):
        with pytest.raises(KeyboardInterrupt):
            method(X, y)
        with pytest.raises(NotFittedError):
            regressor.predict(X)
    assert vars(regressor) == vars(quick(callbacks=regressor.callbacks))


def test_callbacks_given_after_the_first_fit_hear_of_the_next_one(quick, X, y, tmp_path, hears):
    regressor = quick(warm_start=True).fit(X, y)
    regressor.set_params(callbacks=[hears]).fit(X, y).partial_fit(X, y)
    assert hears.epochs == 3
    regressor.set_params(callbacks=None).save(tmp_path / "r")
    tsrnn.load(tmp_path / "r").set_params(callbacks=[hears]).partial_fit(X, y)
    assert hears.epochs == 4
