"""Air passengers, the last 24 months held out: MASE of LSTMForecaster's defaults beside the seasonal naive's.

One command, a few seconds: python benchmarks/airline.py
"""

import time

from tsrnn import LSTMForecaster
from tsrnn.datasets import load_airline
from tsrnn.metrics import mase
from tsrnn.model_selection import SeasonalNaive

STEPS, SEASON = 24, 12


def run(seeds=range(5)):
    """Return the seasonal naive's MASE and a list of (seed, MASE, seconds)."""
    df = load_airline()
    past, held_out = df[:-STEPS], df[-STEPS:]

    def score(forecast):
        return mase(held_out, forecast, y_train=past, season_length=SEASON)

    rows = []
    for seed in seeds:
        start = time.perf_counter()
        forecast = LSTMForecaster(random_state=seed).fit(past).forecast(STEPS)
        rows.append((seed, score(forecast), time.perf_counter() - start))
    return score(SeasonalNaive(SEASON).fit(past).forecast(STEPS)), rows


def main():
    naive, rows = run()
    print(f"MASE (m = {SEASON}) of the last {STEPS} months of air passengers")
    print(f"seasonal naive    {naive:.3f}")
    for seed, error, seconds in rows:
        print(f"LSTM, seed {seed}      {error:.3f}   {error / naive:.2f} of it   {seconds:.1f} s")


if __name__ == "__main__":
    main()
