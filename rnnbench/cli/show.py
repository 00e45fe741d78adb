"""`rnnbench show`: one run, readable in a terminal."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence

from rnnbench.cli.run_folder import find_run, not_ended
from rnnbench.contracts import UsageError

_WORST = 10
_WIDTH = 100


def main(words: Sequence[str]) -> int:
    """Print a run's record; with --json the document itself, with --errors what the run gets wrong."""
    parser = argparse.ArgumentParser("rnnbench show", description="One run: metrics, settings, learning curve, errors.")
    parser.add_argument("run", help="a run's folder, its name, or the beginning of its key")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the record as it is")
    form.add_argument("--errors", action="store_true", help="print what the run gets wrong in its test split")
    parser.add_argument("--worst", type=int, metavar="N", help=f"with --errors: N examples of each kind ({_WORST})")
    arguments = parser.parse_intermixed_args(words)
    if arguments.worst is not None and (not arguments.errors or arguments.worst < 1):
        raise UsageError(
            f"show: --worst {arguments.worst}: expected how many errors to show, at least 1, and --errors."
        )
    folder = find_run(arguments.run)
    path = folder / "record.json"
    if not path.is_file():
        raise not_ended(folder)
    if arguments.json:
        print(path.read_text(encoding="utf-8"), end="")
        return 0
    from rnnbench.records.record import read

    if arguments.errors:
        from rnnbench.report.errors.render import render as render_errors

        # What is no terminal has no width of its own.
        width = shutil.get_terminal_size((_WIDTH, 0)).columns
        print(render_errors(read(path), folder, arguments.worst or _WORST, width))
        return 0
    from rnnbench.report.show import render
    from rnnbench.report.width import line_width

    print(render(read(path), folder, line_width()))
    return 0
