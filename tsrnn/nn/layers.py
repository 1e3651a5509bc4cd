"""Recurrent: cells stacked, run in one or both directions, over sequences of any lengths."""

import numbers

import torch
from torch import nn
from torch.nn import functional as F

from tsrnn.cells.base import positive_integer


class Recurrent(nn.Module):
    """Layers of cells: stacking, direction, dropout between layers, unequal lengths.

    The reversed direction of a bidirectional layer reads each sequence from its own last step, and
    its outputs stand beside the forward ones. State dicts have torch.nn's names
    (`weight_ih_l1`, `weight_ih_l0_reverse`, ...), so they are exchanged with torch.nn.LSTM, GRU and
    RNN of the same sizes.

    Parameters
    ----------
    cell : class
        A class that keeps the cell contract, such as `tsrnn.cells.LSTM` or your own.
    input_size : int
        Number of features of one input step.
    hidden_size : int
        Number of units of each cell.
    num_layers : int, default=1
        Number of layers; each reads the outputs of the one below.
    dropout : float, default=0.0
        Share of the outputs of every layer but the last that is dropped in training.
    bidirectional : bool, default=False
        Whether each layer also holds a cell that reads backwards.
    **cell_options
        The cell's own arguments.

    Attributes
    ----------
    output_size : int
        Number of features of one output step: the cell's, twice if bidirectional.
    cells : torch.nn.ModuleList
        Layer by layer, forward before reversed.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import GRU
    >>> from tsrnn.nn import Recurrent
    >>> layer = Recurrent(GRU, 3, 8, num_layers=2, bidirectional=True)
    >>> outputs, state = layer(torch.zeros(4, 10, 3), lengths=[10, 7, 7, 2])
    >>> outputs.shape, len(state)
    (torch.Size([4, 10, 16]), 4)
    """

    def __init__(
        self,
        cell,
        input_size,
        hidden_size,
        num_layers=1,
        dropout=0.0,
        bidirectional=False,
        **cell_options,
    ):
        super().__init__()
        if not isinstance(dropout, numbers.Real) or not 0 <= dropout < 1:
            raise ValueError(f"dropout must be a number from 0 to less than 1, got {dropout!r}")
        self.num_layers = positive_integer("num_layers", num_layers)
        self.dropout = dropout
        self.num_directions = 2 if bidirectional else 1
        self.cells = nn.ModuleList()
        self.output_size = input_size
        for _ in range(self.num_layers):
            layer = [
                cell(self.output_size, hidden_size, **cell_options)
                for _ in range(self.num_directions)
            ]
            self.cells.extend(layer)
            self.output_size = self.num_directions * layer[0].output_size

    def forward(self, inputs, state=None, lengths=None):
        """Run over a batch of sequences.

        Parameters
        ----------
        inputs : torch.Tensor (batch, time, input_size)
        state : sequence of cell states, optional
            The state before the first step, as it is returned; the cells' own unless given.
        lengths : sequence of int (batch,), optional
            Number of steps of each sequence, from 1 to time; what lies beyond is padding, and
            neither moves a state nor is read by the reversed direction.

        Returns
        -------
        outputs : torch.Tensor (batch, time, output_size)
            Zeros at padded steps.
        state : tuple of cell states
            One for each of `cells`, in their order: the state after the sequence's last step, or
            after its first one for a reversed cell.

        Raises
        ------
        ValueError
            If `state` or `lengths` does not fit the layers or the inputs.
        """
        if state is None:
            state = [None] * len(self.cells)
        elif len(state) != len(self.cells):
            raise ValueError(
                f"state must hold the states of {len(self.cells)} cells (layers × directions), "
                f"got {len(state)}"
            )
        if lengths is not None:
            lengths = checked_lengths(lengths, inputs)
        outputs, states = inputs, []
        for layer in range(self.num_layers):
            if layer:
                outputs = F.dropout(outputs, self.dropout, self.training)
            directions = []
            for direction in range(self.num_directions):
                i = layer * self.num_directions + direction
                run = run_backwards if direction else run_forwards
                answer, end = run(self.cells[i], outputs, state[i], lengths)
                directions.append(answer)
                states.append(end)
            outputs = torch.cat(directions, dim=-1) if len(directions) > 1 else directions[0]
        return outputs, tuple(states)

    def state_dict(self, *args, **kwargs):
        """Return the parameters and buffers under torch.nn's names.

        Parameters
        ----------
        *args, **kwargs
            Those of torch.nn.Module.state_dict.

        Returns
        -------
        state_dict : dict of str to torch.Tensor
        """
        prefix = kwargs.get("prefix", "")
        destination = super().state_dict(*args, **kwargs)
        for name, torch_name in self.torch_names(prefix).items():
            if name in destination:
                destination[torch_name] = destination.pop(name)
        return destination

    def _load_from_state_dict(self, state_dict, prefix, *args):
        for name, torch_name in self.torch_names(prefix).items():
            if torch_name in state_dict:
                state_dict[name] = state_dict.pop(torch_name)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def torch_names(self, prefix=""):
        """Return torch.nn's name for every parameter that has one.

        Parameters
        ----------
        prefix : str
            What comes before every name.

        Returns
        -------
        names : dict of str to str
            "cells.3.weight_ih_l0" to "weight_ih_l1_reverse", say; a parameter that is not named
            as torch.nn names its own is left out, and keeps its name.
        """
        names = {}
        for i, cell in enumerate(self.cells):
            layer, direction = divmod(i, self.num_directions)
            suffix = f"_l{layer}_reverse" if direction else f"_l{layer}"
            for name, _ in cell.named_parameters(recurse=False):
                if name.endswith("_l0"):
                    torch_name = name.removesuffix("_l0") + suffix
                    names[f"{prefix}cells.{i}.{name}"] = prefix + torch_name
        return names


