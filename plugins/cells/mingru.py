"""minGRU."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class MinGRU(PointwiseCell):
    """Minimal GRU: gate and candidate see the input alone, so that the recurrence is linear in the state.

    z = σ(W_z x + b_z), h' = (1 - z) h + z (W x + b).

    Feng et al. 2024, "Were RNNs all we needed?".
    """

    gates = ("z", "n")
    state = ("h",)
    hidden_product = False

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        z = torch.sigmoid(x.z)
        return (state.h + z * (x.n - state.h),)
