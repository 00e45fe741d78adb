"""What all candidates of a case work on: one cell, its inputs, and the gradient that comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rnnbench.catalog import registry
from rnnbench.contracts import PluginError, RnnbenchError
from rnnbench.recurrence import padding_mask
from rnnbench.throughput.case import Case

_SEED = 1


@dataclass(frozen=True)
class Material:
    """Tensors in float32 on the CPU, drawn from one seed."""

    case: Case
    cell: Any
    x: Tensor
    """(B, T, D), standard normal, zero at padding; asks for a gradient in training."""
    lengths: Tensor
    """(B,), the first of them T."""
    valid: Tensor
    """(B, T, 1), False at padding."""
    d_y: Tensor
    """(B, T, output size), standard normal, zero at padding: a fixed gradient, not the ones of a sum."""

    @property
    def tokens(self) -> int:
        """How many steps are no padding."""
        return int(self.lengths.sum())


def make_material(case: Case) -> Material:
    """Return the material of a case; raises `RnnbenchError` if the cell cannot be built."""
    shape = case.shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        cell = _build_cell(case).train(case.mode == "train")
        lengths = torch.full((shape.batch,), shape.steps)
        if case.lengths == "uniform":
            lengths[1:] = torch.randint(1, shape.steps + 1, (shape.batch - 1,))
        valid = ~padding_mask(lengths, shape.steps).unsqueeze(-1)
        x = torch.randn(shape.batch, shape.steps, shape.hidden_size) * valid
        d_y = torch.randn(shape.batch, shape.steps, cell.output_size) * valid
    return Material(case, cell, x.requires_grad_(case.mode == "train"), lengths, valid, d_y)


def _build_cell(case: Case) -> Any:
    size = case.shape.hidden_size
    try:
        return registry.build("cell", case.cell, case.params, input_size=size, hidden_size=size)
    except RnnbenchError:
        raise
    except Exception as error:
        raise PluginError(f"cell {case.cell} raised {type(error).__name__}: {error}") from error
