"""A training that goes on is heard by the callbacks of now, and changes nothing where it fails."""

import copy

import pytest
import torch
from skorch.callbacks import Callback

from tsrnn.training import going_on, parts_of


class Hears(Callback):
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, net, **kwargs):
        self.epochs += 1


class Holder:
    def __init__(self):
        self.learned = "before"


def state_of(net):
    """All that a net is made of, its tensors as lists."""
    parts = parts_of(net)
    for name in ("module", "criterion"):
        parts[name] = {k: v.tolist() for k, v in parts[name].state_dict().items()}
    state = parts["optimizer_state"]["state"]
    parts["optimizer_state"]["state"] = {
        n: {name: torch.as_tensor(value).tolist() for name, value in of.items()}
        for n, of in state.items()
    }
    return copy.deepcopy(parts)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_net_whose_training_fails_is_as_it_was_and_trains_on_alike(make_net, run, wave, error):
    net, same = (run(make_net(optimizer=torch.optim.Adam), wave, epochs=2) for _ in range(2))
    same.history[:] = copy.deepcopy(net.history)  # seconds differ
    nets, holder, weight = [net], Holder(), net.module_.linear.weight
    with pytest.raises(error), going_on(nets, [Hears()], holder):  # noqa: PT012
        run(net, wave, epochs=3, lr=0.3, seed=7)
        nets[:] = [make_net()]
        net.module_.share, holder.learned, holder.more = 0.5, "after", 1
        raise error
    assert nets == [net]
    assert vars(holder) == {"learned": "before"}
    assert net.module_.linear.weight is weight
    assert not hasattr(net.module_, "share")
    assert state_of(net) == state_of(same)
    for one in (net, same):
        run(one, wave, epochs=2, seed=1)
    assert torch.equal(net.module_.linear.weight, same.module_.linear.weight)


def test_a_net_that_goes_on_is_heard_by_the_callbacks_of_now_alone(make_net, run, wave):
    first, second = Hears(), Hears()
    net = run(make_net([first], max_grad_norm=1.0), wave, epochs=2)
    with going_on([net], [("named", second)]):
        run(net, wave, epochs=3)
    with going_on([net], None):
        run(net, wave, epochs=1)
    assert (first.epochs, second.epochs, len(net.history)) == (2, 3, 6)
    assert parts_of(net)["callbacks"] == []
    assert parts_of(net)["max_grad_norm"] == 1.0
