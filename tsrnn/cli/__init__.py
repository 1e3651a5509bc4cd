"""The command line: ``tsrnn forecast`` and ``tsrnn backtest`` on a CSV file."""

from tsrnn.cli._commands import app


def main():
    """Run the command line."""
    app(prog_name="tsrnn")
