"""One run of a cell, forward and backward, and how far two runs differ."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnnbench.recurrence import Recurrence

Run = dict[str, Tensor]


def run(
    cell: Any,
    backend: str,
    x: Tensor,
    lengths: Tensor,
    state: tuple[Tensor, ...],
    dtype: torch.dtype,
    reverse: bool = False,
) -> Run:
    """Return outputs, final state and all gradients of a fixed loss, by what they are."""
    cell = cell.to(dtype)
    x, state = x.to(dtype).requires_grad_(), tuple(tensor.to(dtype).requires_grad_() for tensor in state)
    recurrence = Recurrence(cell, backend=backend, reverse=reverse)
    torch.manual_seed(2)  # Of the masks, if the cell has noise.
    y, after = recurrence(x, lengths, state)
    assert recurrence.backend_used == backend
    found = {"y": y, **{f"state {k}": tensor for k, tensor in enumerate(after)}}
    generator = torch.Generator().manual_seed(1)
    weights = [torch.randn(tensor.shape, generator=generator).to(dtype) for tensor in found.values()]
    loss = sum((tensor * weight).sum() for tensor, weight in zip(found.values(), weights, strict=True))
    wanted = {"x": x, **{f"state {k}": tensor for k, tensor in enumerate(state)}, **dict(cell.named_parameters())}
    gradients = torch.autograd.grad(loss, list(wanted.values()), materialize_grads=True)
    found |= {f"gradient of {what}": gradient for what, gradient in zip(wanted, gradients, strict=True)}
    return {what: tensor.detach() for what, tensor in found.items()}


def both(cell: Any, x: Tensor, lengths: Tensor, state: tuple[Tensor, ...]) -> tuple[Run, Run]:
    """Return the fused run in float32 and the reference's in float64."""
    fast = run(cell, "fused", x, lengths, state, torch.float32)
    truth = run(cell, "reference", x, lengths, state, torch.float64)
    cell.to(torch.float32)
    return fast, truth


def difference(fast: Run, truth: Run) -> float:
    """Return the largest difference, relative to each tensor's largest number; NaN if there is one."""
    differences = []
    for what, tensor in truth.items():
        if not tensor.isfinite().all():
            raise AssertionError(f"{what} of the reference is not finite")
        differences.append((fast[what].double() - tensor).abs().max() / tensor.abs().max().clamp_min(1e-3))
    return float(torch.stack(differences).max())


def states(cell: Any, rows: int) -> tuple[Tensor, ...]:
    """Return a state of positive numbers: a normaliser is one too."""
    return tuple(0.1 + 0.5 * torch.rand(rows, size) for size in cell.state_sizes)
