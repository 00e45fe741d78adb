"""What a person sees while runs go on: a line per finished run, and for the current one a live line on a terminal.

Elsewhere, in a log file say, an epoch that ends a minute or more after the last line has one.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from rnnbench.contracts import METRICS, Job, compares

QUIET_SECONDS = 60.0
"""How long nothing is said of a run where lines stay."""


class Progress:
    """Writes to standard error, so that standard output stays a table that can be piped."""

    def __init__(self, total: int | None = None, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.total = total
        self.done = 0
        self.live = self.stream.isatty()

    def start(self, job: Job) -> None:
        """Take up a job."""
        self.began = self.spoke = time.monotonic()
        self.title = title_of(job)
        self._status("starting")

    def event(self, event: dict[str, Any]) -> None:
        """Show a worker's event."""
        if event["event"] == "step":
            self._status(f"epoch {event['epoch']}  step {event['step']}/{event['of']}")
        elif event["event"] == "epoch":
            scores = "  ".join(f"{name} {shown(name, value)}" for name, value in event.get("validation", {}).items())
            self._status(f"epoch {event['epoch']}  {scores}", worth_a_line=True)
        elif event["event"] == "embedding":
            self._status(f"vectors for {event['found']:,} of {event['of']:,} words")
        elif event["event"] == "phase":
            self._status(str(event["phase"]))

    def finish(self, directory: str, status: str, reason: str, skipped: bool) -> None:
        """Leave one line that stays: what ran and how it ended."""
        self.done += 1
        seconds = time.monotonic() - self.began
        said = _scores(Path(directory)) if status == "ok" else f"{status}: {reason}"
        ending = "finished before" if skipped else f"{seconds:.0f} s"
        self._erase()
        print(f"{self._place(self.done)}{self.title}  {said}  ({ending})", file=self.stream, flush=True)

    def _status(self, text: str, worth_a_line: bool = False) -> None:
        now = time.monotonic()
        line = f"{self._place(self.done + 1)}{self.title}  {text}  {now - self.began:.0f} s"
        if self.live:
            self.stream.write(f"\r\x1b[2K{line}")
            self.stream.flush()
        elif worth_a_line and now - self.spoke >= QUIET_SECONDS:
            self.spoke = now
            print(line, file=self.stream, flush=True)

    def _place(self, number: int) -> str:
        # One of a sweep's several processes does not know how far the others are.
        return f"[{number}/{self.total}] " if self.total else ""

    def _erase(self) -> None:
        if self.live:
            self.stream.write("\r\x1b[2K")


def title_of(job: Job) -> str:
    """Return a job as one short phrase."""
    backend = "" if job.settings.backend == "auto" else f" ({job.settings.backend})"
    return f"{job.dataset.name} {job.tokenizer.name} {job.cell.name}{backend} {job.head.name} seed {job.settings.seed}"


def shown(name: str, value: float | None) -> str:
    """Return a metric's value as boards show it: fractions times 100."""
    if value is None:
        return "-"
    kind = METRICS.get(name)
    return f"{100 * value:.1f}" if kind and kind.unit == "fraction" else f"{value:.4g}"


def _scores(directory: Path) -> str:
    document = json.loads((directory / "record.json").read_bytes())
    tests = [metric for metric in document["metrics"] if metric["split"] == "test"]
    return "  ".join(map(_score, tests))


def _score(metric: dict[str, Any]) -> str:
    said = f"{metric['name']} {shown(metric['name'], metric['value'])}"
    return said if compares(metric["signature"]) else f"{said} (not comparable)"
