"""The tagging network and its loss."""

import pytest
import torch
from torch.nn import functional as F

from tsrnn.cells import GRU, JANET, LSTM, LSTMP, RNN, PeepholeLSTM
from tsrnn.nn import TaggingLoss, TaggingNetwork


def network(cell=GRU, **options):
    sizes = {"encoding": "embedding", "input_size": 5, "n_labels": 3, "hidden_size": 4}
    torch.manual_seed(0)
    return TaggingNetwork(cell, **{**sizes, **options}).eval()


STEPS = torch.tensor([[1, 2, 3, 4, 5, 1], [5, 4, 3, 0, 0, 0]])
LENGTHS = torch.tensor([6, 3])


@pytest.mark.parametrize("cell", [RNN, LSTM, LSTMP, PeepholeLSTM, JANET, GRU])
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}], ids=["1", "2"])
def test_a_sequence_in_a_padded_batch_scores_as_it_does_alone(cell, options):
    if cell is LSTMP:
        cell = lambda *sizes: LSTMP(*sizes, proj_size=2)  # noqa: E731
    net = network(cell, **options)
    scores = net(STEPS, LENGTHS)
    assert scores.shape == (2, 6, 3)
    torch.testing.assert_close(scores[1:, :3], net(STEPS[1:, :3], LENGTHS[1:]))


def test_one_direction_reads_no_later_step_and_both_do():
    later = STEPS[:1].clone()
    later[0, 4] = 2
    for bidirectional in (False, True):
        net = network(bidirectional=bidirectional)
        before, after = (net(steps, LENGTHS[:1])[0, :4] for steps in (STEPS[:1], later))
        assert torch.equal(before, after) is not bidirectional


@pytest.mark.parametrize("encoding", ["embedding", "onehot"])
def test_an_unknown_token_is_the_zero_vector(encoding):
    encoded = network(encoding=encoding).encode(torch.tensor([[0, 2]]))
    assert not encoded[0, 0].any()
    assert encoded[0, 1].any()


def test_onehot_of_id_i_is_indicator_i_with_a_mean_square_of_one():
    encoded = network(encoding="onehot").encode(torch.tensor([[1, 3]]))
    assert (encoded > 0).int().tolist() == [[[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]]]
    torch.testing.assert_close(encoded.square().mean(2), torch.ones(1, 2))


def test_features_enter_as_they_are():
    features = torch.randn(2, 6, 5)
    net = network(encoding=None)
    assert net.encode(features) is features
    assert net(features, LENGTHS).shape == (2, 6, 3)


def test_without_a_crf_the_most_probable_label_has_the_highest_score():
    net = network()
    scores = net(STEPS, LENGTHS)
    assert torch.equal(net.decode(STEPS, LENGTHS), scores.argmax(2))
    torch.testing.assert_close(net.probabilities(STEPS, LENGTHS), scores.softmax(2))


def test_with_a_crf_labels_and_probabilities_are_those_of_the_chain():
    net = network(crf=True)
    torch.nn.init.normal_(net.crf.transitions)
    scores = net(STEPS, LENGTHS)
    assert torch.equal(net.decode(STEPS, LENGTHS), net.crf.decode(scores, LENGTHS))
    torch.testing.assert_close(
        net.probabilities(STEPS, LENGTHS), net.crf.marginals(scores, LENGTHS)
    )


# --- the loss -----------------------------------------------------------------------------------

LABELS = torch.tensor([[0, 1, -1, 2], [2, 0, -1, -1]])
WEIGHTS = torch.tensor([[1.0, 2.0, 5.0, 0.5], [3.0, 1.0, 9.0, 9.0]])
TARGET = {"labels": LABELS, "weights": WEIGHTS, "lengths": torch.tensor([4, 2])}


def test_the_loss_is_the_weighted_cross_entropy_of_the_labels_that_are_there():
    scores = torch.randn(2, 4, 3)
    log_p = scores.log_softmax(2)
    places = [(0, 0, 0, 1.0), (0, 1, 1, 2.0), (0, 3, 2, 0.5), (1, 0, 2, 3.0), (1, 1, 0, 1.0)]
    expected = -sum(weight * log_p[i, t, label] for i, t, label, weight in places) / 5
    torch.testing.assert_close(TaggingLoss()(scores, TARGET), expected)


def test_with_a_crf_a_sequence_counts_by_the_mean_weight_of_its_labels():
    scores = torch.randn(2, 4, 3)
    crf = network(crf=True).crf
    torch.nn.init.normal_(crf.transitions)
    first, second = -crf(scores, LABELS, TARGET["lengths"])
    expected = (first * 3.5 / 3 + second * 2.0) / 5
    torch.testing.assert_close(TaggingLoss(crf)(scores, TARGET), expected)


def test_with_a_new_crf_and_equal_weights_the_loss_is_the_cross_entropy():
    scores = torch.randn(2, 4, 3)
    target = {**TARGET, "weights": torch.ones(2, 4)}
    expected = F.cross_entropy(scores.flatten(0, 1), LABELS.flatten(), ignore_index=-1)
    for crf in (None, network(crf=True).crf):
        torch.testing.assert_close(TaggingLoss(crf)(scores, target), expected)


@pytest.mark.parametrize("crf", [False, True])
def test_a_batch_without_labels_has_no_loss_and_no_gradient(crf):
    net = network(crf=crf)
    target = {
        "labels": torch.full((2, 6), -1),
        "weights": torch.zeros(2, 6),
        "lengths": LENGTHS,
    }
    loss = TaggingLoss(net.crf)(net(STEPS, LENGTHS), target)
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad is None or not p.grad.any() for p in net.parameters())
