"""Execute one job: in a worker, with exactly one record at its end, whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnbench.contracts import Job, Outcome
from rnnbench.harness import plan
from rnnbench.harness.workers import Event, worker_for
from rnnbench.records.attempt import RunFolder
from rnnbench.records.build import make_record


@dataclass(frozen=True)
class Result:
    """How a job ended, in plain values that cross process borders: what a sweep's summary needs."""

    directory: str
    status: str
    reason: str
    exit_code: int
    skipped: bool = False


def finished(job: Job) -> bool:
    """Return whether the job has run to its end before and need not run again."""
    return not job.settings.force and RunFolder(job.directory).finished(job.key)


def execute(job: Job, words: Sequence[str], report: Callable[[Event], None]) -> Result:
    """Run a job unless it has finished, write its record, and return how it ended; a job's own fault is not raised."""
    folder = RunFolder(job.directory)
    with folder.lock():
        if finished(job):
            return Result(str(job.directory), "ok", "finished before", 0, skipped=True)
        attempt = folder.start_attempt()
        reason = plan.conflict(job)
        ending: Event
        if reason:
            ending = {"event": "error", "status": "incompatible", "reason": reason, "exit_code": 1}
        else:
            ending = worker_for(job).run(job, report)
        outcome = Outcome(**ending["outcome"]) if ending["event"] == "done" else None
        status = "ok" if outcome else ending["status"]
        record = make_record(
            job,
            status=status,
            reason=ending.get("reason", ""),
            outcome=outcome,
            what=_what(job),
            words=list(words),
            command=sys.argv,
            attempt=attempt,
        )
        folder.finish(record, force=job.settings.force)
    return Result(str(job.directory), status, record.reason, 0 if outcome else int(ending.get("exit_code", 1)))


def _what(job: Job) -> dict[str, Any]:
    return {kind: plan.plugin_identity(kind, getattr(job, kind).name) for kind in plan.KINDS}


def output_folder(path: str) -> Path:
    """Return the folder that receives the runs."""
    return Path(path).expanduser().absolute()
