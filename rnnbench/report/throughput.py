"""Rows of throughput as rows of strings."""

from __future__ import annotations

from collections.abc import Sequence

from rnnbench.records.throughput import Row

WORDS = ("cell", "mode", "backend")
"""The columns of words; the others hold numbers."""

HEADER = (
    "cell",
    "mode",
    "B x T x H",
    "threads",
    "backend",
    "µs / step",
    "p10",
    "p90",
    "CPU µs",
    "tokens/s",
    "x torch",
    "CPU x torch",
    "of product",
    "first call",
)

KEEP = HEADER[: HEADER.index("µs / step") + 1]
"""The columns that are shown however narrow a terminal is."""

NOTE = (
    "x torch: times as fast as torch.nn, by the clock, and by the processor's time, which a busy machine disturbs less",
    "of product: matrix operations for the processor's time, as a share of a large product's in the same rounds",
    "first call: seconds, with compilation unless it was compiled before",
)


def cells(row: Row) -> list[str]:
    """Return a measured row in the order of `HEADER`."""
    return [
        name(row),
        row.mode,
        shape(row),
        str(row.threads),
        row.backend,
        *(_number(value) for value in (row.median_us_per_step, row.p10, row.p90, row.cpu_us_per_step)),
        "-" if row.tokens_per_second is None else f"{row.tokens_per_second:,.0f}",
        *("-" if ratio is None else f"{ratio:.2f}" for ratio in (row.ratio_to_torch, row.cpu_ratio_to_torch)),
        "-" if row.share_of_peak is None else f"{100 * row.share_of_peak:.0f} %",
        "-" if row.first_call_seconds is None else f"{row.first_call_seconds:.2f}",
    ]


def endings(rows: Sequence[Row]) -> list[str]:
    """Return a line for every row with a reason; what holds for all shapes is told once."""
    lines = []
    for row in rows:
        if row.status == "unavailable":
            lines.append(f"{name(row)} {row.backend}: unavailable: {row.reason}")
        elif row.status == "ok" and row.reason:
            lines.append(f"{name(row)} {row.backend}: {row.reason}")
        elif row.status != "ok":
            lines.append(f"{name(row)} {row.mode} {shape(row)} {row.backend}: {row.status}: {row.reason}")
    return list(dict.fromkeys(lines))


def name(row: Row) -> str:
    """Return the cell with its parameters."""
    return " ".join([row.cell, *(f"{key}={value}" for key, value in row.params.items())])


def shape(row: Row) -> str:
    """Return the sizes, and that lengths differ where they do."""
    return f"{row.B}x{row.T}x{row.H}" + ("" if row.lengths == "full" else f" {row.lengths}")


def _number(value: float | None) -> str:
    """Return three significant digits."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
