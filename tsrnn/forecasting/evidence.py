"""How much many windows are worth as evidence, where series err together."""

import torch


def design_effect(when, *fields, at_once=None):
    """Return by how much more a mean over windows varies than if series had nothing in common.

    Prices that a common shock moves are missed alike, and where a network moves their forecasts alike, too, its gains
    on many of them tell little more than that on one. That is Kish's design effect of samples in clusters, of n series
    at a time 1 + (n - 1)·ρ. ρ, how much two of them resemble each other, is their mean cosine, and 0 if the series are
    independent. Of a product, as a gain is one of what was missed and what was changed, it is the product of both.

    Parameters
    ----------
    when : Tensor of int64, shape (n_windows,)
        Windows with the same number are of the same time.
    *fields : Tensor, shape (n_windows, k)
        What is averaged, or the factors of it, step by step; 0 where a value is missing.
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
    >>> round(design_effect(when[:2], missed[:2], change[:2]), 3)
    2.0
    >>> round(design_effect(when, missed, change), 3)  # of the other two one gains what the other loses
    1.0
    """
    _, when = when.unique(return_inverse=True)
    counts = when.bincount().double()
    pairs = float((counts * (counts - 1)).sum())
    if not pairs:
        return 1.0
    if at_once is None:
        at_once = float((counts * counts).sum() / counts.sum())
    alike = 1.0
    for field in fields:
        alike *= _mean_cosine(field, when, pairs)
    return 1 + max(0.0, at_once - 1) * alike


def _mean_cosine(vectors, when, pairs):
    """Return the mean cosine between two windows of the same time, at least 0."""
    units = torch.nn.functional.normalize(vectors.double(), dim=1)
    sums = units.new_zeros(int(when.max()) + 1, units.shape[1]).index_add_(0, when, units)
    return max(0.0, float(sums.square().sum() - units.square().sum()) / pairs)
