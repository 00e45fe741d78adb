"""LSTM with peepholes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class PeepholeLSTM(PointwiseCell):
    """LSTM with peepholes: the gates see the cell state through one weight a unit.

    i, f = σ(W x + U h + b + p c), o = σ(W x + U h + b + p c'); the rest is the LSTM's.

    Gers and Schmidhuber 2000, "Recurrent nets that time and count".
    """

    gates = ("i", "f", "g", "o")
    state = ("h", "c")
    vectors = ("peephole_i", "peephole_f", "peephole_o")

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, Tensor]:
        """Return the next hidden state and cell state."""
        (p,) = vectors
        i = torch.sigmoid(x.i + h.i + p.peephole_i * state.c)
        f = torch.sigmoid(x.f + h.f + p.peephole_f * state.c)
        g = torch.tanh(x.g + h.g)
        c = f * state.c + i * g
        o = torch.sigmoid(x.o + h.o + p.peephole_o * c)
        return o * torch.tanh(c), c
