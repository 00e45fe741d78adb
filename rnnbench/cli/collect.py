"""`rnnbench collect`: add finished runs to the append-only store in results/."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rnnbench.contracts import UsageError


def main(words: Sequence[str]) -> int:
    """Append the records of the runs that the store does not hold yet."""
    parser = argparse.ArgumentParser("rnnbench collect", description="Add finished runs to the record store.")
    parser.add_argument("runs", nargs="*", type=Path, default=[Path("runs")], help="folders of runs (default: runs)")
    parser.add_argument("--into", type=Path, default=Path("results"), metavar="DIR", help="the folder of the store")
    arguments = parser.parse_intermixed_args(words)
    for folder in arguments.runs:
        if not folder.is_dir():
            raise UsageError(f"collect {folder}: there is no such folder; expected one that holds runs.")
    print(f"added {collected(arguments.runs, arguments.into)} records to {arguments.into}/records")
    return 0


def collected(runs: Sequence[Path], results: Path) -> int:
    """Collect the runs into the store and return how many records were new."""
    from rnnbench.records.store import collect

    return collect(runs, results)
