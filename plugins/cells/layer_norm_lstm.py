"""LSTM with layer normalisation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rnnbench.contracts import State
from rnnbench.recurrence import StepCell


class LayerNormLSTM(StepCell):
    """LSTM whose products and cell state are normalised over the units; not pointwise, so it runs in the loop.

    i, f, g, o = LN(W x) + LN(U h) + b, c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(LN(c')).

    Ba et al. 2016, "Layer normalization", equations 20 to 22.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size, state_sizes=[hidden_size, hidden_size])
        self.input_product = nn.Linear(input_size, 4 * hidden_size, bias=False)
        self.hidden_product = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.input_norm = nn.LayerNorm(4 * hidden_size)
        # One bias is enough for the sum of both.
        self.hidden_norm = nn.LayerNorm(4 * hidden_size, bias=False)
        self.cell_norm = nn.LayerNorm(hidden_size)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Return h (B, H) and the next hidden and cell state."""
        h, c = state
        products = self.input_norm(self.input_product(x_t)) + self.hidden_norm(self.hidden_product(h))
        i, f, g, o = products.chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(self.cell_norm(c))
        return h, (h, c)
