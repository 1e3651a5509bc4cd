"""How the default forecasts, in pictures: from the raw rows to the forecast and its bands, one step after the other.

Air passengers from end to end; hourly bike rentals for what a covariate adds, random walks for what cannot be learned.
Draws the pictures of docs/defaults.md.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.dates import DateFormatter, YearLocator
from skorch.callbacks import Callback

from tsrnn import LSTMForecaster
from tsrnn.datasets import load_airline, load_bikeshare
from tsrnn.forecasting.choices import autocorrelation, missed_by_repeating
from tsrnn.forecasting.effects import learn_effects
from tsrnn.plotting import ForecastDisplay, WindowDisplay

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#8A8A8A"
YEAR, WEEK = 12, 7 * 24
SHARES = np.linspace(0, 1, 21)


class LossByShare(Callback):
    """Ask the held-out windows, once trained, how much of what was learned is worth keeping."""

    def on_train_end(self, net, X=None, **kwargs):
        inputs, target = X.valid[X.valid.origins.spread(512)]
        network = net.module_.eval()
        self.losses = []
        with torch.inference_mode():
            for share in SHARES:
                network.keep_share(float(share))
                self.losses.append(float(net.criterion_(network(**inputs), target)))


def fit_passengers(rows):
    return LSTMForecaster(callbacks=[LossByShare()], random_state=0).fit(rows)


def fit_chaos(epochs=40):
    """Fit a logistic map: each value is a parabola of the one before, which a network learns and no regression does."""
    asked, rows = [LossByShare()], np.full(1000, 0.3)
    for t in range(1, len(rows)):
        rows[t] = 3.9 * rows[t - 1] * (1 - rows[t - 1])
    f = LSTMForecaster(horizon=2, callbacks=asked, max_epochs=epochs, random_state=0)
    return f.fit(pd.Series(rows))


def fit_walks(epochs=40):
    """Fit a panel of random walks: the last value is the best forecast there is."""
    steps = np.random.default_rng(0).standard_normal((10, 400))
    walks = [pd.Series(100 + walk) for walk in steps.cumsum(1)]
    return LSTMForecaster(
        horizon=20, callbacks=[LossByShare()], max_epochs=epochs, random_state=0
    ).fit(walks)


def panels(n, title, height=3.6):
    """Return a figure of `n` panels side by side, and these."""
    figure, axes = plt.subplots(1, n, figsize=(9, height), layout="constrained", squeeze=False)
    figure.suptitle(title, fontsize=11.5, fontweight="bold")
    for ax in axes[0]:
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes[0]


def draw_season(f, training):
    """Draw the autocorrelation of the levels, which tells the season, and by how much each repetition misses."""
    x = training["Passengers"].to_numpy(float)
    month = np.arange(len(x))
    trend = np.polyval(np.polyfit(month, x, 1), month)
    season, lag = f.season_length_, f.skip_lag_
    title = f"Air passengers resemble themselves most after {season} months"
    figure, (left, right) = panels(2, title, 3.3)
    acf = autocorrelation(x - trend, 3 * YEAR + 1)[1:]
    lags = np.arange(1, len(acf) + 1)
    left.bar(lags, acf, color=[ORANGE if k == season else GREY for k in lags])
    left.axhline(0.3, color="black", linewidth=0.8, linestyle=":")
    left.annotate("0.3", (lags[-1] + 0.8, 0.3), xytext=(0, 2), textcoords="offset points")
    left.set(xlabel="lag (months)", xticks=range(0, 3 * YEAR + 1, 6), ylim=(-0.75, 1))
    left.set_ylabel("autocorrelation")
    left.set_title(f"of the passengers less their trend: season_length_ = {season}", fontsize=9.5)
    repeated = [1, *range(YEAR, f.window_size_ + 1, YEAR)]
    missed = [np.expm1(missed_by_repeating(np.log(x), k, f.horizon_)) for k in repeated]
    names = ["last\nvalue", *(f"{k}\nmonths" for k in repeated[1:])]
    right.bar(names, 100 * np.array(missed), color=[ORANGE if k == lag else GREY for k in repeated])
    right.set(xlabel="what is repeated", ylabel="mean error a year ahead (%)")
    right.set_title(f"of naive forecasts: skip_lag_ = {lag}", fontsize=9.5)
    return figure


def draw_log(training):
    """Draw how the spread of stretches of a series grows with their level."""
    x = training["Passengers"]
    stretches = [x.iloc[part] for part in np.array_split(np.arange(len(x)), len(x) // 12)]
    level = np.array([part.mean() for part in stretches])
    spread = np.array([part.diff().std(ddof=0) for part in stretches])
    slope, start = np.polyfit(np.log(level), np.log(spread), 1)
    title = f"The spread of the passengers grows with their level to the power of {slope:.2f}: log"
    figure, (left, right) = panels(2, title)
    for i, part in enumerate(stretches):
        left.plot(part, color=(BLUE, GREY)[i % 2])
    left.xaxis.set_major_locator(YearLocator(2))
    left.set(xlabel="month", ylabel="passengers (thousands)")
    left.set_title("training rows, in stretches of a year", fontsize=9.5)
    right.loglog(level, spread, "o", color=BLUE)
    line = np.array([level.min(), level.max()])
    right.plot(line, np.exp(start) * line**slope, color=ORANGE, label=f"slope {slope:.2f}")
    middle = np.exp(np.log(spread).mean() - 0.5 * np.log(level).mean())
    right.plot(line, middle * line**0.5, ":", color="black", label="slope 0.5: above it, a log")
    right.set(
        xlabel="mean of a stretch (thousands)",
        ylabel="deviation of its\nmonthly changes (thousands)",
    )
    right.set_xticks([150, 200, 300, 400], ["150", "200", "300", "400"])
    right.set_yticks([10, 20, 40], ["10", "20", "40"])
    right.minorticks_off()
    right.legend(frameon=False)
    return figure


def humidity_effect(rentals):
    """Return how log rentals and humidity change over a week, and the slope that a fit starts from."""
    rows = np.log(rentals[["bikers"]].to_numpy(float))
    humidity = rentals[["hum"]].to_numpy(float)
    unit = humidity.std()
    slope, _ = learn_effects(rows, humidity / unit, np.array([0, len(rows)]), WEEK)
    return (
        (rows[WEEK:] - rows[:-WEEK])[:, 0],
        (humidity[WEEK:] - humidity[:-WEEK])[:, 0],
        slope.item() / unit,
    )


def draw_effect(rentals):
    """Draw what a known covariate adds to the target, as the regression of changes sees it."""
    change, cause, slope = humidity_effect(rentals)
    tenth = np.expm1(0.1 * slope)
    title = f"Ten points more humidity than a week before: {abs(tenth):.0%} {'fewer' if slope < 0 else 'more'} bikes"
    figure, (ax,) = panels(1, title)
    low, high = 0.2, 5
    outside = int(((np.exp(change) < low) | (np.exp(change) > high)).sum())
    label = f"an hour ({outside} of {len(change):,} lie outside)"
    ax.plot(100 * cause, np.exp(change), ".", color=GREY, alpha=0.4, markersize=4, label=label)
    middle = pd.Series(change).groupby(np.round(10 * cause) * 10).agg(["mean", "size"])
    middle = middle[middle["size"] >= 30]
    ax.plot(np.exp(middle["mean"]), "o", color=BLUE, label="mean of the hours within 5 points")
    line = np.linspace(cause.min(), cause.max(), 50)
    ax.plot(100 * line, np.exp(slope * line), color=ORANGE, linewidth=2, label="ridge regression")
    ax.set_yscale("log")
    ax.set(ylim=(low, high), yticks=[0.25, 0.5, 1, 2, 4], yticklabels=["¼", "½", "1", "2", "4"])
    ax.minorticks_off()
    ax.set(
        xlabel="change of humidity over a week (percentage points)",
        ylabel="bikes over those a week before",
    )
    ax.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def last_window(f, rows, actual):
    """Return the last window as the network sees it, and the year after it, on the window's own scale."""
    z = np.log(rows["Passengers"].to_numpy(float)[-f.window_size_ :])
    location, scale = z.mean(), z.std()
    ahead = {"what came": actual, "forecast": f.forecast(history=rows)}
    ahead = {
        name: (np.log(y["Passengers"].to_numpy(float)) - location) / scale
        for name, y in ahead.items()
    }
    z = (z - location) / scale
    start = f.module_.skip(torch.tensor(z, dtype=torch.float32)[None, :, None], share=0)
    return z, {"where training starts": start[0, :, 0].detach().numpy(), **ahead}


