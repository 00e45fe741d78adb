"""Errors of a classifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnbench.records.record import Record
from rnnbench.report.errors.buckets import buckets
from rnnbench.report.errors.columns import table
from rnnbench.report.errors.confusion import confusion
from rnnbench.report.errors.rows import Row


def classification(record: Record, rows: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    """Yield the confusions, the scores by class and by length, and the errors of the highest probability."""
    wrong = [row for row in rows if row["prediction"] != row["target"]]
    yield f"wrong      {len(wrong):,} of {len(rows):,} examples ({100 * len(wrong) / len(rows):.1f} %)"
    labels = record.data.labels if record.data else []
    targets, predictions = ([row[name] for row in rows] for name in ("target", "prediction"))
    yield from confusion("class", labels, targets, predictions, worst, width)
    yield from _by_length(rows, width)
    yield from _worst(wrong, worst, width)


def _by_length(rows: Sequence[Row], width: int) -> Iterator[str]:
    if not all("text" in row for row in rows):
        return
    right = np.array([row["prediction"] == row["target"] for row in rows])
    yield from ("", "Accuracy by length of the text (%)")
    yield from table(
        "rrr",
        ["characters", "n", "accuracy"],
        [
            [characters, f"{len(places):,}", f"{100 * right[places].mean():.1f}"]
            for characters, places in buckets([len(row["text"]) for row in rows])
        ],
        width,
    )


def _worst(wrong: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    if not wrong:
        return
    # Not every head tells a probability, and pictures and vectors have no text.
    sure = all("probability" in row for row in wrong)
    chosen = sorted(wrong, key=lambda row: -row["probability"])[:worst] if sure else wrong[:worst]
    yield from ("", "Wrong with the highest probability" if sure else "Wrong")
    yield from table(
        "rrlll",
        ["row", "probability", "target", "prediction", "text"],
        [
            [
                row["row"],
                f"{row['probability']:.3f}" if sure else "",
                row["target"],
                row["prediction"],
                row.get("text", ""),
            ]
            for row in chosen
        ],
        width,
    )
