"""Batches of sequences: whole, of nearly equal lengths, and gathered from flat tensors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.training import LengthBatches, Sequences, hold_out

lengths_of_sequences = st.lists(st.integers(1, 400), min_size=1, max_size=120)


def sequences(lengths):
    """Sequence i holds the numbers 100·i + 1, 100·i + 2, ...; labels are their last digit."""
    steps = np.concatenate([100 * i + np.arange(1, n + 1) for i, n in enumerate(lengths)])
    steps = torch.as_tensor(steps)
    return Sequences(steps, np.array(lengths), steps % 10, torch.ones(len(steps)))


def padding_of(lengths, batches):
    """The share of padding in each batch."""
    return [1 - lengths[b].sum() / (len(b) * lengths[b].max()) for b in batches]


@given(lengths_of_sequences, st.integers(1, 40), st.booleans(), st.integers(0, 9))
def test_less_than_a_tenth_of_any_batch_is_padding(lengths, batch_size, shuffle, seed):
    rows = sequences(lengths)
    batches = LengthBatches(rows, batch_size, shuffle, seed).draw()
    assert max(padding_of(rows.lengths, batches)) < 0.1


@given(lengths_of_sequences, st.integers(1, 40), st.booleans())
def test_an_epoch_has_every_sequence_once_and_no_batch_too_many(lengths, batch_size, shuffle):
    iterator = LengthBatches(sequences(lengths), batch_size, shuffle)
    for _ in range(2):
        batches = iterator.draw()
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
        assert max(map(len, batches)) <= batch_size
        assert len(iterator) == len(batches) == len(list(iterator))


def test_the_lengths_of_a_corpus_fill_their_batches():
    lengths = np.random.default_rng(0).poisson(70, 1400) + 1
    rows = sequences(lengths.tolist())
    batches = LengthBatches(rows, 32).draw()
    assert len(batches) <= 1.2 * 1400 / 32
    work = sum(len(b) * lengths[b].max() for b in batches)
    assert lengths.sum() > 0.98 * work


def test_shuffled_epochs_differ_and_a_seed_repeats_them():
    rows = sequences([3, 5, 5, 5, 5, 8] * 10)
    first, again, other = (LengthBatches(rows, 4, True, seed) for seed in (0, 0, 1))
    epochs = [np.concatenate(first.draw()).tolist() for _ in range(2)]
    assert epochs[0] != epochs[1]
    assert epochs == [np.concatenate(again.draw()).tolist() for _ in range(2)]
    assert epochs[0] != np.concatenate(other.draw()).tolist()


def test_sequences_stand_in_ascending_length_unless_shuffled():
    batches = LengthBatches(sequences([5, 1, 3, 3]), 2).draw()
    assert [b.tolist() for b in batches] == [[1], [2, 3], [0]]


def test_no_sequences_make_no_batches():
    rows = sequences([2, 3]).part(np.array([], dtype=int))
    assert len(LengthBatches(rows, 4)) == len(LengthBatches(rows, 4).draw()) == 0


def test_a_batch_is_gathered_and_padded():
    inputs, target = sequences([2, 3, 1])[np.array([2, 1])]
    assert inputs["steps"].tolist() == [[201, 0, 0], [101, 102, 103]]
    assert inputs["lengths"].tolist() == target["lengths"].tolist() == [1, 3]
    assert target["labels"].tolist() == [[1, -1, -1], [1, 2, 3]]
    assert target["weights"].tolist() == [[1, 0, 0], [1, 1, 1]]


def test_features_are_padded_with_zeros():
    rows = Sequences(torch.ones(3, 2), np.array([1, 2]))
    inputs, target = rows[np.array([0, 1])]
    assert inputs["steps"].tolist() == [[[1, 1], [0, 0]], [[1, 1], [1, 1]]]
    assert target is None


def test_a_part_shares_the_tensors_of_the_whole():
    rows = sequences([2, 3, 1])
    part = rows.part(np.array([1, 2]))
    assert len(part) == 2
    assert part.steps.data_ptr() == rows.steps.data_ptr()
    assert part[np.array([1])][0]["steps"].tolist() == [[201]]


@given(st.integers(0, 200), st.floats(0, 0.9), st.integers(0, 99))
def test_what_is_held_out_does_not_train(n, fraction, seed):
    training, held_out = hold_out(np.arange(n) * 3, fraction, seed)
    assert sorted([*training, *held_out]) == [3 * i for i in range(n)]
    assert len(held_out) == (int(fraction * n) if fraction * n >= 5 else 0)


def test_early_stopping_needs_held_out_sequences():
    with pytest.raises(ValueError, match=r"early_stopping needs 5 .*=0.1 of 20 gives 2; give more"):
        hold_out(np.arange(20), 0.1, 0, needed=True)
    assert len(hold_out(np.arange(50), 0.1, 0, needed=True)[1]) == 5
