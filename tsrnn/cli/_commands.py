"""The commands and what they ask for; what they do is in ``_run``."""

from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import typer

from tsrnn.cli._options import (
    DATA,
    MODEL,
    Covariate,
    DateFormat,
    Device,
    Epochs,
    File,
    Horizon,
    KnownFuture,
    Model,
    ModelOption,
    Plot,
    Quantile,
    SeasonLength,
    Seed,
    Series,
    Target,
    Time,
    Verbose,
    WindowSize,
)
from tsrnn.cli._run import run_backtest, run_forecast

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _show_version(wanted: bool):
    if wanted:
        typer.echo(f"tsrnn {version('tsrnn')}")
        raise typer.Exit


@app.callback()
def _about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
):
    """Forecast time series in a CSV file with a recurrent network.

    `tsrnn forecast FILE` says what comes next, `tsrnn backtest FILE` how far off such forecasts
    would have been in the past. Each has its own `--help`.
    """


@app.command()
def forecast(
    file: File,
    time: Time,
    target: Target,
    horizon: Horizon = None,
    out: Annotated[
        Path | None,
        typer.Option(help="CSV file to write; without it the forecast is shown.", metavar="FILE"),
    ] = None,
    plot: Plot = None,
    series: Series = None,
    covariate: Covariate = None,
    known_future: KnownFuture = None,
    future: Annotated[
        Path | None,
        typer.Option(
            help="CSV file with the steps to come: the columns of --time, --series and "
            "--known-future.",
            exists=True,
            dir_okay=False,
            metavar="FILE",
            rich_help_panel=DATA,
        ),
    ] = None,
    date_format: DateFormat = None,
    model: ModelOption = Model.lstm,
    season_length: SeasonLength = None,
    window_size: WindowSize = None,
    quantile: Quantile = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    device: Device = "auto",
    verbose: Verbose = False,
):
    """Forecast what comes after the last row of FILE.

    Example: `tsrnn forecast airline.csv --time Month --target Passengers --horizon 12
    --out forecast.csv --plot forecast.png`
    """
    run_forecast(SimpleNamespace(**locals()))


@app.command()
def backtest(
    file: File,
    time: Time,
    target: Target,
    horizon: Horizon = None,
    splits: Annotated[
        int, typer.Option(help="Past moments to forecast from.", min=1, rich_help_panel=MODEL)
    ] = 5,
    step: Annotated[
        int | None,
        typer.Option(
            help="Time steps between two of them.  [default: the horizon]",
            min=1,
            metavar="STEPS",
            rich_help_panel=MODEL,
        ),
    ] = None,
    refit: Annotated[
        bool, typer.Option(help="Train at each of them, or only once.", rich_help_panel=MODEL)
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option(help="CSV file to write, one row per forecast value.", metavar="FILE"),
    ] = None,
    plot: Plot = None,
    series: Series = None,
    covariate: Covariate = None,
    known_future: KnownFuture = None,
    date_format: DateFormat = None,
    model: ModelOption = Model.lstm,
    season_length: SeasonLength = None,
    window_size: WindowSize = None,
    quantile: Quantile = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    device: Device = "auto",
    verbose: Verbose = False,
):
    """Forecast from past moments of FILE and compare with what happened.

    Prints the errors beside those of the seasonal naive forecast, which repeats the last season:
    MASE is in units of the error that it makes in the rows before, sMAPE in per cent.

    Example: `tsrnn backtest airline.csv --time Month --target Passengers --horizon 12 --splits 3`
    """
    run_backtest(SimpleNamespace(**locals()))
