"""M4: sMAPE, MASE and OWA of LSTMForecaster's defaults on the competition's own test rows, and how many of them its
80 % and 95 % intervals cover.

One command: python benchmarks/m4.py Weekly [--data-home FOLDER]. The naive2 file of the competition, the denominator of
OWA, is read from FOLDER/m4; without it the table has no OWA.
"""

import argparse
import time
from pathlib import Path

import pandas as pd

from tsrnn import LSTMForecaster
from tsrnn.datasets import fetch_m4
from tsrnn.metrics import coverage, mase, owa, smape


def run(frequency, data_home=None, seed=0):
    """Return one row of the table, a dict."""
    m4 = fetch_m4(frequency, data_home=data_home)
    start = time.perf_counter()
    forecaster = LSTMForecaster(horizon=m4.horizon, random_state=seed).fit(m4.train)
    forecast = forecaster.forecast()
    seconds = time.perf_counter() - start
    bands = forecaster.forecast(quantiles=[0.025, 0.1, 0.9, 0.975])
    scale = {"y_train": m4.train, "season_length": m4.season_length}
    row = {
        "data": f"M4 {frequency}",
        "seed": seed,
        "sMAPE": smape(m4.test, forecast),
        "MASE": mase(m4.test, forecast, **scale),
        "cover 80 %": 100 * coverage(m4.test, bands[0.1], bands[0.9]),
        "cover 95 %": 100 * coverage(m4.test, bands[0.025], bands[0.975]),
        "seconds": seconds,
    }
    naive2 = Path(data_home or "") / "m4" / f"{frequency}-naive2.csv"
    if naive2.is_file():
        benchmark = m4.test.copy()
        benchmark[:] = (
            pd.read_csv(naive2, index_col=0)
            .loc[m4.test.index.get_level_values(0).unique()]
            .to_numpy()[:, : m4.horizon]
            .ravel()
        )
        row["OWA"] = owa(m4.test, forecast, y_pred_benchmark=benchmark, **scale)
    return row


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("frequency", choices=["Hourly", "Weekly"])
    parser.add_argument("--data-home", type=Path, default=None)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    rows = [run(given.frequency, given.data_home, seed) for seed in range(given.seeds)]
    print(pd.DataFrame(rows).round(3).to_string(index=False))
