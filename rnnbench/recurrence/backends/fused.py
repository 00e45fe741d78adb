"""Generated kernels for cells written as `update`: C on the CPU, Triton on CUDA.

See `rnnbench.recurrence.fused` and `rnnbench.recurrence.cuda`. Both want a C compiler: Triton's launcher is C. Without
one, the CPU's engine runs the pointwise part in torch operations, which is right but not fast.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.contracts import State
from rnnbench.recurrence.cuda import engine as cuda
from rnnbench.recurrence.fused import engine
from rnnbench.recurrence.level import level_of


def unavailable(cell: Any) -> str:
    """Return why there is no compiled form of the cell, or an empty string; builds it, which takes a second once."""
    if level_of(cell) != "update":
        return f"{type(cell).__name__} is not written as update"
    return engine.fused(cell).reason


def drawback(cell: Any) -> str:
    """Return why the cell's kernel is not compiled, or an empty string."""
    uncompiled = engine.fused(cell).uncompiled
    return f"{uncompiled}: its pointwise part runs in torch operations" if uncompiled else ""


def declines(x: Tensor) -> str:
    """Return why this input cannot be run, or an empty string."""
    if x.is_cuda:
        return cuda.unavailable(x.device) or ("" if x.dtype in cuda.DTYPES else f"it does not compute in {x.dtype}")
    if x.device.type != "cpu" or x.dtype != torch.float32 or torch.is_autocast_enabled("cpu"):
        return "on the CPU it computes in float32 alone, and elsewhere on CUDA"
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
    """Run the whole sequence in one call; see `Backend.run`."""
    if x.is_cuda:
        return cuda.run(cell, x, lengths, state, masks)
    return engine.run(cell, x, lengths, state, masks)
