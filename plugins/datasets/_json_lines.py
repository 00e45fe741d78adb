"""Reading JSON Lines."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError

from ._files import read_lines


def read_objects(file: Path | zipfile.Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the object on each line with its place, "file:line"; raises `DataError` for a line that is none."""
    for number, line in read_lines(file, "utf-8"):
        where = f"{file}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{where}: not valid JSON ({error}); fix the line.") from error
        if not isinstance(row, dict):
            raise DataError(f"{where}: expected a JSON object, found {line[:40]}.")
        yield where, row


def check_characters(where: str, text: str) -> None:
    """Raise `DataError` for a text with half a surrogate pair, which JSON can write and no encoding can."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError(f"{where}: half a surrogate pair (\\ud800 to \\udfff) is no character; remove it.")
