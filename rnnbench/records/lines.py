"""Files of one JSON document a line, appended and never changed.

A line counts once it ends in a newline. What a killed process left of a line is passed over by readers and cut off by
the next writer, with a warning.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import filelock

from rnnbench.contracts import DataError

_log = logging.getLogger(__name__)


def read_lines(file: Path) -> Iterator[tuple[str, str]]:
    """Yield where each line is, for messages, and its text; raises `DataError` for what cannot be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error
    *lines, rest = content.split(b"\n")
    if rest:
        _log.warning("%s ends in a line that was cut off; it is left out, and the next to write removes it.", file)
    for number, line in enumerate(lines, 1):
        where = f"{file} line {number}"
        try:
            yield where, line.decode()
        except UnicodeDecodeError as error:
            raise DataError(f"{where}: not UTF-8: {error}") from error


def append(file: Path, documents: Mapping[str, str], known: Callable[[], Iterable[str]]) -> int:
    """Append the documents, by id, that are not `known` to the file, and return how many those were.

    Several processes may append at once. Raises `DataError` for a disk that refuses.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(file.parent / f".{file.name}.lock"), file.open("a+b") as stream:
            _cut_half_line(stream.fileno(), file)
            there = set(known())
            lines = [text + "\n" for identity, text in documents.items() if identity not in there]
            stream.write("".join(lines).encode())
            stream.flush()
            os.fsync(stream.fileno())
            return len(lines)
    except OSError as error:
        raise DataError(f"cannot write the store {file}: {error.strerror or error}.") from error


def _cut_half_line(descriptor: int, file: Path) -> None:
    content = file.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        _log.warning("%s ended in a line that was cut off; its %d bytes were removed.", file, len(content) - whole)
        os.truncate(descriptor, whole)
