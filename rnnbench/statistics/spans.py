"""Scores of spans that tags mark, all of them functions of counts.

Counts are arrays (..., 3) of [right, predicted, true] spans. A predicted span is right where one of the same type
begins and ends at the same words; precision, recall and F1 are over the spans of all types together (micro-averaged).

What an I is that no span precedes depends on the convention:

* strict, as of seqeval with `mode="strict", scheme=IOB2`: it belongs to no span,
* conlleval, as of the CoNLL shared tasks' script and seqeval's default mode: it begins one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from seqeval.scheme import IOB2, Tokens

from rnnbench.statistics.schemes import to_iob2

Convention = Literal["strict", "conlleval"]
Span = tuple[str, int, int]
"""Type, first word, and the word after the last."""


def spans(tags: Sequence[str], convention: Convention = "strict") -> set[Span]:
    """Return the spans of a sentence's IOB2 tags."""
    # Read as IOB1, an I without a span before it begins one.
    read = list(tags) if convention == "strict" else to_iob2(tags, "IOB1")
    return {(entity.tag, entity.start, entity.end) for entity in Tokens(read, IOB2).entities}


def span_counts(
    target: Sequence[Sequence[str]], prediction: Sequence[Sequence[str]], convention: Convention = "strict"
) -> NDArray[np.int64]:
    """Return the counts (N, 3) of each of N sentences, from the IOB2 tags of its words.

    Raises `ValueError` for no sentences, and for a sentence whose target and prediction differ in length.
    """
    counts = [
        (len(true & predicted), len(predicted), len(true))
        for true, predicted in _pairs_of_spans(target, prediction, convention)
    ]
    return np.array(counts, dtype=np.int64)


def span_counts_by_type(
    target: Sequence[Sequence[str]], prediction: Sequence[Sequence[str]], convention: Convention = "strict"
) -> dict[str, NDArray[np.int64]]:
    """Return the counts (3,) of each type of span over all sentences, types in order; raises as `span_counts`."""
    counts: dict[str, NDArray[np.int64]] = {}
    for true, predicted in _pairs_of_spans(target, prediction, convention):
        for place, found in enumerate((true & predicted, predicted, true)):
            for kind, _, _ in found:
                counts.setdefault(kind, np.zeros(3, dtype=np.int64))[place] += 1
    return dict(sorted(counts.items()))


def precision(counts: ArrayLike) -> NDArray[Any]:
    """Return the share of predicted spans that are right, 0 where none is predicted."""
    right, predicted, _ = _columns(counts)
    return np.asarray(right / np.maximum(predicted, 1))


def recall(counts: ArrayLike) -> NDArray[Any]:
    """Return the share of true spans that are predicted, 0 where there is none."""
    right, _, true = _columns(counts)
    return np.asarray(right / np.maximum(true, 1))


def f1(counts: ArrayLike) -> NDArray[Any]:
    """Return the harmonic mean of precision and recall, 0 where there are no spans at all."""
    right, predicted, true = _columns(counts)
    return np.asarray(2 * right / np.maximum(predicted + true, 1))


def _columns(counts: ArrayLike) -> NDArray[Any]:
    return np.moveaxis(np.asarray(counts), -1, 0)


def _pairs_of_spans(
    target: Sequence[Sequence[str]], prediction: Sequence[Sequence[str]], convention: Convention
) -> list[tuple[set[Span], set[Span]]]:
    if not len(target) or [len(tags) for tags in target] != [len(tags) for tags in prediction]:
        raise ValueError("targets and predictions should be tags of the same sentences, not none, word by word")
    return [
        (spans(true, convention), spans(predicted, convention))
        for true, predicted in zip(target, prediction, strict=True)
    ]
