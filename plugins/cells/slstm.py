"""sLSTM."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell

_TINY = 1e-30
"""Keeps 0 / 0 away where both exponential gates have underflown; far below what float32 can add to anything."""


class SLSTM(PointwiseCell):
    """sLSTM of xLSTM: exponential input and forget gates, kept finite by a stabiliser state.

    m' = max(f~ + m, i~), i = exp(i~ - m'), f = exp(f~ + m - m'), c' = f c + i tanh(z~), n' = f n + i,
    h' = σ(o~) c' / n'.

    Beck et al. 2024, "xLSTM: extended long short-term memory".
    """

    gates = ("i", "f", "z", "o")
    state = ("h", "c", "n", "m")

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the next hidden, cell, normaliser and stabiliser state."""
        input_gate = x.i + h.i
        forget_gate = x.f + h.f + state.m
        m = torch.maximum(forget_gate, input_gate)
        i = torch.exp(input_gate - m)
        f = torch.exp(forget_gate - m)
        c = f * state.c + i * torch.tanh(x.z + h.z)
        n = f * state.n + i
        return torch.sigmoid(x.o + h.o) * c / (n + _TINY), c, n, m
