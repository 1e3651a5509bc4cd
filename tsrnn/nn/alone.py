"""A window or a row that is alone goes through compiled code: calls of torch would take longer than its arithmetic.

Weights are read where they lie, so that they count as they are. Where they lie is found out anew when a network has
other parts than before, or these lie elsewhere. It is read through torch's own dicts, which takes a tenth of the time
of looking a part up by name.
"""

from itertools import chain
from weakref import WeakKeyDictionary

from torch import nn

from tsrnn import kernels
from tsrnn.nn.bodies import SegmentBody, StepBody
from tsrnn.nn.compiled import is_overheard, kernels_of
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.nn.heads import LastOutput, PerStep
from tsrnn.nn.regression import SequenceNetwork
from tsrnn.nn.skips import LinearSkip, MixedSkip, SeasonalSkip
from tsrnn.nn.tagging import TaggingNetwork

_BODIES = (SegmentBody, StepBody)
#: Heads that say no more than the last state, and that leave each output as it is.
_LAST, _EACH = (type(None), LastOutput), (type(None), PerStep)


def forecast_alone(network, past):
    """Forecast one window as a network does in evaluation, to float32 rounding.

    Parameters
    ----------
    network : ForecastNetwork
    past : Tensor, shape (1, at least W, T + covariates)

    Returns
    -------
    forecast : ndarray of float32, shape (1, H, T, Q), or None
        None where the network has a part that is not compiled, such as covariates or a cell of the user's own.
    scale : ndarray of float32, shape (1, 1, T), or None
        Of the window by its own rows alone.
    """
    if type(network) is not ForecastNetwork or not kernels.usable(past):
        return None, None
    n_targets, window_size = network.n_targets, network.window_size
    if past.shape[1] < window_size or past.shape[2] != n_targets:
        return None, None
    known = _known.get(network)
    if known is None or not known.is_current():
        known = _known[network] = Reading(network)
    if known.read is None or any(known.hooks):
        return None, None
    read, past = known.read, past.numpy()[0, -window_size:]
    if known.computes:
        cells = kernels_of(network._modules["body"]._modules["recurrent"])  # alive until it is done
        read = kernels.with_cells(read, cells)
    forecast, own = kernels.forecast(read, network.share, past)
    return forecast[None], own[None, None]


#: What is known of the networks that forecast a window lately.
_known = WeakKeyDictionary()


class Reading:
    """How the kernels read a network, and what tells that it is still as it was.

    Parameters
    ----------
    network : ForecastNetwork

    Attributes
    ----------
    read : tsrnn.kernels.window.Network or None
        None where the network has a part that is not compiled.
    hooks : list of dict
        Of all parts; a hook in one of them wants to be called.
    computes : bool
        Whether a cell computes some of what a kernel reads, anew each time.
    """

    def __init__(self, network):
        modules = list(network.modules())
        self.hooks = [h for m in modules for h in (m._forward_hooks, m._forward_pre_hooks)]
        self.kinds = [(module, type(module)) for module in modules[1:]]
        self.dicts = [d for m in modules for d in (m._modules, m._parameters, m._buffers)]
        self.parts = [(d, name, part) for d in self.dicts for name, part in d.items()]
        self.tensors = [*network.parameters(), *network.buffers()]
        self.places = [tensor.data_ptr() for tensor in self.tensors]
        self.read, weights = read_network(network)
        own = set(map(id, self.tensors))
        self.computes = any(id(weight) not in own for weight in weights)

    def is_current(self):
        """Whether the network has the same parts still, and its weights lie where they lay."""
        return (
            all([d.get(name) is part for d, name, part in self.parts])
            and sum(map(len, self.dicts)) == len(self.parts)
            and all([type(module) is kind for module, kind in self.kinds])
            and [tensor.data_ptr() for tensor in self.tensors] == self.places
        )


def read_network(network):
    """Return a `tsrnn.kernels.window.Network` and the weights that it is read from.

    None and no weights where a part of the network is not compiled.
    """
    body, skip = network._modules["body"], network._modules.get("skip")
    cells = kernels_of(body._modules["recurrent"])
    tensors = tensors_of(network, body, skip)
    is_plain = type(body) in _BODIES and type(body._modules.get("head")) in _LAST
    if not is_plain or not are_usable(cells, *tensors.values()):
        return None, []
    weights = [*tensors.values(), *chain.from_iterable(w.values() for _, w in cells)]
    in_one_piece = all(weight.is_contiguous() for weight in weights)
    if not in_one_piece or not have_shapes(tensors, shapes_of(network, body, cells)):
        return None, []
    read = kernels.network_of(
        cells,
        tensors,
        network.normalization,
        lags=skip.changes_over if type(skip) is MixedSkip else (),
        W=network.window_size,
        H=network.horizon,
        T=network.n_targets,
        c=1 if network.independent else network.n_targets,
        S=body.segment_size if type(body) is SegmentBody else 1,
        Q=network.arguments["n_quantiles"],
        median=network.arguments["median"],
        lag=network.lag,
        season=network.season_length,
        seasonal=type(skip) is SeasonalSkip,
        indicator=network.indicator,
    )
    return read, weights


