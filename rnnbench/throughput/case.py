"""A case: everything that is equal for all candidates measured beside each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MODES = ("train", "inference", "decode")
"""Forward and backward; forward alone; forward one step a call, the state carried from call to call."""

LENGTHS = ("full", "uniform")
"""Every sequence of T steps; lengths drawn evenly from 1 to T."""

CANDIDATES: dict[str, str] = {
    "fused": "compiled C made from the cell's update",
    "fused_bfloat16": "the same with products of numbers rounded to bfloat16, where the processor has them",
    "torch": "the module of torch.nn with the same weights, rows padded",
    "torch_packed": "the same on a PackedSequence",
    "scan": "a scan over time in torch operations, for cells that are linear in their state",
    "reference": "the plain loop over time",
    "flashrnn": "the kernels of flashrnn, where it is installed; on CUDA alone",
    "onnxruntime": "ONNX Runtime, where onnx and onnxruntime are installed; inference alone",
    "jax": "a lax.scan of JAX under jit with the same weights, where jax is installed; whole sequences, rows padded",
}
"""Who can be measured; the names of `rnnbench.recurrence.BACKENDS` are among them."""


@dataclass(frozen=True)
class Shape:
    """Sequences, steps of the longest one, and units; the input is as wide as the state."""

    batch: int
    steps: int
    hidden_size: int

    def __str__(self) -> str:
        return f"{self.batch}x{self.steps}x{self.hidden_size}"


@dataclass(frozen=True)
class Case:
    """One cell, shape and mode."""

    cell: str
    shape: Shape
    mode: str
    threads: int = 1
    lengths: str = "full"
    params: dict[str, Any] = field(default_factory=dict)
    """The cell's own parameters that are not to have their defaults."""
