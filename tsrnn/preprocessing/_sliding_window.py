"""SlidingWindow: one row in, one window of earlier rows out, so that y stays aligned."""

from numbers import Integral

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from tsrnn.frames import ranges, read_table, refuse_vector
from tsrnn.preprocessing._past import keep_past


class SlidingWindow(TransformerMixin, BaseEstimator):
    """Turn every row into the window of rows before it.

    The window of row t holds rows ``t - offset - window_size + 1`` to ``t - offset``, oldest
    first: with the default `offset` the past alone, never row t.

    Parameters
    ----------
    window_size : int, default=10
        Rows in a window.
    offset : int, default=1
        Rows from the newest one of a window to the row it belongs to. 0 lets row t into its own
        window; 12 forecasts twelve steps ahead.
    flatten : bool, default=False
        False gives windows ``(n, window_size, n_features)`` for a recurrent network; True gives
        rows of lags ``(n, window_size * n_features)`` for any scikit-learn estimator.

    Attributes
    ----------
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, where all are strings.

    Notes
    -----
    **What comes before the first row.** `fit` keeps the last ``window_size + offset - 1`` rows of
    each series. In `transform` they are the past of a frame whose index begins within them, or
    after them by at most ``window_size + offset`` steps, a step being the longest between fit rows.
    An array has no clock: it is taken to follow the fit rows, unless it has as many rows and the same
    first one, and so is these rows. A series that `fit` did not see has no past.

    **Padding.** Rows of which nothing is known are zeros: for the very first window any value
    taken from the data would come from row t or later. Zero is the mean of a scaled column but
    may lie far from an unscaled one, and then the first windows mislead a linear model. Put a
    `StandardScaler` before the windows, as in the example.

    **Rows, not time.** Windows count rows. Where time stamps are missing, they reach further back.

    **Memory.** With ``flatten=False`` the windows of one series are a read-only view of one padded
    copy of X. The windows of a panel, and those with ``flatten=True``, are copies.

    Examples
    --------
    >>> import numpy as np
    >>> from tsrnn.preprocessing import SlidingWindow
    >>> X = np.arange(1.0, 6.0).reshape(-1, 1)
    >>> SlidingWindow(window_size=2, flatten=True).fit_transform(X)
    array([[0., 0.],
           [0., 1.],
           [1., 2.],
           [2., 3.],
           [3., 4.]])

    An autoregression, whose first test windows come from the end of the training rows:

    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> hours = pd.date_range("2024-01-01", periods=240, freq="h")
    >>> df = pd.DataFrame({"load": 50 + np.sin(np.arange(240) * np.pi / 12)}, index=hours)
    >>> train, test = df[:-24], df[-24:]
    >>> model = make_pipeline(
    ...     StandardScaler(), SlidingWindow(window_size=24, flatten=True), LinearRegression()
    ... ).fit(train, train["load"])
    >>> bool(abs(model.predict(test) - test["load"]).max() < 0.01)
    True
    """

    def __init__(self, window_size=10, offset=1, flatten=False):
        self.window_size = window_size
        self.offset = offset
        self.flatten = flatten

    def fit(self, X, y=None):
        """Learn the columns, and keep the last rows as the past of rows to come.

        Parameters
        ----------
        X : DataFrame, Series or array-like of shape (n, n_features)
            Numbers, one row per time step in time order. A two-level index (series, time) holds
            many series. NaN is passed through.
        y : ignored

        Returns
        -------
        self : SlidingWindow

        Raises
        ------
        TypeError
            Where a column or the index is of a kind that cannot be used.
        ValueError
            Where a parameter or a value is out of range, or the rows are not in time order.
        """
        _check_whole("window_size", self.window_size, 1)
        _check_whole("offset", self.offset, 0)
        table, values = self._read(X, reset=True)
        self._past = keep_past(table, values, self._reach)
        return self

    def transform(self, X):
        """Give every row its window.

        Parameters
        ----------
        X : DataFrame, Series or array-like of shape (n, n_features)

        Returns
        -------
        windows : ndarray of shape (n, window_size, n_features) or (n, window_size * n_features)
            float32 where X is, float64 otherwise.
        """
        check_is_fitted(self)
        table, values = self._read(X, reset=False)
        counts, past = self._past.before(table, values)
        windows = self._windows(table, values, counts, past)
        return windows.reshape(len(windows), -1) if self.flatten else windows

    @available_if(lambda self: self.flatten)
    def get_feature_names_out(self, input_features=None):
        """Name the columns of ``flatten=True``, oldest first: ``load_lag2, load_lag1``.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns; those seen in `fit` where None.

        Returns
        -------
        names : ndarray of object, shape (window_size * n_features_in_,)
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        lags = range(self._reach, self.offset - 1, -1)
        return np.array([f"{name}_lag{lag}" for lag in lags for name in names], dtype=object)

    @property
    def _reach(self):
        """How many rows the oldest row of a window lies back."""
        return self.window_size + self.offset - 1

    def _read(self, X, reset):
        table = read_table(X)
        if table.form.kind == "list":
            raise TypeError(
                "X: a list of series has no rows that y could follow; join them into a panel, as "
                "in pd.concat(dict(enumerate(X)), names=['series', 'time'])."
            )
        refuse_vector(table)
        _check_columns(table.frame)
        values = validate_data(
            self,
            table.frame,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
        )
        infinite = np.isinf(values)
        if infinite.any():
            column = int(np.argmax(infinite.any(axis=0)))
            raise ValueError(
                f"X: column {table.frame.columns[column]!r} is infinite at "
                f"{table.where(infinite[:, column])}; correct it, or mark it as missing (NaN)."
            )
        return table, values

    def _windows(self, table, values, counts, past):
        """Lay the series end to end, each behind its past, and look at them through windows."""
        n_series = len(table.keys)
        firsts = table.offsets[:-1] + self._reach * np.arange(1, n_series + 1)
        shape = (len(values) + n_series * self._reach, values.shape[1])
        padded = np.zeros(shape, dtype=values.dtype)
        padded[ranges(firsts - counts, counts)] = past
        padded[ranges(firsts, table.lengths)] = values
        view = sliding_window_view(padded, self.window_size, axis=0).transpose(0, 2, 1)
        if n_series == 1:
            return view[: len(values)]
        starts = ranges(firsts - self._reach, table.lengths)
        if table.order is not None:
            starts = starts[np.argsort(table.order)]
        return view[starts]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _check_whole(name, value, least):
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}.")


def _check_columns(frame):
    for name, dtype in frame.dtypes.items():
        if pd.api.types.is_numeric_dtype(dtype):
            continue
        holds_text = any(isinstance(value, str) for value in frame[name])
        if pd.api.types.is_object_dtype(dtype) and not holds_text:
            continue
        raise TypeError(
            f"X: column {name!r} holds no numbers (dtype {dtype}); drop it, or encode it first, "
            "for example with OneHotEncoder in a ColumnTransformer."
        )
