"""Errors of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnbench.records.record import Record
from rnnbench.report.errors.buckets import buckets
from rnnbench.report.errors.columns import table
from rnnbench.report.errors.rows import Row


def regression(record: Record, rows: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    """Yield how errors are distributed, their size by length, and the largest."""
    predictions, targets = (np.array([row[name] for row in rows], dtype=float) for name in ("prediction", "target"))
    errors = predictions - targets
    sizes = np.abs(errors)
    median, most, largest = np.quantile(sizes, [0.5, 0.9, 1.0])
    yield f"errors     n {len(rows):,}, mean {errors.mean():+.4g}, mean size {sizes.mean():.4g}"
    yield f"sizes      half below {median:.4g}, nine tenths below {most:.4g}, largest {largest:.4g}"
    if all("text" in row for row in rows):
        yield from ("", "Mean size of the error by length of the text")
        yield from table(
            "rrr",
            ["characters", "n", "error"],
            [
                [characters, f"{len(places):,}", f"{sizes[places].mean():.4g}"]
                for characters, places in buckets([len(row["text"]) for row in rows])
            ],
            width,
        )
    yield from ("", "Largest errors")
    yield from table(
        "rrrrl",
        ["row", "error", "target", "prediction", "text"],
        [
            [
                row["row"],
                f"{errors[place]:+.4g}",
                f"{row['target']:.4g}",
                f"{row['prediction']:.4g}",
                row.get("text", ""),
            ]
            for place in np.argsort(-sizes, kind="stable")[:worst].tolist()
            for row in [rows[place]]
        ],
        width,
    )
