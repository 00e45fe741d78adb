"""How many times as fast one candidate is as another over many shapes: geometric means of the ratios of medians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rnnbench.records.throughput import Row
from rnnbench.report.throughput import name, shape
from rnnbench.statistics.summary import geometric_mean

PEERS = ("torch", "torch_packed", "onnxruntime", "jax", "reference")
"""What candidates are compared with."""

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
    kinds: dict[tuple[str, str, int], dict[str, dict[str, float]]] = {}
    for row in rows:
        if row.median_us_per_step:
            shapes = kinds.setdefault((name(row), row.mode, row.threads), {})
            shapes.setdefault(shape(row), {})[row.backend] = row.median_us_per_step
    found = [
        Mean(*kind, candidate, peer, _ratios(shapes, candidate, peer))
        for kind, shapes in kinds.items()
        for candidate, peer in _pairs({backend for costs in shapes.values() for backend in costs})
    ]
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


def _pairs(backends: set[str]) -> Iterator[tuple[str, str]]:
    """Yield candidates with their peers; what computes in bfloat16 has what computes in float32 for one, too."""
    for candidate in sorted(backends.difference(PEERS)):
        yield from ((candidate, peer) for peer in PEERS if peer in backends)
    if {"fused", "fused_bfloat16"} <= backends:
        yield "fused_bfloat16", "fused"


def _ratios(shapes: Mapping[str, Mapping[str, float]], candidate: str, peer: str) -> dict[str, float]:
    return {at: cost[peer] / cost[candidate] for at, cost in shapes.items() if {candidate, peer} <= cost.keys()}
