"""Padding: the steps at which a row has ended."""

from __future__ import annotations

import torch
from torch import Tensor


def padding_mask(lengths: Tensor, steps: int) -> Tensor:
    """Return (B, steps), True at padding: at and after a row's length, of `lengths` (B,)."""
    return torch.arange(steps, device=lengths.device) >= lengths.unsqueeze(-1)
