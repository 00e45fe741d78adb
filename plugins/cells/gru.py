"""Gated recurrent unit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class GRU(PointwiseCell):
    """Gated recurrent unit: one state, a reset gate and an update gate.

    r, z = σ(W x + b + U h + d), n = tanh(W_n x + b_n + r (U_n h + d_n)), h' = (1 - z) n + z h.

    The reset gate acts after the product with h, as in torch and cuDNN.

    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder for statistical machine translation".
    """

    gates = ("r", "z", "n")
    state = ("h",)
    torch_equivalent = "gru"

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        r = torch.sigmoid(x.r + h.r)
        z = torch.sigmoid(x.z + h.z)
        n = torch.tanh(x.n + r * h.n)
        return (n + z * (state.h - n),)
