"""Checks that the displays share."""

from numbers import Integral

from sklearn.utils.validation import check_is_fitted


def check_forecaster(estimator):
    """Raise TypeError unless `estimator` can forecast, NotFittedError unless it is fitted."""
    if not hasattr(estimator, "forecast"):
        hint = ""
        if hasattr(estimator, "best_estimator_"):
            hint = "; give its best_estimator_"
        elif hasattr(estimator, "steps"):
            hint = "; give its last step"
        raise TypeError(
            f"estimator must be a forecaster, with a forecast method, got "
            f"{type(estimator).__name__}{hint}."
        )
    check_is_fitted(estimator)


def check_count(name, value, least, *, allow_none=False):
    """Raise unless `value` is a whole number from `least` on."""
    if value is None and allow_none:
        return
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}.")
