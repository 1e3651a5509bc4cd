"""Latency beside the bare network: what forecasting, a live step, a short fit and the import cost around it.

Bare: the fitted network itself, called on tensors that are ready, in inference mode. Ours: the public method, from
frame to frame. Both take turns in one run; the table has medians.

    python benchmarks/latency.py --threads 1 --out benchmarks/results/latency-1-thread.csv
"""

import argparse
import platform
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import tsrnn
from tsrnn import LSTMForecaster, SequenceRegressor

TURNS = 7
#: Series of the large panel, rows of each, and windows that go through the bare network at once.
SERIES, ROWS, AT_ONCE = 100_000, 100, 4096
LIBRARIES = "import torch, pandas, sklearn"


def in_turn(ours, beside, calls):
    """Return the median seconds of one call of both, taken in turn, after one turn that does not count."""
    turns = [(seconds(ours, calls), seconds(beside, calls)) for _ in range(TURNS + 1)]
    return np.median(turns[1:], axis=0)


def seconds(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def hours(n_series, n_rows, seed=0):
    """Return a panel of noisy daily seasons."""
    index = pd.MultiIndex.from_product(
        [np.arange(n_series), pd.date_range("2024-01-01", periods=n_rows, freq="h")],
        names=["series", "time"],
    )
    noise = np.random.default_rng(seed).standard_normal(len(index))
    season = np.sin(2 * np.pi / 24 * np.arange(n_rows))
    return pd.Series(10 + np.tile(season, n_series) + 0.1 * noise, index=index, name="load")


def fitted(rows):
    return LSTMForecaster(horizon=24, window_size=48, max_epochs=1, random_state=0).fit(rows)


def bare(forecaster, n_windows):
    """Return a function that calls the fitted network on so many windows."""
    network = forecaster.module_.eval()
    past = torch.randn(n_windows, forecaster.window_size_, 1)
    known = torch.zeros(n_windows, forecaster.horizon_, 0)

    @torch.inference_mode()
    def call():
        for start in range(0, n_windows, AT_ONCE):
            network(past[start : start + AT_ONCE], known[start : start + AT_ONCE])

    return call


def one_series():
    one = fitted(hours(1, 2000).droplevel("series"))
    return in_turn(one.forecast, bare(one, 1), 100)


def a_large_panel():
    panel = hours(SERIES, ROWS)
    many = fitted(panel.iloc[: 20 * ROWS])
    return in_turn(lambda: many.forecast(history=panel), bare(many, SERIES), 1)


def a_live_step():
    X = np.random.default_rng(0).standard_normal((200, 1))
    regressor = SequenceRegressor(max_epochs=1, random_state=0).fit(X, X[:, 0])
    session, network = regressor.stream(), regressor.module_.eval()
    row = torch.zeros(1, 1, 1)
    with torch.inference_mode():
        _, state = network(row)
    call = torch.inference_mode()(lambda: network(row, state))
    return in_turn(lambda: session.step(X[0]), call, 1000)


def a_live_forecast():
    one = fitted(hours(1, 2000).droplevel("series"))
    session = one.stream()
    return in_turn(lambda: session.step(10.0), bare(one, 1), 100)


def a_short_fit():
    """Return the seconds of a whole fit on 200 rows, and of its epochs alone."""
    rows = hours(1, 200).droplevel("series")
    turns = []
    for _ in range(TURNS + 1):
        start = time.perf_counter()
        forecaster = LSTMForecaster(random_state=0).fit(rows)
        turns.append((time.perf_counter() - start, forecaster.history_["seconds"].sum()))
    return np.median(turns[1:], axis=0)


def the_import():
    def run(code):
        subprocess.run([sys.executable, "-c", code], check=True)

    started = seconds(lambda: run("pass"), TURNS)
    took = in_turn(lambda: run(f"{LIBRARIES}, tsrnn"), lambda: run(LIBRARIES), 1)
    return took - started


def rows():
    """Yield what is measured, what stands beside it, what is to be reached, and the seconds of both."""
    yield "forecast() of one series", "bare network", "at most 2 ms and 3 times", *one_series()
    large = f"forecast() of {SERIES:,} series of {ROWS} rows"
    yield large, "bare network", "at most 1.25 times", *a_large_panel()
    yield "session.step(row)", "bare network", "at most 0.1 ms", *a_live_step()
    live = "session.step(row) of a forecaster"
    yield live, "bare network", "at most 0.1 ms", *a_live_forecast()
    yield "fit of 200 rows", "its epochs alone", "at most 1 s, and 0.1 s more", *a_short_fit()
    yield "import tsrnn", LIBRARIES, "at most 1.1 times", *the_import()


def main(threads, out):
    warnings.simplefilter("ignore")
    torch.set_num_threads(threads)
    table = pd.DataFrame(rows(), columns=["what", "beside", "reach", "ours (ms)", "beside (ms)"])
    table[["ours (ms)", "beside (ms)"]] *= 1000
    table["ratio"] = table["ours (ms)"] / table["beside (ms)"]
    table = table.assign(
        threads=threads,
        processor=platform.processor() or platform.machine(),
        date=f"{pd.Timestamp.now():%Y-%m-%d}",
        python=platform.python_version(),
        torch=torch.__version__,
        pandas=pd.__version__,
        tsrnn=tsrnn.__version__,
    )
    print(table.iloc[:, :6].round(3).to_string(index=False))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    main(given.threads, given.out)
