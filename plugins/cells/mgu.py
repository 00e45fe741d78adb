"""Minimal gated unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbench.contracts import State
from rnnbench.recurrence import StepCell


class MGU(StepCell):
    """Minimal gated unit: one gate, which acts before the product with h; not pointwise, so it runs in the loop.

    f = σ(W_f x + U_f h + b_f), n = tanh(W x + U (f h) + b), h' = (1 - f) h + f n.

    Zhou et al. 2016, "Minimal gated unit for recurrent neural networks".
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return the next hidden state, as output and as state."""
        (h,) = state
        f = torch.sigmoid(self.gate(torch.cat([x_t, h], -1)))
        n = torch.tanh(self.candidate(torch.cat([x_t, f * h], -1)))
        h = h + f * (n - h)
        return h, (h,)