def draw_window(f, rows, actual):
    """Draw one window from its raw rows to the network's input, cut into segments, and the forecast on its scale."""
    z, ahead = last_window(f, rows, actual)
    colors = dict(zip(ahead, (GREY, "black", ORANGE), strict=True))
    start, came, forecast = ahead.values()
    naive = np.abs(z[-f.skip_lag_ :] - came).mean()
    parts = [np.abs(y - came).mean() / naive for y in (start, forecast)]
    figure, (left, right) = panels(
        2,
        "Of the error of last year repeated the start leaves {:.0%}, the network {:.0%}".format(
            *parts
        ),
    )
    left.plot(rows["Passengers"][-len(z) :], color=BLUE)
    left.set(ylabel="passengers (thousands)", xlabel="month")
    left.xaxis.set_major_locator(YearLocator())
    left.xaxis.set_major_formatter(DateFormatter("%Y"))
    left.set_title(f"raw: the last window_size_ = {len(z)} rows", fontsize=9.5)
    right.plot(np.arange(-len(z), 0), z, color=BLUE)
    for name, values in ahead.items():
        right.plot(np.arange(len(values)), values, color=colors[name], label=name)
    for edge in range(-len(z), f.horizon_ + 1, f.segment_size_):
        right.axvline(edge - 0.5, color=GREY, linewidth=0.5, linestyle="-" if edge else "--")
    right.set(
        xlabel="rows from the first forecast (months)",
        ylabel="log, shifted and scaled (no unit)",
        ylim=(None, 4.2),
    )
    right.set_title(f"as the network sees it: segment_size_ = {f.segment_size_}", fontsize=9.5)
    right.legend(frameon=True, framealpha=0.9, fontsize=8, loc="upper left")
    return figure


