"""A part of a step's graph, carried out with torch operations."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rnnbench.recurrence.fused.graph import Node, ancestry

CALLED: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "lt", "le", "gt", "ge", "eq", "ne")},
    **{name: getattr(torch, name) for name in ("sigmoid", "tanh", "relu", "exp", "log", "log1p", "sqrt", "abs")},
    **{name: getattr(torch, name) for name in ("maximum", "minimum", "where", "detach")},
    "div": operator.truediv,
    "softplus": functional.softplus,
}
"""The function of every operation of a graph."""


class Evaluation:
    """Computes `outputs` from those of `inputs` that they are made of."""

    def __init__(self, inputs: Sequence[Node], outputs: Iterable[Node]) -> None:
        self._inputs, self._outputs = inputs, list(outputs)
        given = {node for node in inputs if not node.is_number()}
        self._nodes = [node for node in ancestry(self._outputs, given.__contains__) if node not in given]
        # Of no dimension, so that they take the other operand's dtype.
        self._numbers = {
            dtype: {node: torch.tensor(node.value, dtype=dtype) for node in self._nodes if node.is_number()}
            for dtype in (torch.float32, torch.float64)
        }

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """Return a value for each output: of the inputs' shape, of that of a vector, or of none for a number."""
        numbers = self._numbers[torch.float64 if inputs[0].dtype == torch.float64 else torch.float32]
        values: dict[Node, Any] = dict(zip(self._inputs, inputs, strict=True)) | numbers
        for node in self._nodes:
            if node not in values:
                values[node] = CALLED[node.operation](*(values[operand] for operand in node.operands))
        return [values[node] for node in self._outputs]
