"""What of a network compiled code may do in its place: the library's own cells, as long as nobody listens in."""

from tsrnn.cells.base import Cell


def kernels_of(recurrent):
    """Return recurrence and weights of each layer; None where a cell is not the library's, or does more."""
    found = []
    for cell in recurrent._modules["cells"]._modules.values():
        cls = type(cell)
        is_plain = getattr(cls, "forward", None) is Cell.forward
        if not is_plain or cls.initial_state is not Cell.initial_state:
            return None
        found.append(cell.kernel())
    return None if None in found or recurrent.num_directions > 1 else found


def is_overheard(module):
    """Whether a module, or one within, has a hook that wants to be called on the way forward."""
    heard = bool(module._forward_hooks or module._forward_pre_hooks)
    for part in module._modules.values():
        heard = heard or (part is not None and is_overheard(part))
    return heard


def is_overheard_back(module):
    """Whether a module, or one within, has a hook that wants to be called on the way back."""
    return any(m._backward_hooks or m._backward_pre_hooks for m in module.modules())
