"""Pointwise cells as compiled C: the gates' maths is written once, in `update`, and this writes the rest.

graph       the maths of a step: nodes, each made once
rules       every operation of torch's that can be fused, as nodes
trace       a cell's `update`, followed once, as such a graph
watched     what `update` looks up on the cell meanwhile
traced      the trace of a cell, made again when any of that has changed
derivative  its gradients, as nodes of the same graph
emit        both as C, with maths.h, product.h and sequence.h around: one plain file a cell
compiler    the system's C compiler, and the cache of what it built
kernel      one library, called with tensors; rows shared out over threads
engine      torch operations with gradients, known to torch.compile
"""

from __future__ import annotations

from rnnbench.contracts import UnavailableError
from rnnbench.recurrence.fused.engine import fused
from rnnbench.recurrence.pointwise import PointwiseCell

__all__ = ["show_source"]


def show_source(cell: PointwiseCell) -> str:
    """Return the C text of a cell; raises `UnavailableError` if it cannot be fused."""
    made = fused(cell)
    if made.reason:
        raise UnavailableError(f"there is no fused {type(cell).__name__}: {made.reason}.")
    return made.text
