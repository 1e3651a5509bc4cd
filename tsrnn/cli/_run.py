"""What the commands do: read, check, fit, then write files and a short summary."""

import warnings
from contextlib import contextmanager

import typer

from tsrnn.cli._data import read_data, read_future
from tsrnn.cli._files import PICTURES, check_writable, flat_columns


def run_forecast(options):
    """Forecast what comes after the file; `options` are those of the command, by name."""
    with _in_plain_words():
        _check(options)
        data = read_data(options)
        horizon = options.horizon or data.clock.season_length
        future = read_future(options.future, data, horizon)
        typer.echo(data.summary())
        forecaster = _make_forecaster(options, data, horizon).fit(data.rows)
        levels = options.quantile
        point = forecaster.forecast(horizon, future=future)
        bands = forecaster.forecast(horizon, future=future, quantiles=levels) if levels else None
        _give(point if bands is None else point.join(flat_columns(bands)), options.out)
        if options.plot is not None:
            from tsrnn.plotting import ForecastDisplay

            _draw(ForecastDisplay.from_predictions(data.rows, point, quantiles=bands), options.plot)


def run_backtest(options):
    """Forecast from past moments of the file; `options` are those of the command, by name."""
    from tsrnn.cli._scores import compare
    from tsrnn.model_selection import SeasonalNaive, backtest

    with _in_plain_words():
        _check(options)
        data = read_data(options)
        horizon = options.horizon or data.clock.season_length
        season = options.season_length or data.clock.season_length
        folds = {"n_splits": options.splits, "horizon": horizon, "step": options.step}
        naive = backtest(SeasonalNaive(season), data.rows[data.targets], **folds)
        typer.echo(data.summary())
        forecaster = _make_forecaster(options, data, horizon)
        own = {"refit": options.refit, "quantiles": options.quantile}
        found = backtest(forecaster, data.rows, **own, **folds)
        typer.echo(compare(found, naive, data.rows, season, options.model.upper()))
        if options.out is not None:
            _give(found.set_index("series"), options.out)
        if options.plot is not None:
            from tsrnn.plotting import BacktestDisplay

            _draw(BacktestDisplay.from_predictions(found), options.plot)


@contextmanager
def _in_plain_words():
    """Warnings without source lines, and a user's mistake as one sentence with exit status 2."""

    def show(message, *_, **__):
        typer.echo(f"Warning: {message}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = show
        try:
            yield
        except (ValueError, TypeError, OSError) as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(2) from None


def _check(options):
    for level in options.quantile or []:
        if not 0 < level < 1:
            raise ValueError(f"--quantile {level:g} must be above 0 and below 1; 0.9 is 90 %.")
        if options.quantile.count(level) > 1:
            raise ValueError(f"--quantile {level:g} is there twice.")
    taken = {
        "the file to read": options.file,
        "the file of --future": getattr(options, "future", None),
    }
    check_writable(options.out, "--out", taken)
    check_writable(options.plot, "--plot", taken | {"the file of --out": options.out}, PICTURES)


def _make_forecaster(options, data, horizon):
    from tsrnn import forecasters

    Forecaster = getattr(forecasters, f"{options.model.upper()}Forecaster")
    chosen = {
        "season_length": options.season_length,
        "window_size": options.window_size,
        "max_epochs": options.epochs,
        "known_future": data.known_future or None,
    }
    return Forecaster(
        horizon=horizon,
        target=data.targets,
        random_state=options.seed,
        device=options.device,
        verbose=int(options.verbose),
        **{name: value for name, value in chosen.items() if value is not None},
    )


def _give(frame, out):
    if out is None:
        typer.echo(frame.to_string(max_rows=60))
        return
    frame.to_csv(out)
    typer.echo(f"Wrote {len(frame):,} rows to {out}.")


def _draw(display, plot):
    display.figure_.savefig(plot)
    typer.echo(f"Drew {plot}.")
