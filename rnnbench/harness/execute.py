"""Execute one job: in a worker, with exactly one record at its end, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rnnbench.contracts import Job, Outcome
from rnnbench.harness import plan
from rnnbench.harness.workers import Event, worker_for
from rnnbench.records import provenance, testbed
from rnnbench.records.attempt import RunFolder
from rnnbench.records.build import describe, make_record


@dataclass(frozen=True)
class Result:
    """How a job ended, in plain values that cross process borders: what a sweep's summary needs.

    `directory` is empty for a job that could not even begin.
    """

    directory: str
    status: str
    reason: str
    exit_code: int
    skipped: bool = False


def finished(job: Job) -> bool:
    """Return whether the job has run to its end before and need not run again."""
    return not job.settings.force and RunFolder(job.directory).finished


def execute(job: Job, words: Sequence[str], report: Callable[[Event], None]) -> Result:
    """Run a job unless it has finished, write its record, and return how it ended; a job's own fault is not raised."""
    folder = RunFolder(job.directory)
    with folder.lock():
        if finished(job):
            return Result(str(job.directory), "ok", "finished before", 0, skipped=True)
        attempt = folder.start_attempt(force=job.settings.force)
        ending = _run(job, report)
        outcome = Outcome(**ending["outcome"]) if ending["event"] == "done" else None
        record = make_record(
            job,
            status="ok" if outcome else ending["status"],
            reason=ending.get("reason", ""),
            outcome=outcome,
            what=describe(job, task=plan.task_of(job), overrides=words),
            testbed=testbed.gather(ending.get("gpu")),
            provenance=provenance.gather(attempt.started, attempt.attempt),
        )
        folder.finish(record, force=job.settings.force)
    return Result(str(job.directory), record.status, record.reason, 0 if outcome else int(ending.get("exit_code", 1)))


def _run(job: Job, report: Callable[[Event], None]) -> Event:
    conflict = plan.conflict(job)
    if conflict:
        return {"event": "error", "status": "incompatible", "reason": conflict}
    return worker_for(job).run(job, report)
