"""A picture of throughput: the cost of a step against each size that varies, a line for each cell and backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnbench.contracts import UsageError
from rnnbench.records.throughput import Row
from rnnbench.report.figure import figure
from rnnbench.report.throughput import name

_SIZES = {"B": "sequences", "T": "steps", "H": "hidden size"}

_INCHES = (5.0, 3.6)
"""Of one panel."""


@dataclass(frozen=True)
class _Panel:
    """Rows of one mode that differ in one size; the other two have the values that most of the mode's rows have."""

    mode: str
    size: str
    fixed: dict[str, int]
    rows: list[Row]


def draw_throughput(rows: Sequence[Row], path: Path) -> None:
    """Write the picture, a panel for each mode and size.

    Raises what `figure` does, and `UsageError` where no row has a speed.
    """
    shown = [row for row in rows if row.status == "ok"]
    if not shown:
        raise UsageError(f"{path}: no row has a speed, so that there is nothing to draw.")
    panels = [panel for mode in dict.fromkeys(row.mode for row in shown) for panel in _panels(mode, shown)]
    with figure(path, len(panels), _INCHES, across=len({panel.size for panel in panels})) as axes:
        for axis, panel in zip(axes, panels, strict=True):
            _draw(axis, panel)


def _panels(mode: str, rows: Sequence[Row]) -> list[_Panel]:
    """Return a panel for each size that takes several values; for the hidden size if none does."""
    rows = [row for row in rows if row.mode == mode]
    counts = {size: Counter(int(getattr(row, size)) for row in rows) for size in _SIZES}
    # Of values that are equally common, the largest.
    common = {size: max(found, key=lambda value: (found[value], value)) for size, found in counts.items()}
    panels = []
    for size in [size for size, found in counts.items() if len(found) > 1] or ["H"]:
        fixed = {other: value for other, value in common.items() if other != size}
        chosen = [row for row in rows if all(getattr(row, other) == value for other, value in fixed.items())]
        panels.append(_Panel(mode, size, fixed, chosen))
    return panels


def _draw(axis: Any, panel: _Panel) -> None:
    for label, line in _lines(panel).items():
        at = [getattr(row, panel.size) for row in line]
        axis.plot(at, [row.median_us_per_step for row in line], marker="o", markersize=3, linewidth=1.2, label=label)
        axis.fill_between(at, [row.p10 for row in line], [row.p90 for row in line], alpha=0.15)
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    axis.set_title(", ".join([panel.mode, *(f"{size} {value}" for size, value in panel.fixed.items())]), fontsize=10)
    axis.set_xlabel(_SIZES[panel.size])
    axis.set_ylabel("µs / step")
    ticks = sorted({getattr(row, panel.size) for row in panel.rows})
    axis.set_xticks(ticks, [str(tick) for tick in ticks], fontsize=7)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=7, frameon=False)


def _lines(panel: _Panel) -> dict[str, list[Row]]:
    """Return the rows in the order of the panel's size, by what tells them from other lines."""
    varied = [each for each in ("threads", "lengths") if len({getattr(row, each) for row in panel.rows}) > 1]
    lines: dict[str, list[Row]] = {}
    for row in sorted(panel.rows, key=lambda row: int(getattr(row, panel.size))):
        label = " ".join([name(row), row.backend, *(f"{each} {getattr(row, each)}" for each in varied)])
        lines.setdefault(label, []).append(row)
    return lines
