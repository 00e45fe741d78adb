"""A picture of throughput: the cost of a step against the size that varies most, a line for each cell and backend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnbench.contracts import UsageError
from rnnbench.records.throughput import Row
from rnnbench.report.plot import check_ending, figure
from rnnbench.report.throughput import name

_SIZES = {"H": "hidden size", "B": "sequences", "T": "steps"}

_INCHES = (5.0, 3.6)
"""Of one mode's panel."""


def draw_throughput(rows: Sequence[Row], path: Path) -> None:
    """Write the picture, a panel for each mode; raises `UsageError` where there is nothing to draw."""
    check_ending(path)
    shown = [row for row in rows if row.status == "ok"]
    if not shown:
        raise UsageError(f"--plot {path}: no row has a speed, so that there is nothing to draw.")
    modes = list(dict.fromkeys(row.mode for row in shown))
    axis_of = _most_varied(shown)
    with figure(path, len(modes), _INCHES) as panels:
        for panel, mode in zip(panels, modes, strict=True):
            _draw_mode(panel, [row for row in shown if row.mode == mode], axis_of)
            panel.set_title(mode, fontsize=10)


def _most_varied(rows: Sequence[Row]) -> str:
    """Return which of B, T and H takes most values; the hidden size if none does."""
    return max(_SIZES, key=lambda size: len({getattr(row, size) for row in rows}))


def _draw_mode(panel: Any, rows: Sequence[Row], size: str) -> None:
    for label, line in _lines(rows, size).items():
        at = [getattr(row, size) for row in line]
        panel.plot(at, [row.median_us_per_step for row in line], marker="o", markersize=3, linewidth=1.2, label=label)
        panel.fill_between(at, [row.p10 for row in line], [row.p90 for row in line], alpha=0.15)
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.set_xlabel(_SIZES[size])
    panel.set_ylabel("µs / step")
    ticks = sorted({getattr(row, size) for row in rows})
    panel.set_xticks(ticks, [str(tick) for tick in ticks])
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(fontsize=7, frameon=False)


def _lines(rows: Sequence[Row], size: str) -> dict[str, list[Row]]:
    """Return the rows that differ in that size alone, in its order, by what tells them from other lines."""
    apart = [each for each in ("B", "T", "H", "threads", "lengths") if each != size]
    varied = [each for each in apart if len({getattr(row, each) for row in rows}) > 1]
    lines: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: int(getattr(row, size))):
        label = " ".join([name(row), row.backend, *(f"{each} {getattr(row, each)}" for each in varied)])
        lines.setdefault(label, []).append(row)
    return lines
