"""Forecast in three lines from an installed wheel, away from the checkout.

Usage: python .ci/try_wheel.py WHEEL

The wheel goes into an empty environment in a temporary folder. Its dependencies come from the
environment of the interpreter that runs this script, as a path and not as an installation: nothing
large is installed twice, and the editable tsrnn over there stays invisible.
"""

import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

THREE_LINES = """
import tsrnn
from tsrnn import LSTMForecaster

df = tsrnn.datasets.load_airline()
f = LSTMForecaster().fit(df)
forecast = f.forecast(24)
"""
CHECKS = """
import sys
from pathlib import Path

print(forecast)
assert Path(sys.prefix).resolve() in Path(tsrnn.__file__).resolve().parents, tsrnn.__file__
assert len(forecast) == 24 and forecast.notna().all(axis=None), forecast
assert str(forecast.index[0]).startswith("1961-01"), forecast.index
"""


def try_wheel(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = Path(folder, "env")
        venv.create(env, symlinks=True)
        site = Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(env)}))
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        python = env / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", python]
        install = ["install", "--quiet", "--no-deps", "--ignore-installed", wheel.resolve()]
        subprocess.run([*pip, *install], check=True)
        subprocess.run([python, "-I", "-c", THREE_LINES + CHECKS], cwd=folder, check=True)
        command = [python.with_name("tsrnn"), "--help"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try_wheel(Path(sys.argv[1]))
