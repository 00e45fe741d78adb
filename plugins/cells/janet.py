"""JANET."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class JANET(PointwiseCell):
    """Just another network: an LSTM reduced to its forget gate.

    s = W_f x + U_f h + b_f, h' = σ(s) h + (1 - σ(s - beta)) tanh(W x + U h + b).

    van der Westhuizen and Lasenby 2018, "The unreasonable effectiveness of the forget gate" (beta = 1 there).
    """

    gates = ("f", "n")
    state = ("h",)

    def __init__(self, input_size: int, hidden_size: int, *, beta: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.beta = beta

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        s = x.f + h.f
        n = torch.tanh(x.n + h.n)
        return (torch.sigmoid(s) * state.h + (1 - torch.sigmoid(s - self.beta)) * n,)
