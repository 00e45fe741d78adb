"""A case as one call, whoever runs it: the same work and the same results, so that they can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from rnnbench.contracts import UnavailableError
from rnnbench.throughput.material import Material

Pass = Callable[[], list[Tensor]]
"""Runs a case once. Returns y, and in training the gradients of x and of all parameters; decoding, y of every step."""

Forward = Callable[[Tensor], Tensor]
"""y (B, T, ·) of x (B, T, D)."""

Step = Callable[[Tensor, object], tuple[Tensor, object]]
"""y (B, ·) and the next state of x_t (B, D) and a state, None before the first step."""


def training(material: Material, forward: Forward) -> Pass:
    """Return forward and backward, with no gradients left in the parameters."""
    sources = [material.x, *material.cell.parameters()]

    def work() -> list[Tensor]:
        y = forward(material.x)
        return [y, *torch.autograd.grad(y, sources, material.d_y, materialize_grads=True)]

    return work


def inference(material: Material, forward: Forward) -> Pass:
    """Return forward alone, without a graph."""

    def work() -> list[Tensor]:
        with torch.no_grad():
            return [forward(material.x)]

    return work


def decoding(material: Material, step: Step) -> Pass:
    """Return one call for every step, each with the state that the one before left."""
    inputs: Sequence[Tensor] = [x_t.contiguous() for x_t in material.x.unbind(1)]

    def work() -> list[Tensor]:
        state: object = None
        outputs = []
        with torch.no_grad():
            for x_t in inputs:
                y_t, state = step(x_t, state)
                outputs.append(y_t)
        return outputs

    return work


def make_pass(material: Material, forward: Forward, step: Step) -> Pass:
    """Return the pass of the case's mode; raises `UnavailableError` for a cell that it cannot be."""
    if material.case.mode == "decode":
        if not material.cell.steppable:
            raise UnavailableError(f"{type(material.cell).__name__} sees whole sequences and cannot be stepped")
        return decoding(material, step)
    return (training if material.case.mode == "train" else inference)(material, forward)
