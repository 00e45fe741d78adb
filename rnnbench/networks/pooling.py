"""Pooling: from one vector a step to one vector a sequence; padding has no part in it.

Everywhere `outputs` are (B, T, F), `lengths` (B,) and the result (B, F).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
    total = outputs.masked_fill(~_valid(outputs, lengths), 0.0).sum(dim=1)
    return total / lengths.unsqueeze(-1)


def maximum(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return each feature's largest value over the valid steps."""
    return outputs.masked_fill(~_valid(outputs, lengths), -torch.inf).amax(dim=1)


class Attention(nn.Module):
    """A learned weighted mean: additive attention with one query for all (Yang et al., 2016, equations 5 to 7)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.project = nn.Linear(size, size)
        self.query = nn.Linear(size, 1, bias=False)

    def weights(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return each step's share (B, T): they sum to one over the valid steps."""
        scores: Tensor = self.query(torch.tanh(self.project(outputs)))
        return scores.masked_fill(~_valid(outputs, lengths), -torch.inf).softmax(dim=1).squeeze(-1)

    def forward(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return the mean of the outputs, weighted by `weights`."""
        # Not a product with zero weights: what stands at padding may be anything.
        clean = outputs.masked_fill(~_valid(outputs, lengths), 0.0)
        return torch.einsum("bt,btf->bf", self.weights(outputs, lengths), clean)


def _valid(outputs: Tensor, lengths: Tensor) -> Tensor:
    steps = torch.arange(outputs.shape[1], device=outputs.device)
    return (steps < lengths.unsqueeze(-1)).unsqueeze(-1)
