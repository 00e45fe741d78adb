"""A stack: layers of one cell over a whole sequence, in one direction or both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rnnbench.contracts import Cell, IncompatibleError, State
from rnnbench.networks.dropout import WeightDrop, build_dropout
from rnnbench.recurrence import Noise, PointwiseCell, Recurrence

_SILENT = Noise()


class Stack(nn.Module):
    """Layers of cells, each reading what the one below put out.

    `build_cell(input_size)` makes one cell. With `bidirectional` every layer is two cells, one of them reading from
    each row's last token to its first, and their outputs stand side by side. Raises `IncompatibleError` where a cell
    that has no directions is to be read in both.
    """

    def __init__(
        self,
        build_cell: Callable[[int], Cell],
        input_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        variational: bool = False,
        weight_drop: float = 0.0,
        noise: Noise = _SILENT,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        self.directions = 2 if bidirectional else 1
        self.layers = nn.ModuleList()
        self.output_size = input_size
        for _ in range(layers):
            cells = [build_cell(self.output_size) for _ in range(self.directions)]
            for cell in cells:
                if weight_drop:
                    _drop_weights(cell, weight_drop)
                if noise:
                    _make_noisy(cell, noise)
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
        self.dropout = build_dropout(dropout, variational)
        self.weight_drop = weight_drop
        self.draws_once = bool(variational and dropout) or bool(weight_drop) or bool(noise.recurrent_dropout)
        """Whether something is drawn once for all steps of a call."""

    @property
    def recurrences(self) -> list[Recurrence]:
        """Every layer's and direction's recurrence, from the input upwards."""
        return [recurrence for layer in self.layers for recurrence in _members(layer)]

    @property
    def backend_used(self) -> str:
        """Who ran the recurrences, `a+b` if not the same everywhere."""
        return "+".join(sorted({str(recurrence.backend_used) for recurrence in self.recurrences}))

    @property
    def backend_why(self) -> str:
        """Why it was they."""
        return "; ".join(dict.fromkeys(recurrence.why for recurrence in self.recurrences))

    def initial_state(self, batch_size: int, like: Tensor) -> tuple[State, ...]:
        """Return every layer's state before the first step, both directions' one after the other."""
        return tuple(
            tuple(tensor for recurrence in _members(layer) for tensor in recurrence.initial_state(batch_size, like))
            for layer in self.layers
        )

    def state_bytes(self, like: Tensor) -> int:
        """Return the bytes that one sequence carries from step to step, in `like`'s dtype."""
        return sum(tensor.numel() * tensor.element_size() for state in self.initial_state(1, like) for tensor in state)

    def forward(
        self, x: Tensor, lengths: Tensor, states: tuple[State, ...] | None = None, need_state: bool = True
    ) -> tuple[Tensor, tuple[State, ...]]:
        """Return the last layer's outputs (B, T, F) and, if needed, each layer's state after every row's last step.

        `states`, one a layer, are those to begin from; only a stack of one direction can go on from what it returned.
        """
        # A dropped weight is the same at every step.
        with parametrize.cached() if self.weight_drop else contextlib.nullcontext():
            after: list[State] = []
            for index, layer in enumerate(self.layers):
                x = self.dropout(x)
                before = None if states is None else states[index]
                read = [recurrence(x, lengths, before, need_state=need_state) for recurrence in _members(layer)]
                x = read[0][0] if len(read) == 1 else torch.cat([y for y, _ in read], dim=-1)
                after.append(tuple(tensor for _, state in read for tensor in state))
        return x, tuple(after) if need_state else ()


def _members(layer: nn.Module) -> Iterable[Recurrence]:
    return cast(Iterable[Recurrence], layer)


def _drop_weights(cell: Any, probability: float) -> None:
    if "weight_hh" not in dict(cell.named_parameters(recurse=False)):
        raise IncompatibleError(
            f"model.weight_drop={probability}: {type(cell).__name__} has no weights between hidden states (weight_hh); "
            "leave model.weight_drop out."
        )
    parametrize.register_parametrization(cell, "weight_hh", WeightDrop(probability))


def _make_noisy(cell: Any, noise: Noise) -> None:
    name = type(cell).__name__
    if not isinstance(cell, PointwiseCell):
        raise IncompatibleError(
            f"model.zoneout and model.recurrent_dropout need a cell that is written as update, and {name} is not; "
            "leave them out."
        )
    if noise.recurrent_dropout and not cell.hidden_product:
        raise IncompatibleError(
            f"model.recurrent_dropout={noise.recurrent_dropout}: {name} has no product with its hidden state; "
            "leave model.recurrent_dropout out."
        )
    if noise.zoneout_cell and len(cell.state) == 1:
        raise IncompatibleError(
            f"model.zoneout_cell={noise.zoneout_cell}: {name} carries nothing besides {cell.state[0]}, which "
            "model.zoneout is for; leave model.zoneout_cell out."
        )
    cell.noise = noise
