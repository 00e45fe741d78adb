"""The vanilla recurrent network."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from rnnbench.contracts import check_choice
from rnnbench.recurrence import PointwiseCell

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


class RNN(PointwiseCell):
    """The vanilla recurrent network: the state is squeezed together with each input.

    h' = A(W x + U h + b), A the `activation`.

    Elman 1990, "Finding structure in time"; ReLU after Le et al. 2015, "A simple way to initialize recurrent networks
    of rectified linear units" (without its identity matrix: the initial weights are torch's).
    """

    gates = ("a",)
    state = ("h",)

    def __init__(self, input_size: int, hidden_size: int, *, activation: Literal["tanh", "relu"] = "tanh") -> None:
        super().__init__(input_size, hidden_size)
        check_choice("cell.activation", activation, ACTIVATIONS)
        self.activation = activation

    @property
    def torch_equivalent(self) -> str:
        """The torch function with the same activation."""
        return f"rnn_{self.activation}"

    def update(self, x: Any, h: Any, state: Any) -> tuple[Tensor]:
        """Return the next hidden state."""
        return (ACTIVATIONS[self.activation](x.a + h.a),)
