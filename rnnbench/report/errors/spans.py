"""Errors of a tagger whose tags mark spans, as names are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnbench.records.record import Record
from rnnbench.report.errors.buckets import buckets
from rnnbench.report.errors.columns import table
from rnnbench.report.errors.confusion import matrix, scores
from rnnbench.report.errors.rows import Row
from rnnbench.report.errors.sentences import sentences
from rnnbench.statistics.spans import Span, f1, span_counts, span_counts_by_type
from rnnbench.statistics.spans import spans as marked

_EXAMPLES = 2
_NONE = "none"


@dataclass(frozen=True)
class Mistake:
    """What became of a true span, or what a predicted one is; the types are empty where there is no such span."""

    kind: str
    target: str
    prediction: str


def spans(record: Record, rows: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    """Yield the confusions and scores of types, the most frequent mistakes, F1 by length, and the worst sentences."""
    targets, predictions = ([row[name] for row in rows] for name in ("target", "prediction"))
    counts = span_counts(targets, predictions)
    right, predicted, true = counts.sum(axis=0).tolist()
    yield f"spans      {true:,} true, {predicted:,} predicted, {right:,} right"
    found = [mistakes(row) for row in rows]
    whole = sum(not wrong for wrong in found)
    yield f"sentences  {whole:,} of {len(rows):,} all right ({100 * whole / len(rows):.1f} %)"
    yield from _confusion(rows, found, width)
    yield from scores("type", span_counts_by_type(targets, predictions), width)
    yield from _most_frequent(found, worst, width)
    yield from ("", "F1 by length of the sentence (%)")
    yield from table(
        "rrrr",
        ["words", "sentences", "n", "F1"],
        [
            [length, f"{len(places):,}", f"{(sums := counts[places].sum(axis=0))[2]:,}", f"{100 * float(f1(sums)):.1f}"]
            for length, places in buckets([len(row["words"]) for row in rows])
        ],
        width,
    )
    yield from sentences(rows, [len(wrong) for wrong in found], "span", worst, width)


def _confusion(rows: Sequence[Row], found: Sequence[list[tuple[Mistake, str]]], width: int) -> Iterator[str]:
    """Yield which types are taken for which, from right spans and from `mistakes`."""
    pairs: Counter[tuple[str, str]] = Counter()
    for row, wrong in zip(rows, found, strict=True):
        pairs.update((kind, kind) for kind, _, _ in marked(row["target"]) & marked(row["prediction"]))
        pairs.update((mistake.target or _NONE, mistake.prediction or _NONE) for mistake, _ in wrong)
    if not pairs:
        return
    labels = [*sorted({kind for pair in pairs for kind in pair} - {_NONE}), _NONE]
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for (target, prediction), n in pairs.items():
        counts[labels.index(target), labels.index(prediction)] = n
    yield from matrix("type", labels, counts, width)
    yield f"Spans that share words; {_NONE} stands for no such span, and wrong bounds do not matter here."


def mistakes(row: Row) -> list[tuple[Mistake, str]]:
    """Return what is wrong with a sentence's spans, each with the words of the span.

    A true span that is not found is compared with the predicted one that shares most words with it; a predicted span
    that is neither right nor compared with any is spurious. So every wrong span is counted once.
    """
    true, predicted = marked(row["target"]), marked(row["prediction"])
    left = predicted - true
    found = []
    for span in sorted(true - predicted, key=lambda span: span[1]):
        near = max(left, key=lambda other: (_shared(span, other), -other[1]), default=None)
        if near is None or not _shared(span, near):
            found.append((Mistake("missed", span[0], ""), _words(row, span)))
            continue
        left.discard(near)
        bounds, kind = span[1:] != near[1:], span[0] != near[0]
        name = "wrong type and bounds" if bounds and kind else "wrong bounds" if bounds else "wrong type"
        found.append((Mistake(name, span[0], near[0]), _words(row, span)))
    spurious = sorted(left, key=lambda span: span[1])
    return found + [(Mistake("spurious", "", span[0]), _words(row, span)) for span in spurious]


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one[2], other[2]) - max(one[1], other[1]))


def _words(row: Row, span: Span) -> str:
    return " ".join(row["words"][span[1] : span[2]])


def _most_frequent(found: Sequence[list[tuple[Mistake, str]]], worst: int, width: int) -> Iterator[str]:
    words: dict[Mistake, Counter[str]] = {}
    for mistake, text in (pair for wrong in found for pair in wrong):
        words.setdefault(mistake, Counter())[text] += 1
    if not words:
        return
    yield from ("", "Most frequent mistakes")
    yield from table(
        "rllll",
        ["n", "mistake", "target", "prediction", "often"],
        [
            [
                f"{texts.total():,}",
                mistake.kind,
                mistake.target or "-",
                mistake.prediction or "-",
                ", ".join(text for text, _ in texts.most_common(_EXAMPLES)),
            ]
            for mistake, texts in sorted(words.items(), key=lambda item: -item[1].total())[:worst]
        ],
        width,
    )
