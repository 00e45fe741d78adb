"""A stack: layers of one cell over a whole sequence, in one direction or both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

import torch
from torch import Tensor, nn

from rnnbench.contracts import Cell, IncompatibleError, State
from rnnbench.recurrence import Recurrence


class Stack(nn.Module):
    """Layers of cells, each reading what the one below put out.

    `build_cell(input_size)` makes one cell. With `bidirectional` every layer is two cells, one of them reading from
    each row's last token to its first, and their outputs stand side by side. Raises `IncompatibleError` where a cell
    that has no directions shall be read in both.
    """

    def __init__(
        self,
        build_cell: Callable[[int], Cell],
        input_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        self.directions = 2 if bidirectional else 1
        self.layers = nn.ModuleList()
        self.output_size = input_size
        for _ in range(layers):
            cells = [build_cell(self.output_size) for _ in range(self.directions)]
            self.layers.append(
                nn.ModuleList(Recurrence(cell, backend=backend, reverse=index == 1) for index, cell in enumerate(cells))
            )
            self.output_size = sum(cell.output_size for cell in cells)
        cell = self.recurrences[0].cell
        if bidirectional and not cell.causal:
            raise IncompatibleError(
                f"model.bidirectional=true: {type(cell).__name__} sees the whole sequence at every step and has no "
                "directions; leave model.bidirectional out."
            )
        self.causal = cell.causal and not bidirectional
        # Ours, not torch.nn's own: cuDNN's dropout between layers is not reproducible.
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    @property
    def recurrences(self) -> list[Recurrence]:
        """Every layer's and direction's recurrence, from the input upwards."""
        return [recurrence for layer in self.layers for recurrence in _members(layer)]

    @property
    def backend_used(self) -> str:
        """Who ran the recurrences, `a+b` if not the same everywhere."""
        return "+".join(sorted({str(recurrence.backend_used) for recurrence in self.recurrences}))

    def state_bytes(self, like: Tensor) -> int:
        """Return the bytes that one sequence carries from step to step, in `like`'s dtype."""
        states = [recurrence.cell.initial_state(1, like) for recurrence in self.recurrences]
        return sum(tensor.numel() * tensor.element_size() for state in states for tensor in state)

    def forward(self, x: Tensor, lengths: Tensor, need_state: bool = True) -> tuple[Tensor, State]:
        """Return the last layer's outputs (B, T, F) and, if needed, its state after each row's last valid step."""
        state: State = ()
        top = self.layers[-1]
        for layer in self.layers:
            x = self.dropout(x)
            read = [recurrence(x, lengths, need_state=need_state and layer is top) for recurrence in _members(layer)]
            x = read[0][0] if len(read) == 1 else torch.cat([y for y, _ in read], dim=-1)
            state = tuple(tensor for _, after in read for tensor in after)
        return x, state if need_state else ()


def _members(layer: nn.Module) -> Iterable[Recurrence]:
    return cast(Iterable[Recurrence], layer)
