"""LSTM with coupled input and forget gates."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class CoupledLSTM(PointwiseCell):
    """LSTM with coupled gates (CIFG): it stores where it forgets, i = 1 - f, and saves a quarter of the weights.

    Greff et al. 2017, "LSTM: a search space odyssey".
    """

    gates = ("f", "g", "o")
    state = ("h", "c")

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, Tensor]:
        """Return the next hidden state and cell state."""
        f = torch.sigmoid(x.f + h.f)
        g = torch.tanh(x.g + h.g)
        o = torch.sigmoid(x.o + h.o)
        c = g + f * (state.c - g)
        return o * torch.tanh(c), c
