"""`rnnbench throughput`: what a cell costs in each way it can be run, measured side by side."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from rnnbench.cli.plugins import add_plugins, use_plugins
from rnnbench.contracts import UsageError
from rnnbench.records.throughput import Row
from rnnbench.report.figure import picture_path
from rnnbench.throughput.case import CANDIDATES, LENGTHS, MODES
from rnnbench.throughput.request import DEFAULTS, Request, read_request
from rnnbench.throughput.suites import SUITES

_EPILOG = f"""\
what can be set, several values with commas between them:
  cell=       recurrent cells (rnnbench list cells); cell.activation=relu sets one of their parameters
  shape=      sequences x steps x hidden size, e.g. 32x64x256; or a suite= of shapes: {", ".join(SUITES)}
  mode=       {", ".join(MODES)}
  backend=    {", ".join(CANDIDATES)};
              unless given, all that take float32 on the CPU
  lengths=    {", ".join(LENGTHS)} (from 1 to T; padding is not counted)
  threads=    of the libraries
  seconds=    for each row

defaults: {" ".join(f"{key}={value}" for key, value in DEFAULTS.items() if value)}

A row has a speed only if its outputs, and in training all its gradients, equal the plain loop's in the same run.

examples:
  rnnbench throughput cell=gru,lstm shape=1x64x256,32x64x256 mode=train
  rnnbench throughput cell=my_cell --plugins my_plugins
  rnnbench throughput suite=grid cell=gru --json --save
  rnnbench throughput --from results/throughput
"""

_IDLE = {
    "from": ("plugins", "save", "show_source", "show_triton"),
    "show_source": ("json", "plot", "save", "show_triton"),
    "show_triton": ("json", "plot", "save"),
}
"""Options with which nothing is measured, and others that would then do nothing."""


def main(words: Sequence[str]) -> int:
    """Measure and print; exit code 1 if a row gave wrong numbers or failed."""
    parser = argparse.ArgumentParser(
        "rnnbench throughput", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("words", nargs="*", metavar="key=value", help="what to measure")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument(
        "--plot", type=picture_path, metavar="FILE.svg", help="draw the cost of a step (needs rnnbench[plot])"
    )
    parser.add_argument("--save", action="store_true", help="append the rows to results/throughput")
    parser.add_argument("--from", type=Path, metavar="PATH", help="show what was saved; measure nothing")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="write what --from names as Markdown")
    parser.add_argument("--show-source", action="store_true", help="print the fused C of the cells; measure nothing")
    parser.add_argument("--show-triton", action="store_true", help="print their kernels for CUDA; measure nothing")
    add_plugins(parser)
    arguments = parser.parse_intermixed_args(words)
    _refuse_idle(arguments)
    if vars(arguments)["from"]:
        return _show_saved(arguments)
    if arguments.write:
        raise UsageError("--write makes a document of what was saved; name it with --from, e.g. results/throughput.")
    use_plugins(arguments.plugins)
    request = read_request(arguments.words)
    _quieten(request)
    if arguments.show_source or arguments.show_triton:
        return _show_source(request, "triton" if arguments.show_triton else "c")
    return _measure(request, arguments)


def _refuse_idle(arguments: argparse.Namespace) -> None:
    """Raise `UsageError` for an option that would do nothing beside another."""
    given = {option: f"--{option.replace('_', '-')}" for option, value in vars(arguments).items() if value}
    for option, others in _IDLE.items():
        for other in others:
            if option in given and other in given:
                raise UsageError(f"{given[other]}: it does nothing beside {given[option]}; leave one of them out.")


def _quieten(request: Request) -> None:
    """Set what torch reads when it is imported."""
    from rnnbench.harness.environment import thread_environment

    os.environ.update(thread_environment(max(case.threads for case in request.cases)))


def _show_source(request: Request, language: str) -> int:
    from rnnbench.throughput.source import source_of

    for case in {case.cell: case for case in request.cases}.values():
        print(source_of(case, language))
    return 0


def _show_saved(arguments: argparse.Namespace) -> int:
    """Print what was saved, of each command the last, and write it if asked to; draw the last one of all."""
    from rnnbench.records.throughput import latest, load

    place: Path = vars(arguments)["from"]
    files = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
    if arguments.words:
        raise UsageError(f"{arguments.words[0]}: with --from nothing is measured, so that nothing can be set.")
    if not files or not files[0].is_file():
        raise UsageError(f"--from {place}: there is no saved throughput; save some with rnnbench throughput --save.")
    if arguments.plot and len(files) > 1:
        raise UsageError(f"--plot draws one machine's last; name one of {', '.join(map(str, files))} with --from.")
    saved = [latest(load(file)) for file in files]
    if arguments.json:
        _print([row for measurement in chain.from_iterable(saved) for row in measurement.rows], as_json=True)
    else:
        for measurement in chain.from_iterable(saved):
            print(f"{measurement.testbed.fingerprint}: {shlex.join(measurement.provenance.command)}", file=sys.stderr)
            _print(measurement.rows, as_json=False)
    if arguments.plot:
        _draw(saved[0][-1].rows, arguments.plot)
    if arguments.write:
        from rnnbench.catalog.files import write_atomically
        from rnnbench.report.throughput_document import document

        write_atomically(arguments.write, document(list(chain.from_iterable(saved))).encode())
    return 0


def _measure(request: Request, arguments: argparse.Namespace) -> int:
    from rnnbench.records.provenance import now
    from rnnbench.throughput.measure import measure

    started = now()
    measured: dict[int, list[Row]] = {}
    rows: list[Row] = []
    try:
        for number, place in enumerate(request.order, start=1):
            case = request.cases[place]
            if sys.stderr.isatty():
                print(f"{number}/{len(request.cases)} {case.cell} {case.mode} {case.shape}", file=sys.stderr)
            measured[place] = measure(case, request.backends, request.seconds)
    finally:
        # Interrupted, too: what was measured is not lost.
        rows += chain.from_iterable(measured[place] for place in sorted(measured))
        if rows:
            if arguments.save:
                _save(rows, started)
            _print(rows, arguments.json)
            if arguments.plot:
                _draw(rows, arguments.plot)
    return 1 if any(row.status in ("wrong", "failed") for row in rows) else 0


def _draw(rows: Sequence[Row], path: Path) -> None:
    from rnnbench.report.throughput_plot import draw_throughput

    draw_throughput(rows, path)


def _print(rows: Sequence[Row], as_json: bool) -> None:
    if as_json:
        from rnnbench.records.schema import finite

        print(json.dumps(finite([asdict(row) for row in rows]), indent=1, ensure_ascii=False))
    else:
        from rnnbench.report.terminal import print_throughput

        print_throughput(rows)


def _save(rows: Sequence[Row], started: str) -> None:
    from rnnbench.records import provenance, testbed
    from rnnbench.records.throughput import make_measurement, save

    file = save(make_measurement(rows, provenance.gather(started), testbed.gather()), Path("results"))
    print(f"saved {len(rows)} rows in {file}", file=sys.stderr)
