"""`rnnbench quickstart`: the lecture's first comparison, from nothing to a leaderboard."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rnnbench.cli import board, collect, run
from rnnbench.report.figure import can_draw

SUITE = "quickstart"
RUNS = Path("runs")
PICTURE = RUNS / f"{SUITE}.svg"


def main(words: Sequence[str]) -> int:
    """Sweep the cells over names and word order, then print, write and draw the leaderboard."""
    parser = argparse.ArgumentParser(
        "rnnbench quickstart",
        description="Sweep cell=bow,cnn,rnn,lstm,gru over names (real) and bites (word order), print the "
        "leaderboard, write records and boards into results/, and where matplotlib is installed draw the runs as "
        f"{PICTURE}.",
    )
    parser.add_argument("words", nargs="*", metavar="key=value", help="changes to the sweep, e.g. seed=1,2,3")
    arguments = parser.parse_intermixed_args(words)
    code = run.main(["-m", f"experiment={SUITE}", *arguments.words])
    collect.collected([RUNS], Path("results"))
    board.main(["--suite", SUITE, "--from", "results/records", "--write", "results/leaderboards"])
    if can_draw():
        _draw()
    return code


def _draw() -> None:
    """Draw the boards of the runs here, if any went well: in the store there may be those of other machines."""
    from rnnbench.records.store import load
    from rnnbench.report.board import boards
    from rnnbench.report.board_plot import draw_boards

    found = [record for record in load(RUNS) if record.suite == SUITE and record.status == "ok"]
    if found:
        draw_boards(boards(found), PICTURE)
        print(f"drew {PICTURE}")
