"""The options that the commands share, each with the sentence that ``--help`` shows."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tsrnn.cli._files import PICTURES


class Model(StrEnum):
    lstm = "lstm"
    gru = "gru"
    rnn = "rnn"


File = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        readable=True,
        metavar="FILE",
        help="CSV file: a header, then one row per time step, oldest first. Lines before the "
        "header that start with # are comments.",
    ),
]
DATA = "The data"
Time = Annotated[
    str,
    typer.Option(help="Column of dates or whole numbers.", metavar="COL", rich_help_panel=DATA),
]
Target = Annotated[
    list[str],
    typer.Option(help="Column to forecast. Repeatable.", metavar="COL", rich_help_panel=DATA),
]
Series = Annotated[
    str | None,
    typer.Option(
        help="Column that names the series of each row, where the file holds several one below the "
        "other. One network learns from all.",
        metavar="COL",
        rich_help_panel=DATA,
    ),
]
Covariate = Annotated[
    list[str] | None,
    typer.Option(
        help="Column that may help and is known up to now. Repeatable.",
        metavar="COL",
        rich_help_panel=DATA,
    ),
]
KnownFuture = Annotated[
    list[str] | None,
    typer.Option(
        help="Column that may help and is known for the steps to come, such as a holiday. "
        "Repeatable.",
        metavar="COL",
        rich_help_panel=DATA,
    ),
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        help='How dates are written, where that is not clear: "%d/%m/%Y" is day first, "%Y%m" is '
        'the months 201501, 201502, ..., "%G%V" the ISO weeks of these numbers, each its Monday.',
        metavar="FORMAT",
        rich_help_panel=DATA,
    ),
]
MODEL = "The model"
Horizon = Annotated[
    int | None,
    typer.Option(
        help="Time steps to forecast.  [default: one season]",
        min=1,
        metavar="STEPS",
        rich_help_panel=MODEL,
    ),
]
ModelOption = Annotated[Model, typer.Option(help="Recurrent network.", rich_help_panel=MODEL)]
SeasonLength = Annotated[
    int | None,
    typer.Option(
        help="Time steps per season.  [default: from the dates; 12 for months, 24 for hours]",
        min=1,
        metavar="STEPS",
        rich_help_panel=MODEL,
    ),
]
WindowSize = Annotated[
    int | None,
    typer.Option(
        help="Time steps that the network looks back.  [default: chosen from the data]",
        min=1,
        metavar="STEPS",
        rich_help_panel=MODEL,
    ),
]
Quantile = Annotated[
    list[float] | None,
    typer.Option(
        help="Level to forecast besides, such as 0.1 or 0.9. Repeatable.",
        metavar="LEVEL",
        rich_help_panel=MODEL,
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(help="Most passes over the data.", min=1, rich_help_panel=MODEL),
]
Seed = Annotated[
    int, typer.Option(help="The same seed gives the same forecast.", rich_help_panel=MODEL)
]
Device = Annotated[
    str,
    typer.Option(
        help="auto, cpu, cuda, cuda:1 or mps; auto is a GPU if there is one.", rich_help_panel=MODEL
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the progress of the training.")]
Plot = Annotated[
    Path | None,
    typer.Option(help=f"Picture to draw: {', '.join(PICTURES[:3])}.", metavar="FILE"),
]
