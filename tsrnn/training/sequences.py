"""Sequences of unequal lengths: end to end in flat tensors, and batches of nearly equal lengths gathered from them."""

import copy
from itertools import pairwise

import numpy as np
import torch

from tsrnn.tokens import NO_LABEL
from tsrnn.training.loop import Net
from tsrnn.training.net import wrap

#: Share of a batch's steps that may be padding.
MOST_PADDING = 0.1
#: Of fewer held-out sequences the best epoch could not be told.
FEWEST_HELD_OUT = 5


class Sequences(torch.utils.data.Dataset):
    """Sequences, tagged or not; a batch is gathered by number and padded.

    Parameters
    ----------
    steps : Tensor of shape (steps,), int64, or (steps, k), float32
        All sequences end to end.
    lengths : ndarray of int, shape (n,)
        Steps of each.
    labels : Tensor of shape (steps,), int64, default=None
        `NO_LABEL` where there is none.
    weights : Tensor of shape (steps,), float32, default=None
        How much each label counts.
    """

    def __init__(self, steps, lengths, labels=None, weights=None):
        self.lengths = lengths
        self.begins = np.cumsum(lengths) - lengths
        # One row more, which padding reads.
        self.steps = torch.cat([steps, steps.new_zeros(1, *steps.shape[1:])])
        self.labels = self.weights = None
        if labels is not None:
            self.labels = torch.cat([labels, labels.new_full((1,), NO_LABEL)])
            self.weights = torch.cat([weights, weights.new_zeros(1)])

    def part(self, numbers):
        """Return some of the sequences; the flat tensors are shared.

        Parameters
        ----------
        numbers : ndarray of int

        Returns
        -------
        Sequences
        """
        part = copy.copy(self)
        part.lengths, part.begins = self.lengths[numbers], self.begins[numbers]
        return part

    def places(self, numbers):
        """Return where the steps of a batch are, and which of them are real, both (batch, time)."""
        lengths, begins = self.lengths[numbers, None], self.begins[numbers, None]
        step = np.arange(lengths.max())
        return np.where(step < lengths, begins + step, len(self.steps) - 1), step < lengths

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, numbers):
        """Return one batch.

        Parameters
        ----------
        numbers : ndarray of int, shape (batch,)

        Returns
        -------
        inputs : dict
            steps (batch, time) or (batch, time, k), and lengths (batch,).
        target : dict or None
            labels and weights, both (batch, time), and lengths.
        """
        places, _ = self.places(numbers)
        places = torch.as_tensor(places, device=self.steps.device)
        lengths = torch.as_tensor(self.lengths[numbers])
        inputs = {"steps": self.steps[places], "lengths": lengths}
        if self.labels is None:
            return inputs, None
        target = {"labels": self.labels[places], "weights": self.weights[places]}
        return inputs, {**target, "lengths": lengths}


class LengthBatches:
    """Iterate over batches of sequences of nearly equal lengths: less than a tenth of a batch is padding.

    Parameters
    ----------
    dataset : Sequences
    batch_size : int
        Sequences in a batch, at most.
    shuffle : bool
        Whether to draw the order of the batches, and of sequences of one length, anew at each epoch.
    seed : int
        Of these draws.
    """

    def __init__(self, dataset, batch_size, shuffle=False, seed=0):
        self.dataset = dataset
        self.bounds = bounds_by_length(np.sort(dataset.lengths), batch_size)
        self.shuffle = shuffle
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return len(self.bounds) - 1

    def __iter__(self):
        for numbers in self.draw():
            yield self.dataset[numbers]

    def draw(self):
        """Return the batches of an epoch, each an ndarray of the numbers of its sequences."""
        order = self._permutation(len(self.dataset))
        ascending = order[np.argsort(self.dataset.lengths[order], kind="stable")]
        batches = [ascending[begin:end] for begin, end in pairwise(self.bounds)]
        return [batches[i] for i in self._permutation(len(batches))]

    def _permutation(self, n):
        if not self.shuffle:
            return np.arange(n)
        return torch.randperm(n, generator=self.generator).numpy()


def bounds_by_length(lengths, batch_size):
    """Cut ascending lengths into batches without too many sequences or too much padding.

    Parameters
    ----------
    lengths : ndarray of int, shape (n,)
    batch_size : int

    Returns
    -------
    list of int
        Where each batch begins, and n.
    """
    bounds, real = [0], 0
    for i, length in enumerate(lengths.tolist()):
        n = i + 1 - bounds[-1]
        real += length
        if n > batch_size or real <= (1 - MOST_PADDING) * length * n:
            bounds.append(i)
            real = length
    return [*bounds, len(lengths)] if len(lengths) else bounds


def hold_out(numbers, fraction, seed, *, needed=False):
    """Draw the sequences that train and those that are held out.

    Parameters
    ----------
    numbers : ndarray of int, shape (n,)
    fraction : float
        Share that is held out; none where that would be too few.
    seed : int
    needed : bool
        Whether early stopping needs some.

    Returns
    -------
    training, held_out : ndarray of int

    Raises
    ------
    ValueError
        Where some are needed, and too few.
    """
    n_held_out = int(fraction * len(numbers))
    if n_held_out < FEWEST_HELD_OUT:
        if needed:
            raise ValueError(
                f"early_stopping needs {FEWEST_HELD_OUT} held-out sequences, but "
                f"validation_fraction={fraction} of {len(numbers)} gives {n_held_out}; give more "
                "sequences or a larger validation_fraction, or set early_stopping=False."
            )
        n_held_out = 0
    drawn = np.random.default_rng(seed).permutation(numbers)
    return drawn[n_held_out:], drawn[:n_held_out]


class SequenceNet(Net):
    """A net whose loss is a mean over labels."""

    ragged = (True, False)

    def n_judged(self, batch):
        _, target = batch
        return int((target["labels"] != NO_LABEL).sum())


def build_sequence_net(module, criterion, **options):
    """Wrap a module in a skorch net that is fed batches of nearly equal lengths.

    Parameters
    ----------
    module : torch.nn.Module
        Called with `steps` and `lengths`, see `Sequences`.
    criterion : torch.nn.Module
        Called with the module's output and a dict of labels, weights and lengths.
    **options : see `tsrnn.training.net.wrap`

    Returns
    -------
    SequenceNet, initialised
    """
    return wrap(
        module,
        criterion,
        kind=SequenceNet,
        iterator_train=LengthBatches,
        iterator_train__shuffle=True,
        iterator_train__seed=0,
        iterator_valid=LengthBatches,
        **options,
    )
