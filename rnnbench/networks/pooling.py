"""Pooling: from one vector a step to one vector a sequence; padding has no part in it.

Everywhere `outputs` are (B, T, F), `lengths` (B,) and the result (B, F).
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from rnnbench.contracts import Features, check_choice
from rnnbench.recurrence import padding_mask

Pooling = Literal["auto", "last", "mean", "max", "attention"]


def last(outputs: Tensor, lengths: Tensor, directions: int = 1) -> Tensor:
    """Return the output at which each direction has read the whole sequence.

    That is the last valid one, and for the half of F that was read backwards the first.
    """
    final = outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1]
    if directions == 1:
        return final
    forwards = outputs.shape[-1] // 2
    return torch.cat((final[:, :forwards], outputs[:, 0, forwards:]), dim=-1)


def mean(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean over the valid steps."""
    total = outputs.masked_fill(_padding(outputs, lengths), 0.0).sum(dim=1)
    return total / lengths.unsqueeze(-1)


def maximum(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return each feature's largest value over the valid steps."""
    return outputs.masked_fill(_padding(outputs, lengths), -torch.inf).amax(dim=1)


def summary(features: Features) -> Tensor:
    """Return the last output where the cell reads in a direction, and the maximum where it sees everything at once."""
    if features.causal or features.directions == 2:
        return last(features.outputs, features.lengths, features.directions)
    return maximum(features.outputs, features.lengths)


class Attention(nn.Module):
    """A learned weighted mean: additive attention with one query for all (Yang et al., 2016, equations 5 to 7)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.project = nn.Linear(size, size)
        self.query = nn.Linear(size, 1, bias=False)

    def weights(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return each step's share (B, T): they sum to one over the valid steps."""
        scores: Tensor = self.query(torch.tanh(self.project(outputs)))
        return scores.masked_fill(_padding(outputs, lengths), -torch.inf).softmax(dim=1).squeeze(-1)

    def forward(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return the mean of the outputs, weighted by `weights`."""
        # Not a product with zero weights: what stands at padding may be anything.
        clean = outputs.masked_fill(_padding(outputs, lengths), 0.0)
        return torch.einsum("bt,btf->bf", self.weights(outputs, lengths), clean)


class Pool(nn.Module):
    """Pooling by name: the last output, the mean, each feature's maximum, or learned attention.

    auto is the `summary`. Raises `UsageError` for another name.
    """

    def __init__(self, pooling: Pooling, input_size: int) -> None:
        super().__init__()
        check_choice("head.pooling", pooling, get_args(Pooling))
        self.pooling = pooling
        self.attention = Attention(input_size) if pooling == "attention" else None

    def forward(self, features: Features) -> Tensor:
        """Return one vector a sequence (B, F)."""
        outputs, lengths = features.outputs, features.lengths
        if self.attention is not None:
            pooled: Tensor = self.attention(outputs, lengths)
            return pooled
        if self.pooling == "auto":
            return summary(features)
        if self.pooling == "last":
            return last(outputs, lengths, features.directions)
        return mean(outputs, lengths) if self.pooling == "mean" else maximum(outputs, lengths)


def _padding(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return (B, T, 1), True at padding."""
    return padding_mask(lengths, outputs.shape[1]).unsqueeze(-1)
