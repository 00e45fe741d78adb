"""Bag of words."""

from __future__ import annotations

from torch import Tensor, nn

from rnnbench.contracts import State, UsageError
from rnnbench.recurrence import SequenceCell


class Bow(SequenceCell):
    """Bag of words: a feed-forward network on the mean of the inputs, which knows no order.

    y_t is the same for every t: `layers` times ReLU(W x + b), applied to the mean of the row's valid inputs.

    Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods for text classification".
    """

    def __init__(self, input_size: int, hidden_size: int, *, layers: int = 1) -> None:
        super().__init__(input_size, hidden_size)
        if layers < 1:
            raise UsageError(f"cell=bow: layers={layers} must be at least 1.")
        sizes = [input_size] + [hidden_size] * layers
        linears = (nn.Linear(sizes[k], sizes[k + 1]) for k in range(layers))
        self.network = nn.Sequential(*(module for linear in linears for module in (linear, nn.ReLU())))

    def forward(self, x: Tensor, lengths: Tensor, state: State) -> tuple[Tensor, State]:
        """Return y (B, T, H); x (B, T, D) is zero at padding."""
        mean = x.sum(1) / lengths.unsqueeze(-1).to(x.dtype)
        y: Tensor = self.network(mean)
        return y.unsqueeze(1).expand(-1, x.shape[1], -1), ()
