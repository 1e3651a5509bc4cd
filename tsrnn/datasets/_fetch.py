"""Benchmark data that is downloaded when first asked for, and then read from the cache."""

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from tsrnn.datasets._download import cached_file

_M4 = "https://raw.githubusercontent.com/Mcompetitions/M4-methods/master/Dataset"
_ETT = "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small"

# Path below data_home: address, SHA-256.
FILES = {
    "m4/Hourly-train.csv": (
        f"{_M4}/Train/Hourly-train.csv",
        "ea59b7783573c49077a835ab6465c7d66f1474783360f310988a9a737fbca62f",
    ),
    "m4/Hourly-test.csv": (
        f"{_M4}/Test/Hourly-test.csv",
        "71a57fccb15e534d973626ada4fb87febf789e9317715b7cc6dd3b5f90db6f42",
    ),
    "m4/Weekly-train.csv": (
        f"{_M4}/Train/Weekly-train.csv",
        "d478d3f6ed673e6ed3c2cb0fbed5425f72eedd51318ebebeb0b5ecfcefc37714",
    ),
    "m4/Weekly-test.csv": (
        f"{_M4}/Test/Weekly-test.csv",
        "3b2bc4be8e636e802260dcd843ca3c5da40536a1fbe1ecb3229a97dae4f44688",
    ),
    "ett/ETTh1.csv": (
        f"{_ETT}/ETTh1.csv",
        "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
    ),
}

# The season is the one by which the competition scales MASE.
_M4_SEASON_LENGTH = {"Hourly": 24, "Weekly": 1}


def _check_choice(name, value, allowed):
    if value not in list(allowed):
        raise ValueError(f"{name}={value!r} is not offered; choose one of {sorted(allowed)}.")


def _cached(name, **options):
    url, sha256 = FILES[name]
    return cached_file(name, url, sha256, **options)


def fetch_m4(frequency="Hourly", *, data_home=None, download_if_missing=True, n_retries=3):
    """Fetch the series of one frequency of the M4 competition, downloading them when needed.

    Parameters
    ----------
    frequency : {"Hourly", "Weekly"}, default="Hourly"
        "Hourly": 414 series of 700 to 960 hours; "Weekly": 359 series of 80 to 2597 weeks.
    data_home : str or path-like, default=None
        The folder of the cache, where the files are ``m4/Hourly-train.csv`` and so on. None is
        the environment variable TSRNN_DATA or, where it is not set, the user's cache folder.
        A folder that holds the files already may be read-only.
    download_if_missing : bool, default=True
        Whether a file that is missing or damaged is downloaded; if False, it is an error.
    n_retries : int, default=3
        How often a download that fails is tried again.

    Returns
    -------
    Bunch
        train, test : Series
            float64, named "value", with the levels "series" ("H1", "H2", ...) and "time"
            (1, 2, ..., which in `test` follows the `train` of the same series).
        frequency : str
        horizon : int
            Rows of each series in `test`.
        season_length : int
            The season by which the competition scales MASE.
        DESCR : str

    Raises
    ------
    OSError
        If a file cannot be downloaded, verified or written. Nothing half-written is left.

    References
    ----------
    .. [1] Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). "The M4 Competition:
       100,000 time series and 61 forecasting methods". International Journal of Forecasting 36.

    Examples
    --------
    >>> from tsrnn.datasets import fetch_m4
    >>> m4 = fetch_m4("Hourly")  # doctest: +SKIP
    >>> m4.test.loc["H1"].head(2)  # doctest: +SKIP
    time
    701    619.0
    702    565.0
    Name: value, dtype: float64
    """
    _check_choice("frequency", frequency, _M4_SEASON_LENGTH)
    options = dict(
        data_home=data_home, download_if_missing=download_if_missing, n_retries=n_retries
    )
    train = pd.read_csv(_cached(f"m4/{frequency}-train.csv", **options), index_col=0)
    test = pd.read_csv(_cached(f"m4/{frequency}-test.csv", **options), index_col=0)
    horizon = test.shape[1]
    return Bunch(
        train=_panel(train, start=np.ones(len(train), dtype=np.int64)),
        test=_panel(test, start=train.notna().to_numpy().sum(axis=1) + 1),
        frequency=frequency,
        horizon=horizon,
        season_length=_M4_SEASON_LENGTH[frequency],
        DESCR=(
            f"The {len(train)} {frequency} series of the M4 competition; the last {horizon} values "
            "of each are the test. Source: https://github.com/Mcompetitions/M4-methods."
        ),
    )


def _panel(wide, start):
    """Stack a frame of one series per row, empty after its end, whose times begin at `start`."""
    values = wide.to_numpy(dtype=np.float64)
    row, column = np.nonzero(~np.isnan(values))
    time = start[row] + column
    # Levels are given, not found, for the series to keep the file's order: H2 before H10.
    index = pd.MultiIndex(
        levels=[wide.index, pd.RangeIndex(1, time.max() + 1)],
        codes=[row, time - 1],
        names=["series", "time"],
    )
    return pd.Series(values[row, column], index=index, name="value")


def fetch_ett(name="ETTh1", *, data_home=None, download_if_missing=True, n_retries=3):
    """Fetch the electricity transformer temperature data, downloading it when needed.

    Parameters
    ----------
    name : {"ETTh1"}, default="ETTh1"
        "ETTh1": the first transformer, hourly.
    data_home : str or path-like, default=None
        The folder of the cache, where the file is ``ett/ETTh1.csv``. None is the environment
        variable TSRNN_DATA or, where it is not set, the user's cache folder.
        A folder that holds the file already may be read-only.
    download_if_missing : bool, default=True
        Whether a file that is missing or damaged is downloaded; if False, it is an error.
    n_retries : int, default=3
        How often a download that fails is tried again.

    Returns
    -------
    DataFrame of shape (17420, 7)
        float64, index `date` (freq "h", 2016-07-01 to 2018-06-26): the loads `HUFL`, `HULL`,
        `MUFL`, `MULL`, `LUFL`, `LULL` (high, middle, low; useful, useless) and the oil
        temperature `OT` (degrees Celsius), which is the target.

    Raises
    ------
    OSError
        If the file cannot be downloaded, verified or written. Nothing half-written is left.

    References
    ----------
    .. [1] Zhou, H. et al. (2021). "Informer: Beyond Efficient Transformer for Long Sequence
       Time-Series Forecasting". AAAI 35.

    Examples
    --------
    >>> from tsrnn.datasets import fetch_ett
    >>> fetch_ett("ETTh1")[["HUFL", "OT"]].tail(2)  # doctest: +SKIP
                           HUFL     OT
    date
    2018-06-26 18:00:00   9.243  9.778
    2018-06-26 19:00:00  10.114  9.567
    """
    _check_choice("name", name, ["ETTh1"])
    path = _cached(
        f"ett/{name}.csv",
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
    )
    frame = pd.read_csv(path, index_col=0, parse_dates=[0])
    frame.index.freq = "h"
    return frame
