"""The forecast that costs nothing, against which every other one is measured."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from tsrnn.frames import find_clock, forecast_frame, read_table, to_panel


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

    def fit(self, df):
        """Remember the rows to continue.

        Parameters
        ----------
        df : Series, DataFrame, ndarray, panel or list
            Rows in time order; every column is a target. Missing values are taken from earlier
            seasons.

        Returns
        -------
        self
        """
        if self.season_length < 1:
            raise ValueError(f"season_length must be at least 1, not {self.season_length!r}.")
        self.history_ = df
        return self

    def forecast(self, steps, *, history=None):
        """Repeat the last season of each series.

        Parameters
        ----------
        steps : int
            How many time steps.
        history : Series, DataFrame, ndarray, panel or list, default=None
            Rows to continue; None takes those of `fit`.

        Returns
        -------
        Series, DataFrame, ndarray, panel or list
            As `history` is, its index continued.
        """
        table = read_table(self.history_ if history is None else history, "history")
        clock = find_clock(table)
        panel = to_panel(table, table.frame.to_numpy(dtype=float), clock)
        ends = zip(panel.offsets[:-1], panel.offsets[1:], strict=True)
        seasons = [_last_season(panel.values[a:b], self.season_length) for a, b in ends]
        values = np.stack([season[np.arange(steps) % len(season)] for season in seasons])
        return forecast_frame(values, table.form, panel, list(table.frame.columns))


def _last_season(values, season_length):
    """The last season of an array (n, k), each missing value from the last season that has it."""
    m = min(season_length, len(values))
    whole = values[len(values) % m :].reshape(-1, m * values.shape[1])
    season = pd.DataFrame(whole).ffill().to_numpy()[-1].reshape(m, -1)
    last_seen = pd.DataFrame(values).ffill().to_numpy()[-1]
    return np.where(np.isnan(season), last_seen, season)
