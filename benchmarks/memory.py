"""Memory: how far the process grows above its imports while LSTMForecaster fits a long series, in megabytes.

One command, under a minute: python benchmarks/memory.py [ROWS ...]. Each fit runs in a process of its own. The series
itself is counted too: 16 bytes a row, of which 8 are its index.
"""

import subprocess
import sys
from pathlib import Path

ROWS = (1_000_000, 10_000_000)


def measure(rows):
    """Return the megabytes by which a process that makes and fits a series of so many rows grows at its peak."""
    command = [sys.executable, __file__, "--fit", str(rows)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(finished.stdout)


def fit(rows):
    """Make and fit a series of hours in this process and print by how many megabytes it grew."""
    import numpy as np
    import pandas as pd

    from tsrnn import LSTMForecaster

    before = peak()
    hours = pd.date_range("1000-01-01", periods=rows, freq="h", unit="s")
    load = np.random.default_rng(0).standard_normal(rows)
    # In parts, so that making it takes no more than it holds.
    for start in range(0, rows, 1_000_000):
        part = load[start : start + 1_000_000]
        part += 10 * np.sin(2 * np.pi / 24 * np.arange(start, start + len(part)))
    series = pd.Series(load, index=hours, name="load")
    LSTMForecaster(window_size=336, horizon=24, max_epochs=1, device="cpu").fit(series)
    print((peak() - before) / 1e6)


def peak():
    """Return the most memory that this process has held so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a process inherits that of the one which started it.
        fields = dict(row.split(":") for row in status.read_text().splitlines())
        return 1024 * int(fields["VmHWM"].removesuffix("kB"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def main(rows=ROWS):
    print("rows         MB above the imports")
    for n in rows:
        print(f"{n:<12,} {measure(n):.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fit"]:
        fit(int(sys.argv[2]))
    else:
        main([int(n.replace("_", "")) for n in sys.argv[1:]] or ROWS)
