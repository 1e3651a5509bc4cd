"""Rows as the networks see them: of the whole panel, a part at a time."""

import numpy as np

#: Rows that are float64 at once.
_AT_ONCE = 1 << 18


def network_rows(panel, rollout):
    """Return the rows of a panel transformed, shifted and scaled, as float32.

    Parameters
    ----------
    panel : tsrnn.frames.Panel
    rollout : tsrnn.forecasting.rollout.Rollout

    Returns
    -------
    ndarray of float32, shape (rows, C)
    """
    values, columns, transform = panel.values, rollout.columns, rollout.transform
    n_targets = len(columns.targets)
    transform.warn_of_low(values[:, :n_targets])
    # Each series starts from 0, so that float32 keeps the digits of a high level.
    base = np.nan_to_num(transform.apply(_first_seen(values[:, :n_targets], panel.offsets)))
    rows = np.empty(values.shape, dtype=np.float32)
    for start in range(0, len(values), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        targets = transform.apply(values[part, :n_targets])
        if rollout.shifts:
            numbers = np.arange(start, start + len(targets))
            targets -= base[np.searchsorted(panel.offsets, numbers, side="right") - 1]
        rows[part, :n_targets] = targets
        rows[part, n_targets:] = columns.standardise(values[part, n_targets:])
    return rows


def _first_seen(targets, offsets):
    """Return the first value of each series and target that is not missing, NaN where all are, shape (n_series, T)."""
    first = targets[offsets[:-1]]
    for series, target in np.argwhere(np.isnan(first)):
        own = targets[offsets[series] : offsets[series + 1], target]
        first[series, target] = own[np.argmax(~np.isnan(own))]
    return first
