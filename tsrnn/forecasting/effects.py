"""What known covariates add to the targets, as a ridge regression sees it before any training."""

import numpy as np

#: Rows of the regression; more would hardly change it. Labels of all categories, at most.
_ENOUGH, _MOST_LABELS = 100_000, 100
#: Changes of a target and a covariate together of which more are needed to tell of an effect.
_FEWEST = 10
#: How many times the scale of the calmest series is that of a restless one.
_UNLIKE = 3


def effects_of(targets, covariates, cardinalities, offsets, lag):
    """Return what known covariates add to the targets, each label of a category by itself.

    Parameters
    ----------
    targets : ndarray of float64, shape (rows, T)
        Training rows, transformed; NaN is missing.
    covariates : ndarray of float64, shape (rows, K)
        Known covariates: numbers, standardised, and codes of categories.
    cardinalities : sequence of int, length K
        0 of a number, the number of labels of a category; one with so many that the regression would take long is left
        to the network.
    offsets, lag : see `learn_effects`

    Returns
    -------
    tuple or None
        The first arguments of a `tsrnn.nn.covariates.KnownEffect`, as lists; None where there are no such covariates.
    """
    numbers = [i for i, n in enumerate(cardinalities) if n == 0]
    causes, labelled, n_labels = [covariates[:, numbers]], [], 0
    for i, n in enumerate(cardinalities):
        # What is constant within a series changes nothing in it.
        if 0 < n <= _MOST_LABELS - n_labels and _varies(covariates[:, i], offsets):
            labelled, n_labels = [*labelled, i], n_labels + n
            causes.append(_indicators(covariates[:, i], n))
    if not numbers and not labelled:
        return None
    coefficients, unit = learn_effects(targets, np.hstack(causes), offsets, lag)
    ends = np.cumsum([len(numbers), *(cardinalities[i] for i in labelled)])
    of_numbers, *of_labels = np.split(coefficients, ends[:-1], axis=1)
    of_labels = {i: adds.T.tolist() for i, adds in zip(labelled, of_labels, strict=True)}
    return of_numbers.tolist(), unit.tolist(), of_labels


def scales_of(targets, offsets, window_size, normalization):
    """Return the usual scale of the windows of each series, see `tsrnn.nn.scale.window_scale`.

    Parameters
    ----------
    targets : ndarray of float64, shape (rows, T)
    offsets : ndarray of int64, shape (n_series + 1,)
    window_size : int
    normalization : {"standard", "last"}

    Returns
    -------
    ndarray of float64, shape (n_series, T)
        NaN where a series never moves.
    """
    lengths = np.diff(offsets)
    if normalization == "last":
        steps = np.abs(np.diff(targets, axis=0, prepend=np.nan))
        steps[offsets[:-1]] = np.nan
        scales = _means(steps, offsets[:-1])
    else:
        row = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        starts = np.flatnonzero(row % window_size == 0)  # windows end to end
        size = np.diff(np.append(starts, offsets[-1]))
        centred = targets - np.repeat(_means(targets, starts), size, axis=0)
        spread = np.sqrt(_means(centred**2, starts))
        scales = _means(spread, np.searchsorted(starts, offsets[:-1]))
    return np.where(scales > 0, scales, np.nan)


def are_unlike(scales):
    """Whether some series move so much more than others that one effect in units of the target fits not all."""
    with np.errstate(invalid="ignore"):
        return (np.fmax.reduce(scales) > _UNLIKE * np.fmin.reduce(scales)).any()


def _means(values, starts):
    """Return the means of the rows from each of `starts` to the next, NaN where all are missing."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.add.reduceat(np.where(there, values, 0.0), starts) / np.add.reduceat(
            there, starts
        )


def _varies(codes, offsets):
    """Whether a category has two labels in some series."""
    changes = np.diff(codes) != 0
    changes[offsets[1:-1] - 1] = False
    return changes.any()


def _indicators(codes, n_labels):
    """Return one column for each label: 1 in its rows; NaN where the row is missing."""
    indicators = (codes[:, None] == np.arange(1, n_labels + 1)).astype(np.float64)
    indicators[np.isnan(codes)] = np.nan
    return indicators


def learn_effects(targets, covariates, offsets, lag):
    """Regress the changes of the targets on the changes of the covariates, over one season or one step.

    Changes, not levels: what a series and a covariate have in common by trend, or by the season alone, is no effect.
    How much the coefficients are shrunk is told by leaving out one row at a time.

    Parameters
    ----------
    targets : ndarray of float64, shape (rows, T)
        Training rows, transformed; NaN is missing.
    covariates : ndarray of float64, shape (rows, K)
        Known covariates: numbers, standardised, and indicators of labels.
    offsets : ndarray of int64, shape (n_series + 1,)
    lag : int
        Rows between two values whose difference is a change.

    Returns
    -------
    coefficients : ndarray of float64, shape (T, K)
        0 where too few rows tell.
    unit : ndarray of float64, shape (T,)
        Mean size of a target's changes, 1 where there are none.
    """
    n_targets, n_known = targets.shape[1], covariates.shape[1]
    within = _rows_after(offsets, lag)
    if len(within) > _ENOUGH:
        within = within[np.linspace(0, len(within) - 1, _ENOUGH).astype(int)]
    changes = targets[within] - targets[within - lag]
    causes = covariates[within] - covariates[within - lag]
    coefficients, unit = np.zeros((n_targets, n_known)), np.ones(n_targets)
    there = ~np.isnan(causes)
    for i, change in enumerate(changes.T):
        seen = ~np.isnan(change)
        size = np.abs(change[seen]).mean() if seen.any() else 0.0
        told = there[seen].sum(0) > _FEWEST
        if size > 0:
            unit[i] = size
        if size > 0 and told.any():
            # A covariate that is missing tells nothing of its own effect in that row, nor hides those of the others.
            moved = np.nan_to_num(causes[seen][:, told])
            coefficients[i, told] = size * _ridge(moved, change[seen] / size)
    return coefficients, unit


def _ridge(causes, changes):
    from sklearn.linear_model import RidgeCV  # it takes a while, and few fits need it

    return RidgeCV(np.logspace(-3, 6, 19), fit_intercept=False).fit(causes, changes).coef_


def _rows_after(offsets, lag):
    """Return the rows that have another `lag` rows before them in their series."""
    row = np.arange(offsets[-1])
    start = np.repeat(offsets[:-1], np.diff(offsets))
    return row[row - start >= lag]
