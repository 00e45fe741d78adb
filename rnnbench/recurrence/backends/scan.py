"""Cells written as `update` that are linear in their own state: all steps at once by a scan, in torch operations.

It runs on every device and in every dtype. On the CPU the compiled loop of backend=fused is faster. Where that cannot
run, in float64 or without a C compiler, this takes the place of the loop over steps: many times faster where steps are
many and narrow, and as fast where they are wide (`rnnbench throughput cell=mingru shape=1x1024x64,32x64x256`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import State
from rnnbench.recurrence.backends.final_state import final_state
from rnnbench.recurrence.level import level_of
from rnnbench.recurrence.scan.linear_step import NonlinearError, linear_step
from rnnbench.recurrence.scan.scan import scan


def unavailable(cell: Any) -> str:
    """Return why the cell is not linear in its state, or an empty string."""
    if level_of(cell) != "update":
        return f"{type(cell).__name__} is not written as update"
    try:
        linear_step(cell)
    except NonlinearError as error:
        return str(error)
    return ""


def drawback(cell: Any) -> str:
    """Return an empty string."""
    return ""


def declines(x: Tensor) -> str:
    """Return an empty string: torch's operations run in every dtype."""
    return ""


def heeds_padding(x: Tensor) -> bool:
    """Return that padding has to be zeroed before, and after."""
    return False


def run(
    cell: Any,
    x: Tensor,
    lengths: Tensor,
    padding: Tensor | None,
    state: State,
    masks: Tensor | None,
    need_state: bool,
) -> tuple[Tensor, State]:
    """Run the whole sequence as a scan over time; see `Backend.run`."""
    step = linear_step(cell)
    gates = cell.project(x).chunk(len(cell.gates), -1)
    drawn = () if masks is None else masks.chunk(len(cell.masks), -1)
    inputs = [*gates, *(getattr(cell, name) for name in cell.vectors), *drawn]
    coefficients = step.coefficients(inputs)
    after = [_solved(a, b, before, gates[0], padding) for (a, b), before in zip(coefficients, state, strict=True)]
    y = step.output(inputs, after).to(after[0].dtype)
    return _whole(y, after[0]), tuple(final_state(h, lengths, padding) for h in after) if need_state else ()


def _solved(a: Tensor, b: Tensor, before: Tensor, gate: Tensor, padding: Tensor | None) -> Tensor:
    """Return a state after every step (B, T, H)."""
    dtype = torch.promote_types(gate.dtype, before.dtype)
    a, b = (_whole(each.to(gate.device, dtype), gate) for each in (a, b))
    if padding is not None:
        # What grows must not do so at padding: its gradient there would be 0 times infinity.
        a = torch.where(padding.unsqueeze(-1), a.new_zeros(()), a)
    return scan(a, b, before.to(dtype))


def _whole(value: Tensor, like: Tensor) -> Tensor:
    """Return a value that may be the same for every row, or every unit, one for each."""
    return value.expand(like.shape)
