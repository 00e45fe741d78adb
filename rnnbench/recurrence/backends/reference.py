"""The plain loop over time: runs every cell in every dtype, and is what the other backends are checked against."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import State
from rnnbench.recurrence.level import level_of


def unavailable(cell: Any) -> str:
    """Return an empty string: the loop runs every cell."""
    return ""


def drawback(cell: Any) -> str:
    """Return an empty string."""
    return ""


def declines(x: Tensor) -> str:
    """Return an empty string: the loop runs in every dtype."""
    return ""


def run(
    cell: Any,
    x: Tensor,
    lengths: Tensor,
    padding: Tensor | None,
    state: State,
    masks: Tensor | None,
    need_state: bool,
) -> tuple[Tensor, State]:
    """Run the cell step by step, or call it once if it is a whole-sequence cell; see `Backend.run`."""
    level = level_of(cell)
    if level == "forward":
        whole: tuple[Tensor, State] = cell(x, lengths, state)
        return whole
    steps = x.transpose(0, 1)
    if level == "update":
        steps, advance = cell.project(steps), cell.advance
    else:
        advance = cell.step
    drawn = [()] * len(steps) if masks is None else [(mask,) for mask in masks.unbind(1)]
    first_padded = x.shape[1] if padding is None else int(lengths.min())
    outputs = []
    for t, x_t in enumerate(steps.unbind(0)):
        y_t, after = advance(x_t, state, *drawn[t])
        if padding is not None and t >= first_padded:
            ended = padding[:, t, None]
            after = tuple(torch.where(ended, old, new) for old, new in zip(state, after, strict=True))
        state = after
        outputs.append(y_t)
    return torch.stack(outputs, 1), state
