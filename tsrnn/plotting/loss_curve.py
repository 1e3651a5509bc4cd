"""Losses by epoch, and the epoch whose weights were kept."""

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from tsrnn.plotting._canvas import BLUE, GREY, Canvas, calm_style, set_time_axis, with_kw
from tsrnn.plotting._words import count, number


class LossCurveDisplay:
    """Training and validation loss by epoch; the epoch with the least validation loss is marked.

    Make it with :meth:`from_estimator` or :meth:`from_history`; :meth:`plot` draws it again.

    Parameters
    ----------
    history : DataFrame
        One row per epoch with the columns `epoch`, `train_loss` and, where there was validation,
        `valid_loss`; a forecaster's ``history_``.

    Attributes
    ----------
    ax_ : Axes
    axes_ : ndarray of Axes, shape (1,)
    figure_ : Figure
    train_line_ : Line2D
    valid_line_, best_line_ : Line2D or None
        None without validation.
    best_epoch_ : int or None
        The epoch whose weights were kept, or trained on by the epochs of a refit; None without validation.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.plotting import LossCurveDisplay
    >>> history = pd.DataFrame(
    ...     {"epoch": [1, 2, 3], "train_loss": [0.9, 0.5, 0.3], "valid_loss": [0.8, 0.6, 0.7]}
    ... )
    >>> display = LossCurveDisplay.from_history(history)
    >>> display.ax_.get_title()
    'Best validation loss 0.600 at epoch 2 of 3'
    """

    def __init__(self, *, history):
        self.history = history

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, train_kw=None, valid_kw=None):
        """Draw the losses of a fitted estimator.

        Parameters
        ----------
        estimator : estimator with ``history_``
        ax, train_kw, valid_kw
            See :meth:`plot`.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If it keeps no ``history_``.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "history_"):
            raise TypeError(
                "estimator must have a history_ of its epochs; "
                f"{type(estimator).__name__} has none."
            )
        return cls.from_history(estimator.history_, ax=ax, train_kw=train_kw, valid_kw=valid_kw)

    @classmethod
    def from_history(cls, history, *, ax=None, train_kw=None, valid_kw=None):
        """Draw the losses in a table of epochs.

        Parameters
        ----------
        history : DataFrame
            See :class:`LossCurveDisplay`.
        ax, train_kw, valid_kw
            See :meth:`plot`.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        TypeError
            If `history` is not a DataFrame.
        ValueError
            If it has no rows, or a column is missing.
        """
        _check_history(history)
        return cls(history=history).plot(ax, train_kw=train_kw, valid_kw=valid_kw)

    def plot(self, ax=None, *, train_kw=None, valid_kw=None):
        """Draw the display.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; None makes a figure.
        train_kw, valid_kw : dict, default=None
            Arguments for ``Axes.plot``.

        Returns
        -------
        LossCurveDisplay
            This display.
        """
        with calm_style():
            panel = Canvas(ax, 1)
            self.figure_, self.axes_, self.ax_ = panel.figure, panel.axes, panel.ax
            self.train_line_ = self._draw_curve(
                "train_loss", with_kw({"label": "training", "color": GREY}, train_kw)
            )
            self.valid_line_ = self.best_line_ = self.best_epoch_ = None
            if self._has_validation():
                style = with_kw({"label": "validation", "color": BLUE}, valid_kw)
                self.valid_line_ = self._draw_curve("valid_loss", style)
                self._mark_best(style["color"])
            self.ax_.set(xlabel="epoch", ylabel="loss")
            self.ax_.set_xlim(self.history["epoch"].min() - 0.5, self.history["epoch"].max() + 0.5)
            set_time_axis(self.ax_, pd.Index(self.history["epoch"]))
            panel.set_title(self._title())
            panel.add_legend()
        return self

    def _has_validation(self):
        return "valid_loss" in self.history and self.history["valid_loss"].notna().any()

    def _n_refit(self):
        """Return how many epochs at the end no row was held out of."""
        judged = self.history["valid_loss"].notna().to_numpy()
        return int(judged[::-1].argmax())

    def _draw_curve(self, column, style):
        if len(self.history) == 1:
            style = {"marker": "o", "markersize": 4} | style
        (line,) = self.ax_.plot(
            self.history["epoch"].to_numpy(), self.history[column].to_numpy(), **style
        )
        return line

    def _mark_best(self, color):
        best = self.history.iloc[self.history["valid_loss"].argmin()]
        self.best_epoch_ = int(best["epoch"])
        (self.best_line_,) = self.ax_.plot(
            [self.best_epoch_],
            [best["valid_loss"]],
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgewidth=1.8,
            color=color,
            label="trained on with all rows" if self._n_refit() else "weights kept",
        )

    def _title(self):
        last = self.history.iloc[-1]
        if self.best_epoch_ is None:
            epochs = count(int(last["epoch"]), "epoch")
            return f"Training loss {number(last['train_loss'])} after {epochs}"
        least = number(self.history["valid_loss"].min())
        title = f"Best validation loss {least} at epoch {self.best_epoch_}"
        n_refit = self._n_refit()
        of = int(self.history["epoch"].max()) - n_refit
        return f"{title} of {of}" + (f", {n_refit} more with all rows" if n_refit else "")


def _check_history(history):
    if not isinstance(history, pd.DataFrame):
        raise TypeError(f"history must be a DataFrame, got {type(history).__name__}.")
    missing = [name for name in ("epoch", "train_loss") if name not in history]
    if missing:
        raise ValueError(f"history has no column {missing[0]!r}; it has {list(history.columns)}.")
    if len(history) == 0:
        raise ValueError("history has no epochs.")
