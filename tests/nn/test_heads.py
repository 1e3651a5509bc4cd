import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from tsrnn.nn import (
    AdditiveAttention,
    DotProductAttention,
    LastOutput,
    MeanPooling,
    PerStep,
    length_mask,
)

SIZE = 4
POOLING = [LastOutput, MeanPooling, AdditiveAttention, DotProductAttention]
ATTENTION = [AdditiveAttention, DotProductAttention]


def softmax(scores):
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def test_last_output_is_the_last_real_step():
    outputs = torch.randn(3, 6, SIZE)
    assert torch.equal(LastOutput(SIZE)(outputs), outputs[:, 5])
    actual = LastOutput(SIZE)(outputs, length_mask([6, 1, 4], 6))
    assert torch.equal(actual, torch.stack([outputs[0, 5], outputs[1, 0], outputs[2, 3]]))


def test_mean_pooling_is_the_mean_of_the_real_steps():
    outputs = torch.randn(2, 6, SIZE)
    torch.testing.assert_close(MeanPooling(SIZE)(outputs), outputs.mean(1))
    actual = MeanPooling(SIZE)(outputs, length_mask([6, 2], 6))
    torch.testing.assert_close(actual, torch.stack([outputs[0].mean(0), outputs[1, :2].mean(0)]))


def test_per_step_keeps_the_real_steps_and_zeroes_the_others():
    outputs = torch.randn(2, 6, SIZE)
    assert torch.equal(PerStep(SIZE)(outputs), outputs)
    actual = PerStep(SIZE)(outputs, length_mask([6, 2], 6))
    assert torch.equal(actual[0], outputs[0])
    assert torch.equal(actual[1, :2], outputs[1, :2])
    assert not actual[1, 2:].any()


def test_additive_attention_follows_bahdanaus_equations():
    torch.manual_seed(0)
    head = AdditiveAttention(SIZE).double()
    outputs = np.random.default_rng(0).normal(size=(3, 6, SIZE))
    w, u, v = (p.detach().numpy() for p in head.parameters())
    scores = np.tanh(outputs[:, -1:] @ w.T + outputs @ u.T) @ v[0]
    weights = softmax(scores)
    context = np.einsum("bt,bts->bs", weights, outputs)

    actual = head.weights(torch.from_numpy(outputs)).detach().numpy()
    np.testing.assert_allclose(actual, weights, rtol=0, atol=1e-12)
    actual = head(torch.from_numpy(outputs)).detach().numpy()
    np.testing.assert_allclose(actual, context, rtol=0, atol=1e-12)


@pytest.mark.parametrize("masked", [False, True])
def test_dot_product_attention_is_torchs_with_the_last_output_as_query(masked):
    torch.manual_seed(0)
    outputs = torch.randn(3, 6, SIZE)
    mask = length_mask([6, 3, 1], 6)
    query = LastOutput(SIZE)(outputs, mask if masked else None).unsqueeze(1)
    expected = F.scaled_dot_product_attention(
        query, outputs, outputs, attn_mask=mask.unsqueeze(1) if masked else None
    )
    actual = DotProductAttention(SIZE)(outputs, mask if masked else None)
    torch.testing.assert_close(actual, expected.squeeze(1), rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    head=st.sampled_from([*POOLING, PerStep]),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    seed=st.integers(0, 2**16),
)
def test_what_stands_in_padded_steps_changes_nothing(head, lengths, seed):
    torch.manual_seed(seed)
    head = head(SIZE)
    outputs = torch.randn(len(lengths), 6, SIZE)
    mask = length_mask(lengths, 6)
    expected = head(outputs, mask)
    for junk in (torch.nan, torch.inf, 1e30):
        actual = head(outputs.masked_fill(~mask.unsqueeze(2), junk), mask)
        torch.testing.assert_close(actual, expected, rtol=0, atol=0)
    for i, length in enumerate(lengths):
        alone = head(outputs[i : i + 1, :length])[0]
        masked = expected[i, :length] if isinstance(head, PerStep) else expected[i]
        torch.testing.assert_close(masked, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("head", ATTENTION)
def test_weights_sum_to_one_over_the_real_steps_and_are_zero_elsewhere(head):
    torch.manual_seed(0)
    mask = length_mask([6, 2, 1], 6)
    weights = head(SIZE).weights(torch.randn(3, 6, SIZE), mask)
    torch.testing.assert_close(weights.sum(1), torch.ones(3))
    assert torch.equal(weights > 0, mask)


@pytest.mark.parametrize("head", ATTENTION)
def test_the_answer_is_the_mean_of_the_outputs_under_the_weights(head):
    torch.manual_seed(0)
    head, outputs = head(SIZE), torch.randn(3, 6, SIZE)
    mask = length_mask([6, 2, 1], 6)
    expected = torch.einsum("bt,bts->bs", head.weights(outputs, mask), outputs)
    torch.testing.assert_close(head(outputs, mask), expected)


@pytest.mark.parametrize("head", [*POOLING, PerStep])
def test_a_row_without_any_real_step_gives_zeros_and_finite_gradients(head):
    torch.manual_seed(0)
    head = head(SIZE)
    outputs = torch.randn(2, 6, SIZE, requires_grad=True)
    answer = head(outputs, length_mask([0, 6], 6))
    assert not answer[0].any()
    assert answer[1].all()
    answer.sum().backward()
    assert not outputs.grad[0].any()
    assert outputs.grad.isfinite().all()


@pytest.mark.parametrize("head", POOLING)
def test_gradients_are_those_of_finite_differences(head):
    torch.manual_seed(0)
    head = head(2).double()
    outputs = torch.randn(2, 4, 2, dtype=torch.float64, requires_grad=True)
    mask = length_mask([4, 2], 4)
    assert torch.autograd.gradcheck(lambda outputs: head(outputs, mask), outputs)


@pytest.mark.parametrize("head", [*POOLING, PerStep])
def test_output_size_is_the_size_of_the_answer(head):
    head = head(SIZE)
    assert head(torch.randn(2, 6, SIZE)).shape[-1] == head.output_size == SIZE


def test_a_wrong_size_is_named():
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        MeanPooling(0)


def test_length_mask_takes_tensors_and_lists():
    expected = torch.tensor([[True, True, False], [False, False, False]])
    assert torch.equal(length_mask([2, 0], 3), expected)
    assert torch.equal(length_mask(torch.tensor([2, 0]), 3), expected)