def answer_alone(network, steps, state):
    """Answer one row, or label one token, as a network does in evaluation, to float32 rounding.

    Parameters
    ----------
    network : SequenceNetwork or TaggingNetwork
    steps : Tensor, shape (1, 1) or (1, 1, columns)
    state : tuple of cell states, or None
        Before the row, as it is returned, here or by the recurrent layers.

    Returns
    -------
    answer : ndarray of float32, shape (n,), or None
        Of the linear layer; None where the network has a part that is not compiled.
    state : tuple of cell states
        As it was where there is no answer.
    """
    if type(network) not in (SequenceNetwork, TaggingNetwork) or is_overheard(network):
        return None, state
    parts = network._modules
    cells, (weight, bias) = kernels_of(parts["recurrent"]), _linear(parts["linear"], nn.Linear)
    is_plain = type(parts.get("head")) in _EACH
    given = () if state is None else chain.from_iterable(state)
    if not is_plain or not are_usable(cells, weight, bias, *given):
        return None, state
    x = network.encode(steps)[0].detach()
    if not kernels.usable(x) or x.shape[1] != cells[0][1]["x"].shape[1]:
        return None, state
    if weight.shape[1] != network.recurrent.output_size:
        return None, state
    before = state or [cell.initial_state(1) for cell in network.recurrent.cells]
    return kernels.answer(cells, weight, bias, x, before)


def are_usable(cells, *tensors):
    """Whether all is there, and can be read by kernels."""
    if cells is None or any(tensor is None for tensor in tensors):
        return False
    return kernels.usable(*tensors, *chain.from_iterable(w.values() for _, w in cells))


def shapes_of(network, body, cells):
    """Return the shapes that weights must have: kernels read them by address, past their end if they are smaller."""
    width = 1 if network.independent else network.n_targets
    units, horizon = body.recurrent.output_size, network.horizon
    read, asked = width * (2 if network.indicator else 1), width * network.arguments["n_quantiles"]
    shapes = dict.fromkeys(("skip", "start"), (horizon, network.window_size))
    if type(network.skip) is MixedSkip:
        shapes |= shapes_of_mixture(network.skip, horizon, network.window_size)
    if type(body) is SegmentBody:
        embedded, segment = cells[0][1]["x"].shape[1], body.segment_size
        shapes["embed"] = embedded, segment * read
        shapes["position"] = -(-horizon // segment), embedded
        shapes["kind"] = network.n_targets, embedded
        shapes["linear"] = segment * asked, units
    else:
        shapes["kind"] = network.n_targets, units
        shapes["linear"] = horizon * asked, units
    return shapes


def shapes_of_mixture(skip, horizon, window_size):
    """Return the shapes of the weights of a mixture."""
    n_maps, units = skip.gate.out_features - 1, skip.hidden.out_features
    return {
        "maps": (n_maps * horizon, window_size),
        "hidden": (units, len(skip.changes_over)),
        "hidden_bias": (units,),
        "gate": (1 + n_maps, units),
        "gate_bias": (1 + n_maps,),
    }


def have_shapes(tensors, shapes):
    """Whether every tensor that is there has the shape of its name."""
    return all(tensors[name].shape == shapes[name] for name in shapes if name in tensors)


def tensors_of(network, body, skip):
    """Return typical scale and weights by the names of `tsrnn.kernels.window`; None for one that is computed."""
    parts = body._modules
    tensors = {"typical": network._buffers.get("typical")}
    tensors["linear"], tensors["linear_bias"] = _linear(parts["linear"], nn.Linear)
    if type(body) is SegmentBody:
        tensors["embed"], tensors["embed_bias"] = _linear(parts["embed"], nn.Linear)
        tensors["position"] = body._parameters.get("position")
    if parts.get("kind") is not None:
        tensors["kind"], _ = _linear(parts["kind"], nn.Embedding)
    if skip is not None and type(skip) is not SeasonalSkip:
        tensors["skip"], tensors["skip_bias"] = _linear(skip, LinearSkip, MixedSkip)
        tensors["start"] = skip._buffers.get("start_weight")
        tensors["start_bias"] = skip._buffers.get("start_bias")
    if type(skip) is MixedSkip:
        tensors["maps"] = skip._parameters.get("maps")
        for name in ("hidden", "gate"):
            tensors[name], tensors[f"{name}_bias"] = _linear(skip._modules[name], nn.Linear)
    return tensors


def _linear(module, *classes):
    """Return weight and bias of a module of a class itself; None for those of one that may do something else."""
    own = module._parameters if type(module) in classes else {}
    return own.get("weight"), own.get("bias")
