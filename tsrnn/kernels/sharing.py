"""Work that is shared out among threads, which wait for each other asleep."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from tsrnn.threads import available_threads

#: Multiplications below which a second thread, which has to be woken, costs more than it saves; parts at most.
_SHARED, _MOST_PARTS = 16_000_000, 4


def parts_of(n_rows, work, together):
    """Return the first and last rows of each part: one part where there is little to do.

    The parts do not depend on how many threads there are, or the gradients, which are summed over them, would. `work`
    is the multiplications for one row; rows stay `together` in groups of so many.
    """
    n_groups = -(-n_rows // together)
    n = max(1, min(_MOST_PARTS, n_groups, n_rows * work // _SHARED))
    bounds = [min(n_rows, together * (i * n_groups // n)) for i in range(n + 1)]
    return list(pairwise(bounds))


def share(sweep, parts):
    """Call `sweep(number of the part, *part)` for every part, by as many threads as the caller allows."""
    n = min(available_threads(), len(parts)) if len(parts) > 1 else 1
    parts = list(enumerate(parts))

    def every_nth(first):
        for part, rows in parts[first::n]:
            sweep(part, *rows)

    running = [_threads().submit(every_nth, first) for first in range(1, n)]
    every_nth(0)
    for future in running:
        future.result()


def summed(tensors, parts, sweep):
    """Call `sweep(addresses, first, last)` for every part; return the sums of the gradients that they wrote there."""
    # A gradient for each part, one after the other.
    several = (len(parts),) if len(parts) > 1 else ()
    sums = [None if t is None else t.new_empty(*several, *t.shape) for t in tensors]

    def of_part(part, *rows):
        each = [d if d is None or not several else d[part] for d in sums]
        sweep([0 if d is None else d.data_ptr() for d in each], *rows)

    share(of_part, parts)
    return [None if d is None else d.sum(0) for d in sums] if several else sums


_pool = None


def _threads():
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="tsrnn")
    return _pool


def _forget_threads():
    """A forked process has none of its parent's threads."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
