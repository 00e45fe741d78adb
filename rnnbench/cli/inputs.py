"""What a command is given to work on: words of its own, or lines of a file or of standard input."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError, UsageError

Given = tuple[str, Any]
"""Where an input stands, as FILE:LINE or "input 1", and the input."""


def read_words(words: Sequence[str]) -> Iterator[Given]:
    """Yield the command's own words."""
    return ((f"input {number}", word) for number, word in enumerate(words, start=1))


def read_lines(name: str) -> Iterator[Given]:
    """Yield the lines of a file, - for standard input; raises `UsageError` with the line for one that is not UTF-8."""
    if name != "-" and not Path(name).is_file():
        raise UsageError(f"--file {name}: there is no such file; expected UTF-8 text, one example a line.")
    with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield f"{name}:{number}", line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise UsageError(f"{name}:{number}: not UTF-8; convert the file to UTF-8 first.") from None


def read_json_lines(name: str, columns: tuple[str, ...]) -> Iterator[Given]:
    """Yield from each line's JSON object the value of the first of `columns` it has, or a line's value as it is.

    Raises `UsageError` with the line for what is no JSON, or has none of the columns.
    """
    for place, line in read_lines(name):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{place}: no JSON ({error}); give one document a line.") from None
        if isinstance(value, dict):
            column = next((column for column in columns if column in value), None)
            if column is None:
                raise UsageError(
                    f"{place}: an object with {', '.join(value) or 'nothing'}; it needs {' or '.join(columns)}."
                )
            value = value[column]
        yield place, value


def chunks(given: Iterator[Given], size: int) -> Iterator[Sequence[Given]]:
    """Yield the inputs in chunks; where one cannot be read, those before it come first."""
    chunk: list[Given] = []
    try:
        for item in given:
            chunk.append(item)
            if len(chunk) == size:
                yield chunk
                chunk = []
    except UsageError:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


@contextlib.contextmanager
def as_usage() -> Iterator[None]:
    """Turn data that cannot be read into a mistake of the command: here it is what the command was given."""
    try:
        yield
    except DataError as error:
        raise UsageError(str(error)) from error
