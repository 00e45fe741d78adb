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
    "tokens/s",
    "x torch",
    "of product",
    "first call",
)

NOTE = (
    "x torch: times as fast as torch.nn, median over rounds; of product: share of the rate of a large matrix product "
    "in the same rounds; first call in seconds, compilation included"
)


def cells(row: Row) -> list[str]:
    """Return a measured row in the order of `HEADER`."""
    return [
        name(row),
        row.mode,
        shape(row),
        str(row.threads),
        row.backend,
        *(_number(value) for value in (row.median_us_per_step, row.p10, row.p90)),
        "-" if row.tokens_per_second is None else f"{row.tokens_per_second:,.0f}",
        "-" if row.ratio_to_torch is None else f"{row.ratio_to_torch:.2f}",
        "-" if row.share_of_peak is None else f"{100 * row.share_of_peak:.0f} %",
        "-" if row.first_call_seconds is None else f"{row.first_call_seconds:.2f}",
    ]


def endings(rows: Sequence[Row]) -> list[str]:
    """Return a line for every row without a speed."""
    return [
        f"{name(row)} {row.mode} {shape(row)} {row.backend}: {row.status}: {row.reason}"
        for row in rows
        if row.status != "ok"
    ]


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
