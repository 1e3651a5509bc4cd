"""The CRF against the sum and the maximum over every labelling, one by one."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.nn import CRF


def random_crf(n_labels, seed):
    torch.manual_seed(seed)
    crf = CRF(n_labels).double()
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter)
    return crf


def score_of(crf, scores, labels):
    """s(y) of the docstring, in NumPy: scores (time, n_labels), labels a tuple."""
    start, end, transitions = (p.detach().numpy() for p in (crf.start, crf.end, crf.transitions))
    steps = sum(row[label] for row, label in zip(scores.numpy(), labels, strict=True))
    ties = sum(transitions[a, b] for a, b in pairwise(labels))
    return start[labels[0]] + steps + ties + end[labels[-1]]


def every_labelling(crf, scores):
    """Every labelling of one sequence (time, n_labels), with its probability."""
    labellings = list(product(range(scores.shape[1]), repeat=len(scores)))
    values = np.array([score_of(crf, scores, labels) for labels in labellings])
    probabilities = np.exp(values - np.logaddexp.reduce(values))
    return np.array(labellings), values, probabilities


@st.composite
def chains(draw):
    """A CRF, scores (batch, time, n_labels) and lengths."""
    n_labels = draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    crf = random_crf(n_labels, draw(st.integers(0, 1000)))
    scores = torch.randn(len(lengths), max(lengths), n_labels, dtype=torch.float64)
    return crf, scores, torch.tensor(lengths)


@given(chains())
def test_log_partition_is_the_sum_over_every_labelling(chain):
    crf, scores, lengths = chain
    actual = crf.log_partition(scores, lengths).tolist()
    for value, rows, length in zip(actual, scores, lengths, strict=True):
        _, values, _ = every_labelling(crf, rows[:length])
        assert value == pytest.approx(np.logaddexp.reduce(values))


@given(chains())
def test_marginals_are_sums_over_every_labelling(chain):
    crf, scores, lengths = chain
    marginals = crf.marginals(scores, lengths).numpy()
    for actual, rows, length in zip(marginals, scores, lengths, strict=True):
        labellings, _, probabilities = every_labelling(crf, rows[:length])
        indicators = labellings[:, :, None] == np.arange(rows.shape[1])
        expected = (probabilities[:, None, None] * indicators).sum(0)
        np.testing.assert_allclose(actual[:length], expected, atol=1e-12)
        assert not actual[length:].any()


@given(chains())
def test_decode_finds_the_best_of_every_labelling(chain):
    crf, scores, lengths = chain
    for labels, rows, length in zip(crf.decode(scores, lengths), scores, lengths, strict=True):
        labellings, values, _ = every_labelling(crf, rows[:length])
        assert labels[:length].tolist() == labellings[values.argmax()].tolist()


@given(chains(), st.data())
def test_missing_labels_may_be_any(chain, data):
    crf, scores, lengths = chain
    size = scores.shape[:2]
    of_label = st.integers(-1, scores.shape[2] - 1)
    drawn = data.draw(st.lists(of_label, min_size=size.numel(), max_size=size.numel()))
    labels = torch.tensor(drawn).reshape(size)
    labels = labels.masked_fill(torch.arange(size[1]) >= lengths[:, None], -1)
    actual = crf(scores, labels, lengths).tolist()
    for value, rows, known, length in zip(actual, scores, labels, lengths, strict=True):
        labellings, _, probabilities = every_labelling(crf, rows[:length])
        known = known[:length].numpy()
        agrees = ((labellings == known) | (known < 0)).all(1)
        assert value == pytest.approx(np.log(probabilities[agrees].sum()), abs=1e-9)


def test_a_new_crf_is_the_softmax_of_each_step():
    scores, lengths = torch.randn(2, 5, 3), torch.tensor([5, 3])
    crf = CRF(3)
    labels = torch.randint(3, (2, 5))
    actual = crf(scores, labels.masked_fill(torch.arange(5) >= lengths[:, None], -1), lengths)
    each = scores.log_softmax(2).gather(2, labels[:, :, None])[:, :, 0]
    torch.testing.assert_close(actual, torch.stack([each[0].sum(), each[1, :3].sum()]))
    torch.testing.assert_close(crf.marginals(scores, lengths)[0], scores[0].softmax(1))
    assert torch.equal(crf.decode(scores, lengths)[0], scores[0].argmax(1))


def test_what_lies_beyond_the_lengths_is_not_read():
    crf, lengths = random_crf(3, 0), torch.tensor([2, 4])
    scores = torch.randn(2, 4, 3, dtype=torch.float64)
    labels = torch.tensor([[0, 1, -1, -1], [2, 2, 0, 1]])
    other = scores.clone()
    other[0, 2:] = 1e6
    for method in (crf.log_partition, crf.marginals, crf.decode):
        assert torch.equal(method(scores, lengths), method(other, lengths))
    assert torch.equal(crf(scores, labels, lengths), crf(other, labels, lengths))


def test_lengths_may_lie_on_the_cpu_while_the_scores_are_on_another_device():
    """Recurrent layers read lengths on the CPU, so batches leave them there; "meta" stands in for a GPU."""
    crf, lengths = CRF(3).to("meta"), torch.tensor([2, 4])
    scores = torch.empty(2, 4, 3, device="meta")
    labels = torch.empty(2, 4, dtype=torch.int64, device="meta")
    answers = {
        "forward": crf(scores, labels, lengths),
        "log_partition": crf.log_partition(scores, lengths),
        "marginals": crf.marginals(scores, lengths),
        "decode": crf.decode(scores, lengths),
    }
    assert {answer.device.type for answer in answers.values()} == {"meta"}
    shapes = {name: tuple(answer.shape) for name, answer in answers.items()}
    assert shapes == {
        "forward": (2,),
        "log_partition": (2,),
        "marginals": (2, 4, 3),
        "decode": (2, 4),
    }


def test_the_gradient_of_the_log_probability_is_right():
    crf, lengths = random_crf(3, 0), torch.tensor([4, 2])
    labels = torch.tensor([[0, 2, -1, 1], [1, -1, -1, -1]])
    scores = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)

    def log_probability(scores, *parameters):
        named = dict(zip(("start", "end", "transitions"), parameters, strict=True))
        return torch.func.functional_call(crf, named, (scores, labels, lengths))

    parameters = (crf.start, crf.end, crf.transitions)
    assert torch.autograd.gradcheck(log_probability, (scores, *parameters))


def test_the_chain_carries_a_label_over_a_step_that_prefers_another():
    crf = CRF(2)
    crf.transitions.data = torch.tensor([[0.0, -9.0], [-9.0, 0.0]])
    scores = torch.tensor([[[2.0, 0.0], [0.0, 1.0], [2.0, 0.0]]])
    assert crf.decode(scores, torch.tensor([3])).tolist() == [[0, 0, 0]]
    assert scores.argmax(2).tolist() == [[0, 1, 0]]
