"""A run's folder: its record, the attempts before it, and the lock that keeps a second process out.

At most one process works in a folder, so any attempt found open by the next one was cut off. `record.json` is only
ever replaced in one step, after what it replaces was kept as `attempt-N.json`: at no moment is a result missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import filelock

from rnnbench.catalog.files import make_folder, write_atomically
from rnnbench.contracts import DataError, UsageError
from rnnbench.records.provenance import now
from rnnbench.records.record import Record, read, write
from rnnbench.records.schema import build, parse


@dataclass(frozen=True)
class Attempt:
    """An attempt that has not ended in a record: running, or cut off."""

    attempt: int
    """1 for the first."""
    status: str
    """"running" or "interrupted"."""
    started: str
    """UTC, ISO 8601."""
    pid: int
    """The process that made it."""
    host: str
    """The machine's name, without which a process id means nothing."""
    reason: str = ""
    """Why it was interrupted, as far as it can be told."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run; methods that write expect `lock` to be held."""

    path: Path

    @property
    def file(self) -> Path:
        """Where the run's record is, or will be."""
        return self.path / "record.json"

    def record(self) -> Record | None:
        """Return the run's record, or None if no attempt has ended yet; raises `DataError` if it is malformed."""
        try:
            return read(self.file) if self.file.exists() else None
        except DataError as error:
            raise DataError(f"{error}; force=true runs it again.") from error

    def _replaced(self, force: bool) -> Record | None:
        """Return the record that another one is to follow; with `force` one that is malformed is put aside."""
        try:
            return self.record()
        except DataError:
            if not force:
                raise
        self.file.replace(self.path / "record.damaged.json")
        return None

    @property
    def finished(self) -> bool:
        """Whether the run has a record with status "ok"."""
        record = self.record()
        return record is not None and record.status == "ok"

    def attempts(self) -> list[Attempt]:
        """Return the attempts that left no record: those cut off, and the running one."""
        found = (self._attempt(number) for number in self._numbers())
        return [attempt for attempt in found if attempt is not None]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder; raises `UsageError` at once if another process holds it. Death releases it."""
        make_folder(self.path)
        lock = filelock.FileLock(self.path / ".lock")
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            raise UsageError(
                f"{self.path} is in use by another process; wait for it, or give another folder with output=…"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def start_attempt(self, *, force: bool = False) -> Attempt:
        """Open the next attempt and close those that were cut off; raises `UsageError` if the run has finished."""
        make_folder(self.path)
        record = self._replaced(force)
        self._protect(record, force)
        for attempt in self.attempts():
            if record is None or attempt.attempt > record.provenance.attempt:
                self._write(replace(attempt, status="interrupted", reason="the process ended without a record"))
        number = max([0, *self._numbers(), record.provenance.attempt if record else 0]) + 1
        attempt = Attempt(number, "running", now(), os.getpid(), platform.node())
        self._write(attempt)
        return attempt

    def finish(self, record: Record, *, force: bool = False) -> None:
        """Make `record` the run's record, keeping an earlier one as `attempt-N.json`; closes the attempt.

        Raises `UsageError` if the run has finished with status "ok" already, unless `force`.
        """
        make_folder(self.path)
        before = self._replaced(force)
        self._protect(before, force)
        if before is not None:
            write(self._file(before.provenance.attempt), before)
        write(self.file, record)
        if before is None or before.provenance.attempt != record.provenance.attempt:
            self._file(record.provenance.attempt).unlink(missing_ok=True)

    def _protect(self, record: Record | None, force: bool) -> None:
        if record is not None and record.status == "ok" and not force:
            raise UsageError(f"{self.path} holds a finished run; force=true runs it again.")

    def _file(self, number: int) -> Path:
        return self.path / f"attempt-{number}.json"

    def _numbers(self) -> list[int]:
        names = (re.fullmatch(r"attempt-(\d+)\.json", path.name) for path in self.path.glob("attempt-*.json"))
        return sorted(int(name[1]) for name in names if name)

    def _attempt(self, number: int) -> Attempt | None:
        """Return an attempt without a record, or None if the file holds the record it ended in."""
        file = self._file(number)
        try:
            document = parse(file.read_text(encoding="utf-8"))
            if isinstance(document, dict) and "schema" in document:
                return None
            return build(Attempt, document)
        except (OSError, UnicodeDecodeError, DataError) as error:
            raise DataError(f"{file} cannot be read: {error}; remove it to run again.") from error

    def _write(self, attempt: Attempt) -> None:
        write_atomically(self._file(attempt.attempt), (json.dumps(asdict(attempt), indent=1) + "\n").encode())
