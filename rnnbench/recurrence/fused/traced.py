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


class _Traces(list[Traced]):
    """A cell's traces, the last one first; a copy of the cell starts with none."""

    def __deepcopy__(self, memo: Any) -> _Traces:
        return _Traces()

    def __reduce__(self) -> tuple[Any, ...]:
        return _Traces, ()


def traced(cell: PointwiseCell) -> Traced:
    """Return the trace of the cell as it is now."""
    known = cell.__dict__
    if "_traces" not in known:
        known["_traces"] = _Traces()
    traces: _Traces = known["_traces"]
    for place, each in enumerate(traces):
        if unchanged(cell, each.noted):
            if place:
                traces.insert(0, traces.pop(place))
            return each
    traces.insert(0, _made(cell))
    del traces[MOST:]
    return traces[0]


def _made(cell: PointwiseCell) -> Traced:
    watched = Watched(cell)
    if watched.noise:
        # It decides on the masks, which are asked of the cell itself.
        watched.training  # noqa: B018
    try:
        return Traced(trace(cell, watched), "", found(watched))
    except UntraceableError as error:
        return Traced(None, str(error).removesuffix("."), found(watched))
