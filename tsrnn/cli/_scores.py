"""The table that ``tsrnn backtest`` prints: its errors beside those of the seasonal naive."""

import numpy as np
import pandas as pd

from tsrnn.metrics import mase, smape


def compare(found, naive, df, season_length, name):
    """MASE and sMAPE of two backtests as a table in words, both means over the cutoffs.

    Parameters
    ----------
    found, naive : DataFrame
        What :func:`tsrnn.model_selection.backtest` returned for the forecaster and the seasonal
        naive; the rows of `found` are compared.
    df : DataFrame
        The rows that were backtested; those up to each cutoff scale its MASE.
    season_length : int
    name : str
        The forecaster's.

    Returns
    -------
    str
    """
    keys = [key for key in ("series", "target", "cutoff", "time") if key in found]
    naive = naive.merge(found[keys], on=keys)
    naive_name = f"seasonal naive ({season_length})" if season_length > 1 else "last value"
    scores = {
        (target, label): _mean_over_cutoffs(part, df[target], season_length)
        for label, backtested in {name: found, naive_name: naive}.items()
        for target, part in _by_target(backtested, df)
    }
    table = pd.DataFrame.from_dict(scores, orient="index", columns=["MASE", "sMAPE %"])
    table.index = pd.MultiIndex.from_tuples(table.index)
    targets = table.index.unique(0)
    table = table.droplevel(0) if len(targets) == 1 else table.loc[list(targets)]
    cutoffs = found["cutoff"].nunique()
    return f"Errors, as means over {cutoffs} cutoffs:\n{table.to_string(float_format='%.3f')}"


def _by_target(backtested, df):
    if "target" not in backtested:
        return [(df.columns[0], backtested)]
    return backtested.groupby("target", sort=False)


def _mean_over_cutoffs(backtested, known, season_length):
    if known.index.nlevels == 1:
        known = pd.concat({known.name: known})
    times = known.index.get_level_values(1)
    scores = []
    for cutoff, part in backtested.dropna(subset=["actual"]).groupby("cutoff"):
        part = part.set_index(["series", "time"])
        pair = part["actual"], part["forecast"]
        scale = {"y_train": known[times <= cutoff], "season_length": season_length}
        scores.append((mase(*pair, **scale), smape(*pair)))
    return np.mean(scores, axis=0)