def draw_training(f):
    """Draw the learning rate and the losses by epoch; the epoch that is kept is marked."""
    history = f.history_
    best = history.loc[history["valid_loss"].idxmin()]
    n_judged = int(history["valid_loss"].notna().sum())
    title = f"Epoch {best['epoch']:.0f} of {n_judged} does best on the held-out rows, and is kept"
    if n_judged < len(history):
        title = f"{title}; {len(history) - n_judged} more with all rows"
    figure, (left, right) = panels(2, title, 3.3)
    left.plot(history["epoch"], 1000 * history["lr"], color=GREEN)
    left.set(xlabel="epoch", ylabel="learning rate (thousandths)")
    left.set_title(f"cycles, at most lr_ = {f.lr_:g}", fontsize=9.5)
    right.plot(history["epoch"], history["train_loss"], color=GREY, label="training")
    right.plot(history["epoch"], history["valid_loss"], color=BLUE, label="held-out rows")
    right.plot(best["epoch"], best["valid_loss"], "o", color=ORANGE, label="weights kept")
    right.set(
        xlabel="epoch", ylabel="mean absolute error\n(in scales of the window)", ylim=(0, None)
    )
    right.set_title(f"windows in a step: batch_size_ = {f.batch_size_}", fontsize=9.5)
    right.legend(frameon=False)
    return figure


def draw_share(chaos, walks):
    """Draw the loss on held-out rows by the share that is kept of what training added to its start."""
    fitted = {"a logistic map": chaos, "random walks": walks}
    shares = {name: f.module_.share for name, f in fitted.items()}
    title = "Of what training added {:.0%} is kept for a logistic map, {:.0%} for random walks"
    figure, (ax,) = panels(1, title.format(*shares.values()))
    for (name, f), color in zip(fitted.items(), (BLUE, ORANGE), strict=True):
        (asked,) = f.callbacks
        loss = np.array(asked.losses) / asked.losses[0]
        ax.plot(100 * SHARES, 100 * loss, color=color, label=name)
        kept = np.interp(shares[name], SHARES, loss)
        ax.plot(100 * shares[name], 100 * kept, "o", color=color, label=f"kept: {shares[name]:.0%}")
    ax.axhline(95, color="black", linestyle=":", linewidth=1)
    ax.annotate(
        "below this line the gain is more than luck", (100, 94), va="top", ha="right", fontsize=9
    )
    ax.set(xlabel="share kept of what training added to where it started (%)")
    ax.set_ylabel("error on held-out rows\n(% of the start's)")
    ax.legend(frameon=False, ncols=2, loc="lower left")
    return figure


def draw_bands(f, rows, actual):
    display = ForecastDisplay.from_estimator(
        f, rows, y_true=actual, quantiles=[0.025, 0.1, 0.9, 0.975], history_rows=36
    )
    low, high = f.forecast(history=rows, quantiles=[0.1, 0.9]).to_numpy().T
    came = actual["Passengers"].to_numpy()
    within = int(((low <= came) & (came <= high)).sum())
    display.ax_.set_title(
        f"{within} of {len(came)} months came within the 80 % band",
        pad=26,
        fontsize=11.5,
        fontweight="bold",
    )
    display.ax_.set_ylabel("passengers (thousands)")
    return display.figure_


def draw_rows(f, rows):
    display = WindowDisplay.from_estimator(f, rows)
    display.axes_[0].set_ylabel("passengers (thousands)")
    return display.figure_


def main(folder, epochs=40):
    folder.mkdir(parents=True, exist_ok=True)
    df = load_airline()
    rows, actual = df[:-YEAR], df[-YEAR:]
    passengers = fit_passengers(rows)
    training = rows[: -2 * YEAR]  # what fit holds out of them tells no choice
    pictures = {
        "rows": draw_rows(passengers, rows),
        "season": draw_season(passengers, training),
        "log": draw_log(training),
        "effect": draw_effect(load_bikeshare()),
        "window": draw_window(passengers, rows, actual),
        "training": draw_training(passengers),
        "share": draw_share(fit_chaos(epochs), fit_walks(epochs)),
        "bands": draw_bands(passengers, rows, actual),
    }
    for name, figure in pictures.items():
        path = (folder / f"default_{name}.png").resolve()
        figure.savefig(path, dpi=120)
        print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the pictures go")
    main(parser.parse_args().folder)
