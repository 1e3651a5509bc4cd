"""How much a gain over many windows is worth as evidence, where series err together."""

import torch


def design_effect(missed, change, when, at_once=None):
    """Return by how much more the mean gain of a change varies than if series had nothing in common.

    Prices that a common shock moves are missed alike, and where a network moves their forecasts alike, too, many of
    them tell little more than one. That is Kish's design effect of samples in clusters: 1 + (n - 1)·ρ, of n series at
    a time. ρ, how much the gains of two of them resemble each other, is the mean cosine between what is missed of both
    times that between both changes: what these would be if the series were independent is 0.

    Parameters
    ----------
    missed, change : Tensor, shape (n_windows, k)
        Of the forecasts before the change, step by step; 0 where a value is missing.
    when : Tensor of int64, shape (n_windows,)
        Windows with the same number are of the same time.
    at_once : float, default=None
        Series at the time of a window, on average, where these windows are but some of all; by default they are all.

    Returns
    -------
    float
        1 where series have nothing in common, or there is one; as many as there are series where they are all alike.

    References
    ----------
    Kish (1965). Survey Sampling. Wiley.

    Examples
    --------
    >>> missed = torch.tensor([[1.0, 2.0], [2.0, 4.0], [1.0, -1.0], [-1.0, 1.0]])
    >>> change, when = torch.ones(4, 2), torch.tensor([1, 1, 0, 0])
    >>> round(design_effect(missed[:2], change[:2], when[:2]), 3)
    2.0
    >>> round(design_effect(missed, change, when), 3)  # of the other two one gains what the other loses
    1.0
    """
    _, when = when.unique(return_inverse=True)
    counts = when.bincount().double()
    pairs = float((counts * (counts - 1)).sum())
    if not pairs:
        return 1.0
    if at_once is None:
        at_once = float((counts * counts).sum() / counts.sum())
    alike = _mean_cosine(missed, when, pairs) * _mean_cosine(change, when, pairs)
    return 1 + max(0.0, at_once - 1) * alike


def _mean_cosine(vectors, when, pairs):
    """Return the mean cosine between two windows of the same time, at least 0."""
    units = torch.nn.functional.normalize(vectors.double(), dim=1)
    sums = units.new_zeros(int(when.max()) + 1, units.shape[1]).index_add_(0, when, units)
    return max(0.0, float(sums.square().sum() - units.square().sum()) / pairs)
