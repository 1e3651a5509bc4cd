"""What a module was built with."""

import copy

import torch

from tsrnn.cells import GRU
from tsrnn.nn import SequenceNetwork
from tsrnn.nn.losses import ForecastLoss


def test_a_network_built_again_of_its_arguments_takes_its_weights():
    network = SequenceNetwork(GRU, cardinalities=(0, 3), n_targets=2, hidden_size=5)
    other = SequenceNetwork(**network.arguments)
    other.load_state_dict(network.state_dict())
    rows = torch.ones(1, 4, 2)
    torch.testing.assert_close(other(rows)[0], network(rows)[0], rtol=0, atol=0)


def test_defaults_and_arguments_by_place_are_kept_by_name():
    assert ForecastLoss("quantile", [0.1, 0.9]).arguments == {
        "loss": "quantile",
        "levels": [0.1, 0.9],
    }
    assert ForecastLoss().arguments == {"loss": "mae", "levels": ()}


def test_a_copy_keeps_them():
    loss = ForecastLoss("mse")
    assert copy.deepcopy(loss).arguments == loss.arguments
