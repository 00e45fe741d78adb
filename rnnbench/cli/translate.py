"""`rnnbench translate`: texts become other texts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench.cli.lines import read_lines
from rnnbench.cli.run_folder import find_run
from rnnbench.contracts import UsageError


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
    texts = iter(arguments.texts) if arguments.texts else read_lines(arguments.file or "-")
    predictor = load_searching(arguments)
    for place, text in enumerate(texts):
        if place == 0 and arguments.attention:
            _draw(predictor, text, Path(arguments.attention), arguments.beam)
        print_found(predictor, text, "text", arguments)
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
        if value is not None and value < low:
            raise UsageError(f"--{name.replace('_', '-')} {value}: expected at least {low}.")
    if arguments.beam is None and arguments.n_best > 1:
        arguments.beam = arguments.n_best
    if arguments.beam is not None and arguments.n_best > arguments.beam:
        raise UsageError(f"--n-best {arguments.n_best} is more than --beam {arguments.beam} follows; give a wider one.")
    folder = find_run(arguments.run)

    from rnnbench.pipeline.predict import load

    return load(folder)


def print_found(predictor: Any, value: Any, column: str, arguments: argparse.Namespace) -> None:
    """Print the best texts for one input."""
    (found,) = predictor.write([value], beam_size=arguments.beam, length_penalty=arguments.length_penalty)
    found = found[: arguments.n_best]
    if arguments.json:
        print(json.dumps({column: value, "found": found}, ensure_ascii=False))
        return
    for line in _lines(found):
        print(line)


def _lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in found:
        yield row["text"] if len(found) == 1 else f"{row['score']:.3f}\t{row['text']}"


def _draw(predictor: Any, text: str, path: Path, beam: int | None) -> None:
    from rnnbench.report.pictures import attention

    read, written, weights = predictor.attention(text, beam_size=beam)
    attention(read, written, weights.tolist(), path)
