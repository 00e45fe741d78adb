"""Errors of written texts: translations, pronunciations, summaries, captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnbench.records.record import Record
from rnnbench.report.errors.buckets import buckets
from rnnbench.report.errors.columns import plain, table, wrapped
from rnnbench.report.errors.rows import Row
from rnnbench.statistics.edit_distance import edits, equals_any, nearest

_LINES = 3
"""So many lines of a long text are shown."""

Units = Callable[[str], list[str]]


@dataclass(frozen=True)
class Measure:
    """How bad each text is (N,), the words that say so, and the score of several texts together, in percent."""

    badness: NDArray[np.float64]
    said: Sequence[str]
    name: str
    meaning: str
    of: Callable[[NDArray[np.intp]], float]


def writing(record: Record, rows: Sequence[Row], worst: int, width: int) -> Iterator[str]:
    """Yield the shares of exact and empty texts, scores by length, the most frequent wrong edits and the worst texts.

    Pronunciations are measured in edits of phones, answers that have to match exactly in edits of characters, all
    others by chrF.
    """
    names = [metric.name for metric in record.metrics]
    noun, units = ("phones", str.split) if {"per", "wer"} & {*names} else ("characters", _characters)
    edited = noun == "phones" or names[:1] == ["exact_match"]
    measure = _edits(rows, noun, units) if edited else _chrf(rows)
    exact = np.array([equals_any(row["prediction"], row["target"]) for row in rows])
    yield from _summary(rows, exact, units)
    yield from ("", f"Scores by length of the target (%; {measure.meaning})")
    yield from table(
        "rrrr",
        [noun, "n", "exact", measure.name],
        [
            [length, f"{len(places):,}", f"{100 * exact[places].mean():.1f}", f"{measure.of(places):.1f}"]
            for length, places in buckets([len(units(row["target"][0])) for row in rows])
        ],
        width,
    )
    if edited:
        yield from _wrong_edits(rows, noun, units, worst, width)
    order = np.argsort(-measure.badness, kind="stable").tolist()
    yield from _worst(rows, measure, [place for place in order if not exact[place]][:worst], width)


def _characters(text: str) -> list[str]:
    return list(" ".join(text.split()))


def _edits(rows: Sequence[Row], noun: str, units: Units) -> Measure:
    found = [nearest(units(row["prediction"]), [units(answer) for answer in row["target"]]) for row in rows]
    wrong, sizes = np.array([n for n, _ in found]), np.array([len(answer) for _, answer in found])
    return Measure(
        wrong / np.maximum(sizes, 1),
        [f"{n} edits to the nearest answer, of {size} {noun}" for n, size in zip(wrong, sizes, strict=True)],
        "edits",
        f"edits to the nearest answer over its {noun}",
        lambda places: 100 * float(wrong[places].sum() / max(1, sizes[places].sum())),
    )


def _chrf(rows: Sequence[Row]) -> Measure:
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    values = np.array([metric.sentence_score(row["prediction"], row["target"]).score for row in rows])
    return Measure(
        -values,
        [f"chrF {value:.1f}" for value in values],
        "chrF",
        "chrF as the mean of single texts",
        lambda places: float(values[places].mean()),
    )


def _summary(rows: Sequence[Row], exact: NDArray[np.bool_], units: Units) -> Iterator[str]:
    written = np.array([len(units(row["prediction"])) for row in rows])
    longest = np.array([max(len(units(answer)) for answer in row["target"]) for row in rows])
    for name, counted, what in (
        ("exact", exact, "equal to a right answer"),
        ("empty", written == 0, "without anything"),
        ("long", written > 2 * longest, "more than twice as long as the longest right answer"),
    ):
        yield f"{name:<10} {counted.sum():,} of {len(rows):,} ({100 * counted.mean():.1f} %) {what}"
    if cut := sum(not row.get("finished", True) for row in rows):
        yield f"{'cut':<10} {cut:,} of {len(rows):,} ({100 * cut / len(rows):.1f} %) at head.max_length, before an end"


def _wrong_edits(rows: Sequence[Row], noun: str, units: Units, worst: int, width: int) -> Iterator[str]:
    counts: Counter[tuple[str | None, str | None]] = Counter()
    for row in rows:
        prediction = units(row["prediction"])
        _, answer = nearest(prediction, [units(answer) for answer in row["target"]])
        counts.update(edits(answer, prediction))
    if counts:
        yield from ("", f"Most frequent wrong {noun}, with their share of all {counts.total():,} (%)")
        yield from table(
            "rrll",
            ["n", "share", "target", "prediction"],
            [
                [f"{n:,}", f"{100 * n / counts.total():.1f}", *("(none)" if unit is None else unit for unit in pair)]
                for pair, n in counts.most_common(worst)
            ],
            width,
        )


def _worst(rows: Sequence[Row], measure: Measure, places: Sequence[int], width: int) -> Iterator[str]:
    if places:
        yield from ("", "Worst texts")
    for place in places:
        row = rows[place]
        yield f"row {row['row']}: {measure.said[place]}"
        answers = [("target", answer) for answer in row["target"]]
        texts = [("text", row["text"])] if "text" in row else []
        for name, text in [*texts, *answers, ("prediction", row["prediction"])]:
            for number, line in enumerate(wrapped(plain(text) or "(empty)", width - 14, _LINES)):
                yield f"  {'' if number else name:<12}{line}".rstrip()
