"""`rnnbench board`: leaderboards from records, on the terminal and as files."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import UsageError, near_matches
from rnnbench.report.figure import picture_path

if TYPE_CHECKING:
    from rnnbench.records.record import Record

PLACES = (Path("runs"), Path("results/records"))
"""Where records are looked for unless --from says otherwise."""


def main(words: Sequence[str]) -> int:
    """Print the boards of the records found, and write them with --write."""
    parser = argparse.ArgumentParser("rnnbench board", description="Leaderboards: a pure function of the records.")
    parser.add_argument(
        "--from", dest="places", action="append", type=Path, metavar="PATH",
        help="a folder of runs or a record store; may be given again (default: runs, and results/records)",
    )  # fmt: skip
    parser.add_argument("--suite", help="only the records of this suite")
    parser.add_argument("--testbed", metavar="NAME", help="only the records of this machine")
    parser.add_argument("--reference", default="rnn", metavar="CELL", help="the cell whose speed is 1 (default: rnn)")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write Markdown, CSV and JSON into this folder")
    parser.add_argument(
        "--picture", type=picture_path, metavar="FILE.svg", help="draw the boards (needs rnnbench[plot])"
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FILE.md",
        help="put the tables between <!-- board --> and <!-- /board --> of a file",
    )
    arguments = parser.parse_intermixed_args(words)
    show(_places(arguments.places), arguments)
    return 0


def show(places: Sequence[Path], arguments: argparse.Namespace) -> None:
    """Print and write the boards of the records in `places`."""
    from rnnbench.records.store import load
    from rnnbench.report.board import boards
    from rnnbench.report.files import write_boards, write_into
    from rnnbench.report.terminal import print_boards

    found = load(*places)
    if not found:
        where = ", ".join(str(place) for place in places)
        raise UsageError(f"there are no records in {where}; make some with rnnbench run, or name a folder with --from.")
    of_suite = _chosen(found, "suite", arguments.suite, lambda record: record.suite)
    records = _chosen(of_suite, "testbed", arguments.testbed, lambda record: record.testbed.fingerprint)
    made = boards(records, reference=arguments.reference)
    print_boards(made)
    if arguments.write:
        written = write_boards(made, arguments.write)
        print(f"wrote {len(written)} files into {arguments.write}")
    if arguments.into:
        write_into(made, arguments.into)
        print(f"put {len(made)} tables into {arguments.into}")
    if arguments.picture:
        from rnnbench.report.board_plot import draw_boards

        draw_boards(made, arguments.picture)
        print(f"drew {arguments.picture}")


def _chosen(records: Sequence[Record], option: str, value: str | None, of: Callable[[Record], str]) -> Sequence[Record]:
    """Return the records with the option's value; all if none was given."""
    chosen = [record for record in records if value in (None, of(record))]
    if not chosen:
        there = sorted({of(record) for record in records})
        near = near_matches(value or "", there)
        raise UsageError(f"--{option} {value}: no record has it.{near} There are: {', '.join(there)}.")
    return chosen


def _places(given: list[Path] | None) -> list[Path]:
    for place in given or ():
        if not place.exists():
            raise UsageError(f"--from {place}: there is no such file or folder.")
    return given or [place for place in PLACES if place.exists()] or list(PLACES)
