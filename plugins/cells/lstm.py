"""Long short-term memory."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import PointwiseCell


class LSTM(PointwiseCell):
    """Long short-term memory: gates forget, store, update and output a cell state.

    i, f, o = σ(W x + U h + b), g = tanh(W_g x + U_g h + b_g), c' = f c + i g, h' = o tanh(c').

    `forget_bias` is added to the forget gate's initial bias; 1 is common (Jozefowicz et al. 2015, "An empirical
    exploration of recurrent network architectures").

    Hochreiter and Schmidhuber 1997, "Long short-term memory"; with the forget gate of Gers et al. 2000, "Learning to
    forget: continual prediction with LSTM".
    """

    gates = ("i", "f", "g", "o")
    state = ("h", "c")
    torch_equivalent = "lstm"

    def __init__(self, input_size: int, hidden_size: int, *, forget_bias: float = 0.0) -> None:
        super().__init__(input_size, hidden_size)
        with torch.no_grad():
            self.bias_ih[hidden_size : 2 * hidden_size] += forget_bias

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor, Tensor]:
        """Return the next hidden state and cell state."""
        i = torch.sigmoid(x.i + h.i)
        f = torch.sigmoid(x.f + h.f)
        g = torch.tanh(x.g + h.g)
        o = torch.sigmoid(x.o + h.o)
        c = f * state.c + i * g
        return o * torch.tanh(c), c
