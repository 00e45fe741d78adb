"""`rnnbench translate`: texts become other texts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench.cli.inputs import (
    Given,
    add_inputs,
    answer_each,
    as_json,
    as_usage,
    given_inputs,
    parse_inputs,
    warn,
    warn_if_unknown,
)
from rnnbench.cli.run_folder import load_run
from rnnbench.contracts import UsageError, check_range
from rnnbench.pipeline.limits import check_search
from rnnbench.report.figure import picture_path

Found = list[dict[str, Any]]
"""The best texts for an input, best first."""

_CHUNK = 256
"""Inputs of a file that are read before any is answered."""


def main(words: Sequence[str]) -> int:
    """Print what a transduction run makes of each text."""
    parser = argparse.ArgumentParser(
        "rnnbench translate", description="What a transduction run makes of texts: translations, summaries, replies …"
    )
    add_search(parser)
    add_inputs(parser, "texts", "texts")
    parser.add_argument(
        "--attention", type=picture_path, metavar="FILE.png", help="a heat map of the first text's attention"
    )
    arguments = parse_inputs(parser, words)
    predictor = load_searching(arguments)
    undrawn = arguments.attention
    for item, found in answers(predictor, arguments):
        if undrawn and found is not None:
            _draw(predictor, item, undrawn, arguments)
            undrawn = None
        print_found(item, found, "text", arguments)
    return 0


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add the run, and what a search can be told."""
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    parser.add_argument("--beam", type=int, metavar="N", help="texts that are followed at once (the run's own)")
    parser.add_argument("--n-best", type=int, default=1, metavar="N", help="texts to print of each (1)")
    parser.add_argument("--length-penalty", type=float, metavar="P", help="above 0 for longer texts (the run's own)")
    parser.add_argument("--json", action="store_true", help="one JSON document a line, with probabilities")


def load_searching(arguments: argparse.Namespace) -> Any:
    """Return the run's predictor; raises `UsageError` for more texts than the beam follows."""
    check_range("--n-best", arguments.n_best, 1)
    check_search(beam_size=arguments.beam, length_penalty=arguments.length_penalty)
    if arguments.beam is not None and arguments.n_best > arguments.beam:
        raise UsageError(f"--n-best {arguments.n_best} is more than --beam {arguments.beam} follows; give a wider one.")
    predictor = load_run(arguments.run)
    if arguments.beam is None:
        # The run's own, or a wider one for as many texts as are asked for.
        arguments.beam = max(arguments.n_best, getattr(predictor.network.head, "beam_size", 1))
    return predictor


def answers(predictor: Any, arguments: argparse.Namespace) -> Iterator[tuple[Given, Found | None]]:
    """Yield the inputs that the arguments name, each with its best texts, or None where it cannot be read."""

    def searched(given: Sequence[Given]) -> list[Found]:
        values, places = [item.value for item in given], [item.place for item in given]
        written = predictor.write(values, places, beam_size=arguments.beam, length_penalty=arguments.length_penalty)
        return [found[: arguments.n_best] for found in written]

    # Who types wants each answer at once.
    size = _CHUNK if arguments.inputs or arguments.file not in (None, "-") else 1
    for item, found in answer_each(given_inputs(arguments, predictor.info.columns[0]), size, searched):
        if found is not None:
            warn_if_unknown(predictor, item)
            if not found[0]["finished"]:
                warn(f"{item.place}: what is written for it was cut off at the run's head.max_length.")
        yield item, found


def print_found(given: Given, found: Found | None, column: str, arguments: argparse.Namespace) -> None:
    """Print the best texts for one input; as many empty lines for one that cannot be read."""
    if arguments.json:
        print(as_json(given, column, {"found": found}), flush=True)
    elif found is None:
        print("\n" * (arguments.n_best - 1), flush=True)
    else:
        for row in found:
            print(row["text"] if len(found) == 1 else f"{row['score']:.3f}\t{row['text']}", flush=True)


def _draw(predictor: Any, given: Given, path: Path, arguments: argparse.Namespace) -> None:
    from rnnbench.report.attention_map import draw_attention

    read, written, weights = predictor.attention(
        given.value, given.place, beam_size=arguments.beam, length_penalty=arguments.length_penalty
    )
    with as_usage():
        draw_attention(read, written, weights.tolist(), path)
