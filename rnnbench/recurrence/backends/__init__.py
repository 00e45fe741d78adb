"""The ways to run a cell over a sequence, each a module of its own with the functions of `Backend`."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor

from rnnbench.contracts import State
from rnnbench.recurrence.backends import flashrnn, fused, reference, scan, torch_nn


class Backend(Protocol):
    """What a backend offers. Directions, validation and zeros at padding are the adapter's."""

    def unavailable(self, cell: Any) -> str:
        """Return why this backend cannot run the cell, or an empty string."""
        ...

    def drawback(self, cell: Any) -> str:
        """Return why `auto` tries every other backend first, or an empty string."""
        ...

    def declines(self, x: Tensor) -> str:
        """Return why this backend cannot run an input of this dtype and device now, or an empty string."""
        ...

    def heeds_padding(self, x: Tensor) -> bool:
        """Return whether `run` reads nothing of what x holds at padding, and returns zeros there."""
        ...

    def run(
        self,
        cell: Any,
        x: Tensor,
        lengths: Tensor,
        padding: Tensor | None,
        state: State,
        masks: Tensor | None,
        need_state: bool,
    ) -> tuple[Tensor, State]:
        """Return y (B, T, output_size), and the state after each row's last valid step.

        `padding` (B, T) is True where x (B, T, D) is padding, and None if every row is full; unless the backend heeds
        it, x is zero there and y may be anything. `masks` are what the cell's `draw_masks` drew. Without `need_state`
        the returned state is not looked at.
        """
        ...


BACKENDS: dict[str, Backend] = {
    "fused": fused,
    "torch": torch_nn,
    "scan": scan,
    "reference": reference,
    "flashrnn": flashrnn,
}
"""Every backend by name, in the order in which `auto` tries them.

The reference runs everything, so that what stands behind it runs by name alone.
"""
