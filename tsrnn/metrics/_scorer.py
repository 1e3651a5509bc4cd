"""Scorers for ``scoring=`` that find the targets in X when there is no y."""

import numpy as np
import pandas as pd


def make_forecast_scorer(metric, *, greater_is_better=False, **kwargs):
    """Make a scorer of forecasters from a metric, for ``GridSearchCV(..., scoring=)`` and the like.

    It is scikit-learn's :func:`~sklearn.metrics.make_scorer`, except that ``y`` may be absent, as
    it is after ``fit(df)``: the targets are then columns of ``X``, and panels are scored as panels.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, y_pred, **kwargs)``, such as :func:`~tsrnn.metrics.smape`.
    greater_is_better : bool, default=False
        False for an error: its sign is turned, so that a search still looks for the greatest score.
    **kwargs
        Further arguments of ``metric``, such as ``y_train`` and ``season_length``.

    Returns
    -------
    callable
        ``scorer(estimator, X, y=None)``, a float; greater is better.

    Examples
    --------
    >>> from tsrnn.metrics import make_forecast_scorer, smape
    >>> make_forecast_scorer(smape)
    make_forecast_scorer(smape, greater_is_better=False)
    """
    if not callable(metric):
        raise TypeError(f"metric must be a function, not {metric!r}.")
    return _ForecastScorer(metric, greater_is_better, kwargs)


class _ForecastScorer:
    # A class, not a closure: GridSearchCV(n_jobs=2) pickles its scorer.
    def __init__(self, metric, greater_is_better, kwargs):
        self.metric = metric
        self.greater_is_better = greater_is_better
        self.kwargs = kwargs

    def __call__(self, estimator, X, y=None):
        y_true = _targets(estimator, X) if y is None else y
        value = self.metric(y_true, estimator.predict(X), **self.kwargs)
        return value if self.greater_is_better else -value

    def __repr__(self):
        options = "".join(f", {name}=..." for name in self.kwargs)
        name = getattr(self.metric, "__name__", repr(self.metric))
        return f"make_forecast_scorer({name}, greater_is_better={self.greater_is_better}{options})"


def _targets(estimator, X):
    """The target columns of X; a list gives a list."""
    if isinstance(X, list) and len(X) and hasattr(X[0], "shape"):
        return [_targets(estimator, part) for part in X]
    if np.ndim(X) == 1:
        return X
    names = list(getattr(estimator, "target_names_", []))
    if not names or (isinstance(X, pd.DataFrame) and not set(names) <= set(X.columns)):
        raise ValueError(
            f"{type(estimator).__name__} does not find its targets among the columns of X; give y."
        )
    return X[names] if isinstance(X, pd.DataFrame) else np.asarray(X)[:, names]
