"""Windows: which rows are input, target and validation, and batches gathered from one flat tensor.

A panel is stored once, as one tensor with the rows of all series end to end. A window is three numbers: where its
series starts, where its targets start (the *origin*), and how far it looks. Nothing is copied until a batch is
gathered, so a million rows cost four megabytes, not a gigabyte.

Shapes: B windows in a batch, W = window_size, H = horizon, C columns (targets first).
"""

from dataclasses import dataclass

import numpy as np
import torch

from tsrnn import kernels

#: What a row became in training, in the order of `row_roles`' codes.
ROLES = ("nothing", "input", "target", "validation")


@dataclass(frozen=True)
class Origins:
    """First target rows of a set of windows: one run of consecutive rows per series.

    Runs, not a list of rows: ten million windows of one series are two integers.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_runs,)
        First row of the run's series; a window that begins before it is padded.
    first : ndarray of int64, shape (n_runs,)
        First origin of the run.
    counts : ndarray of int64, shape (n_runs,)
        How many origins the run has; 0 is legal.
    one_series : bool
        Whether the runs are windows of one series, in time order, as the user cut them; else each is a series.
    """

    starts: np.ndarray
    first: np.ndarray
    counts: np.ndarray
    one_series: bool = False

    def __len__(self):
        return int(self.counts.sum())

    def padded(self, window_size):
        """Whether a window begins before its series."""
        begins_before = self.first - self.starts < window_size
        return bool(begins_before[self.counts > 0].any())

    def rows(self, windows):
        """Return the origin and the series start of each window number, two int64 arrays."""
        ends = np.cumsum(self.counts)
        run = np.searchsorted(ends, windows, side="right")
        origin = self.first[run] + windows - (ends[run] - self.counts[run])
        return origin, self.starts[run]

    def times(self, windows):
        """Return when each window number is: how many windows of its series are still to come, int64."""
        if self.one_series:
            return len(self) - 1 - windows
        ends = np.cumsum(self.counts)
        return ends[np.searchsorted(ends, windows, side="right")] - 1 - windows

    def at_once(self):
        """Return of how many series there is a window at the time of a window, on average over all windows."""
        if self.one_series or not len(self):
            return 1.0
        # Two runs have as many windows at the same time as the shorter one has, and each has its own with itself.
        runs = np.sort(self.counts)
        return float(runs @ np.arange(2 * len(runs) - 1, 0, -2) / runs.sum())

    def spread(self, at_most):
        """Return at most `at_most` window numbers, evenly spread over all of them."""
        n = len(self)
        return np.arange(n) if n <= at_most else np.linspace(0, n - 1, at_most).astype(np.int64)


@dataclass(frozen=True)
class WindowPlan:
    """Which windows of a panel train and which validate."""

    train: Origins
    valid: Origins
    window_size: int
    horizon: int


