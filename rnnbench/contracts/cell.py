"""The cell contract: one interface for every sequence layer, recurrent or not.

Torch is imported by the type checker only, so that reading the contract costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

State = tuple["Tensor", ...]
"""A cell's state: a tuple of tensors (B, ·), one row per sequence; empty for cells that carry nothing."""


@runtime_checkable
class Cell(Protocol):
    """A sequence layer from (B, T, input_size) to (B, T, output_size).

    A cell's constructor takes `input_size` and `hidden_size`, injected, and keyword parameters of its own, which are
    its configuration. It offers one of three levels; `rnnbench.recurrence.Recurrence` supplies the others:

    * `update(x, h, state)`: pointwise gate maths of one step (see `rnnbench.recurrence.PointwiseCell`),
    * `step(x_t, state) -> (y_t, state)`: any maths of one step,
    * `forward(x, lengths, state) -> (y, state)`: a whole-sequence layer.

    A cell knows no vocabulary, no loss and no Lightning, does not sort by length and never falls back silently.
    """

    input_size: int
    hidden_size: int
    output_size: int
    causal: ClassVar[bool]
    """True if y_t depends on x_1..x_t only."""
    steppable: ClassVar[bool]
    """True if the cell can be advanced one step at a time."""

    def initial_state(self, batch_size: int, like: Tensor) -> State:
        """Return the state before the first step, on `like`'s device and in its dtype."""
        ...
