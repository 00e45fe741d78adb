"""`rnnbench quickstart`: the lecture's first comparison, from nothing to a leaderboard."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rnnbench.cli import board, collect, run


def main(words: Sequence[str]) -> int:
    """Sweep the cells over names and word order, then print and write the leaderboard."""
    parser = argparse.ArgumentParser(
        "rnnbench quickstart",
        description="Sweep cell=bow,cnn,rnn,lstm,gru over names (real) and bites (word order), print the "
        "leaderboard, and write records and boards into results/.",
    )
    parser.add_argument("words", nargs="*", metavar="key=value", help="changes to the sweep, e.g. seed=1,2,3")
    arguments = parser.parse_intermixed_args(words)
    code = run.main(["-m", "experiment=quickstart", *arguments.words])
    collect.collected([Path("runs")], Path("results"))
    board.main(["--suite", "quickstart", "--from", "results/records", "--write", "results/leaderboards"])
    return code
