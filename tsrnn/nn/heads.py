"""Heads: what is made of a recurrent layer's outputs over time."""

import torch
from torch import nn

from tsrnn.cells.base import positive_integer
from tsrnn.generators import seeded


class Head(nn.Module):
    """What every head is built and called with.

    A head is built as `Head(size)`, `size` features of one output step in, `output_size` out.
    `forward(outputs, mask=None)` takes the outputs (batch, time, size) and a boolean mask
    (batch, time), True at real steps; steps where it is False change nothing, whatever they hold,
    and a row without any real step gives zeros.

    Parameters
    ----------
    size : int
        Number of features of one output step.

    Attributes
    ----------
    output_size : int
        Number of features of the head's answer.
    """

    def __init__(self, size):
        super().__init__()
        self.output_size = positive_integer("size", size)


class LastOutput(Head):
    """The output of the last real step.

    The reversed direction of a bidirectional layer has read a single step there: prefer pooling or
    attention on top of one.

    Parameters
    ----------
    size : int
        Number of features of one output step.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.nn import LastOutput, length_mask
    >>> outputs = torch.arange(6.0).reshape(1, 6, 1)
    >>> LastOutput(1)(outputs, length_mask([4], 6))
    tensor([[3.]])
    """

    def forward(self, outputs, mask=None):
        """Return the last output.

        Parameters
        ----------
        outputs : torch.Tensor (batch, time, size)
        mask : torch.Tensor (batch, time), bool, optional

        Returns
        -------
        answer : torch.Tensor (batch, size)
        """
        if mask is None:
            return outputs[:, -1]
        steps = torch.arange(mask.shape[1], device=mask.device)
        last = (steps * mask).argmax(dim=1)
        rows = torch.arange(len(outputs), device=outputs.device)
        return without_padding(outputs, mask)[rows, last]


class MeanPooling(Head):
    """The mean of the outputs over the real steps.

    Parameters
    ----------
    size : int
        Number of features of one output step.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.nn import MeanPooling, length_mask
    >>> outputs = torch.arange(6.0).reshape(1, 6, 1)
    >>> MeanPooling(1)(outputs, length_mask([4], 6))
    tensor([[1.5000]])
    """

    def forward(self, outputs, mask=None):
        """Return the mean output.

        Parameters
        ----------
        outputs : torch.Tensor (batch, time, size)
        mask : torch.Tensor (batch, time), bool, optional

        Returns
        -------
        answer : torch.Tensor (batch, size)
        """
        if mask is None:
            return outputs.mean(dim=1)
        counts = mask.sum(dim=1, keepdim=True).clamp(min=1)
        return without_padding(outputs, mask).sum(dim=1) / counts


class PerStep(Head):
    """The outputs themselves, one answer per step, zeros at padded steps.

    Parameters
    ----------
    size : int
        Number of features of one output step.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.nn import PerStep, length_mask
    >>> PerStep(1)(torch.ones(1, 3, 1), length_mask([2], 3)).flatten()
    tensor([1., 1., 0.])
    """

    def forward(self, outputs, mask=None):
        """Return the outputs.

        Parameters
        ----------
        outputs : torch.Tensor (batch, time, size)
        mask : torch.Tensor (batch, time), bool, optional

        Returns
        -------
        answer : torch.Tensor (batch, time, size)
        """
        return without_padding(outputs, mask)


class Attention(Head):
    """A weighted mean of the outputs; a subclass gives the scores.

    ::

        α_s = exp(e_s) / Σ_s' exp(e_s')
        context = Σ_s α_s h_s

    Parameters
    ----------
    size : int
        Number of features of one output step.
    """

    def scores(self, query, outputs):
        """Return the score e_s of every step.

        Parameters
        ----------
        query : torch.Tensor (batch, size)
            The output of the last real step.
        outputs : torch.Tensor (batch, time, size)

        Returns
        -------
        scores : torch.Tensor (batch, time)
        """
        raise NotImplementedError(f"{type(self).__name__} must define scores(query, outputs)")

    def weights(self, outputs, mask=None):
        """Return how much each step counts.

        Parameters
        ----------
        outputs : torch.Tensor (batch, time, size)
        mask : torch.Tensor (batch, time), bool, optional

        Returns
        -------
        weights : torch.Tensor (batch, time)
            They sum to one over the real steps, and are zero elsewhere.
        """
        outputs = without_padding(outputs, mask)
        query = LastOutput(self.output_size)(outputs, mask)
        scores = self.scores(query, outputs)
        if mask is None:
            return scores.softmax(dim=1)
        # The least finite number, not -inf: a row without any real step must not become NaN.
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        return scores.softmax(dim=1) * mask

    def forward(self, outputs, mask=None):
        """Return the context: the weighted mean of the outputs.

        Parameters
        ----------
        outputs : torch.Tensor (batch, time, size)
        mask : torch.Tensor (batch, time), bool, optional

        Returns
        -------
        answer : torch.Tensor (batch, size)
        """
        weights = self.weights(outputs, mask).unsqueeze(1)
        return (weights @ without_padding(outputs, mask)).squeeze(1)


