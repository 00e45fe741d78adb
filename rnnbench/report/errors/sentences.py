"""Sentences with their tags below their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnbench.report.errors.columns import aligned
from rnnbench.report.errors.rows import Row


def sentences(rows: Sequence[Row], wrong: Sequence[int], noun: str, worst: int, width: int) -> Iterator[str]:
    """Yield the sentences with the most that is `wrong`, their tags below their words."""
    chosen = [place for place in np.argsort(-np.asarray(wrong), kind="stable")[:worst].tolist() if wrong[place]]
    if chosen:
        yield from ("", f"Sentences with the most wrong {noun}s")
    for place in chosen:
        row = rows[place]
        yield f"row {row['row']}: {wrong[place]} wrong {noun}{'s' if wrong[place] > 1 else ''}"
        names = ("words", "target", "prediction")
        yield from aligned([row[name] for name in names], [f"  {name}" for name in names], width)