def held_out_rows(lengths, horizon, validation_fraction):
    """Return how many of each series' latest rows validate: the fraction, but at least two horizons where it can.

    One horizon is one window, by whose luck the best epoch would be told. A series gives up no more than a quarter of
    its rows for the second; one too short to keep two horizons holds nothing out.
    """
    if validation_fraction <= 0:
        return np.zeros_like(lengths)
    second = np.where(2 * horizon <= lengths // 4, 2 * horizon, horizon)
    held = np.maximum(second, np.ceil(validation_fraction * lengths).astype(np.int64))
    return np.where(lengths - held >= 2 * horizon, held, 0)


def plan_windows(offsets, window_size, horizon, validation_fraction=0.0):
    """Lay out the training and validation windows of a panel.

    The latest rows of each series are held out: all targets of a validation window lie in them, and no training
    window touches them, neither as input nor as target. Of the windows whose targets cross the border none is used;
    that is the gap.

    Parameters
    ----------
    offsets : ndarray of int64, shape (n_series + 1,)
        Row at which each series starts, and the number of all rows.
    window_size, horizon : int
        Input and target rows of one window.
    validation_fraction : float
        Share of each series' rows that is held out, see `held_out_rows`.

    Returns
    -------
    WindowPlan
    """
    starts, lengths = offsets[:-1], np.diff(offsets)
    held = held_out_rows(lengths, horizon, validation_fraction)
    train_end = lengths - held
    # Whole windows where the series is long enough, padded ones only for as much as a short series lacks.
    least_past = np.clip((train_end - horizon) // 2, 1, window_size)
    n_train = np.maximum(train_end - horizon - least_past + 1, 0)
    n_valid = np.where(held > 0, held - horizon + 1, 0)
    return WindowPlan(
        train=Origins(starts, starts + least_past, n_train),
        valid=Origins(starts, starts + train_end, n_valid),
        window_size=window_size,
        horizon=horizon,
    )


def plan_ready_windows(n_windows, window_size, horizon, validation_fraction=0.0):
    """Lay out windows that the user cut: each is a series of its own, and the latest ones validate.

    Between training and validation `horizon - 1` windows are left out, so that windows cut row by row share no target.
    Nothing is held out where fewer windows would train than a horizon has steps, and fewer than validate.
    """
    starts = np.arange(n_windows, dtype=np.int64) * (window_size + horizon)
    held = int(np.ceil(validation_fraction * n_windows)) if validation_fraction > 0 else 0
    if n_windows - held - (horizon - 1) < min(held, horizon):
        held = 0
    number = np.arange(n_windows)
    trains = number < (n_windows - held - (horizon - 1) if held else n_windows)
    validates = number >= n_windows - held
    return WindowPlan(
        train=Origins(starts, starts + window_size, trains.astype(np.int64), one_series=True),
        valid=Origins(starts, starts + window_size, validates.astype(np.int64), one_series=True),
        window_size=window_size,
        horizon=horizon,
    )


def row_roles(plan, n_rows):
    """Return what each row of the panel became: an index into `ROLES`, int8, shape (n_rows,).

    A row that serves several windows has the role that comes last in `ROLES`.
    """
    roles = np.zeros(n_rows, dtype=np.int8)
    for start, first, count in zip(
        plan.train.starts, plan.train.first, plan.train.counts, strict=True
    ):
        if count:
            roles[max(start, first - plan.window_size) : first] = 1
            roles[first : first + count - 1 + plan.horizon] = 2
    for first, count in zip(plan.valid.first, plan.valid.counts, strict=True):
        if count:
            roles[first : first + count - 1 + plan.horizon] = 3
    return roles


class Windows(torch.utils.data.Dataset):
    """Windows over one flat tensor, gathered by number.

    Parameters
    ----------
    flat : Tensor of float32, shape (rows, C)
        All series end to end, targets in the first columns; NaN is missing. `pad_rows` made it: there are `window_size`
        rows before the first series.
    origins : Origins
        Which windows there are.
    window_size, horizon : int
    n_targets : int
        The first columns are targets.
    known : slice
        Columns whose values are known in the forecast steps.

    Attributes
    ----------
    least_past : int or None
        Of windows that are drawn at random some show their latest rows alone, at least so many. None: all rows.

    Examples
    --------
    >>> import numpy as np, torch
    >>> flat = pad_rows(torch.arange(10.0)[:, None], 3)
    >>> plan = plan_windows(np.array([0, 10]), window_size=3, horizon=2)
    >>> inputs, target = Windows(flat, plan.train, 3, 2)[[0]]
    >>> inputs["past"][0, :, 0].tolist(), target[0, :, 0].tolist()
    ([0.0, 1.0, 2.0], [3.0, 4.0])
    """

    def __init__(self, flat, origins, window_size, horizon, n_targets=1, known=slice(0, 0)):
        self.flat = flat
        self.origins = origins
        self.window_size = window_size
        self.horizon = horizon
        self.n_targets = n_targets
        self.known = known
        self.padded = origins.padded(window_size)
        self.least_past = None
        n_columns, width = flat.shape[1], window_size + horizon
        # One window is one stretch of memory, so gathering is one copy per window.
        self._stretches = flat.as_strided(
            (flat.shape[0] - width + 1, width * n_columns), (n_columns, 1)
        )

    def __len__(self):
        return len(self.origins)

    def has_target(self, at_most):
        """Whether any of at most `at_most` windows, evenly spread over all, has a target that is not missing."""
        parts = self.batches(self.origins.spread(at_most), 256)
        return any(not bool(torch.isnan(target).all()) for _, target in parts)

    def __getitem__(self, windows):
        """Gather windows by number.

        Returns
        -------
        inputs : dict
            `past`, shape (B, W, C); `future`, shape (B, H, columns in `known`).
        target : Tensor, shape (B, H, n_targets)
        """
        return self._gather(*self._places(np.atleast_1d(np.asarray(windows))))

    def batches(self, windows, batch_size, pasts=None):
        """Gather windows by number, some at a time.

        Parameters
        ----------
        windows : ndarray of int64, shape (n,)
        batch_size : int
        pasts : ndarray of int64, shape (n,), optional
            Rows that are seen of each window at most, the others are missing.

        Yields
        ------
        inputs, target
            As of `__getitem__`.
        """
        # Where windows lie is looked up for many batches at once, and not for all: there may be millions.
        many = batch_size * max(1, 65536 // batch_size)
        for first in range(0, len(windows), many):
            seen = None if pasts is None else pasts[first : first + many]
            places = self._places(windows[first : first + many], seen)
            for place in zip(*(part.split(batch_size) for part in places), strict=True):
                yield self._gather(*place)

    def _places(self, windows, pasts=None):
        """Return where windows begin in `flat`, and where padded or cut short, how many of their rows are not seen."""
        origin, start = self.origins.rows(windows)
        # `flat` has window_size rows in front, so row number `origin` is where the window begins.
        places = [origin]
        if self.padded or pasts is not None:
            longest = origin - start if pasts is None else np.minimum(origin - start, pasts)
            places.append(self.window_size - longest)
        return [torch.from_numpy(place).to(self.flat.device) for place in places]

    def _gather(self, index, before=None):
        if before is not None and kernels.usable(self.flat):
            rows = kernels.gather(self.flat, index, self.window_size + self.horizon, before)
        else:
            rows = self._stretches.index_select(0, index).view(len(index), -1, self.flat.shape[1])
            if before is not None:
                outside = torch.arange(rows.shape[1], device=self.flat.device) < before[:, None]
                rows.masked_fill_(outside[:, :, None], float("nan"))
        past, future = rows[:, : self.window_size], rows[:, self.window_size :]
        return {"past": past, "future": future[:, :, self.known]}, future[:, :, : self.n_targets]


def pad_rows(values, window_size, device="cpu", after=0):
    """Put `window_size` missing rows before `values` (rows, C), and some after; return float32 on `device`."""
    end = window_size + len(values)
    flat = torch.empty((end + after, values.shape[1]), dtype=torch.float32)
    flat[:window_size] = float("nan")
    flat[window_size:end] = torch.as_tensor(values)
    flat[end:] = float("nan")
    return flat.to(device)
