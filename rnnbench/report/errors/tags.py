"""Errors of a tagger that gives each word a tag of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnbench.records.record import Record
from rnnbench.report.errors.buckets import buckets
from rnnbench.report.errors.columns import table
from rnnbench.report.errors.confusion import confusion
from rnnbench.report.errors.rows import Row
from rnnbench.report.errors.sentences import sentences


def tags(record: Record, rows: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    """Yield the confusions, the scores by tag, of words not seen in training and by length, and the worst sentences."""
    targets, predictions, words = (
        [item for row in rows for item in row[name]] for name in ("target", "prediction", "words")
    )
    wrong = [sum(a != b for a, b in zip(row["target"], row["prediction"], strict=True)) for row in rows]
    sizes = np.array([len(row["target"]) for row in rows])
    whole = sum(not n for n in wrong)
    yield f"wrong      {sum(wrong):,} of {sizes.sum():,} words ({100 * sum(wrong) / sizes.sum():.1f} %)"
    yield f"sentences  {whole:,} of {len(rows):,} all right ({100 * whole / len(rows):.1f} %)"
    labels = record.data.labels if record.data else []
    yield from confusion("tag", labels, targets, predictions, worst, width, words)
    yield from _unseen(rows, width)
    right = sizes - np.array(wrong)
    yield from ("", "Accuracy by length of the sentence (%)")
    yield from table(
        "rrrr",
        ["words", "sentences", "n", "accuracy"],
        [
            [length, f"{len(places):,}", f"{(n := sizes[places].sum()):,}", f"{100 * right[places].sum() / n:.1f}"]
            for length, places in buckets(sizes.tolist())
        ],
        width,
    )
    yield from sentences(rows, wrong, "tag", worst, width)


def _unseen(rows: Sequence[Row], width: int) -> Iterator[str]:
    if not all("unseen" in row for row in rows):
        return
    unseen, right = (
        np.array(flat, dtype=bool)
        for flat in (
            [new for row in rows for new in row["unseen"]],
            [a == b for row in rows for a, b in zip(row["target"], row["prediction"], strict=True)],
        )
    )
    yield from ("", "Accuracy of words that training showed, and of others (%)")
    yield from table(
        "lrr",
        ["words", "n", "accuracy"],
        [
            [name, f"{chosen.sum():,}", f"{100 * right[chosen].mean():.1f}"]
            for name, chosen in (("seen", ~unseen), ("unseen", unseen))
            if chosen.any()
        ],
        width,
    )
