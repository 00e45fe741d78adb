"""Error rates against the nearest right answer, and the share of exact matches."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np

from rnnbench.contracts import TOO_LOW, Score
from rnnbench.statistics.intervals import bootstrap_mean, bootstrap_sums
from rnnbench.statistics.words import OF_TOKENIZED, look_tokenized

T = TypeVar("T", bound=Hashable)


def equals_any(prediction: str, references: Sequence[str]) -> bool:
    """Return whether a text equals one of the references; only the width of white space may differ."""
    return prediction.split() in map(str.split, references)


def exact_match(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> Score:
    """Return the share of predictions that equal any of their references, as `equals_any` judges it.

    The signature says so if the references look tokenized: no tokenizer of words gives their spaces back.
    """
    right = list(map(equals_any, predictions, references))
    return Score(
        name="exact_match",
        value=float(np.mean(right)),
        n=len(right),
        ci95=bootstrap_mean(right),
        signature="equal to any reference; percentile bootstrap over examples"
        + (f"; {TOO_LOW} {OF_TOKENIZED}" if look_tokenized(references) else ""),
    )


def wer(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> Score:
    """Return the word error rate of pronunciations: the share of words whose prediction equals no reference.

    An example is a word, whatever the number of its pronunciations, as in Yao and Zweig 2015.
    """
    wrong = [not right for right in map(equals_any, predictions, references)]
    return Score(
        name="wer",
        value=float(np.mean(wrong)),
        n=len(wrong),
        ci95=bootstrap_mean(wrong),
        signature="share of words unequal to every reference; percentile bootstrap over words",
    )


def per(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> Score:
    """Return the phone error rate: edits over phones of the best-matching references; phones stand between spaces.

    That reference has the fewest edits and, of several such, the most phones. `n` is the number of its phones.
    """
    counts = np.asarray(
        [
            (edited, len(answer))
            for prediction, answers in zip(predictions, references, strict=True)
            for edited, answer in [nearest(prediction.split(), [reference.split() for reference in answers])]
        ]
    )
    wrong, phones = counts.sum(axis=0)
    return Score(
        name="per",
        value=float(wrong / phones),
        n=int(phones),
        ci95=bootstrap_sums(counts, lambda totals: np.asarray(totals[:, 0] / totals[:, 1])),
        signature="edits / phones of the best-matching reference; percentile bootstrap over words",
    )


def distance(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many insertions, deletions and substitutions lead from one sequence to the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]


def nearest(prediction: Sequence[T], answers: Sequence[Sequence[T]]) -> tuple[int, Sequence[T]]:
    """Return the fewest edits that lead to an answer, and that answer: of several such, the longest."""
    found = ((distance(prediction, answer), answer) for answer in answers)
    return min(found, key=lambda pair: (pair[0], -len(pair[1])))


def edits(one: Sequence[T], other: Sequence[T]) -> list[tuple[T | None, T | None]]:
    """Return `distance` edits that lead from one sequence to the other, in order: what was, and what it becomes.

    None stands for nothing: before an insertion, after a deletion. Where there is a choice, substitutions come first.
    """
    table = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            row.append(min(table[-1][j] + 1, row[-1] + 1, table[-1][j - 1] + (left != right)))
        table.append(row)
    found: list[tuple[T | None, T | None]] = []
    i, j = len(one), len(other)
    while i or j:
        if i and table[i][j] == table[i - 1][j] + 1:
            i -= 1
            found.append((one[i], None))
        elif j and table[i][j] == table[i][j - 1] + 1:
            j -= 1
            found.append((None, other[j]))
        else:
            i, j = i - 1, j - 1
            if one[i] != other[j]:
                found.append((one[i], other[j]))
    return found[::-1]
