"""The forecast that costs nothing, against which every other one is measured."""

from dataclasses import replace
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from tsrnn.columns import check_finite, check_targets_seen, named_as, numbers, require_columns
from tsrnn.frames import (
    check_steps,
    check_width,
    forecast_frame,
    panel_of,
    read_table,
    refuse_vector,
)


class SeasonalNaive(BaseEstimator):
    """Forecast that the last season repeats; with a season of 1, the last value.

    Parameters
    ----------
    season_length : int, default=1
        Time steps per season. Series shorter than that repeat all they have.

    See Also
    --------
    backtest : Takes it like any other forecaster.

    Examples
    --------
    >>> from tsrnn.model_selection import SeasonalNaive
    >>> SeasonalNaive(season_length=2).fit([7, 1, 8, 2]).forecast(3)
    array([8., 2., 8.])
    """

    def __init__(self, season_length=1):
        self.season_length = season_length

    def fit(self, X, y=None):
        """Remember the rows to continue.

        Parameters
        ----------
        X : Series, DataFrame, ndarray, panel or list
            Rows in time order. Without `y` every column is a target. Missing values are taken from
            earlier seasons.
        y : Series, DataFrame, ndarray or list, length n, default=None
            Targets, as a forecaster takes them; the columns of X then say nothing.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            Where a parameter or the data is not as described.
        """
        m = self.season_length
        if not isinstance(m, Integral) or isinstance(m, bool):
            raise TypeError(f"season_length must be a whole number of steps, not {m!r}.")
        if m < 1:
            raise ValueError(f"season_length must be at least 1, not {m!r}.")
        table = targets = read_table(X)
        if y is not None:
            refuse_vector(table)
            _read_numbers(table, list(table.frame.columns))
            targets = read_table(y, "y")
            if len(targets.frame) != len(table.frame):
                raise ValueError(
                    f"X and y have different lengths, {len(table.frame)} and {len(targets.frame)} "
                    "rows; give one y for each row of X."
                )
        self._targets, self._form = list(targets.frame.columns), targets.form
        self._panel = _read_panel(targets, self._targets)
        names = list(table.frame.columns)
        self.n_features_in_ = len(names)
        vars(self).pop("feature_names_in_", None)
        if all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        return self

    def forecast(self, steps, *, history=None):
        """Repeat the last season of each series.

        Parameters
        ----------
        steps : int
            How many time steps.
        history : Series, DataFrame, ndarray, panel or list, default=None
            Rows to continue, with the columns that are targets in `fit`; None takes those of `fit`.

        Returns
        -------
        Series, DataFrame, ndarray, panel or list
            As `history` is, its index continued.

        Raises
        ------
        TypeError, ValueError
            Where `steps` is no whole number from 1 on, or `history` is not as described.
        """
        check_is_fitted(self)
        steps, names = check_steps(steps), self._targets
        form, panel, zone = self._form, self._panel, None
        if history is not None:
            owner = type(self).__name__
            table = named_as(read_table(history, "history"), names, owner)
            check_width(table, names, owner)
            require_columns(table, names)
            form, panel, zone = table.form, _read_panel(table, names, panel), table.zone
        ends = zip(panel.offsets[:-1], panel.offsets[1:], strict=True)
        seasons = [_last_season(panel.values[a:b], self.season_length) for a, b in ends]
        values = np.stack([season[np.arange(steps) % len(season)] for season in seasons])
        return forecast_frame(values, form, panel, names, zone=zone)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.multi_output = True
        return tags


def _read_panel(table, names, fitted=None):
    """Return the targets of a table on its clock, that of the rows of a fit where these have one."""
    values = _read_numbers(table, names)
    panel = panel_of(table, values, fitted)
    check_targets_seen(replace(table, offsets=panel.offsets), names, panel.values)
    return panel


def _read_numbers(table, names):
    """Return columns of a table as float64, shape (rows, k), checked."""
    values = np.column_stack([numbers(table, name, is_target=True) for name in names])
    check_finite(table, names, values)
    return values


def _last_season(values, season_length):
    """The last season of an array (n, k), each missing value from the last season that has it."""
    m = min(season_length, len(values))
    before = np.full((-len(values) % m, values.shape[1]), np.nan)
    whole = np.concatenate([before, values]).reshape(-1, m * values.shape[1])
    season = pd.DataFrame(whole).ffill().to_numpy()[-1].reshape(m, -1)
    last_seen = pd.DataFrame(values).ffill().to_numpy()[-1]
    return np.where(np.isnan(season), last_seen, season)
