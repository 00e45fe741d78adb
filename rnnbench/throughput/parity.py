"""Parity: two passes gave the same numbers, or a speed means nothing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

TOLERANCE = 2e-5
"""In float32; over 200 steps an LSTM in float32 is within 7e-7 of one in float64."""

TOLERANCE_BFLOAT16 = 2e-2
"""In bfloat16, which keeps 8 bits."""

_LEAST = 1e-3
"""What a tensor of smaller numbers is measured by."""


def difference(found: Sequence[Tensor], expected: Sequence[Tensor], valid: Tensor | None = None) -> float:
    """Return the largest difference, relative to each tensor's largest number; infinite for NaN and other shapes.

    `valid` (B, T, 1) leaves padding out of the first tensor, y.
    """
    if [tensor.shape for tensor in found] != [tensor.shape for tensor in expected]:
        return float("inf")
    largest = 0.0
    for place, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        ours, theirs = ours.detach(), theirs.detach()
        apart = ours - theirs
        if place == 0 and valid is not None:
            apart, theirs = (torch.where(valid, tensor, 0.0) for tensor in (apart, theirs))
        relative = float(apart.abs().max() / theirs.abs().max().clamp_min(_LEAST))
        if not relative < float("inf"):
            return float("inf")
        largest = max(largest, relative)
    return largest
