"""Networks of an ensemble, trained side by side: a process for each thread that torch may use.

A network of the usual size hardly trains faster on two threads than on one; two networks do, on one each. Threads of
one process would share torch's random draws, and wait for each other's Python.
"""

import multiprocessing
import threading

import torch
from joblib import Parallel, delayed

from tsrnn.training.net import heard_by_user

#: Seconds of training below which starting the processes takes as long as it saves.
_WORTH = 6
#: Seconds that a step of the optimizer takes at least, and for each weight, window and recurrent step of it.
_STEP, _WEIGHT = 1e-3, 1e-10


def side_by_side(learn, tasks, n_windows, epochs, bar):
    """Return what `learn` makes of each net.

    Parameters
    ----------
    learn : callable
        Takes what a task holds, and `bar`, an open progress bar or None; returns the net.
    tasks : list of tuple
        Each begins with a net of skorch's.
    n_windows : int
        Windows of training.
    epochs : int
        That each net trains at most, and that the bar expects of it.
    bar : tqdm.tqdm or None
        Moves on by one each epoch, or where there are several processes when a net is done.

    Returns
    -------
    list of skorch.NeuralNet
        In the order of `tasks`; copies where there are several processes.
    """
    seconds = [_seconds(net, n_windows, epochs) for net, *_ in tasks]
    processes = min(len(tasks), torch.get_num_threads())
    if processes == 1 or sum(seconds) < _WORTH or not all(_may_leave(net) for net, *_ in tasks):
        return [learn(*task, bar=bar) for task in tasks]
    # The longest first, or all would wait for one that began late.
    order = sorted(range(len(tasks)), key=lambda i: -seconds[i])
    parallel = Parallel(processes, backend="loky", return_as="generator", pre_dispatch="n_jobs")
    done = parallel(delayed(_alone)(learn, tasks[i]) for i in order)
    learned = dict(
        zip(order, _counted(done, [tasks[i][0] for i in order], epochs, bar), strict=True)
    )
    return [learned[i] for i in range(len(tasks))]


def _counted(learned, nets, epochs, bar):
    """Pass nets on and move the bar on by the epochs that each was trained."""
    for net, before in zip(learned, nets, strict=True):
        if bar is not None:
            done = len(net.history) - len(before.history)
            bar.total += done - epochs  # training that ends early is done all the same
            bar.update(done)
        yield net


def _alone(learn, task):
    """Do a task on one thread of another process."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return learn(*task, bar=None)
    finally:
        torch.set_num_threads(before)


def _seconds(net, n_windows, epochs):
    """Return about how long `epochs` epochs take at most."""
    steps = len(net.get_iterator(range(n_windows), training=True)) * epochs
    module = net.module_
    recurrent = (module.window_size + module.horizon) / module.segment_size
    weights = sum(parameter.numel() for parameter in module.parameters())
    return steps * (_STEP + _WEIGHT * weights * net.batch_size * recurrent)


def _may_leave(net):
    """Whether a net can train in another process: on the CPU, heard by nobody here, and not from a thread or daemon."""
    return (
        torch.device(net.device).type == "cpu"
        and not heard_by_user(net)
        and threading.current_thread() is threading.main_thread()
        and not multiprocessing.current_process().daemon
    )
