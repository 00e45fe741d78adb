"""Small bases for cells that are written as `step` or as a whole-sequence `forward`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn

from rnnbench.contracts import State


class StepCell(nn.Module):
    """A cell written as the maths of one step: a subclass defines `step(x_t, state) -> (y_t, state)`.

    `state_sizes` gives the width of each tensor of the state (default: one of `hidden_size`), which starts at zero.
    A cell whose y_t is not `hidden_size` wide sets `output_size`.
    """

    causal: ClassVar[bool] = True
    steppable: ClassVar[bool] = True

    def __init__(self, input_size: int, hidden_size: int, *, state_sizes: Sequence[int] | None = None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = hidden_size
        self.state_sizes = (hidden_size,) if state_sizes is None else tuple(state_sizes)

    def initial_state(self, batch_size: int, like: Tensor) -> State:
        """Return zeros (B, ·), on `like`'s device and in its dtype."""
        return tuple(like.new_zeros(batch_size, size) for size in self.state_sizes)


class SequenceCell(nn.Module):
    """A cell that sees whole sequences and carries no state.

    A subclass defines `forward(x, lengths, state) -> (y, state)`. Inside `Recurrence` x is zero at padding, and what
    is returned there is discarded.
    """

    causal: ClassVar[bool] = False
    steppable: ClassVar[bool] = False

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = hidden_size

    def initial_state(self, batch_size: int, like: Tensor) -> State:
        """Return the empty state."""
        return ()
