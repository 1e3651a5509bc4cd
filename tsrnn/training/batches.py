"""Batches: a skorch iterator that gathers windows by number, in an order that its own seed decides."""

import numpy as np
import torch

#: Share of the windows that are cut short where windows may be.
_CUT_SHORT = 0.3


class WindowBatches:
    """Iterate over the batches of a `tsrnn.windows.Windows`, once.

    Parameters
    ----------
    dataset : Windows
    batch_size : int
    shuffle : bool
        Whether to draw the windows at random; each epoch draws others.
    at_most : int or None
        Windows in one epoch. Of more, a random part is drawn, or without `shuffle` an even spread.
    seed : int
        Of the order in which windows are drawn.
    """

    def __init__(self, dataset, batch_size, shuffle=False, at_most=None, seed=0):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.at_most = at_most
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        n = len(self.dataset) if self.at_most is None else min(len(self.dataset), self.at_most)
        return -(-n // self.batch_size)

    def __iter__(self):
        numbers = np.asarray(self._draw())
        return self.dataset.batches(numbers, self.batch_size, self._draw_pasts(len(numbers)))

    def _draw_pasts(self, n):
        """Return how many rows are seen of each of `n` windows, or None where they are seen whole."""
        least, most = self.dataset.least_past, self.dataset.window_size
        if not self.shuffle or least is None or least >= most:
            return None
        cut = torch.rand(n, generator=self.generator) < _CUT_SHORT
        shorter = torch.randint(least, most, (n,), generator=self.generator)
        return torch.where(cut, shorter, most).numpy()

    def _draw(self):
        n = len(self.dataset)
        most = n if self.at_most is None else min(n, self.at_most)
        if not self.shuffle:
            return self.dataset.origins.spread(most)
        if n > 20 * most:
            # Among so many a repeated draw hardly ever happens, and a permutation would cost memory.
            return torch.randint(n, (most,), generator=self.generator)
        return torch.randperm(n, generator=self.generator)[:most]
