"""A cell's trace, made once and again whenever what the cell's maths looks up on it has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rnnbench.recurrence.fused.trace import Step, UntraceableError, trace
from rnnbench.recurrence.fused.watched import Watched, found, unchanged
from rnnbench.recurrence.pointwise import PointwiseCell

MOST = 4
"""Traces that are kept of a cell: of training and evaluation, and of a setting that goes to and fro."""


@dataclass(eq=False)
class Traced:
    """A trace of a cell."""

    step: Step | None
    reason: str
    """Why there is no step, if there is none."""
    noted: dict[str, Any]
    made: dict[Any, Any] = field(default_factory=dict)
    """What the backends have made of it."""


class _Traces(tuple[Traced, ...]):
    """A cell's traces, the last one first; a copy of the cell starts with none."""

    __slots__ = ()

    def __deepcopy__(self, memo: Any) -> _Traces:
        return _Traces()

    def __reduce__(self) -> tuple[Any, ...]:
        return _Traces, ()


def traced(cell: PointwiseCell) -> Traced:
    """Return the trace of the cell as it is now."""
    traces: tuple[Traced, ...] = cell.__dict__.get("_traces", ())
    current = next((each for each in traces if unchanged(cell, each.noted)), None) or _made(cell)
    if not traces or current is not traces[0]:
        # Another tuple, not a list that is changed: other threads may be reading it.
        cell.__dict__["_traces"] = _Traces([current, *(each for each in traces if each is not current)][:MOST])
    return current


def _made(cell: PointwiseCell) -> Traced:
    watched = Watched(cell)
    try:
        return Traced(trace(cell, watched), "", found(watched))
    except UntraceableError as error:
        return Traced(None, str(error).removesuffix("."), found(watched))
