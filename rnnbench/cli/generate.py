"""`rnnbench generate`: let a language model write."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rnnbench.cli.inputs import as_usage
from rnnbench.cli.run_folder import load_run
from rnnbench.pipeline.limits import check_sampling


def main(words: Sequence[str]) -> int:
    """Print the prompt and what the language model writes after it, as it is written."""
    parser = argparse.ArgumentParser("rnnbench generate", description="Let a language model write.")
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    parser.add_argument("--prompt", default="", help="what stands before; it is printed, too")
    parser.add_argument("--length", type=int, default=500, help="tokens to write (500)")
    parser.add_argument(
        "--temperature", type=float, default=1.0, help="above 1 bolder, below 1 safer, 0 always the likeliest (1)"
    )
    parser.add_argument("--top-k", type=int, help="draw among this many likeliest tokens only")
    parser.add_argument("--top-p", type=float, help="draw among the fewest tokens that have this probability together")
    parser.add_argument("--seed", type=int, default=0, help="the same seed writes the same text (0)")
    arguments = parser.parse_intermixed_args(words)
    options = {name: getattr(arguments, name) for name in ("length", "temperature", "top_k", "top_p", "seed")}
    check_sampling(**options)
    predictor = load_run(arguments.run)
    with as_usage():
        pieces = predictor.generate(arguments.prompt, **options)
    print(arguments.prompt, end="", flush=True)
    for piece in pieces:
        print(piece, end="", flush=True)
    print()
    return 0
