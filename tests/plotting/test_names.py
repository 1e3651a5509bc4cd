"""Names and tokens are data: whatever is in them, every picture draws them as they are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor
from tsrnn.model_selection import RollingOriginSplit, SeasonalNaive, backtest
from tsrnn.plotting import (
    BacktestDisplay,
    ForecastDisplay,
    GateDisplay,
    SplitDisplay,
    WindowDisplay,
)

# The first would be mathematics, the second be refused as such.
NAMES = ["US$ vs EUR$", "x_$%$"]


def series_of(name, n_rows=40):
    days = pd.date_range("2024-01-01", periods=n_rows, name=name)
    return pd.Series(np.arange(n_rows) % 7 + 1.0, index=days, name=name)


def panel_of(name, n_rows=40):
    parts = {f"{name}{i}": series_of(name, n_rows - 5 * i) for i in range(2)}
    return pd.concat(parts).to_frame()


def forecast(name, rows_of, ax):
    rows = rows_of(name)
    ends = slice(None), slice("2024-01-20", "2024-01-25")
    if rows.index.nlevels == 1:
        return ForecastDisplay.from_predictions(rows[:30], rows[30:], ax=ax)
    return ForecastDisplay.from_predictions(rows.loc[:, :"2024-01-19", :], rows.loc[ends, :], ax=ax)


def of_backtest(name, rows_of, ax):
    found = backtest(SeasonalNaive(7), rows_of(name), n_splits=2, horizon=7)
    return BacktestDisplay.from_predictions(found, ax=ax)


def split(name, rows_of, ax):
    return SplitDisplay.from_splitter(RollingOriginSplit(2, horizon=7), rows_of(name), ax=ax)


def window(name, rows_of, ax):
    rows = rows_of(name)
    forecaster = LSTMForecaster(horizon=7, window_size=7, max_epochs=1, random_state=0).fit(rows)
    return WindowDisplay.from_estimator(forecaster, rows, ax=ax)


def gates(name, rows_of, ax):
    rows = pd.DataFrame(rows_of(name)).assign(**{f"_{name}": 1.0})
    regressor = SequenceRegressor(hidden_size=2, max_epochs=1, random_state=0)
    regressor.fit(rows, rows.iloc[:, 0])
    return GateDisplay.from_estimator(regressor, rows, gates="input", ax=ax)


def check_drawn_as_written(figure, wanted):
    figure.canvas.draw()
    texts = [text for text in figure.findobj(Text) if "$" in text.get_text()]
    assert all(text.get_parse_math() for text in texts)
    assert not any(is_math_text(text.get_text()) for text in texts)
    # What is no mathematics is drawn without the backslashes.
    said = " ".join(" ".join(text.get_text() for text in texts).replace(r"\$", "$").split())
    assert [name for name in wanted if name not in said] == []


@pytest.mark.parametrize("on_axes", [False, True])
@pytest.mark.parametrize("rows_of", [series_of, panel_of])
@pytest.mark.parametrize("draw", [forecast, of_backtest, split, window, gates])
@pytest.mark.parametrize("name", NAMES)
def test_names_with_dollars_are_drawn_as_they_are(name, draw, rows_of, on_axes):
    display = draw(name, rows_of, plt.figure().add_subplot() if on_axes else None)
    wanted = [f"{name}0"] if rows_of is panel_of and draw is not gates else [name]
    check_drawn_as_written(display.figure_, wanted)


@pytest.mark.parametrize("rows_of", [series_of, panel_of])
@pytest.mark.parametrize("draw", [forecast, of_backtest, split, window, gates])
def test_what_is_written_into_a_picture_later_may_be_mathematics(draw, rows_of):
    display = draw("US$", rows_of, None)
    display.figure_.suptitle("$x^2$")
    for ax in np.atleast_1d(display.ax_):
        ax.set(title="$x^2$", xlabel="$x^2$", ylabel="$x^2$")
    display.figure_.canvas.draw()
    texts = [text for text in display.figure_.findobj(Text) if text.get_text() == "$x^2$"]
    assert len(texts) >= 4
    assert all(text.get_parse_math() for text in texts)


def test_a_legend_shows_names_that_begin_with_an_underscore():
    display = gates("x", series_of, None)
    labels = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert labels == ["x", "_x"]


def test_tokens_and_tags_are_drawn_as_they_are():
    tagger = CharSeqTagger(max_epochs=1, random_state=0).fit([["$x_$", "b"]], [["$%$", "t"]])
    display = GateDisplay.from_estimator(tagger, [["$x_$", "b"]])
    display.tags = ["$%$", "t"]
    check_drawn_as_written(display.plot().figure_, ["$x_$", "$%$"])