class AdditiveAttention(Attention):
    """Attention over time with an additive score.

    ::

        e_s = vᵀ tanh(W h_T + U h_s)

    The query is h_T, the output of the last real step, in the place of the decoder's state of the
    paper. `weights` gives α for inspection.

    Parameters
    ----------
    size : int
        Number of features of one output step.

    References
    ----------
    Bahdanau, D., Cho, K. and Bengio, Y. (2015). Neural machine translation by jointly learning to
    align and translate. ICLR, appendix A.1.2.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.nn import AdditiveAttention
    >>> head = AdditiveAttention(4)
    >>> outputs = torch.randn(2, 10, 4)
    >>> head(outputs).shape, head.weights(outputs).shape
    (torch.Size([2, 4]), torch.Size([2, 10]))
    """

    def __init__(self, size):
        super().__init__(size)
        self.query = nn.Linear(size, size, bias=False)
        self.key = nn.Linear(size, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def scores(self, query, outputs):
        return self.score(torch.tanh(self.query(query).unsqueeze(1) + self.key(outputs))).squeeze(2)


class DotProductAttention(Attention):
    """Attention over time with a scaled dot product as score.

    ::

        e_s = h_Tᵀ h_s / √size

    The query is h_T, the output of the last real step. The dot score is Luong's, its scale that of
    Vaswani et al.; there is nothing to learn. `weights` gives α for inspection.

    Parameters
    ----------
    size : int
        Number of features of one output step.

    References
    ----------
    Luong, M.-T., Pham, H. and Manning, C. D. (2015). Effective approaches to attention-based neural
    machine translation. EMNLP, section 3.1.

    Vaswani, A. et al. (2017). Attention is all you need. NeurIPS, section 3.2.1.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.nn import DotProductAttention
    >>> outputs = torch.tensor([[[2.0], [0.0], [1.0]]])
    >>> DotProductAttention(1).weights(outputs)
    tensor([[0.6652, 0.0900, 0.2447]])
    """

    def scores(self, query, outputs):
        return (outputs @ query.unsqueeze(2)).squeeze(2) / self.output_size**0.5


def pools(head):
    """Return whether a class of heads makes one answer of a sequence, instead of one per step.

    Raises
    ------
    TypeError
        Where it is no class of torch modules.
    """
    if not (isinstance(head, type) and issubclass(head, nn.Module)):
        raise TypeError(
            f"head={head!r} must be a class such as tsrnn.nn.PerStep or tsrnn.nn.MeanPooling."
        )
    with seeded(0):
        try:
            return head(2)(torch.zeros(1, 3, 2)).dim() == 2
        except (TypeError, RuntimeError, AttributeError) as error:
            raise TypeError(
                f"head={head.__name__} must be built as Head(size) and called with (outputs, mask) as "
                f"tsrnn.nn.MeanPooling is ({error})."
            ) from None


def length_mask(lengths, time):
    """Return the mask of sequences of the given lengths.

    Parameters
    ----------
    lengths : sequence of int (batch,)
        Number of real steps of each sequence; they come first.
    time : int
        Number of steps, padding included.

    Returns
    -------
    mask : torch.Tensor (batch, time), bool
        True at real steps.

    Examples
    --------
    >>> from tsrnn.nn import length_mask
    >>> length_mask([1, 3], 3)
    tensor([[ True, False, False],
            [ True,  True,  True]])
    """
    lengths = torch.as_tensor(lengths)
    return torch.arange(time, device=lengths.device) < lengths[:, None]


def without_padding(outputs, mask):
    """Return the outputs with zeros where the mask is False.

    Parameters
    ----------
    outputs : torch.Tensor (batch, time, size)
    mask : torch.Tensor (batch, time), bool, or None

    Returns
    -------
    outputs : torch.Tensor (batch, time, size)
    """
    return outputs if mask is None else outputs.masked_fill(~mask.unsqueeze(2), 0)
