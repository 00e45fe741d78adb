"""`rnnbench predict`: apply a finished run to new inputs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rnnbench.cli.inputs import Given, add_inputs, answer_each, as_json, given_inputs, parse_inputs, warn_if_unknown
from rnnbench.cli.run_folder import load_run

_CHUNK = 1024


def main(words: Sequence[str]) -> int:
    """Print a prediction for each input: given as words, or a line each from a file or standard input."""
    parser = argparse.ArgumentParser("rnnbench predict", description="Apply a finished run to new inputs.")
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    add_inputs(parser, "inputs", "texts, or image files")
    parser.add_argument("--json", action="store_true", help="one JSON document a line, with all that the head says")
    arguments = parse_inputs(parser, words)
    _predict(load_run(arguments.run), arguments)
    return 0


def _predict(predictor: Any, arguments: argparse.Namespace) -> None:
    column = predictor.info.columns[0]

    def predicted(given: Sequence[Given]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = predictor.predict([item.value for item in given], [item.place for item in given])
        return found

    for item, row in answer_each(given_inputs(arguments, column), _CHUNK, predicted):
        if row is not None:
            warn_if_unknown(predictor, item)
        if column == "words" and isinstance(item.value, str):
            item = replace(item, value=item.value.split())
        print(as_json(item, column, row) if arguments.json else _line(item.value, row))


def _line(value: Any, row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    shown = row["prediction"]
    if isinstance(shown, list):
        return " ".join(f"{word}/{tag}" for word, tag in zip(value, shown, strict=True))
    probability = f"\t{row['probability']:.3f}" if "probability" in row else ""
    shown = f"{shown:.6g}" if isinstance(shown, float) else shown
    return f"{shown}{probability}\t{value}"
