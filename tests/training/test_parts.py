"""A net taken apart and put together again."""

import copy

import torch
from skorch.callbacks import EpochScoring, GradientNormClipping

from tsrnn.training import assemble, parts_of


def test_a_net_of_the_same_parts_trains_on_alike(make_net, run, wave):
    net = run(make_net(optimizer=torch.optim.Adam), wave, epochs=2)
    other = assemble(**copy.deepcopy(parts_of(net)))
    assert other.history == net.history
    assert other.optimizer_.param_groups[0]["params"][0] is next(other.module_.parameters())
    run(net, wave, epochs=2)
    before = parts_of(other)["history"]
    assert len(before) == 2
    run(other, wave, epochs=2)
    for one, two in zip(net.module_.parameters(), other.module_.parameters(), strict=True):
        assert torch.equal(one, two)


def test_the_parts_hold_the_users_callbacks_and_the_clipping_apart(make_net):
    own = EpochScoring(lambda *_: 0.0, name="own")
    parts = parts_of(make_net(callbacks=[own], max_grad_norm=0.5))
    assert parts["callbacks"] == [own]
    assert parts["max_grad_norm"] == 0.5
    other = assemble(**parts)
    assert parts_of(other)["callbacks"] == [own]
    clippings = [c for c in other.callbacks if isinstance(c, GradientNormClipping)]
    assert [c.gradient_clip_value for c in clippings] == [0.5]


def test_without_clipping_there_is_none_after_either(make_net):
    parts = parts_of(make_net(max_grad_norm=None))
    assert parts["max_grad_norm"] is None
    assert len(assemble(**parts).callbacks) == 2