def checked_lengths(lengths, inputs):
    """Return the lengths as a tensor on the CPU, after checking them.

    Parameters
    ----------
    lengths : sequence of int (batch,)
    inputs : torch.Tensor (batch, time, input_size)

    Returns
    -------
    lengths : torch.Tensor (batch,), int64
    """
    batch, time = inputs.shape[:2]
    lengths = torch.as_tensor(lengths, device="cpu").to(torch.int64)
    if lengths.shape != (batch,):
        raise ValueError(
            f"lengths must hold one length for each of the {batch} sequences, "
            f"got the shape {tuple(lengths.shape)}"
        )
    wrong = ((lengths < 1) | (lengths > time)).nonzero().flatten()
    if len(wrong):
        i = int(wrong[0])
        raise ValueError(
            f"lengths must be from 1 to {time}, the number of steps of inputs; "
            f"sequence {i} has {int(lengths[i])}"
        )
    return lengths


def run_forwards(cell, inputs, state, lengths):
    """Run a cell over every sequence, and no step further.

    A cell carries its state and treats rows apart, so a batch can be cut where its sequences end:
    with the longest first, each piece is a full rectangle of the rows that still run.

    Parameters
    ----------
    cell : torch.nn.Module
    inputs : torch.Tensor (batch, time, input_size)
    state : tuple of torch.Tensor (batch, ...) or None
    lengths : torch.Tensor (batch,) on the CPU, or None

    Returns
    -------
    outputs : torch.Tensor (batch, time, output_size)
        Zeros beyond the lengths.
    state : tuple of torch.Tensor (batch, ...)
        The state of each row after its own last step.
    """
    if lengths is None:
        return cell(inputs) if state is None else cell(inputs, state)
    batch, time = inputs.shape[:2]
    order = lengths.argsort(descending=True, stable=True)
    back = order.argsort().to(inputs.device)
    order = order.to(inputs.device)
    rows = inputs[order]
    state = None if state is None else tuple(tensor[order] for tensor in state)
    pieces, ended = [], []
    start, running = 0, batch
    for end in lengths.unique().tolist():
        piece = rows[:running, start:end]
        piece, state = cell(piece) if state is None else cell(piece, state)
        pieces.append(F.pad(piece, (0, 0, 0, 0, 0, batch - running)))
        start, running = end, int((lengths > end).sum())
        ended.append([tensor[running:] for tensor in state])
        state = tuple(tensor[:running] for tensor in state)
    outputs = F.pad(torch.cat(pieces, dim=1), (0, 0, 0, time - start))
    # The rows that end last stand first.
    final = (torch.cat(parts) for parts in zip(*reversed(ended), strict=True))
    return outputs[back], tuple(tensor[back] for tensor in final)


def run_backwards(cell, inputs, state, lengths):
    """Run a cell over every sequence from its last step to its first.

    Parameters
    ----------
    cell : torch.nn.Module
    inputs : torch.Tensor (batch, time, input_size)
    state : tuple of torch.Tensor (batch, ...) or None
    lengths : torch.Tensor (batch,) on the CPU, or None

    Returns
    -------
    outputs : torch.Tensor (batch, time, output_size)
        Each at the step of the input that it answers; zeros beyond the lengths.
    state : tuple of torch.Tensor (batch, ...)
        The state of each row after its first step, which it reads last.
    """
    outputs, state = run_forwards(cell, reverse(inputs, lengths), state, lengths)
    return reverse(outputs, lengths), state


def reverse(inputs, lengths):
    """Return every sequence in reversed order, its padding left where it is.

    Parameters
    ----------
    inputs : torch.Tensor (batch, time, size)
    lengths : torch.Tensor (batch,) on the CPU, or None

    Returns
    -------
    inputs : torch.Tensor (batch, time, size)
    """
    if lengths is None:
        return inputs.flip(1)
    batch, time = inputs.shape[:2]
    steps = torch.arange(time)
    mirrored = lengths[:, None] - 1 - steps
    index = torch.where(mirrored >= 0, mirrored, steps).to(inputs.device)
    return inputs[torch.arange(batch, device=inputs.device)[:, None], index]
