"""What a net is made of, so that another one of the same parts answers, and trains on, alike."""

from skorch.history import History

from tsrnn.training.callbacks import Clipping
from tsrnn.training.net import wrap

#: skorch's parameters that `wrap` is given, besides those of the iterators.
_OPTIONS = ("optimizer", "lr", "batch_size", "device", "iterator_train", "iterator_valid")


def parts_of(net):
    """Take a net apart; what `assemble` takes.

    Parameters
    ----------
    net : skorch.NeuralNet
        As `wrap` makes it.

    Returns
    -------
    dict
        Of modules, classes, tensors and plain values; the module comes first, since the criterion may hold parts of it.
    """
    (*_, last), callbacks = own_and_given(net)
    options = {
        name: value
        for name, value in vars(net).items()
        if name in _OPTIONS or name.startswith(("iterator_train__", "iterator_valid__"))
    }
    return {
        "module": net.module_,
        "criterion": net.criterion_,
        "type": type(net),
        "max_grad_norm": last.gradient_clip_value if isinstance(last, Clipping) else None,
        "callbacks": callbacks,
        "options": options,
        "history": [dict(record) for record in net.history],
        "optimizer_state": net.optimizer_.state_dict(),
    }


def own_and_given(net):
    """Part the callbacks of a net, as `wrap` makes it, into its own and those that the user gave."""
    clips = len(net.callbacks) > 2 and isinstance(net.callbacks[2], Clipping)
    n_own = 3 if clips else 2
    return net.callbacks[:n_own], net.callbacks[n_own:]


def assemble(module, criterion, type, max_grad_norm, callbacks, options, history, optimizer_state):
    """Put a net together from its parts, see `parts_of`.

    Returns
    -------
    skorch.NeuralNet, initialised, with its history and the state of its optimizer
    """
    net = wrap(
        module, criterion, kind=type, max_grad_norm=max_grad_norm, callbacks=callbacks, **options
    )
    net.history_ = History(history)
    net.optimizer_.load_state_dict(optimizer_state)
    return net
