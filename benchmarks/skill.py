"""Forecast skill: this library's defaults beside naive, classical and neural peers, on this machine, in one run.

    python benchmarks/skill.py                                # everything: many hours
    python benchmarks/skill.py --data M4-Weekly "short-*" --models "tsrnn*" "*naive" "Auto*" --seeds 0 1 2

Every model forecasts every data set in a process of its own, and each adds one line to the CSV at once, so that a run
that was broken off goes on where it stopped. The table (also as .txt) and the picture (.png) are made of all lines of
the CSV, published figures of anchors.csv beside them. Peers run in an environment of their own, .venv-peers, which is
made of peers.txt when first needed: about two minutes and two gigabytes.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
from data_sets import DATA_HOME, DATA_SETS, score
from models import N_ESTIMATORS
from peers_python import peers_python
from skill_table import draw, table, text
from tasks import read_forecasts

HERE = Path(__file__).resolve().parent
OURS = ["tsrnn", f"tsrnn-x{N_ESTIMATORS}", "naive", "seasonal-naive"]
MODELS = [*OURS, "AutoETS", "AutoTheta", "neuralforecast-LSTM", "neuralforecast-GRU"]
MODELS += ["neuralforecast-NHITS", "darts-BlockRNN"]
#: Models that draw nothing at random: one seed is enough.
FIXED = {"naive", "seasonal-naive", "AutoETS", "AutoTheta"}
#: What is not run, by patterns of data set and model, and why.
LEFT_OUT = {
    ("ETTh1-*", "Auto*"): "one model per channel and origin: hours",
    ("short-*", "neuralforecast-*"): "1,000 steps at each origin of each series: hours",
    ("short-*", "darts-*"): "1,000 steps at each origin of each series: hours",
    ("electricity-temperature", "darts-*"): "takes no covariates of the steps to come",
    ("electricity-temperature", "Auto*"): "takes no covariates",
}
COLUMNS = ["data", "model", "seed", "OWA", "sMAPE", "MASE", "WQL", "MSE", "MAE", "MASE/naive"]
COLUMNS += ["seconds", "fits", "MB", "date", "threads", "processor", "packages"]


def is_left_out(data, model):
    return any(fnmatch(data, a) and fnmatch(model, b) for a, b in LEFT_OUT)


def measure(data, model, seed, data_home):
    """Run one model on one data set in a process of its own; return its line of the CSV.

    Raises
    ------
    subprocess.CalledProcessError
        Where the model fails, with its error in `stderr`.
    """
    task = DATA_SETS[data](data_home)
    if model in OURS:
        python, script = sys.executable, "models.py"
    else:
        python, script = peers_python(), "peers.py"
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder, "task.npz"), Path(folder, "forecasts.npz")
        task.save(given)
        command = [python, HERE / script, given, out, model, str(seed)]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        forecasts, quantiles, cost = read_forecasts(out)
    return {
        "data": data,
        "model": model,
        "seed": seed,
        **score(task, forecasts, quantiles, data_home),
        **cost,
        "fits": task.fits,
        "date": f"{pd.Timestamp.now():%Y-%m-%d}",
        "threads": os.environ.get("OMP_NUM_THREADS", os.cpu_count()),
        "processor": platform.processor() or platform.machine(),
    }


def read_lines(path):
    """Return the lines of the CSV, the last of each data set, model and seed."""
    lines = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=COLUMNS)
    return lines.drop_duplicates(["data", "model", "seed"], keep="last")


def jobs(data, models, seeds):
    """Yield (data set, model, seed) of what is to be run."""
    for name in data:
        for model in models:
            for seed in seeds[:1] if model in FIXED else seeds:
                if not is_left_out(name, model):
                    yield name, model, seed


def run(todo, out, data_home, again):
    """Measure each job that the CSV does not have yet; return how many failed."""
    done = set(read_lines(out)[["data", "model", "seed"]].itertuples(index=False, name=None))
    failed = 0
    for job in todo:
        if job in done and not again:
            continue
        print(f"{pd.Timestamp.now():%H:%M} {job[0]}: {job[1]}, seed {job[2]}", flush=True)
        try:
            line = measure(*job, data_home)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or str(error)).strip()
            print("  failed:", *said.splitlines()[-3:], sep="\n  ", flush=True)
            failed += 1
            continue
        out.parent.mkdir(parents=True, exist_ok=True)
        new = not out.is_file()
        pd.DataFrame([line], columns=COLUMNS).to_csv(out, mode="a", header=new, index=False)
    return failed


def chosen(patterns, names, what):
    """Return the names that match a pattern, in their order."""
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in names):
            raise SystemExit(f"--{what} {pattern}: none matches. There are {', '.join(names)}.")
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", nargs="+", default=["*"], metavar="NAME", help=f"of {', '.join(DATA_SETS)}")
    add("--models", nargs="+", default=["*"], metavar="NAME", help=f"of {', '.join(MODELS)}")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED", help="%(default)s")
    add("--data-home", type=Path, default=DATA_HOME, help="the data's folder; %(default)s")
    add("--out", type=Path, default=HERE / "results" / "skill.csv", help="the CSV; %(default)s")
    add("--again", action="store_true", help="run what the CSV has already")
    given = parser.parse_args()
    data = chosen(given.data, list(DATA_SETS), "data")
    models = chosen(given.models, MODELS, "models")
    failed = run(jobs(data, models, given.seeds), given.out, given.data_home, given.again)
    anchors = pd.read_csv(HERE / "anchors.csv")
    lines = read_lines(given.out)
    if lines.empty:
        raise SystemExit("Nothing was measured.")
    found = table(lines, anchors, MODELS)
    words = text(found, lines, LEFT_OUT)
    print(words)
    given.out.with_suffix(".txt").write_text(words)
    draw(found, given.out.with_suffix(".png"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
