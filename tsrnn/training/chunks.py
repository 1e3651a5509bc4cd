"""Chunks: sequences cut into pieces of rows, trained one after the other with the state carried over, or at random."""

import torch

from tsrnn.nn.regression import answer_sequences, first_rows, gather
from tsrnn.training.loop import Net
from tsrnn.training.net import warn_of_no_judge, wrap

#: Bounds of chunk_size="auto" and batch_size="auto".
_SHORTEST_CHUNK, _LONGEST_CHUNK, _LARGEST_BATCH = 10, 200, 64
#: Steps of the optimizer in an epoch that "auto" aims at, so that a hundred epochs are enough to learn.
_STEPS = 8
#: Batches whose chunks are sorted by length together, so that little of a batch is padding.
_POOL = 16


class Chunked(torch.utils.data.Dataset):
    """Sequences of rows and what is to be answered, each as one flat tensor; chunks are gathered from both.

    Parameters
    ----------
    rows : torch.Tensor (n_rows, C), float32
        All sequences end to end.
    targets : torch.Tensor (n_rows, T) or (n_sequences, T), float32
        One for each row, or one for each sequence; NaN is left out of the loss.
    starts, lengths : torch.Tensor (n_sequences,), int64
        First row and number of rows of each sequence; on the CPU.
    per_row : bool
        Whether there is a target for each row.
    """

    def __init__(self, rows, targets, starts, lengths, *, per_row=True):
        self.rows, self.targets, self.per_row = rows, targets, per_row
        self.starts, self.lengths = starts, lengths

    def __len__(self):
        return len(self.starts)

    def n_chunks(self, chunk_size):
        """Return how many chunks each sequence has, the last of them perhaps a short one."""
        return (self.lengths + chunk_size - 1).div(chunk_size, rounding_mode="floor")

    def chunks(self, chunk_size):
        """Return the sequence, first row and number of rows of every chunk, three tensors (n_chunks,)."""
        counts = self.n_chunks(chunk_size)
        sequence = torch.arange(len(self)).repeat_interleave(counts)
        done = (torch.arange(len(sequence)) - (counts.cumsum(0) - counts)[sequence]) * chunk_size
        size = (self.lengths[sequence] - done).clamp(max=chunk_size)
        return sequence, self.starts[sequence] + done, size

    def batch(self, sequence, starts, lengths, goes_on=False):
        """Gather chunks, each part of a sequence.

        Parameters
        ----------
        sequence, starts, lengths : torch.Tensor (B,), int64
        goes_on : bool
            Whether each chunk follows the one in the same place of the batch before.

        Returns
        -------
        inputs : dict
            What the net's `infer` takes: rows (B, L, C), lengths (B,), goes_on (B,).
        targets : torch.Tensor (B, L, T) or (B, T)
        """
        starts, lengths = starts.to(self.rows.device), lengths.to(self.rows.device)
        rows, real = gather(self.rows, starts, lengths)
        if self.per_row:
            targets, _ = gather(self.targets, starts, lengths)
            targets = targets.masked_fill(~real[:, :, None], float("nan"))
        else:
            targets = self.targets[sequence.to(self.rows.device)]
        goes_on = torch.full((len(starts),), goes_on)  # skorch asks for one length of all
        return {"rows": rows, "lengths": lengths, "goes_on": goes_on}, targets


def split_chunked(rows, targets, offsets, counts, *, per_row=True):
    """Part sequences into what trains and what is held out.

    Parameters
    ----------
    rows : torch.Tensor (n_rows, C)
    targets : torch.Tensor (n_rows, T) or (n_sequences, T)
    offsets : torch.Tensor (n_sequences + 1,), int64
        First row of each sequence, and the number of all rows; on the CPU.
    counts : torch.Tensor (n_sequences,), int64
        How many of each sequence's rows train, the first ones; on the CPU.
    per_row : bool
        Whether there is a target for each row.

    Returns
    -------
    training : Chunked
    held_out : Chunked
        Whole sequences, so that their later rows can be answered; the targets of their first `counts` rows are NaN.
        None of them where no other target is known, after a warning.
    """
    starts, lengths = offsets[:-1], offsets.diff()
    trains, held = (counts > 0).nonzero().flatten(), (counts < lengths).nonzero().flatten()
    kept = judged = targets
    if per_row:
        row = torch.arange(len(rows)) < (starts + counts).repeat_interleave(lengths)
        judged = targets.masked_fill(row.to(targets.device)[:, None], float("nan"))
    else:
        kept, judged = (targets[part.to(targets.device)] for part in (trains, held))
    if len(held) and bool(torch.isnan(judged).all()):
        warn_of_no_judge()
        held = held[:0]
    return (
        Chunked(rows, kept, starts[trains], counts[trains], per_row=per_row),
        Chunked(rows, judged, starts[held], lengths[held], per_row=per_row),
    )


