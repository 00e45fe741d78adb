"""The rows of predictions that a finished run left."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError, UsageError
from rnnbench.records.record import Record

Row = dict[str, Any]

_READ: dict[str, tuple[str, ...]] = {"language_modelling": ("nll", "tokens")}
"""What a row must have, by task; else its target and its prediction."""


def read_rows(record: Record, folder: Path) -> list[Row]:
    """Return the test split's rows; raises `UsageError` where a run has none, `DataError` if they are not the run's."""
    samples = record.samples.get("test")
    if samples is None or not samples.n:
        raise UsageError(
            f"{folder} has no predictions to look for errors in: its status is {record.status}"
            f"{f' ({record.reason})' if record.reason else ''}."
        )
    path = folder / samples.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}, the run's predictions, cannot be read ({error.strerror}); run it again with force=true."
        ) from error
    if hashlib.sha256(content).hexdigest() != samples.sha256:
        raise DataError(
            f"{path} has changed since the run ended (the record has another SHA-256); run it again with force=true."
        )
    rows = [json.loads(line) for line in content.splitlines()]
    wanted = _READ.get(record.what.task, ("target", "prediction"))
    for number, row in enumerate(rows, start=1):
        for name in wanted:
            if name not in row:
                raise DataError(f"{path}:{number} has no {name}, which --errors reads for {record.what.task}.")
    return rows
