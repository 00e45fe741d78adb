"""One run's errors as text, task by task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rnnbench.records.record import Record
from rnnbench.report.errors.classification import classification
from rnnbench.report.errors.columns import cut
from rnnbench.report.errors.likelihood import likelihood
from rnnbench.report.errors.regression import regression
from rnnbench.report.errors.rows import Row, read_rows
from rnnbench.report.errors.spans import spans
from rnnbench.report.errors.tags import tags
from rnnbench.report.errors.writing import writing
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
    return "\n".join(cut(line, width) for line in (title(record), *errors(record, rows, worst, width)))
