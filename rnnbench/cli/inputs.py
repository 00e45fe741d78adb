"""What a command is given to work on: words of its own, or lines of a file or of standard input."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from rnnbench.contracts import INPUTS, DataError, UsageError


@dataclass(frozen=True)
class Given:
    """An input, and where it stands: FILE:LINE, or "input 1"; `problem` says why there is none."""

    place: str
    value: Any = None
    problem: str = ""


_ANSWERS = {
    "transduction": "what is written for it",
    "classification": "the label it gets",
    "regression": "the number it gets",
}
"""What is predicted for a whole text, by task."""

Answer = Callable[[Sequence[Given]], list[Any]]
"""From inputs to an answer each; raises `DataError` if one of them cannot be read."""


def add_inputs(parser: argparse.ArgumentParser, name: str, what: str) -> None:
    """Add the ways to give inputs: words, which the usage calls `name` and the help `what`, a file, or JSON."""
    parser.add_argument("inputs", nargs="*", metavar=name, help=f"{what}; without them, lines of --file or of stdin")
    parser.add_argument("--file", help="a UTF-8 file with an input a line; - for standard input")
    parser.add_argument(
        "--json-in",
        action="store_true",
        help="inputs are JSON: a text, a list of words or vectors, or an object of one",
    )


def parse_inputs(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments; raises `UsageError` for inputs from two places, and for a file that is not there."""
    arguments = parser.parse_intermixed_args(words)
    name = arguments.file
    if arguments.inputs and name:
        raise UsageError(f"{parser.prog.rpartition(' ')[2]}: give inputs or --file, not both.")
    if name not in (None, "-") and not Path(name).is_file():
        raise UsageError(f"--file {name}: there is no such file; expected UTF-8 text, one example a line.")
    return arguments


def given_inputs(arguments: argparse.Namespace, column: str) -> Iterator[Given]:
    """Yield what the arguments name; of a JSON object the value of the run's own `column`, or of another."""
    given = _words(arguments.inputs) if arguments.inputs else _lines(arguments.file or "-")
    columns = tuple(dict.fromkeys((column, *INPUTS.values())))
    return (_from_json(item, columns) for item in given) if arguments.json_in else given


def answer_each(given: Iterator[Given], size: int, answer: Answer) -> Iterator[tuple[Given, Any]]:
    """Yield each input with its answer, `size` of them at a time.

    One that cannot be read is named on standard error; it has a `problem`, and None in place of an answer. Raises
    `DataError` after the last if there were such.
    """
    failed = total = 0
    while chunk := list(islice(given, size)):
        for item, found in _answered(chunk, answer):
            total += 1
            if item.problem:
                failed += 1
                warn(item.problem)
            yield item, found
    if failed:
        raise DataError(f"{failed} of {total} inputs could not be read; fix what is named above.")


def warn(sentence: str) -> None:
    """Write a sentence to standard error, as the command writes its errors."""
    print(f"rnnbench: {sentence}", file=sys.stderr, flush=True)


def warn_if_unknown(predictor: Any, given: Given) -> None:
    """Say so where an answer rests on a text with no letter or digit that the run's training showed."""
    answer = _ANSWERS.get(predictor.info.task)
    if answer and predictor.info.columns[0] == "text" and (unknown := predictor.unknown(given.value)):
        warn(
            f"{given.place}: the training texts showed nothing of {given.value[:40]!r} "
            f"({', '.join(piece for piece in unknown if piece.strip())}); {answer} is a guess."
        )


def as_json(given: Given, column: str, found: dict[str, Any]) -> str:
    """Return an input and what was found as a JSON document, or an input that cannot be read and why."""
    value = {} if given.value is None else {column: given.value}
    return json.dumps({**value, **({"error": given.problem} if given.problem else found)}, ensure_ascii=False)


@contextlib.contextmanager
def as_usage() -> Iterator[None]:
    """Turn data that cannot be read into a mistake of the command: here it is what the command was given."""
    try:
        yield
    except DataError as error:
        raise UsageError(str(error)) from error


def _words(words: Sequence[str]) -> Iterator[Given]:
    return (Given(f"input {number}", word) for number, word in enumerate(words, start=1))


def _lines(name: str) -> Iterator[Given]:
    with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            place = f"{name}:{number}"
            try:
                # A mark of the byte order is no part of the first line.
                yield Given(place, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n"))
            except UnicodeDecodeError:
                yield Given(place, problem=f"{place}: not UTF-8; convert the file to UTF-8 first.")


def _from_json(given: Given, columns: tuple[str, ...]) -> Given:
    """Return a JSON document as an input, of an object the value of the first of `columns` that it has."""
    if given.problem:
        return given
    place = given.place
    try:
        value = json.loads(given.value)
    except ValueError as error:
        return Given(place, problem=f"{place}: no JSON ({error}); give one document a line.")
    if not isinstance(value, dict):
        return Given(place, value)
    column = next((column for column in columns if column in value), None)
    if column is None:
        has, needs = ", ".join(value) or "nothing", " or ".join(columns)
        return Given(place, problem=f"{place}: an object with {has}; it needs {needs}.")
    return Given(place, value[column])


def _answered(given: Sequence[Given], answer: Answer) -> Iterator[tuple[Given, Any]]:
    answers = _halved([item for item in given if not item.problem], answer)
    for item in given:
        yield (item, None) if item.problem else next(answers)


def _halved(given: Sequence[Given], answer: Answer) -> Iterator[tuple[Given, Any]]:
    """Yield inputs with their answers, cut in halves as long as there is one among them that cannot be read."""
    try:
        found = answer(given) if given else []
    except DataError as error:
        if len(given) == 1:
            yield replace(given[0], problem=str(error)), None
            return
        middle = len(given) // 2
        yield from _halved(given[:middle], answer)
        yield from _halved(given[middle:], answer)
        return
    yield from zip(given, found, strict=True)
