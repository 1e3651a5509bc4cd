"""LossCurveDisplay shows how training went and which weights were kept."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from tsrnn import GRUForecaster
from tsrnn.plotting import LossCurveDisplay


@pytest.fixture
def history():
    """Five epochs, the third of which was best."""
    return pd.DataFrame(
        {
            "epoch": [1, 2, 3, 4, 5],
            "train_loss": [0.9, 0.5, 0.4, 0.3, 0.2],
            "valid_loss": [0.8, 0.6, 0.5, 0.55, 0.7],
        }
    )


def labels_of(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_lines_are_the_losses_of_a_fitted_forecaster(airline):
    network = GRUForecaster(hidden_size=4, max_epochs=3, random_state=0).fit(airline)
    display = LossCurveDisplay.from_estimator(network)
    history = network.history_
    for line, column in [
        (display.train_line_, "train_loss"),
        (display.valid_line_, "valid_loss"),
    ]:
        np.testing.assert_array_equal(line.get_xydata(), history[["epoch", column]])
    best = history.loc[history["valid_loss"].idxmin()]
    assert display.best_epoch_ == best["epoch"]


def test_the_best_epoch_is_marked_and_named(history):
    display = LossCurveDisplay.from_history(history)
    assert display.best_epoch_ == 3
    assert display.best_line_.get_xydata().tolist() == [[3, 0.5]]
    assert display.ax_.get_title() == "Best validation loss 0.500 at epoch 3 of 5"
    assert labels_of(display) == ["training", "validation", "weights kept"]
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("epoch", "loss")


def test_epochs_with_all_rows_are_counted_apart(history):
    losses = [0.8, 0.5, 0.6, np.nan, np.nan]
    display = LossCurveDisplay.from_history(history.assign(valid_loss=losses))
    title = "Best validation loss 0.500 at epoch 2 of 3, 2 more with all rows"
    assert display.ax_.get_title() == title
    assert labels_of(display) == ["training", "validation", "trained on with all rows"]


def test_of_equal_losses_the_first_epoch_is_best(history):
    display = LossCurveDisplay.from_history(history.assign(valid_loss=[0.7, 0.5, 0.6, 0.5, 0.9]))
    assert display.best_epoch_ == 2


def test_epochs_without_validation_are_passed_over(history):
    display = LossCurveDisplay.from_history(history.assign(valid_loss=[np.nan, 0.5, 0.6, 0.4, 1]))
    assert display.best_epoch_ == 4
    assert display.ax_.get_title() == "Best validation loss 0.400 at epoch 4 of 5"


@pytest.mark.parametrize("without", ["a column", "values"])
def test_without_validation_there_is_one_line(history, without):
    history = history.drop(columns="valid_loss")
    if without == "values":
        history["valid_loss"] = np.nan
    display = LossCurveDisplay.from_history(history)
    assert display.ax_.get_title() == "Training loss 0.200 after 5 epochs"
    assert labels_of(display) == ["training"]
    assert display.valid_line_ is None
    assert display.best_line_ is None
    assert display.best_epoch_ is None


@pytest.mark.parametrize("n_epochs", [1, 2, 5])
def test_ticks_are_epochs(history, n_epochs):
    display = LossCurveDisplay.from_history(history[:n_epochs])
    low, high = display.ax_.get_xlim()
    ticks = [tick for tick in display.ax_.get_xticks() if low <= tick <= high]
    assert ticks == list(range(1, n_epochs + 1))


def test_a_single_epoch_is_a_visible_point(history):
    display = LossCurveDisplay.from_history(history[:1])
    assert display.train_line_.get_marker() == "o"
    assert display.ax_.get_title() == "Best validation loss 0.800 at epoch 1 of 1"


def test_it_draws_on_given_axes_with_given_keywords(history):
    figure, ax = plt.subplots()
    display = LossCurveDisplay.from_history(
        history, ax=ax, train_kw={"ls": ":"}, valid_kw={"color": "red", "label": "held out"}
    )
    assert (display.ax_, display.figure_) == (ax, figure)
    assert display.axes_.tolist() == [ax]
    assert display.train_line_.get_linestyle() == ":"
    assert display.valid_line_.get_color() == display.best_line_.get_color() == "red"
    assert labels_of(display) == ["training", "held out", "weights kept"]


def test_an_unfitted_estimator_is_refused():
    with pytest.raises(NotFittedError, match="GRUForecaster instance is not fitted"):
        LossCurveDisplay.from_estimator(GRUForecaster())


def test_an_estimator_without_epochs_is_refused():
    line = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.raises(TypeError, match=r"must have a history_.*LinearRegression has none"):
        LossCurveDisplay.from_estimator(line)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda h: h.to_dict(), TypeError, "history must be a DataFrame, got dict"),
        (lambda h: h.drop(columns="epoch"), ValueError, "history has no column 'epoch'"),
        (lambda h: h.drop(columns="train_loss"), ValueError, "no column 'train_loss'"),
        (lambda h: h[:0], ValueError, "history has no epochs"),
    ],
)
def test_what_is_no_history_is_refused(history, change, error, message):
    with pytest.raises(error, match=message):
        LossCurveDisplay.from_history(change(history))
    assert plt.get_fignums() == []
