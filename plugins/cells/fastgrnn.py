"""FastGRNN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnbench.recurrence import PointwiseCell


class FastGRNN(PointwiseCell):
    """Fast gated recurrent network: gate and candidate share one matrix and differ in their biases.

    s = W x + U h, z = σ(s + b_z), n = tanh(s + b_n), h' = (σ(zeta) (1 - z) + σ(nu)) n + z h.

    zeta and nu are one number a unit here, one number in all in the paper; they begin at its 1 and -4.

    Kusupati et al. 2018, "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent neural network".
    """

    gates = ("s",)
    state = ("h",)
    vectors = ("bias_z", "bias_n", "zeta", "nu")

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        super().reset_parameters()
        nn.init.constant_(self.get_parameter("zeta"), 1.0)
        nn.init.constant_(self.get_parameter("nu"), -4.0)

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        (v,) = vectors
        s = x.s + h.s
        z = torch.sigmoid(s + v.bias_z)
        n = torch.tanh(s + v.bias_n)
        return ((torch.sigmoid(v.zeta) * (1 - z) + torch.sigmoid(v.nu)) * n + z * state.h,)
