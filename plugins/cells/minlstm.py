"""minLSTM."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class MinLSTM(PointwiseCell):
    """Minimal LSTM: gates see the input alone and are normalised, so that the recurrence is linear in the state.

    f, i = σ(W x + b), h' = f / (f + i) h + i / (f + i) (W x + b).

    f / (f + i) is computed as σ(log f - log i), which stays finite where both gates are shut.

    Feng et al. 2024, "Were RNNs all we needed?".
    """

    gates = ("f", "i", "n")
    state = ("h",)
    hidden_product = False

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        keep = torch.sigmoid(torch.nn.functional.softplus(-x.i) - torch.nn.functional.softplus(-x.f))
        return (x.n + keep * (state.h - x.n),)
