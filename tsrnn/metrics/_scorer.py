"""Scorers for ``scoring=`` that find the targets in X when there is no y."""

import inspect

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from tsrnn.metrics._quantile import checked_levels
from tsrnn.metrics._rows import as_frame


def make_forecast_scorer(metric, *, greater_is_better=False, quantiles=None, **kwargs):
    """Make a scorer of forecasters from a metric, for ``GridSearchCV(..., scoring=)`` and the like.

    It is scikit-learn's :func:`~sklearn.metrics.make_scorer`, except that ``y`` may be absent, as
    it is after ``fit(df)``: the targets are then columns of ``X``, panels are scored as panels, and
    quantile forecasts can be scored too. Of a pipeline they are columns of what its last step gets,
    on the scale of that, as in ``Pipeline.score``.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, y_pred, **kwargs)``, such as :func:`~tsrnn.metrics.smape`. With `quantiles`
        also one of intervals, which names its arguments ``y_lower`` and ``y_upper``, such as
        :func:`~tsrnn.metrics.coverage`.
    greater_is_better : bool, default=False
        False for an error: its sign is turned, so that a search still looks for the greatest score.
    quantiles : list of float, default=None
        Levels that ``estimator.predict(X, quantiles=)`` is asked for. ``y_pred`` is then a frame
        with one column per level, or two-level columns (target, quantile). An interval metric gets
        the lowest and the highest level.
    **kwargs
        Further arguments of ``metric``, such as ``y_train`` and ``season_length``.

    Returns
    -------
    callable
        ``scorer(estimator, X, y=None)``, a float; greater is better.

    Raises
    ------
    TypeError
        If ``metric`` is not callable, or scores intervals and there are no `quantiles`.
    ValueError
        If `quantiles` are not different levels between 0 and 1.

    Examples
    --------
    >>> from tsrnn.metrics import coverage, make_forecast_scorer, mean_pinball_loss, smape
    >>> make_forecast_scorer(smape)
    make_forecast_scorer(smape, greater_is_better=False)
    >>> scoring = {
    ...     "smape": make_forecast_scorer(smape),
    ...     "pinball": make_forecast_scorer(mean_pinball_loss, quantiles=[0.1, 0.5, 0.9]),
    ...     "coverage": make_forecast_scorer(coverage, quantiles=[0.1, 0.9], greater_is_better=True),
    ... }  # for cross_validate(forecaster, df, cv=RollingOriginSplit(horizon=12), scoring=scoring)
    """
    if not callable(metric):
        raise TypeError(f"metric must be a function, not {metric!r}.")
    levels = None if quantiles is None else checked_levels(quantiles)
    if _is_of_intervals(metric) and (levels is None or len(levels) < 2):
        raise TypeError(
            f"{_name(metric)} scores intervals, so it needs the levels of their bounds; give "
            "quantiles=[0.1, 0.9], for example."
        )
    return _ForecastScorer(metric, greater_is_better, levels, kwargs)


class _ForecastScorer:
    # A class, not a closure: GridSearchCV(n_jobs=2) pickles its scorer.
    def __init__(self, metric, greater_is_better, quantiles, kwargs):
        self.metric = metric
        self.greater_is_better = greater_is_better
        self.quantiles = quantiles
        self.kwargs = kwargs

    def __call__(self, estimator, X, y=None):
        if y is None:
            estimator, X = _forecaster(estimator, X)
        y_true = _targets(estimator, X) if y is None else y
        if self.quantiles is None:
            value = self.metric(y_true, estimator.predict(X), **self.kwargs)
        else:
            y_true = as_frame(y_true, "y_true")
            y_pred = estimator.predict(X, quantiles=self.quantiles)
            value = self._of_quantiles(y_true, _quantile_frame(y_pred, y_true, self.quantiles))
        return value if self.greater_is_better else -value

    def _of_quantiles(self, y_true, y_pred):
        if not _is_of_intervals(self.metric):
            return self.metric(y_true, y_pred, **self.kwargs)
        lower, upper = (_of_level(y_pred, self.quantiles[i], y_true) for i in (0, -1))
        given = {"y_lower": lower, "y_upper": upper, **self.kwargs}
        if "y_true" in _arguments(self.metric):
            given["y_true"] = y_true
        return self.metric(**given)

    def __repr__(self):
        options = "" if self.quantiles is None else f", quantiles={self.quantiles}"
        options += "".join(f", {name}=..." for name in self.kwargs)
        better = f"greater_is_better={self.greater_is_better}"
        return f"make_forecast_scorer({_name(self.metric)}, {better}{options})"


def _name(metric):
    return getattr(metric, "__name__", repr(metric))


def _is_of_intervals(metric):
    return {"y_lower", "y_upper"} <= set(_arguments(metric))


def _arguments(metric):
    try:
        return list(inspect.signature(metric).parameters)
    except ValueError:
        return []  # of numpy's compiled functions, for example, none is known


def _forecaster(estimator, X):
    """Return what knows the targets within a search or pipeline, and X as it gets it."""
    while isinstance(estimator, Pipeline) or hasattr(estimator, "best_estimator_"):
        if not isinstance(estimator, Pipeline):
            estimator = estimator.best_estimator_
            continue
        X = estimator[:-1].transform(X) if len(estimator) > 1 else X
        estimator = estimator[-1]
    return estimator, X


def _targets(estimator, X):
    """The target columns of X; a list gives a list."""
    if isinstance(X, list) and len(X) and hasattr(X[0], "shape"):
        return [_targets(estimator, part) for part in X]
    if np.ndim(X) == 1:
        return X
    names = list(getattr(estimator, "target_names_", []))
    # An array has numbered columns; of ready windows no column is the target.
    there = X.columns if isinstance(X, pd.DataFrame) else range(np.shape(X)[-1])
    if not names or not set(names) <= set(there) or np.ndim(X) > 2:
        raise ValueError(
            f"{type(estimator).__name__} does not find its targets among the columns of X; give y."
        )
    return X[names] if isinstance(X, pd.DataFrame) else np.asarray(X)[:, names]


def _quantile_frame(values, y_true, levels):
    """Quantile forecasts (n, n_levels) or (n, n_targets, n_levels) as a frame like that of forecast."""
    columns = pd.Index(levels, name="quantile")
    if y_true.shape[1] > 1:
        columns = pd.MultiIndex.from_product([y_true.columns, levels], names=["target", "quantile"])
    return pd.DataFrame(np.reshape(values, (len(values), -1)), y_true.index, columns)


def _of_level(y_pred, level, y_true):
    """The forecasts of one level, a column for each target."""
    if y_pred.columns.nlevels == 1:
        return y_pred[[level]].set_axis(y_true.columns, axis=1)
    return y_pred.xs(level, axis=1, level=1)
