"""How many times as fast one candidate is as another, or as itself on one thread, over many shapes.

Geometric means of the ratios of medians.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rnnbench.records.throughput import Row
from rnnbench.report.throughput import name, shape
from rnnbench.statistics.summary import geometric_mean

PEERS = ("torch", "torch_packed", "onnxruntime", "jax", "reference")
"""What candidates are compared with."""

ONE_THREAD = "1 thread"
"""The peer of a candidate on several threads that is itself."""

_Kind = tuple[str, str, int]
"""A cell, a mode and a number of threads."""

_Costs = Mapping[str, Mapping[str, float]]
"""Microseconds a step, by shape and backend."""

WORDS = ("cell", "mode", "candidate", "peer", "at", "and at")
"""The columns of words; the others hold numbers."""

HEADER = ("cell", "mode", "threads", "candidate", "peer", "shapes", "times as fast", "least", "at", "most", "and at")

KEEP = HEADER[: HEADER.index("times as fast") + 1]
"""The columns that are shown however narrow a terminal is."""

NOTE = ("times as fast: the geometric mean over shapes B x T x H of the ratios of medians in one run",)


@dataclass(frozen=True)
class Mean:
    """One candidate against one peer, in one mode and number of threads."""

    cell: str
    """With its parameters."""
    mode: str
    threads: int
    candidate: str
    peer: str
    ratios: Mapping[str, float]
    """How many times as fast, for each shape; two at least."""


def means(rows: Sequence[Row]) -> list[Mean]:
    """Return what candidates and peers have more than one shape in common; rows of a case are of one run."""
    kinds: dict[_Kind, dict[str, dict[str, float]]] = {}
    for row in rows:
        if row.median_us_per_step:
            shapes = kinds.setdefault((name(row), row.mode, row.threads), {})
            shapes.setdefault(shape(row), {})[row.backend] = row.median_us_per_step
    found = [mean for kind, shapes in kinds.items() for mean in _of_kind(kind, shapes, kinds)]
    return [mean for mean in found if len(mean.ratios) > 1]


def cells(mean: Mean) -> list[str]:
    """Return a mean in the order of `HEADER`."""
    least, most = (choose(mean.ratios, key=lambda at: mean.ratios[at]) for choose in (min, max))
    return [
        mean.cell,
        mean.mode,
        str(mean.threads),
        mean.candidate,
        mean.peer,
        str(len(mean.ratios)),
        f"{geometric_mean(list(mean.ratios.values())):.2f}",
        f"{mean.ratios[least]:.2f}",
        least,
        f"{mean.ratios[most]:.2f}",
        most,
    ]


def _of_kind(kind: _Kind, shapes: _Costs, kinds: Mapping[_Kind, _Costs]) -> Iterator[Mean]:
    cell, mode, threads = kind
    backends = {backend for costs in shapes.values() for backend in costs}
    for candidate, peer in _pairs(backends):
        yield Mean(*kind, candidate, peer, _ratios(shapes, candidate, shapes, peer))
    alone = kinds.get((cell, mode, 1), {}) if threads > 1 else {}
    for backend in sorted(backends):
        yield Mean(*kind, backend, ONE_THREAD, _ratios(shapes, backend, alone, backend))


def _pairs(backends: set[str]) -> Iterator[tuple[str, str]]:
    """Yield candidates with their peers; what computes in bfloat16 has what computes in float32 for one, too."""
    for candidate in sorted(backends.difference(PEERS)):
        yield from ((candidate, peer) for peer in PEERS if peer in backends)
    if {"fused", "fused_bfloat16"} <= backends:
        yield "fused_bfloat16", "fused"


def _ratios(shapes: _Costs, candidate: str, others: _Costs, peer: str) -> dict[str, float]:
    """Return how many times as fast, for each shape that both have."""
    return {
        at: others[at][peer] / costs[candidate]
        for at, costs in shapes.items()
        if candidate in costs and peer in others.get(at, ())
    }
