"""From a data frame to a picture of the future: three lines, then the two files they are for.

Leaves forecast.csv and forecast.png in the folder given, the current one by default.
"""

import argparse
from pathlib import Path

import tsrnn
from tsrnn import LSTMForecaster
from tsrnn.plotting import ForecastDisplay


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    df = tsrnn.datasets.load_airline()
    f = LSTMForecaster(random_state=0).fit(df)
    forecast = f.forecast(24)

    forecast.round(1).to_csv(folder / "forecast.csv")
    display = ForecastDisplay.from_estimator(f, df, steps=24, quantiles=[0.1, 0.9])
    display.figure_.savefig(folder / "forecast.png", dpi=150)

    print(f"Read {len(df)} months of air passengers, {df.index[0]:%Y-%m} to {df.index[-1]:%Y-%m}.")
    print(
        f"Looked back {f.window_size_} months at a time and trained {len(f.history_)} epochs in "
        f"{f.history_.seconds.sum():.1f} s."
    )
    print(f"Forecast the next {len(forecast)}:")
    print(forecast.round(1).to_string(max_rows=6))
    print(f"Wrote {(folder / 'forecast.csv').resolve()}")
    print(f"Wrote {(folder / 'forecast.png').resolve()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the two files go")
    main(parser.parse_args().folder)
