"""A linear-chain conditional random field: labels that know their neighbours."""

import torch
from torch import nn


class CRF(nn.Module):
    """Linear-chain conditional random field over the labels of a sequence.

    ::

        s(y) = a[y_1] + Σ_t e_t[y_t] + Σ_{t>1} A[y_{t-1}, y_t] + b[y_n]
        p(y) = exp s(y) / Z,   Z = Σ_y' exp s(y')

    e_t[k] is the score that a network gives label k at step t; a, A and b are learned. Z sums over
    all labellings by the forward algorithm, in n steps instead of K^n terms. With a, A and b zero,
    as they begin, the labels are independent and p is the softmax of each step.

    Parameters
    ----------
    n_labels : int
        Number K of labels.

    Attributes
    ----------
    start, end : torch.nn.Parameter (n_labels,)
        a and b: scores of the first and the last label.
    transitions : torch.nn.Parameter (n_labels, n_labels)
        A: row is the label before, column the label after.

    References
    ----------
    Lafferty, J., McCallum, A. and Pereira, F. (2001). Conditional random fields: probabilistic
    models for segmenting and labeling sequence data. ICML.

    Collobert, R. et al. (2011). Natural language processing (almost) from scratch. JMLR 12, section
    3.3.2: such a chain on top of a network.

    Examples
    --------
    >>> import torch
    >>> from tsrnn.nn import CRF
    >>> crf = CRF(2)
    >>> _ = crf.transitions.data.copy_(torch.tensor([[0.0, -9.0], [-9.0, 0.0]]))
    >>> scores = torch.tensor([[[2.0, 0.0], [0.0, 1.0], [2.0, 0.0]]])
    >>> crf.decode(scores, torch.tensor([3]))
    tensor([[0, 0, 0]])
    """

    def __init__(self, n_labels):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(n_labels))
        self.end = nn.Parameter(torch.zeros(n_labels))
        self.transitions = nn.Parameter(torch.zeros(n_labels, n_labels))

    def forward(self, scores, labels, lengths):
        """Return the log-probability of the labels.

        A step without a label may have any: the probabilities of all labellings that agree with the
        known labels are added up.

        Parameters
        ----------
        scores : torch.Tensor (batch, time, n_labels)
            What lies beyond the lengths is not read.
        labels : torch.Tensor (batch, time), int64
            -1 where there is none.
        lengths : torch.Tensor (batch,), int64
            On any device.

        Returns
        -------
        log_probability : torch.Tensor (batch,)
        """
        other = torch.arange(scores.shape[2], device=scores.device) != labels[:, :, None]
        agreeing = scores.masked_fill(other & (labels >= 0)[:, :, None], -torch.inf)
        both = self.log_partition(torch.cat([agreeing, scores]), torch.cat([lengths, lengths]))
        agreeing, every = both.chunk(2)
        return agreeing - every

    def log_partition(self, scores, lengths):
        """Return log Z, by the forward algorithm.

        Parameters
        ----------
        scores : torch.Tensor (batch, time, n_labels)
        lengths : torch.Tensor (batch,), int64
            On any device.

        Returns
        -------
        log_partition : torch.Tensor (batch,)
        """
        lengths = lengths.to(scores.device)
        alpha = self.start + scores[:, 0]  # (batch, label so far)
        for t in range(1, scores.shape[1]):
            step = torch.logsumexp(alpha[:, :, None] + self.transitions, dim=1) + scores[:, t]
            alpha = torch.where((t < lengths)[:, None], step, alpha)
        return torch.logsumexp(alpha + self.end, dim=1)

    def marginals(self, scores, lengths):
        """Return the probability of each label at each step, the other labels being summed out.

        It is the derivative of log Z by the score of that label: what the backward half of the
        forward-backward algorithm computes is what back-propagation does.

        Parameters
        ----------
        scores : torch.Tensor (batch, time, n_labels)
        lengths : torch.Tensor (batch,), int64
            On any device.

        Returns
        -------
        probabilities : torch.Tensor (batch, time, n_labels)
            Zeros beyond the lengths.
        """
        with torch.enable_grad():
            scores = scores.detach().requires_grad_()
            (probabilities,) = torch.autograd.grad(
                self.log_partition(scores, lengths).sum(), scores
            )
        return probabilities

    @torch.no_grad()
    def decode(self, scores, lengths):
        """Return the most probable labelling, by the Viterbi algorithm.

        Parameters
        ----------
        scores : torch.Tensor (batch, time, n_labels)
        lengths : torch.Tensor (batch,), int64
            On any device.

        Returns
        -------
        labels : torch.Tensor (batch, time), int64
            Beyond the lengths the last label goes on.
        """
        lengths = lengths.to(scores.device)
        stay = torch.arange(scores.shape[2], device=scores.device)
        best = self.start + scores[:, 0]  # (batch, label so far)
        came_from = []
        for t in range(1, scores.shape[1]):
            value, before = (best[:, :, None] + self.transitions).max(dim=1)
            runs = (t < lengths)[:, None]
            best = torch.where(runs, value + scores[:, t], best)
            came_from.append(torch.where(runs, before, stay))
        labels = [(best + self.end).argmax(dim=1)]
        for before in reversed(came_from):
            labels.append(before.gather(1, labels[-1][:, None])[:, 0])
        return torch.stack(labels[::-1], dim=1)