def choose_sizes(lengths, chunk_size, batch_size, *, stateful):
    """Settle the sizes that are "auto".

    Parameters
    ----------
    lengths : ndarray of int64, shape (n_sequences,)
        Rows of the training sequences.
    chunk_size, batch_size : int or "auto"
    stateful : bool

    Returns
    -------
    chunk_size, batch_size : int
    """
    if chunk_size == "auto":
        at_most = max(_SHORTEST_CHUNK, min(_LONGEST_CHUNK, int(lengths.sum()) // _STEPS))
        chunk_size = min(int(lengths.max()), at_most)
    if batch_size == "auto":
        n = len(lengths) if stateful else int((-(-lengths // chunk_size)).sum())
        batch_size = min(max(1, n // _STEPS), _LARGEST_BATCH)
    return chunk_size, batch_size


class ChunkBatches:
    """Iterate over the chunks of `Chunked`, once.

    Parameters
    ----------
    dataset : Chunked
    batch_size : int
        Chunks in a batch.
    chunk_size : int
        Rows in a chunk. A sequence that has one target is a chunk, however long it is.
    stateful : bool
        Whether a batch is followed by the next chunks of its sequences, until they end; else chunks are drawn at
        random.
    seed : int
        Of the order.
    """

    def __init__(self, dataset, batch_size, chunk_size, stateful=False, seed=0):
        self.dataset = dataset
        self.batch_size = batch_size
        # Asked of the rows: a net that trains on may meet longer sequences than it was built for.
        self.chunk_size = chunk_size if dataset.per_row else int(dataset.lengths.max())
        self.stateful = stateful
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        n_chunks = self.dataset.n_chunks(self.chunk_size)
        if self.stateful:
            # As many batches as the longest sequence of each group has chunks.
            return int(n_chunks.sort(descending=True).values[:: self.batch_size].sum())
        return -(-int(n_chunks.sum()) // self.batch_size)

    def __iter__(self):
        return self._in_time() if self.stateful else self._at_random()

    def _in_time(self):
        starts, lengths = self.dataset.starts, self.dataset.lengths
        groups = lengths.argsort(descending=True, stable=True).split(self.batch_size)
        for group in torch.randperm(len(groups), generator=self.generator).tolist():
            sequence = groups[group]
            for done in range(0, int(lengths[sequence].max()), self.chunk_size):
                # The longest stand first, so those that still run are the first rows of the state.
                sequence = sequence[lengths[sequence] > done]
                size = (lengths[sequence] - done).clamp(max=self.chunk_size)
                yield self.dataset.batch(sequence, starts[sequence] + done, size, done > 0)

    def _at_random(self):
        sequence, starts, lengths = self.dataset.chunks(self.chunk_size)
        order = torch.randperm(len(starts), generator=self.generator)
        pools = order.split(_POOL * self.batch_size)
        batches = [
            batch
            for pool in pools
            for batch in pool[lengths[pool].argsort(stable=True)].split(self.batch_size)
        ]
        for i in torch.randperm(len(batches), generator=self.generator).tolist():
            chunk = batches[i]
            yield self.dataset.batch(sequence[chunk], starts[chunk], lengths[chunk])


class AllAtOnce:
    """Hand over a dataset as one batch, with those of its targets that are known, (n, T)."""

    def __init__(self, dataset, batch_size):
        self.dataset = dataset

    def __iter__(self):
        yield self.dataset, self.dataset.targets[_known(self.dataset)]


def _known(dataset):
    """Return which targets of `Chunked` are known, at least one of each row."""
    return ~dataset.targets.isnan().all(1)


class ChunkNet(Net):
    """A net that carries its module's state, detached, from a batch to the next where that goes on.

    Detached, the state's gradient ends where the chunk begins: back-propagation through time is truncated there.
    Held-out rows are judged as `predict` answers them, from the first row of their sequence on.

    References
    ----------
    Williams, R. J. and Peng, J. (1990). An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories. Neural Computation, 2(4), 490-501.
    """

    ragged, is_flat = (True,), True

    def n_judged(self, batch):
        _, targets = batch
        return int((~targets.isnan()).sum())

    def infer(self, x, **fit_params):
        goes_on = x["goes_on"]
        x = {name: tensor for name, tensor in x.items() if name != "goes_on"}
        state = first_rows(self.carried_, len(goes_on)) if goes_on.all() else None
        return super().infer(x, state=state, **fit_params)

    def on_batch_end(self, net, batch=None, training=False, y_pred=None, **kwargs):
        if training:
            _, self.carried_ = y_pred

    def on_train_end(self, net, **kwargs):
        self.carried_ = None

    def validation_step(self, batch, **fit_params):
        rows, _ = batch
        answers = answer_sequences(self.module_, rows.rows, rows.starts, rows.lengths)
        loss = self.get_loss((answers, None), rows.targets)
        return {"loss": loss, "y_pred": answers[_known(rows)]}

    def get_loss(self, y_pred, y_true, *args, **kwargs):
        answers, _ = y_pred
        return super().get_loss((answers, None), y_true, *args, **kwargs)  # one scale for all


def build_chunk_net(module, criterion, *, batch_size, chunk_size, stateful, **options):
    """Wrap a module that takes and returns a state in a net that is trained on `Chunked` sequences.

    Parameters
    ----------
    module : tsrnn.nn.SequenceNetwork
    criterion : torch.nn.Module
    batch_size, chunk_size, stateful
        See `ChunkBatches`.
    **options
        Those of `wrap`.

    Returns
    -------
    ChunkNet, initialised
    """
    return wrap(
        module,
        criterion,
        kind=ChunkNet,
        batch_size=batch_size,
        iterator_train=ChunkBatches,
        iterator_train__chunk_size=chunk_size,
        iterator_train__stateful=stateful,
        iterator_train__seed=0,
        iterator_valid=AllAtOnce,
        **options,
    )
