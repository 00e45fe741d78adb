"""`rnnbench predict`: apply a finished run to new inputs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

from rnnbench.cli.inputs import Given, as_usage, chunks, read_json_lines, read_lines, read_words
from rnnbench.cli.run_folder import load_run
from rnnbench.contracts import INPUTS, DataError, UsageError

_CHUNK = 1024


def main(words: Sequence[str]) -> int:
    """Print a prediction for each input: given as words, or a line each from a file or standard input."""
    parser = argparse.ArgumentParser("rnnbench predict", description="Apply a finished run to new inputs.")
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    parser.add_argument("inputs", nargs="*", help="texts, or image files; without them, lines of --file or of stdin")
    parser.add_argument("--file", help="a UTF-8 file with an input a line; - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON document a line, with all that the head says")
    parser.add_argument(
        "--json-in", action="store_true", help="lines are JSON: a text, a list of words or vectors, or an object of one"
    )
    arguments = parser.parse_intermixed_args(words)
    if arguments.inputs and arguments.file:
        raise UsageError("predict: give inputs or --file, not both.")
    given: Iterator[Given]
    if arguments.inputs:
        given = read_words(arguments.inputs)
    elif arguments.json_in:
        given = read_json_lines(arguments.file or "-", tuple(INPUTS.values()))
    else:
        given = read_lines(arguments.file or "-")
    _predict(load_run(arguments.run), given, arguments.json)
    return 0


def _predict(predictor: Any, given: Iterator[Given], as_json: bool) -> None:
    column = predictor.info.columns[0]
    with as_usage():
        for chunk in chunks(given, _CHUNK):
            for (_, value), row in zip(chunk, _rows(predictor, chunk), strict=True):
                if column == "words" and isinstance(value, str):
                    value = value.split()
                print(json.dumps({column: value, **row}, ensure_ascii=False) if as_json else _line(value, row))


def _rows(predictor: Any, chunk: Sequence[Given]) -> Iterator[dict[str, Any]]:
    """Yield the predictions; where an input cannot be read, those of all before it come first."""
    try:
        yield from _predicted(predictor, chunk)
    except DataError:
        for item in chunk:
            yield from _predicted(predictor, [item])


def _predicted(predictor: Any, chunk: Sequence[Given]) -> list[dict[str, Any]]:
    places, values = zip(*chunk, strict=True)
    found: list[dict[str, Any]] = predictor.predict(values, places)
    return found


def _line(value: Any, row: dict[str, Any]) -> str:
    shown = row["prediction"]
    if isinstance(shown, list):
        return " ".join(f"{word}/{tag}" for word, tag in zip(value, shown, strict=True))
    probability = f"\t{row['probability']:.3f}" if "probability" in row else ""
    shown = f"{shown:.6g}" if isinstance(shown, float) else shown
    return f"{shown}{probability}\t{value}"
