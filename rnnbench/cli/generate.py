"""`rnnbench generate`: let a language model write."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rnnbench.cli.inputs import as_usage
from rnnbench.cli.run_folder import load_run
from rnnbench.contracts import UsageError


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
    _check(arguments)
    pieces = load_run(arguments.run).generate(
        arguments.prompt,
        length=arguments.length,
        temperature=arguments.temperature,
        top_k=arguments.top_k,
        top_p=arguments.top_p,
        seed=arguments.seed,
    )
    # The first piece before the prompt, so that a prompt that cannot be read is not printed as if it were.
    with as_usage():
        first = next(pieces, "")
    print(arguments.prompt + first, end="", flush=True)
    for piece in pieces:
        print(piece, end="", flush=True)
    print()
    return 0


def _check(arguments: argparse.Namespace) -> None:
    for name, low, high in (("length", 1, None), ("temperature", 0, None), ("top_k", 1, None), ("top_p", 0, 1)):
        value = getattr(arguments, name)
        # Written so that "nan", which is neither below nor above, is refused as well.
        if value is not None and not (low <= value and (high is None or value <= high)):
            bounds = f"at least {low}" if high is None else f"from {low} to {high}"
            raise UsageError(f"--{name.replace('_', '-')} {value}: expected a number {bounds}.")
