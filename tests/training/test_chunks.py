"""Chunks: every row once in an epoch, in time order with the state carried, or at random."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.training.chunks import ChunkBatches, Chunked, choose_sizes, split_chunked

lengths_of_sequences = st.lists(st.integers(1, 23), min_size=1, max_size=9)


def make_chunked(lengths):
    """Sequences whose rows are numbered from 1 on; the target of a row is its number."""
    lengths = torch.tensor(lengths)
    rows = torch.arange(1.0, lengths.sum() + 1)[:, None]
    return Chunked(rows, rows.clone(), lengths.cumsum(0) - lengths, lengths)


@given(lengths_of_sequences, st.integers(1, 4), st.integers(1, 12), st.booleans())
def test_every_row_is_in_one_batch_with_its_target(lengths, batch_size, chunk_size, stateful):
    data = make_chunked(lengths)
    batches = ChunkBatches(data, batch_size, chunk_size, stateful)
    seen, n = [], 0
    for inputs, targets in batches:
        n += 1
        real = torch.arange(inputs["rows"].shape[1]) < inputs["lengths"][:, None]
        assert len(inputs["rows"]) <= batch_size
        assert inputs["rows"].shape[1] <= chunk_size
        assert torch.equal(targets[real], inputs["rows"][real])
        assert targets[~real].isnan().all()
        seen.append(targets[real].flatten())
    assert torch.equal(torch.cat(seen).sort().values, data.rows.flatten())
    assert n == len(batches)


@given(lengths_of_sequences, st.integers(1, 4), st.integers(1, 12))
def test_in_time_order_each_chunk_follows_the_one_in_its_place(lengths, batch_size, chunk_size):
    last = None
    for inputs, _ in ChunkBatches(make_chunked(lengths), batch_size, chunk_size, stateful=True):
        first = inputs["rows"][:, 0, 0]
        if inputs["goes_on"].all():
            assert torch.equal(first, last[: len(first)] + 1)
        else:
            assert not inputs["goes_on"].any()
        last = inputs["rows"][torch.arange(len(first)), inputs["lengths"] - 1, 0]


def test_at_random_no_chunk_goes_on_and_each_epoch_has_its_own_order():
    batches = ChunkBatches(make_chunked([50, 30]), 2, 5, seed=1)
    epochs = [[tuple(i["rows"][:, 0, 0].tolist()) for i, _ in batches] for _ in range(2)]
    assert sorted(sum(epochs[0], ())) == sorted(sum(epochs[1], ()))
    assert epochs[0] != epochs[1]
    again = ChunkBatches(make_chunked([50, 30]), 2, 5, seed=1)
    assert [tuple(i["rows"][:, 0, 0].tolist()) for i, _ in again] == epochs[0]
    assert not any(inputs["goes_on"].any() for inputs, _ in batches)


def test_chunks_of_like_lengths_stand_together():
    """Of sequences of 1 to 64 rows, little of a batch is padding."""
    data = make_chunked(list(range(1, 65)))
    batches = ChunkBatches(data, batch_size=4, chunk_size=64)
    assert sum(inputs["rows"][:, :, 0].numel() for inputs, _ in batches) < 1.1 * len(data.rows)


def test_a_target_of_a_whole_sequence_comes_with_it():
    lengths = torch.tensor([3, 5])
    rows = torch.arange(8.0)[:, None]
    data = Chunked(
        rows, torch.tensor([[30.0], [50.0]]), torch.tensor([0, 3]), lengths, per_row=False
    )
    for chunk_size in (5, 2):  # it is not cut, however small the chunks are to be
        batches = list(ChunkBatches(data, 1, chunk_size))
        assert sorted(inputs["lengths"].tolist() for inputs, _ in batches) == [[3], [5]]
        for inputs, targets in batches:
            assert targets.tolist() == [[10.0 * inputs["lengths"][0]]]


def test_the_first_rows_train_and_whole_sequences_are_held_out_for_the_later_ones():
    rows = torch.arange(10.0)[:, None]
    training, held_out = split_chunked(
        rows, rows.clone(), torch.tensor([0, 6, 10]), torch.tensor([4, 4])
    )
    assert training.lengths.tolist() == [4, 4]
    assert held_out.starts.tolist() == [0]  # the second sequence trains whole
    assert held_out.lengths.tolist() == [6]
    assert held_out.targets[:6].isnan().flatten().tolist() == [True] * 4 + [False] * 2


def test_sizes_that_are_given_are_kept():
    lengths = torch.tensor([300, 500]).numpy()
    assert choose_sizes(lengths, 7, 3, stateful=True) == (7, 3)
    assert choose_sizes(lengths, "auto", "auto", stateful=False) == (100, 1)
    assert choose_sizes(lengths[:1], "auto", "auto", stateful=True) == (37, 1)
