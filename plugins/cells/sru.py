"""Simple recurrent unit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class SRU(PointwiseCell):
    """Simple recurrent unit: light recurrence, one weight a unit, with a highway past it.

    f = σ(W_f x + v_f c + b_f), c' = f c + (1 - f) W x, r = σ(W_r x + v_r c + b_r), y = r c' + (1 - r) W_s x.

    W_s stands for the identity of the paper, as there where input and state differ in size; W and W_s have biases.

    Lei et al. 2018, "Simple recurrent units for highly parallelizable recurrence".
    """

    gates = ("f", "r", "n", "s")
    state = ("c", "y")
    vectors = ("v_f", "v_r")
    hidden_product = False

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor, Tensor]:
        """Return the next cell state and the output, which is kept for `output` alone."""
        (v,) = vectors
        f = torch.sigmoid(x.f + v.v_f * state.c)
        r = torch.sigmoid(x.r + v.v_r * state.c)
        c = x.n + f * (state.c - x.n)
        return c, x.s + r * (c - x.s)

    def output(self, state: Any) -> Tensor:
        """Return y (B, H)."""
        y: Tensor = state.y
        return y
