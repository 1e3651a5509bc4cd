"""Estimators: to a file and back, and what pickle, joblib, copy and skops take of them."""

import json

import torch
from sklearn.utils.validation import check_is_fitted

from tsrnn.persistence._codec import Reader, Writer
from tsrnn.persistence._file import read_file, write_file
from tsrnn.persistence._names import ESTIMATORS, classes
from tsrnn.persistence._objects import CUSTOM, OBJECTS, MissingCustomObject
from tsrnn.persistence._pandas import PANDAS
from tsrnn.persistence._plain import PLAIN
from tsrnn.version import __version__

_KINDS = [*PLAIN, *PANDAS, *OBJECTS]
#: Every kind of value that a file may hold.
KINDS = [*_KINDS, CUSTOM]


class Persistent:
    """A mixin of estimators that are saved, pickled and copied in the same form."""

    def save(self, path):
        """Write the fitted estimator to one file, which `tsrnn.load` reads.

        The file is a safetensors one: the weights and other arrays as tensors, the rest as JSON in its header, no
        pickle. What is loaded forecasts and predicts alike, and trains on where this one is. Not kept are `callbacks`,
        which a warning says, and what the `set_..._request` methods asked for. An earlier file is replaced once the
        new one is complete.

        Parameters
        ----------
        path : str or path-like
            Such as "model.safetensors".

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        TypeError
            Where an attribute holds what no file can, such as an object of another library; the message names it.
        OSError
            Where the file cannot be written; the earlier one is still whole.

        Examples
        --------
        >>> import tempfile, tsrnn
        >>> from pathlib import Path
        >>> f = tsrnn.GRUForecaster(horizon=6, max_epochs=2).fit(tsrnn.datasets.load_airline())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "airline.safetensors"
        ...     f.save(path)
        ...     again = tsrnn.load(path)
        >>> again.forecast().equals(f.forecast())
        True
        """
        check_is_fitted(self, "history_")
        writer = Writer(KINDS)
        try:
            state = writer.write(self, "")
        except RecursionError:
            raise TypeError(
                f"{type(self).__name__} cannot be saved: a value in it is nested too deeply, or holds itself."
            ) from None
        write_file(path, state, writer.tensors)

    def __getstate__(self):
        """Return the state for a pickle: that of a file, so that skops takes it too, and what a file would refuse."""
        if "net_" not in vars(self):
            return super().__getstate__()
        writer = Writer(_KINDS, others=[])
        state = json.dumps(writer.write(self, ""))
        arrays = {name: tensor.numpy() for name, tensor in writer.tensors.items()}
        return {"state": state, "arrays": arrays, "others": writer.others}

    def __setstate__(self, state):
        if "arrays" not in state:
            super().__setstate__(state)
            return
        tensors = {name: torch.tensor(array) for name, array in state["arrays"].items()}
        reader = Reader(_KINDS, tensors, {}, state["others"])
        vars(self).update(vars(reader.read(json.loads(state["state"]))))


def load(path, *, custom_objects=None):
    """Load an estimator that `save` wrote.

    No code is run that the file holds or names: it is safe whoever wrote it. A model that a GPU fitted computes on the
    CPU where there is no GPU.

    Parameters
    ----------
    path : str or path-like
    custom_objects : dict of str to class or function, default=None
        Your own cells, heads, optimizers, losses and estimators by their `__name__`, as in {"MGU": MGU}: of these the
        file holds no more than the name.

    Returns
    -------
    estimator
        Fitted, of the class that was saved.

    Raises
    ------
    OSError
        Where the file is not there or cannot be read.
    TypeError
        Where `custom_objects` is no dict.
    ValueError
        Where the file is damaged, of a later version of tsrnn or not of tsrnn, or needs more `custom_objects`.

    Examples
    --------
    >>> import tempfile, tsrnn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tsrnn.CharSeqTagger(max_epochs=15, random_state=0).fit(["hello"], ["ohlol"]).save(f"{folder}/hello")
    ...     tagger = tsrnn.load(f"{folder}/hello")
    >>> tagger.predict(["hello"])
    ['ohlol']
    """
    if not isinstance(custom_objects, dict | None):
        raise TypeError(
            f"custom_objects={custom_objects!r} must be a dict from names to classes, as in {{'MGU': MGU}}."
        )
    state, tensors, version = read_file(path)
    reader = Reader(KINDS, tensors, custom_objects or {})
    try:
        estimator = reader.read(state)
        if not isinstance(estimator, tuple(classes(ESTIMATORS).values())) or reader.tensors:
            raise ValueError("it holds something else than one estimator")
        check_is_fitted(estimator, "history_")
    except MissingCustomObject as error:
        raise ValueError(f"{path}: {error}") from None
    except Exception as error:  # of any kind, since a stranger may have written anything
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(
            f"{path}, written by tsrnn {version}, cannot be read by this tsrnn {__version__}: {what}."
        ) from None
    return estimator
