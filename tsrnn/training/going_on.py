"""Going on: nets train on, heard by the callbacks of now, and a training that fails changes nothing."""

import contextlib
import copy

from tsrnn.training.parts import own_and_given


@contextlib.contextmanager
def going_on(nets, callbacks, *holders):
    """Let nets train on, and give all of it back as it was where that fails or is broken off.

    Nets keep their weights where they are, so that live sessions on them go on as well.

    Parameters
    ----------
    nets : list of skorch.NeuralNet
        None of them where others are built in the midst of this.
    callbacks : list or None
        The user's skorch callbacks, which may be others than those of the training before.
    *holders : object
        Whoever keeps what is learned: their attributes are given back, which must be replaced, not changed in place.
    """
    before, epochs = list(nets), [len(net.history) for net in nets]
    parts = [part for net in nets for part in (net.module_, net.criterion_)]
    holders = [*holders, *nets, *(module for part in parts for module in part.modules())]
    attributes = [dict(vars(holder)) for holder in holders]
    learners = [*parts, *(net.optimizer_ for net in nets)]
    states = [copy.deepcopy(learner.state_dict()) for learner in learners]
    try:
        for net in nets:
            own, _ = own_and_given(net)
            net.callbacks = [*own, *(callbacks or [])]
            net.initialize_callbacks()
        yield
    except BaseException:
        nets[:] = before
        for holder, was in zip(holders, attributes, strict=True):
            vars(holder).clear()
            vars(holder).update(was)
        for learner, state in zip(learners, states, strict=True):
            learner.load_state_dict(state)
        for net, n in zip(nets, epochs, strict=True):
            del net.history[n:]
        raise
