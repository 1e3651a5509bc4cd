"""How much tomorrow's temperature tells of tomorrow's electricity demand, half hour by half hour.

One forecaster sees the demand of Victoria alone, the other its temperature too, known for the steps to come. Both train
on 2012 and 2013 and forecast 60 days of 2014, every sixth one, each from the rows before it. The temperature is the one
that was measured: of a perfect weather forecast.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from tsrnn import LSTMForecaster
from tsrnn.model_selection import SeasonalNaive, backtest

DAY = 48  # half hours
EPOCHS, SEEDS, DAYS = 15, [0, 1], 60
DATA_HOME = Path(__file__).resolve().parents[2] / "shared" / "data"
FILE = "electricity/vic_electricity.csv"


def read(data_home):
    """Return demand (MW) and temperature (°C) on the clock of Melbourne, daylight saving and all."""
    path = Path(data_home) / FILE
    if not path.is_file():
        raise SystemExit(
            f"{path} is not there. Give the folder that holds {FILE} with --data-home; the file is "
            "vic_electricity of https://github.com/skforecast/skforecast-datasets (from R's tsibbledata, CC BY)."
        )
    frame = pd.read_csv(path, index_col="Time", parse_dates=True)[["Demand", "Temperature"]]
    return frame.tz_convert("Australia/Melbourne")


def compare(frame, days=DAYS, epochs=EPOCHS, seeds=SEEDS):
    """Return a tidy frame of backtests: one forecaster after the other, each with every seed."""
    found = []
    for name, known_future in {"without": None, "with": "Temperature"}.items():
        rows = frame if known_future else frame["Demand"].to_frame()
        for seed in seeds:
            forecaster = LSTMForecaster(
                horizon=DAY,
                target="Demand",
                known_future=known_future,
                max_epochs=epochs,
                random_state=seed,
            )
            # Fitted once, before the first of the days.
            one = backtest(forecaster, rows, n_splits=days, step=6 * DAY, refit=False)
            found.append(one.assign(temperature=name, seed=seed))
    naive = backtest(
        SeasonalNaive(7 * DAY), frame["Demand"], n_splits=days, horizon=DAY, step=6 * DAY
    )
    found.append(naive.assign(temperature="last week", seed=0))
    found = pd.concat(found, ignore_index=True)
    return found.assign(error=(found["actual"] - found["forecast"]).abs())


def draw(found, temperature):
    """Draw the error by how warm the day was, and the warmest of the days."""
    warmest = temperature.groupby(temperature.index.floor("D")).max()
    warmest = found["time"].dt.floor("D").map(warmest)
    colors = {"without": "tab:blue", "with": "tab:orange"}
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    groups = pd.cut(warmest, [0, 15, 20, 25, 30, 50], right=False)
    by_group = found.groupby([groups, "temperature"], observed=True)["error"].mean().unstack()
    for shift, name in enumerate(colors):
        left.bar(
            [x + 0.4 * shift - 0.2 for x in range(len(by_group))],
            by_group[name],
            width=0.4,
            color=colors[name],
            label=f"{name} temperature",
        )
    labels = [f"{group.left:g} to {group.right:g}" for group in by_group.index]
    labels[0], labels[-1] = (
        f"below {by_group.index[0].right:g}",
        f"above {by_group.index[-1].left:g}",
    )
    left.set_xticks(range(len(by_group)), labels)
    left.set(xlabel="highest temperature of the day (°C)", ylabel="mean absolute error (MW)")
    left.legend(frameon=False)
    day = found[found["cutoff"] == found.loc[warmest.idxmax(), "cutoff"]]
    hours = (day["step"] - 1) / 2
    for name in colors:
        mean = day[day["temperature"] == name].groupby(hours)["forecast"].mean()
        right.plot(mean, color=colors[name], label=f"forecast {name} temperature")
    right.plot(day.groupby(hours)["actual"].first(), color="black", label="actual")
    right.set(xlabel=f"hours after {day['cutoff'].iloc[0]:%d %B %Y, %H:%M}", ylabel="demand (MW)")
    errors = day.groupby("temperature")["error"].mean()
    right.set_title(
        f"The warmest of the days, {warmest.max():.0f} °C:\n"
        f"error {errors['without']:.0f} MW without, {errors['with']:.0f} MW with",
        fontsize=10,
    )
    right.legend(frameon=False)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(headline(found), fontweight="bold")
    return figure


def headline(found):
    """Say in a sentence how much the temperature helped, or that it did not."""
    errors = found.groupby("temperature")["error"].mean()
    change = errors["with"] / errors["without"] - 1
    how = f"cuts the error by {-change:.0%}" if change < 0 else f"raises the error by {change:.0%}"
    return f"Knowing the temperature {how}: from {errors['without']:.0f} to {errors['with']:.0f} MW a day ahead"


def main(folder, data_home=DATA_HOME):
    folder.mkdir(parents=True, exist_ok=True)
    frame = read(data_home)
    found = compare(frame)
    by_seed = found.groupby(["temperature", "seed"])["error"].mean().rename("error in MW")
    print(by_seed.round(1).to_string())
    print(headline(found) + ".")
    path = (folder / "electricity_and_temperature.png").resolve()
    draw(found, frame["Temperature"]).savefig(path, dpi=150)
    print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the picture goes")
    parser.add_argument(
        "--data-home",
        type=Path,
        default=DATA_HOME,
        help=f"the folder of {FILE}; by default %(default)s",
    )
    given = parser.parse_args()
    main(given.folder, given.data_home)
