"""Gates and states over time beside the input; for a tagger, characters coloured by them."""

import numpy as np
import pandas as pd

from tsrnn.inspection import _gates
from tsrnn.inspection._estimators import innermost
from tsrnn.messages import in_words, listed
from tsrnn.plotting import _canvas as canvas
from tsrnn.plotting._characters import count_lines, draw_tokens, tokens_per_line
from tsrnn.plotting._words import as_written, count, headline, shorten

#: Units that are shown of a tagger unless they are named.
_FEW_UNITS = 3
_SHARES = ((0.0, 1.0), canvas.SHARES)
_BESIDE = {"rotation": 0, "ha": "right", "va": "center"}


class GateDisplay:
    """Gates and states of one layer over time, one panel for each, under the input that moved them.

    A panel has a line of cells for each unit. Under a text there is no room for that: a tagger's characters are
    coloured by the confidence of their tags, and once more by the state of each of a few units.

    Make it with :meth:`from_estimator`; :meth:`plot` draws it again.

    Parameters
    ----------
    activations : DataFrame
        Of one series, with the columns time, layer, unit, gate and value, as
        :func:`tsrnn.inspection.gate_activations` gives it.
    inputs : DataFrame or list
        The rows of the series, numbers by time, or its tokens.
    tags : sequence, default=None
        The label of each token.
    confidence : ndarray of float, shape (n_tokens,), default=None
        The probability of each tag.
    name : object, default=None
        Of the series.

    Attributes
    ----------
    ax_, axes_ : ndarray of Axes
        The input, then a panel for each gate; of a tagger the confidence, then a panel for each unit.
    figure_ : Figure
    layer_ : int
        The layer drawn.
    meshes_ : dict of str to QuadMesh
        The cells of each gate, or of "confidence" and each unit.
    lines_ : list of Line2D
        The input's columns; empty for a tagger.

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn import SequenceRegressor
    >>> from tsrnn.plotting import GateDisplay
    >>> X = np.sin(np.arange(40) / 3)[:, None]
    >>> regressor = SequenceRegressor(hidden_size=4, max_epochs=1, random_state=0).fit(X, X[:, 0])
    >>> display = GateDisplay.from_estimator(regressor, X)
    >>> list(display.meshes_)
    ['input', 'forget', 'cell', 'output', 'hidden_state', 'cell_state']
    """

    def __init__(self, *, activations, inputs, tags=None, confidence=None, name=None):
        self.activations = activations
        self.inputs = inputs
        self.tags = tags
        self.confidence = confidence
        self.name = name

    @classmethod
    def from_estimator(
        cls, estimator, X, *, series=None, target=None, layer=-1, gates=None, units=None, ax=None
    ):
        """Draw the gates of a fitted estimator.

        Parameters
        ----------
        estimator : SequenceRegressor, CharSeqTagger or forecaster; or a search or Pipeline that ends in one
            Fitted.
        X : as the estimator's `predict` takes it
        series : label, default=None
            Which series of X; None takes the first. Of a list, its position.
        target : name, default=None
            Which target of a forecaster that reads several one by one; None takes the first.
        layer, gates, units, ax
            See :meth:`plot`.

        Returns
        -------
        GateDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If it is none of these.
        ValueError
            If X has no such series, or the network no such layer, gate or unit.
        """
        inner, rows = innermost(estimator, X)
        run = _pick(_gates.runs_of(inner, rows), series, target)
        display = cls(
            activations=_gates.activations_of(inner, run),
            inputs=run.shown,
            name=run.series if run.target is None else run.target,
        )
        if not isinstance(run.shown, pd.DataFrame):
            # The tokens as they were before a Pipeline encoded them.
            one = _gates.sequence_at(X, run.position)
            display.inputs = _gates.tokens_of(one, len(run.times))
            display.tags, display.confidence = _tags_of(estimator, inner.classes_, one)
        return display.plot(ax, layer=layer, gates=gates, units=units)

    def plot(self, ax=None, *, layer=-1, gates=None, units=None):
        """Draw the display.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            Where to draw; None makes a figure, one Axes is divided.
        layer : int, default=-1
            Which layer; -1 is the last one, from which the answer is made.
        gates : str or list of str, default=None
            Which gates and states; None shows all. Of a tagger the one state by which characters are coloured.
        units : int or list of int, default=None
            Which units; None shows all, of a tagger the three that vary most.

        Returns
        -------
        GateDisplay
            This display.
        """
        values = self._values(layer, gates, units)
        with canvas.calm_style():
            if isinstance(self.inputs, pd.DataFrame):
                self._draw_rows(ax, values)
            else:
                ((gate, wide),) = values.items()
                self._draw_tokens(ax, gate, wide if units is not None else _most_varied(wide))
        return self

    def _values(self, layer, gates, units):
        """Return each gate of the layer as a DataFrame (time, unit)."""
        table = self.activations
        layers = sorted(table["layer"].unique())
        if not isinstance(layer, int | np.integer) or not -len(layers) <= layer < len(layers):
            raise ValueError(
                f"layer={layer!r} is not one of the {len(layers)} layers, 0 to {len(layers) - 1}."
            )
        self.layer_ = int(layers[layer])
        table = table[table["layer"] == self.layer_]
        wide = {
            name: table[table["gate"] == name].pivot(index="time", columns="unit", values="value")
            for name in self._gates(list(table["gate"].unique()), gates)
        }
        return {name: _chosen(values, units) for name, values in wide.items()}

    def _gates(self, there, gates):
        """Return the names of the gates that are drawn, of those that are there."""
        of_tokens = not isinstance(self.inputs, pd.DataFrame)
        if gates is None and of_tokens:
            return ["hidden_state" if "hidden_state" in there else there[-1]]
        names = there if gates is None else _as_list("gates", gates)
        for name in names:
            if name not in there:
                raise ValueError(
                    f"gates={in_words(name)} is not one of the cell's, {listed(there)}."
                )
        if of_tokens and len(names) > 1:
            raise ValueError(f"gates={gates!r}: tokens are coloured by one of them; name one.")
        return names

    # --- rows of numbers --------------------------------------------------------------------------

    def _draw_rows(self, ax, values):
        ratios = [1.4, *[1] * len(values)]
        layout = {"size": (8.5, 1.6 + 0.95 * len(values)), "shape": (len(ratios), 1)}
        panels = canvas.Canvas(ax, len(ratios), height_ratios=ratios, **layout)
        self.figure_, self.axes_, self.ax_ = panels.figure, panels.axes, panels.ax
        times = self.inputs.index
        self._draw_input(self.axes_[0])
        edges = self._edges(next(iter(values.values())).index)
        self.meshes_ = {}
        for panel, (name, wide) in zip(self.axes_[1:], values.items(), strict=True):
            panel.sharex(self.axes_[0])
            self.meshes_[name] = _draw_mesh(panel, edges, wide)
            panel.set_ylabel(name.replace("_", "\n"), **_BESIDE)
        for panel in self.axes_[:-1]:
            panel.tick_params(labelbottom=False)
        canvas.set_time_axis(self.axes_[-1], times)
        self.axes_[-1].set_xlabel(canvas.time_label(times))
        row = canvas.RowEdges(times)
        self.axes_[0].set_xlim(row(0), row(len(times)))
        panels.set_title(self._title(next(iter(values.values()))))

    def _draw_input(self, ax):
        inputs, several = self.inputs, self.inputs.shape[1] > 1
        if several:
            spread = inputs.std(ddof=0)
            inputs = (inputs - inputs.mean()) / spread.where(spread > 0, 1.0)
        x = canvas.positions(inputs.index)
        self.lines_ = []
        colors = [canvas.ink()] if not several else [canvas.BLUE, canvas.ORANGE, canvas.GREEN]
        for i, name in enumerate(inputs):
            style = {"color": colors[i % len(colors)], "linewidth": 1.2, "alpha": 0.9}
            style |= {"linestyle": ["-", "--", ":"][i // len(colors) % 3], "label": str(name)}
            self.lines_ += ax.plot(x, inputs[name].to_numpy(), **style)
        label = (
            "input,\nscaled"
            if several
            else shorten("input" if inputs.columns[0] == 0 else inputs.columns[0], 14)
        )
        ax.set_ylabel(as_written(label), **_BESIDE)
        if several:
            style = {"ncols": 4, "loc": "lower right", "bbox_to_anchor": (1, 0.98)}
            names = [str(name) for name in inputs]
            # matplotlib leaves out of a legend what begins with "_", so the names come after it is made.
            legend = ax.legend(self.lines_, ["name"] * len(names), **style, borderaxespad=0)
            for text, name in zip(legend.get_texts(), names, strict=True):
                text.set_text(as_written(name))

    def _edges(self, steps):
        """Return where the cells of the recurrent steps meet: a step of a forecaster ends a segment of rows."""
        at = self.inputs.index.get_indexer(steps)
        self._step = int(at[1] - at[0]) if len(at) > 1 else 1
        return canvas.RowEdges(self.inputs.index)(np.r_[max(at[0] - self._step + 1, 0), at + 1])

    def _title(self, wide):
        n_layers = self.activations["layer"].nunique()
        of = f"layer {self.layer_ + 1} of {n_layers}, " if n_layers > 1 else ""
        segments = f" of {self._step} rows" if self._step > 1 else ""
        words = f"{of}{count(wide.shape[1], 'unit')} over {count(len(wide), 'step')}{segments}"
        return headline([(None, None if self.name == 0 else self.name)], words, 1)

    # --- tokens -----------------------------------------------------------------------------------

    def _draw_tokens(self, ax, gate, wide):
        strips = [] if self.confidence is None else [("confidence", self.confidence)]
        strips += [(f"unit {unit}", wide[unit].to_numpy()) for unit in wide]
        height = 0.9 + len(strips) * (0.45 + 0.34 * count_lines(self.inputs))
        width = min(8.5, max(4.5, 0.2 * tokens_per_line(self.inputs)))
        panels = canvas.Canvas(ax, len(strips), size=(width, height), shape=(len(strips), 1))
        self.figure_, self.axes_, self.ax_ = panels.figure, panels.axes, panels.ax
        self.lines_, self.meshes_ = [], {}
        for panel, (name, colors) in zip(self.axes_, strips, strict=True):
            words, below, scale = f"{gate.replace('_', ' ')} of {name}", None, _scale_of(wide)
            if name == "confidence":
                words, below, scale = "tag, and how probable it is", self.tags, _SHARES
            mesh = draw_tokens(panel, self.inputs, colors, *scale, below=below)
            style = {"fontsize": 9.5, "fontweight": "normal", "loc": "left", "pad": 4}
            panel.set_title(as_written(words), **style)
            canvas.add_scale(panel, mesh)
            self.meshes_[name] = mesh
        panels.set_title(f"Sequence {self.name}: {count(len(self.inputs), 'token')}")


def _pick(runs, series, target):
    """Return the run of a series and target, the first one where they are not named."""
    seen = []
    for run in runs:
        if series in (None, run.series) and target in (None, run.target):
            return run
        seen.append((run.series, run.target))
    if not seen:
        raise ValueError("X has no rows to be drawn.")
    there = [list(dict.fromkeys(names)) for names in zip(*seen, strict=True)]
    if series not in (None, *there[0]):
        raise ValueError(f"series={series!r} is not in X; there is {listed(there[0])}.")
    if there[1] == [None]:
        raise ValueError(f"target={target!r}: no target is read by itself here; leave it None.")
    raise ValueError(f"target={target!r} is not in X; there is {listed(there[1])}.")


def _as_list(name, given):
    """Return one name or several as a list."""
    if isinstance(given, str | int | np.integer):
        return [given]
    try:
        given = list(dict.fromkeys(given))
    except TypeError:
        raise TypeError(f"{name}={given!r} must be a list, or None.") from None
    if not given:
        raise ValueError(f"{name}=[] names none; give some, or None.")
    return given


def _chosen(wide, units):
    """Return the columns of the units that are named."""
    if units is None:
        return wide
    units = _as_list("units", units)
    unknown = [unit for unit in units if unit not in wide.columns]
    if unknown:
        raise ValueError(
            f"units={unknown[0]!r} is not a unit; there are {wide.shape[1]}, from 0 on."
        )
    return wide[units]


def _most_varied(wide):
    """Return the few units that vary most, in their order."""
    most = wide.var().sort_values(ascending=False, kind="stable").index[:_FEW_UNITS]
    return wide[sorted(most)]


def _tags_of(estimator, classes, one):
    """Return the tag of each token of one sequence, and its probability."""
    (tags,), (probabilities,) = estimator.predict(one), estimator.predict_proba(one)
    number = [list(classes).index(tag) for tag in tags]
    return list(tags), probabilities[np.arange(len(tags)), number]


def _scale_of(values):
    """Return the limits and colours of values: shares from 0 to 1, or numbers on both sides of 0."""
    values = np.asarray(values)
    values = values[~np.isnan(values)]
    if ((values >= 0) & (values <= 1)).all():
        return _SHARES
    reach = max(1.0, float(np.abs(values).max()))
    return (-reach, reach), canvas.SIGNED


def _draw_mesh(ax, edges, wide):
    """Draw the values of a gate, a line of cells for each unit."""
    (low, high), cmap = _scale_of(wide)
    rows = np.arange(wide.shape[1] + 1) - 0.5
    mesh = ax.pcolormesh(edges, rows, wide.to_numpy().T, vmin=low, vmax=high, cmap=cmap)
    labels = list(wide.columns)
    shown = range(len(labels)) if len(labels) <= 4 else [0, len(labels) - 1]
    ax.set_yticks(list(shown), [labels[i] for i in shown])
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    canvas.add_scale(ax, mesh)
    return mesh
