"""Memory and time as the data grows: how far a process grows above its imports while LSTMForecaster fits or forecasts.

    python benchmarks/memory.py [ROWS ...]       # megabytes of the fit of one long series, under a minute
    python benchmarks/memory.py --growth         # rows and series times 10 and 100, a table and a picture, minutes

Each point is measured in a process of its own, at its peak. The data itself is counted too, and shown by itself.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROWS = (1_000_000, 10_000_000)
#: Rows in all, of one series or of series of LENGTH rows each; an epoch goes over every window, so its rows are fewer.
GROWTH, EPOCH_GROWTH, LENGTH = (
    (100_000, 1_000_000, 10_000_000),
    (10_000, 100_000, 1_000_000),
    100,
)
WINDOW, HORIZON = 336, 24
RESULTS = Path(__file__).resolve().parent / "results"


def measure(rows):
    """Return the megabytes by which a process that makes and fits a series of so many rows grows at its peak."""
    return in_a_process("fit", 1, rows)["megabytes"]


def in_a_process(task, n_series, n_rows):
    """Return what one of TASKS tells of so many series of so many rows each."""
    command = [sys.executable, __file__, "--task", task, str(n_series), str(n_rows)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def fit(n_series, n_rows):
    forecaster, before = make_forecaster(n_series), peak()
    data = make_data(n_series, n_rows)
    forecaster.fit(data)
    return grown(before, data)


def forecast(n_series, n_rows):
    forecaster, before = make_forecaster(n_series), peak()
    forecaster.fit(make_data(20, LENGTH) if n_series > 1 else make_data(1, 20 * LENGTH))
    data = make_data(n_series, n_rows)
    forecaster.forecast(history=data)
    return grown(before, data)


def epoch(n_series, n_rows):
    """Return the seconds of one epoch over every window, the first one, which loads things, left out."""
    parameters = {"window_size": LENGTH // 2, "epoch_size": n_series * n_rows, "max_epochs": 2}
    history = make_forecaster(n_series, **parameters).fit(make_data(n_series, n_rows)).history_
    return {"seconds": float(history["seconds"].iloc[1])}


TASKS = {"fit": fit, "forecast": forecast, "epoch": epoch}


def make_forecaster(n_series, **parameters):
    from tsrnn import LSTMForecaster

    parameters = {
        "window_size": WINDOW if n_series == 1 else LENGTH // 2,
        "horizon": HORIZON,
        "max_epochs": 1,
        "device": "cpu",
        "random_state": 0,
    } | parameters
    return LSTMForecaster(**parameters)


def make_data(n_series, n_rows):
    """Return hours of a noisy daily season, with no more memory taken than they hold."""
    import numpy as np
    import pandas as pd

    index = pd.date_range("1000-01-01", periods=n_rows, freq="h", unit="s")
    if n_series > 1:
        index = pd.MultiIndex.from_product([np.arange(n_series), index], names=["series", "time"])
    load = np.random.default_rng(0).standard_normal(len(index))
    for start in range(0, len(load), 1_000_000):
        part = load[start : start + 1_000_000]
        part += 10 * np.sin(2 * np.pi / 24 * np.arange(start, start + len(part)))
    return pd.Series(load, index=index, name="load", copy=False)


def grown(before, data):
    """Return the megabytes by which this process has grown at its peak, and those of the data alone."""
    return {"megabytes": (peak() - before) / 1e6, "data": data.memory_usage() / 1e6}


def peak(process="self"):
    """Return the most memory that this process (on Linux, or another by its number) has held so far, in bytes."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        # Not ru_maxrss: on Linux a process inherits that of the one which started it.
        fields = dict(row.split(":") for row in status.read_text().splitlines())
        return 1024 * int(fields["VmHWM"].removesuffix("kB"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def peak_with_children():
    """Return the peaks of this process and, on Linux, of those that it started and that still run, in bytes."""
    listed = Path("/proc/self/task").glob("*/children")
    return peak() + sum(peak(child) for file in listed for child in file.read_text().split())


def show_fits(rows):
    print("rows         MB above the imports    and above the series")
    for n in rows:
        told = in_a_process("fit", 1, n)
        print(f"{n:<12,} {told['megabytes']:<23.0f} {told['megabytes'] - told['data']:.0f}")


def show_growth(growth, epoch_growth, out):
    """Measure, print and store how time and memory grow, and draw it."""
    import pandas as pd

    told = []
    for task, sizes in (("epoch", epoch_growth), ("fit", growth), ("forecast", growth)):
        for n in sizes:
            for what, shape in (("one series", (1, n)), ("series", (n // LENGTH, LENGTH))):
                told.append({"task": task, "of": what, "rows": n, **in_a_process(task, *shape)})
                print(json.dumps(told[-1]), flush=True)
    table = pd.DataFrame(told)
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "growth.csv", index=False)
    draw(table).savefig(out / "growth.png", dpi=150)


def draw(table):
    """Draw time and memory over rows: straight lines, each with what a row more takes."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    panels = {
        "epoch": ("seconds", "an epoch over all windows", "seconds", "µs"),
        "fit": ("megabytes", "memory of fit", "megabytes above the imports", "bytes"),
        "forecast": ("megabytes", "memory of forecast", "megabytes above the imports", "bytes"),
    }
    labels = {"one series": "one series", "series": f"series of {LENGTH} rows"}
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    for ax, (task, (column, title, unit, of_row)) in zip(
        figure.subplots(1, 3), panels.items(), strict=True
    ):
        for (of, label), marker in zip(labels.items(), "os", strict=True):
            points = table[(table["task"] == task) & (table["of"] == of)]
            rows, values = points["rows"].to_numpy(), points[column].to_numpy()
            slope = (values[-1] - values[0]) / (rows[-1] - rows[0])
            name = f"{label}: {slope * 1e6:.3g} {of_row} a row"
            ax.plot(rows[[0, -1]], values[[0, -1]], "--", color="0.7", zorder=1)
            ax.plot(rows, values, marker, label=name, markersize=7)
        # The legend has a place of its own above the points.
        ax.set(title=title, xlabel="rows in all (millions)", ylabel=unit)
        ax.set_ylim(0, 1.4 * table.loc[table["task"] == task, column].max())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: f"{rows / 1e6:g}"))
        ax.legend(loc="upper left", frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        "Time and memory grow with the rows in straight lines, for one long series as for many short ones"
    )
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=lambda n: int(n.replace("_", "")), default=ROWS)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--small", action="store_true", help="a hundredth of the rows, to try it")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--task", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        name, *shape = given.task
        print(json.dumps(TASKS[name](*map(int, shape))))
    elif given.growth:
        less = 100 if given.small else 1
        sizes = [[n // less for n in growth] for growth in (GROWTH, EPOCH_GROWTH)]
        show_growth(*sizes, given.out)
    else:
        show_fits(given.rows)
