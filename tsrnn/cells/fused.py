"""torch's own fused recurrences, run on the parameters of one cell."""

import torch


def run_fused(function, inputs, state, weights):
    """Run one of torch's fused recurrences: one layer, one direction.

    Parameters
    ----------
    function : callable
        `torch.lstm`, `torch.gru`, `torch.rnn_tanh` or `torch.rnn_relu`.
    inputs : torch.Tensor (batch, time, input_size)
    state : tuple of torch.Tensor (batch, size)
    weights : list of torch.Tensor
        In torch.nn's order: weight_ih, weight_hh, bias_ih, bias_hh and, with a projection,
        weight_hr.

    Returns
    -------
    outputs : torch.Tensor (batch, time, output_size)
    state : tuple of torch.Tensor (batch, size)
    """
    if inputs.is_cuda:
        weights = in_one_buffer(weights)
    state = [tensor.unsqueeze(0).contiguous() for tensor in state]
    # cuDNN keeps what the backward pass needs only in train mode, and gradients are also wanted
    # from a cell in eval mode; without dropout the mode changes nothing else.
    train = torch.is_grad_enabled()
    outputs, *state = function(
        inputs, state if len(state) > 1 else state[0], weights, True, 1, 0.0, train, False, True
    )
    return outputs, tuple(tensor.squeeze(0) for tensor in state)


def in_one_buffer(weights):
    """Return the same weights as views of one buffer, matrices before biases.

    cuDNN wants its weights so; it copies them at every call, and warns, when they are not.

    Parameters
    ----------
    weights : list of torch.Tensor
        In torch.nn's order.

    Returns
    -------
    weights : list of torch.Tensor
        The same values, shapes and order.
    """
    matrices_first = sorted(range(len(weights)), key=lambda i: weights[i].dim() == 1)
    buffer = torch.cat([weights[i].flatten() for i in matrices_first])
    views = buffer.split([weights[i].numel() for i in matrices_first])
    placed = {i: view.view_as(weights[i]) for i, view in zip(matrices_first, views, strict=True)}
    return [placed[i] for i in range(len(weights))]
