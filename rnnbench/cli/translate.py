"""`rnnbench translate`: texts become other texts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench.cli.inputs import Given, as_usage, chunks, read_lines, read_words
from rnnbench.cli.run_folder import load_run
from rnnbench.contracts import DataError, UsageError

Found = list[dict[str, Any]]
"""The best texts for an input, best first."""

_CHUNK = 256
"""Lines of a file that are read before any is translated."""


def main(words: Sequence[str]) -> int:
    """Print what a transduction run makes of each text."""
    parser = argparse.ArgumentParser(
        "rnnbench translate", description="What a transduction run makes of texts: translations, summaries, replies …"
    )
    add_search(parser)
    parser.add_argument("texts", nargs="*", help="texts; without them, lines of --file or of standard input")
    parser.add_argument("--file", help="a UTF-8 file with a text a line; - for standard input")
    parser.add_argument("--attention", metavar="PNG", help="a heat map of the first text's attention")
    arguments = parser.parse_intermixed_args(words)
    if arguments.texts and arguments.file:
        raise UsageError("translate: give texts or --file, not both.")
    given = read_words(arguments.texts) if arguments.texts else read_lines(arguments.file or "-")
    predictor = load_searching(arguments)
    # Who types wants each answer at once.
    size = _CHUNK if arguments.file not in (None, "-") else 1
    with as_usage():
        for number, chunk in enumerate(chunks(given, size)):
            if number == 0 and arguments.attention:
                _draw(predictor, chunk[0], Path(arguments.attention), arguments)
            for (_, text), found in zip(chunk, found_in(predictor, chunk, arguments), strict=True):
                print_found(text, found, "text", arguments)
    return 0


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add the run, and what a search can be told."""
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    parser.add_argument("--beam", type=int, metavar="N", help="texts that are followed at once (the run's own)")
    parser.add_argument("--n-best", type=int, default=1, metavar="N", help="texts to print of each (1)")
    parser.add_argument("--length-penalty", type=float, metavar="P", help="above 0 for longer texts (the run's own)")
    parser.add_argument("--json", action="store_true", help="one JSON document a line, with probabilities")


def load_searching(arguments: argparse.Namespace) -> Any:
    """Return the run's predictor; raises `UsageError` for numbers that make no sense."""
    for name, low in (("beam", 1), ("n_best", 1), ("length_penalty", 0)):
        value = getattr(arguments, name)
        # Written so that "nan", which is not below, is refused as well.
        if value is not None and not value >= low:
            raise UsageError(f"--{name.replace('_', '-')} {value}: expected at least {low}.")
    if arguments.beam is not None and arguments.n_best > arguments.beam:
        raise UsageError(f"--n-best {arguments.n_best} is more than --beam {arguments.beam} follows; give a wider one.")
    predictor = load_run(arguments.run)
    if arguments.beam is None:
        # The run's own, or a wider one for as many texts as are asked for.
        arguments.beam = max(arguments.n_best, getattr(predictor.network.head, "beam_size", 1))
    return predictor


def found_in(predictor: Any, given: Sequence[Given], arguments: argparse.Namespace) -> Iterator[Found]:
    """Yield the best texts for each input; where one cannot be read, those of all before it come first."""
    try:
        yield from _searched(predictor, given, arguments)
    except DataError:
        for item in given:
            yield from _searched(predictor, [item], arguments)


def print_found(value: Any, found: Found, column: str, arguments: argparse.Namespace) -> None:
    """Print the best texts for one input."""
    if arguments.json:
        print(json.dumps({column: value, "found": found}, ensure_ascii=False), flush=True)
        return
    for row in found:
        print(row["text"] if len(found) == 1 else f"{row['score']:.3f}\t{row['text']}", flush=True)


def _searched(predictor: Any, given: Sequence[Given], arguments: argparse.Namespace) -> Iterator[Found]:
    places, values = zip(*given, strict=True)
    written = predictor.write(values, places, beam_size=arguments.beam, length_penalty=arguments.length_penalty)
    return (found[: arguments.n_best] for found in written)


def _draw(predictor: Any, given: Given, path: Path, arguments: argparse.Namespace) -> None:
    from rnnbench.report.pictures import attention

    place, text = given
    read, written, weights = predictor.attention(
        text, place, beam_size=arguments.beam, length_penalty=arguments.length_penalty
    )
    attention(read, written, weights.tolist(), path)
