"""Covariates as numbers that a network can read, and what the known ones alone add to a forecast."""

from itertools import accumulate

import torch
from torch import nn


class CovariateEncoder(nn.Module):
    """Numbers pass, a missing one as 0 (their mean); codes become learned vectors, code 0 (unknown) zeros.

    Beside a number that `missing` names stands whether it is missing.
    """

    def __init__(self, cardinalities, n_past, missing=()):
        super().__init__()
        self.n_past = n_past
        numbers = [n == 0 for n in cardinalities]
        missing = missing or [False] * len(numbers)
        self.told = [m and number for m, number in zip(missing, numbers, strict=True)]
        sizes = [
            1 + told if n == 0 else min(16, n // 2 + 1)
            for n, told in zip(cardinalities, self.told, strict=True)
        ]
        self.past_size, self.future_size = sum(sizes), sum(sizes[n_past:])
        starts = accumulate(sizes[n_past:], initial=0)
        #: Where among the encoded known covariates each number stands.
        self.known_numbers = [
            at for at, number in zip(starts, numbers[n_past:], strict=False) if number
        ]
        self.tables = nn.ModuleDict(
            {
                str(i): nn.Embedding(n + 1, sizes[i], padding_idx=0)
                for i, n in enumerate(cardinalities)
                if n
            }
        )

    def forward(self, past, future):
        return self._encode(past, 0), self._encode(future, self.n_past)

    def _encode(self, columns, first):
        """Encode the columns numbered from `first` on: (B, L, columns) to (B, L, E)."""
        if not columns.shape[2]:
            return columns
        gaps, columns = torch.isnan(columns), torch.nan_to_num(columns)
        if not self.tables and not any(self.told):
            return columns
        parts = []
        for i in range(columns.shape[2]):
            name = str(first + i)
            column = columns[:, :, i]
            coded = name in self.tables
            parts.append(self.tables[name](column.long()) if coded else column[:, :, None])
            if self.told[first + i]:
                parts.append(gaps[:, :, i, None].to(columns.dtype))
        return torch.cat(parts, 2)


class KnownEffect(nn.Module):
    """What a row's known covariates add to its targets: a linear map that starts as the regression the fit found.

    Beside it each label of a category has an effect of its own, code 0 (unknown) none.

    Parameters
    ----------
    size : int
        Encoded known covariates.
    positions : list of int
        Where among them the columns of `coefficients` stand.
    coefficients : sequence of sequence of float, shape (T, numbers)
        Of the regression, in units of the targets.
    unit : sequence of float, shape (T,)
        Typical step of each target: what the weights are counted in, so that one learning rate suits all.
    of_labels : dict of int to sequence of sequence of float, shape (labels, T)
        By the number of a known covariate that is a category: what each of its labels adds.
    is_relative : bool
        Whether all of that is counted in the scale of the window, as in panels of series of unlike scales.
    """

    def __init__(self, size, positions, coefficients, unit, of_labels, is_relative):
        super().__init__()
        self.is_relative = is_relative
        self.register_buffer("unit", torch.tensor(unit, dtype=torch.float32))
        weight = torch.zeros(len(unit), size)
        weight[:, positions] = torch.tensor(coefficients) / self.unit[:, None]
        self.weight = nn.Parameter(weight)
        self.tables = nn.ModuleDict()
        for column, adds in of_labels.items():
            adds = nn.functional.pad(torch.tensor(adds) / self.unit, (0, 0, 1, 0))
            self.tables[str(column)] = nn.Embedding.from_pretrained(
                adds, freeze=False, padding_idx=0
            )

    def forward(self, known, columns):
        """Map known covariates, encoded (B, L, size) and as columns (B, L, known), to (B, L, T)."""
        adds = nn.functional.linear(known, self.weight)
        for column, table in self.tables.items():
            adds = adds + table(torch.nan_to_num(columns[:, :, int(column)]).long())
        return adds * self.unit
