"""The environment of the peers, which need other versions than we do."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-peers"


def peers_python():
    """Return the interpreter of the peers' environment, made anew where peers.txt has changed."""
    wanted, installed = HERE / "peers.txt", PEERS / "peers.txt"
    python = PEERS / "bin" / "python"
    if not installed.is_file() or installed.read_text() != wanted.read_text():
        print(f"Installing the peers into {PEERS}: some minutes.", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--prefer-binary", "-r", wanted]
        subprocess.run(install, check=True)
        shutil.copy(wanted, installed)
    return python
