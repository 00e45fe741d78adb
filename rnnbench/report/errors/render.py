"""One run's errors as text, task by task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rnnbench.records.record import Record
from rnnbench.report.errors.classification import classification
from rnnbench.report.errors.likelihood import likelihood
from rnnbench.report.errors.regression import regression
from rnnbench.report.errors.rows import Row, read_rows
from rnnbench.report.errors.spans import spans
from rnnbench.report.errors.tags import tags
from rnnbench.report.errors.writing import writing
from rnnbench.report.paragraph import LABEL, wrap
from rnnbench.report.show import title

_TASKS: dict[str, Callable[[Record, Sequence[Row], int, int], Iterator[str]]] = {
    "classification": classification,
    "regression": regression,
    "tagging": tags,
    "language_modelling": likelihood,
    "transduction": writing,
    "captioning": writing,
}


def render(record: Record, folder: Path, worst: int, width: int) -> str:
    """Return what a run gets wrong in its test split, in lines of at most `width` cells, `worst` examples of each kind.

    Raises `UsageError` where the run has no predictions, `DataError` where they are not those it was scored by.
    """
    rows = read_rows(record, folder)
    # Tags that mark spans are scored as spans.
    marked = any(metric.name == "f1" for metric in record.metrics)
    errors = spans if record.what.task == "tagging" and marked else _TASKS[record.what.task]
    lines = (title(record), *errors(record, rows, worst, width))
    return "\n".join(piece for line in lines for piece in _wrapped(line, width))


def _wrapped(line: str, width: int) -> list[str]:
    """Return a sentence in lines, a line with a name before it below its content; columns fit the width already."""
    name = re.match(r"\S+ {2,}", line)
    return wrap(line, width, LABEL) if name and name.end() == LABEL else wrap(line, width)
