"""Which labels are taken for which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from rnnbench.report.errors.columns import plain, table
from rnnbench.statistics.classification import confusion_matrix
from rnnbench.statistics.spans import f1, precision, recall

_HEAD = 8
"""Labels of at most so many cells are the heads of the matrix's columns; else the rows are numbered."""
_REST = "rest"
_OFTEN = 3


def confusion(
    noun: str,
    known: Sequence[str],
    targets: Sequence[str],
    predictions: Sequence[str],
    worst: int,
    width: int,
    words: Sequence[str] | None = None,
) -> Iterator[str]:
    """Yield the matrix, the most frequent confusions (with the `words` that meet them), and the scores of each label.

    `known` are the labels in order; those that only occur come after them.
    """
    labels = list(dict.fromkeys([*known, *targets, *predictions]))
    index = {label: place for place, label in enumerate(labels)}
    counts = confusion_matrix([index[label] for label in targets], [index[label] for label in predictions], len(labels))
    yield from matrix(noun, labels, counts, width)
    yield from _pairs(noun, labels, counts, worst, width, _words(targets, predictions, words))
    right, predicted, true = np.diagonal(counts), counts.sum(axis=0), counts.sum(axis=1)
    yield from scores(noun, dict(zip(labels, np.stack([right, predicted, true], axis=1), strict=True)), width)


def scores(noun: str, counts: dict[str, NDArray[np.int64]], width: int) -> Iterator[str]:
    """Yield precision, recall and F1 from counts (3,) of [right, predicted, true] of each label, lowest F1 first."""
    met = {label: count for label, count in counts.items() if count.any()}
    yield from ("", f"Scores by {noun} (%), lowest F1 first")
    yield from table(
        "lrrrrr",
        [noun, "n", "predicted", "precision", "recall", "F1"],
        [
            [label, f"{true:,}", f"{predicted:,}", *(f"{100 * float(of(count)):.1f}" for of in (precision, recall, f1))]
            for label, count in sorted(met.items(), key=lambda item: (float(f1(item[1])), -item[1][2]))
            for _, predicted, true in [count]
        ],
        width,
    )
    if len(met) < len(counts):
        yield f"{len(counts) - len(met)} more neither occur in the test split nor are predicted."


def matrix(noun: str, labels: Sequence[str], counts: NDArray[np.int64], width: int) -> Iterator[str]:
    """Yield the matrix of all labels, or, where they do not fit, of the most confused ones and of the rest as one."""
    longest = max(map(cell_len, labels))
    numbered = longest > _HEAD
    cell = max(len(_REST), 0 if numbered else longest, len(f"{counts.sum(axis=1).max():,}"))
    # A third of the line is for the labels and their numbers, where they need it.
    room = (width - min(width // 3, longest + 4)) // (cell + 2)
    shown, title = list(range(len(labels))), f"{len(labels)}"
    if len(labels) > room:
        wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diagonal(counts)
        shown = np.argsort(-wrong, kind="stable")[: max(1, room - 1)].tolist()
        title = f"the {len(shown)} most confused of {len(labels)}"
        counts = _grouped(counts, shown)
    names = [plain(labels[place]) for place in shown]
    heads = [str(number) for number in range(1, len(names) + 1)] if numbered else names
    if numbered:
        names = [f"{head} {name}" for head, name in zip(heads, names, strict=True)]
    rest = [_REST] * (len(counts) - len(shown))
    yield from ("", f"Confusion: target down, prediction across, {title} {noun}{'es' if noun.endswith('s') else 's'}")
    yield from table(
        "l" + "r" * len(counts),
        ["", *heads, *rest],
        [
            [name, *(f"{n:,}" if n else "." for n in row)]
            for name, row in zip([*names, *rest], counts.tolist(), strict=True)
        ],
        width,
    )


def _grouped(counts: NDArray[np.int64], shown: Sequence[int]) -> NDArray[np.int64]:
    """Return the counts of the labels shown, in their order, and of all others together as a last one."""
    group = np.full(len(counts), len(shown))
    group[shown] = np.arange(len(shown))
    together = np.zeros((len(shown) + 1, len(shown) + 1), dtype=np.int64)
    np.add.at(together, (group[:, None], group[None, :]), counts)
    return together


def _pairs(
    noun: str,
    labels: Sequence[str],
    counts: NDArray[np.int64],
    worst: int,
    width: int,
    words: dict[tuple[str, str], Counter[str]],
) -> Iterator[str]:
    wrong = counts - np.diag(np.diagonal(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:worst]
    rows = []
    for target, prediction in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if n := int(wrong[target, prediction]):
            pair = (labels[target], labels[prediction])
            often = ", ".join(word for word, _ in words[pair].most_common(_OFTEN))
            rows.append([f"{n:,}", f"{100 * n / counts[target].sum():.1f}", *pair, often])
    if rows:
        yield from ("", "Most frequent confusions, with their share of the target (%)")
        yield from table("rrlll", ["n", "share", "target", "prediction", "often"], rows, width)


def _words(
    targets: Sequence[str], predictions: Sequence[str], words: Sequence[str] | None
) -> dict[tuple[str, str], Counter[str]]:
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for target, prediction, word in zip(targets, predictions, words or (), strict=False):
        found[target, prediction][word] += 1
    return found
