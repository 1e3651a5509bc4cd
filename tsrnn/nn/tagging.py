"""A tagging network: one label out for every step in.

steps ─ encode ─ recurrent layers ─ linear ─ scores ─ softmax, or CRF
"""

import torch
from torch import nn
from torch.nn import functional as F

from tsrnn.nn.arguments import keeps_arguments
from tsrnn.nn.crf import CRF
from tsrnn.nn.layers import Recurrent


@keeps_arguments
class TaggingNetwork(nn.Module):
    """Network that scores every label at every step.

    Parameters
    ----------
    cell : class
        Recurrent cell, see `tsrnn.cells`.
    encoding : {"embedding", "onehot", None}
        What a step becomes: a learned vector, an indicator, or what it is.
    input_size : int
        Number of known tokens; features of a step where `encoding` is None.
    n_labels : int
    embedding_size : int
        Length of a learned vector.
    hidden_size, num_layers, bidirectional : see `tsrnn.nn.Recurrent`
    dropout : float
        Share of what enters and leaves each layer that is dropped in training.
    crf : bool
        Whether a `CRF` on top ties each label to the next.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.cells import GRU
    >>> from tsrnn.nn import TaggingNetwork
    >>> network = TaggingNetwork(GRU, encoding="onehot", input_size=4, n_labels=3)
    >>> network(torch.tensor([[2, 1, 3, 3, 4]]), torch.tensor([5])).shape
    torch.Size([1, 5, 3])
    """

    def __init__(
        self,
        cell,
        *,
        encoding,
        input_size,
        n_labels,
        embedding_size=32,
        hidden_size=64,
        num_layers=1,
        bidirectional=False,
        dropout=0.0,
        crf=False,
    ):
        super().__init__()
        if encoding == "embedding":
            # Id 0, an unknown token, stays the zero vector.
            self.encode = nn.Embedding(input_size + 1, embedding_size, padding_idx=0)
            input_size = embedding_size
        else:
            self.encode = OneHot(input_size) if encoding == "onehot" else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.recurrent = Recurrent(
            cell, input_size, hidden_size, num_layers, dropout, bidirectional
        )
        self.linear = nn.Linear(self.recurrent.output_size, n_labels)
        self.crf = CRF(n_labels) if crf else None

    def forward(self, steps, lengths):
        """Score the labels.

        Parameters
        ----------
        steps : torch.Tensor (batch, time), int64, or (batch, time, input_size)
            Ids of tokens, 0 the unknown one, or features.
        lengths : torch.Tensor (batch,), int64

        Returns
        -------
        scores : torch.Tensor (batch, time, n_labels)
            Beyond the lengths they mean nothing.
        """
        outputs, _ = self.recurrent(self.dropout(self.encode(steps)), lengths=lengths)
        return self.linear(self.dropout(outputs))

    @torch.no_grad()
    def decode(self, steps, lengths):
        """Return the most probable labels (batch, time), int64."""
        scores = self(steps, lengths)
        return scores.argmax(2) if self.crf is None else self.crf.decode(scores, lengths)

    @torch.no_grad()
    def probabilities(self, steps, lengths):
        """Return the probability of each label at each step, (batch, time, n_labels)."""
        scores = self(steps, lengths)
        return scores.softmax(2) if self.crf is None else self.crf.marginals(scores, lengths)


class OneHot(nn.Module):
    """Ids to indicators: id i sets column i - 1, and id 0, an unknown token, none.

    What is set is √n_tokens instead of 1, so that the indicators have a mean square of about 1, as the features of an
    embedding have: recurrent layers learn far slower from smaller ones.

    Parameters
    ----------
    n_tokens : int
    """

    def __init__(self, n_tokens):
        super().__init__()
        self.n_tokens = n_tokens

    def forward(self, ids):
        return F.one_hot(ids, self.n_tokens + 1)[:, :, 1:] * self.n_tokens**0.5


@keeps_arguments
class TaggingLoss(nn.Module):
    """Mean negative log-likelihood of a label.

    Parameters
    ----------
    crf : CRF or None
        That of the network.
    """

    def __init__(self, crf=None):
        super().__init__()
        self.crf = crf

    def forward(self, scores, target):
        """Return the loss of a batch.

        Parameters
        ----------
        scores : torch.Tensor (batch, time, n_labels)
        target : dict
            labels (batch, time), -1 where there is none; weights (batch, time), how much each
            counts; lengths (batch,). A CRF judges a sequence as a whole, which then counts by the
            mean weight of its labels.

        Returns
        -------
        loss : torch.Tensor ()
        """
        labels, weights = target["labels"], target["weights"]
        known = labels >= 0
        if self.crf is None:
            each = F.cross_entropy(
                scores.transpose(1, 2), labels, ignore_index=-1, reduction="none"
            )
        else:
            each = -self.crf(scores, labels, target["lengths"])
            weights = (weights * known).sum(1) / known.sum(1).clamp_min(1)
        return (weights * each).sum() / known.sum().clamp_min(1)
