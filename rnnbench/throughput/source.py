"""The C text that a cell is compiled from."""

from __future__ import annotations

from rnnbench.contracts import UnavailableError
from rnnbench.recurrence import PointwiseCell
from rnnbench.recurrence.fused import show_source
from rnnbench.throughput.case import Case
from rnnbench.throughput.material import make_material


def source_of(case: Case) -> str:
    """Return the text of a case's cell; raises `UnavailableError` if there is none."""
    cell = make_material(case).cell
    if not isinstance(cell, PointwiseCell):
        raise UnavailableError(f"there is no fused {case.cell}: it is not written as update.")
    return show_source(cell)
