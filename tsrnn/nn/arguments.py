"""Modules that know what they were built with, so that they can be built again elsewhere."""

import functools
import inspect


def keeps_arguments(cls):
    """Give the instances of a class `arguments`: a dict of what `__init__` was called with, defaults included.

    Parameters
    ----------
    cls : class
        Its `__init__` takes every argument by name.

    Returns
    -------
    cls : the same class

    Examples
    --------
    >>> from torch import nn
    >>> @keeps_arguments
    ... class Twice(nn.Module):
    ...     def __init__(self, size, bias=False):
    ...         super().__init__()
    >>> Twice(3).arguments
    {'size': 3, 'bias': False}
    """
    init, signature = cls.__init__, inspect.signature(cls)

    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        self.arguments = dict(bound.arguments)

    cls.__init__ = __init__
    return cls
