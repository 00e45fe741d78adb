"""`rnnbench predict`: apply a finished run to new text."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rnnbench.cli.run_folder import find_run
from rnnbench.contracts import DataError, UsageError

_CHUNK = 1024


def main(words: Sequence[str]) -> int:
    """Print a prediction for each text: given as words, or a line each from a file or standard input."""
    parser = argparse.ArgumentParser("rnnbench predict", description="Apply a finished run to new text.")
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    parser.add_argument("texts", nargs="*", help="texts; without them, lines of --file or of standard input")
    parser.add_argument("--file", help="a UTF-8 file with a text a line; - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON document a line, with all that the head says")
    arguments = parser.parse_intermixed_args(words)
    if arguments.texts and arguments.file:
        raise UsageError("predict: give texts or --file, not both.")
    folder = find_run(arguments.run)
    texts = iter(arguments.texts) if arguments.texts else _lines(arguments.file or "-")
    _predict(folder, texts, arguments.json)
    return 0


def _predict(folder: Path, texts: Iterator[str], as_json: bool) -> None:
    from rnnbench.pipeline.predict import load

    predictor = load(folder)
    while chunk := list(islice(texts, _CHUNK)):
        for text, row in zip(chunk, predictor.predict(chunk), strict=True):
            print(json.dumps({"text": text, **row}, ensure_ascii=False) if as_json else _line(text, row))


def _line(text: str, row: dict[str, Any]) -> str:
    probability = f"\t{row['probability']:.3f}" if "probability" in row else ""
    return f"{row['prediction']}{probability}\t{text}"


def _lines(name: str) -> Iterator[str]:
    """Yield the lines of a file; the line number stands in the message for one that is not UTF-8."""
    if name != "-" and not Path(name).is_file():
        raise DataError(f"--file {name}: there is no such file; expected UTF-8 text, one example a line.")
    with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise DataError(f"{name}:{number}: not UTF-8; convert the file to UTF-8 first.") from None
