"""IndRNN."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from rnnbench.contracts import check_choice
from rnnbench.recurrence import PointwiseCell


class IndRNN(PointwiseCell):
    """Independently recurrent network: each unit remembers itself alone, through one weight.

    h' = A(W x + b + u h), with A the ReLU of the paper or tanh; u is drawn from U(0, 1).

    Li et al. 2018, "Independently recurrent neural network (IndRNN): building a longer and deeper RNN".
    """

    gates = ("n",)
    state = ("h",)
    vectors = ("u",)
    hidden_product = False

    def __init__(self, input_size: int, hidden_size: int, *, activation: Literal["relu", "tanh"] = "relu") -> None:
        super().__init__(input_size, hidden_size)
        check_choice("cell.activation", activation, ("relu", "tanh"))
        self.activation = activation

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        super().reset_parameters()
        nn.init.uniform_(self.get_parameter("u"), 0.0, 1.0)

    def update(self, x: Any, h: Any, state: Any, *vectors: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        (own,) = vectors
        s = x.n + own.u * state.h
        return (torch.relu(s) if self.activation == "relu" else torch.tanh(s),)
