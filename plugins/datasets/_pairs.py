"""Reading pairs of texts: from two files line by line, from columns, and from JSON Lines."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError, near_matches

from ._files import read_lines, read_text
from ._json_lines import check_characters, read_objects

Pair = tuple[str, str]
"""A source and a target."""

OBJECTS = (".jsonl", ".ndjson")
"""Endings of JSON Lines; all other tables are lines of columns between tabs."""


def read_files(source: Path, target: Path, encoding: str) -> Iterator[Pair]:
    """Yield the lines of two files that belong together; raises `DataError` for a line without its other side."""
    nothing = (0, "")
    for (number, left), (other, right) in zip_longest(
        read_lines(source, encoding), read_lines(target, encoding), fillvalue=nothing
    ):
        for file, beside, missing in ((source, target, not number), (target, source, not other)):
            if missing:
                line = max(number, other)
                raise DataError(
                    f"{file}:{line}: there is no such line, but {beside.name} has one: {(left or right)[:40]!r}; "
                    "give files with a line for each line."
                )
        yield _pair(f"{source}:{number}", left, f"{target}:{other}", right)


def read_table(file: Path | zipfile.Path, source: str, target: str, encoding: str) -> Iterator[Pair]:
    """Yield source and target of each row of tab-separated lines or JSON Lines.

    `source` and `target` are columns counted from 0, or their names in the first line; keys in JSON Lines, where the
    value of `target` may be a list of right answers. Raises `DataError` with file and line.
    """
    if Path(file.name).suffix in OBJECTS:
        yield from _read_objects(file, source, target)
    else:
        yield from _read_columns(file, source, target, encoding)


def _read_columns(file: Path | zipfile.Path, source: str, target: str, encoding: str) -> Iterator[Pair]:
    # Not read_lines, which strips the tab of an empty column.
    lines = [line.rstrip("\r").split("\t") for line in read_text(file, encoding).rstrip("\r\n").split("\n")]
    header = None if source.isdecimal() and target.isdecimal() else lines[0]
    places = [_place(f"{file}:1", name, header) for name in (source, target)]
    for number, cells in enumerate(lines, 1):
        if header is cells:
            continue
        where = f"{file}:{number}"
        if max(places) >= len(cells):
            raise DataError(
                f"{where}: expected a column {max(places)} after {max(places)} tabs, found {len(cells) - 1} tabs in "
                f"{'	'.join(cells)[:40]!r}; choose columns, counted from 0, with dataset.source and dataset.target."
            )
        left, right = (cells[place].strip() for place in places)
        yield _pair(where, left, where, right)


def _place(where: str, name: str, header: Sequence[str] | None) -> int:
    """Return which column is meant."""
    if name.isdecimal():
        return int(name)
    assert header is not None
    _check_known(where, name, header)
    return header.index(name)


def _read_objects(file: Path | zipfile.Path, source: str, target: str) -> Iterator[Pair]:
    for where, row in read_objects(file):
        for name in (source, target):
            _check_known(where, name, list(row))
        for right in answers(where, row[target]):
            yield _pair(where, row[source], where, right)


def answers(where: str, value: Any) -> list[Any]:
    """Return the values of a list that holds some, or of the single value there is."""
    if value == []:
        raise DataError(f"{where}: the list of right answers is empty; give at least one.")
    return value if isinstance(value, list) else [value]


def _check_known(where: str, name: str, columns: Sequence[str]) -> None:
    if name not in columns:
        raise DataError(
            f"{where}: there is no column {name}.{near_matches(name, columns)} The columns are {', '.join(columns)}; "
            "choose with dataset.source=NAME and dataset.target=NAME."
        )


def _pair(source_place: str, source: Any, target_place: str, target: Any) -> Pair:
    return _side("source", source_place, source), _side("target", target_place, target)


def _side(name: str, where: str, text: Any) -> str:
    if not isinstance(text, str):
        raise DataError(f"{where}: the {name} is {text!r}; expected a string.")
    if not text.strip():
        raise DataError(f"{where}: the {name} is empty; remove the pair.")
    check_characters(where, text)
    return text
