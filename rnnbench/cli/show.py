"""`rnnbench show`: one run, readable in a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rnnbench.cli.run_folder import find_run
from rnnbench.contracts import UsageError


def main(words: Sequence[str]) -> int:
    """Print a run's record; with --json the document itself."""
    parser = argparse.ArgumentParser("rnnbench show", description="One run: metrics, settings, learning curve.")
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    parser.add_argument("--json", action="store_true", help="print the record as it is")
    arguments = parser.parse_intermixed_args(words)
    folder = find_run(arguments.run)
    path = folder / "record.json"
    if not path.is_file():
        raise UsageError(f"{folder} has no record.json: the run has not ended; run its command again to go on with it.")
    if arguments.json:
        print(path.read_text(encoding="utf-8"), end="")
        return 0
    from rnnbench.records.record import read
    from rnnbench.report.show import render

    print(render(read(path), folder))
    return 0
