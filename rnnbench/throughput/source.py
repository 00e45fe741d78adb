"""The text that a cell's kernels are compiled from: C for the CPU, Triton for CUDA."""

from __future__ import annotations

from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import PointwiseCell, cuda, fused
from rnnbench.throughput.case import Case
from rnnbench.throughput.material import make_material


def source_of(case: Case, language: str) -> str:
    """Return the text of a case's cell in `language`, c or triton; raises `UnavailableError` if there is none."""
    cell = make_material(case).cell
    if not isinstance(cell, PointwiseCell):
        raise UnavailableError(f"there is no fused {case.cell}: it is not written as update.")
    return fused.show_source(cell) if language == "c" else cuda.show_source(cell)
