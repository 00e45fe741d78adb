"""Lines of a file or of standard input, one input each."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError


def read_lines(name: str) -> Iterator[str]:
    """Yield the lines of a file, - for standard input; raises `DataError` with the line for one that is not UTF-8."""
    if name != "-" and not Path(name).is_file():
        raise DataError(f"--file {name}: there is no such file; expected UTF-8 text, one example a line.")
    with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise DataError(f"{name}:{number}: not UTF-8; convert the file to UTF-8 first.") from None


def read_json_lines(name: str, columns: tuple[str, ...]) -> Iterator[Any]:
    """Yield from each line's JSON object the value of the first of `columns` it has, or a line's value as it is.

    Raises `DataError` with the line for what is no JSON, or has none of the columns.
    """
    for number, line in enumerate(read_lines(name), start=1):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise DataError(f"{name}:{number}: no JSON ({error}); give one document a line.") from None
        if isinstance(value, dict):
            column = next((column for column in columns if column in value), None)
            if column is None:
                raise DataError(
                    f"{name}:{number}: an object with {', '.join(value) or 'nothing'}; it needs {' or '.join(columns)}."
                )
            value = value[column]
        yield value
