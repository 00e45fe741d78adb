"""One process of the machine measures at a time."""

from __future__ import annotations

from filelock import BaseFileLock, FileLock

from rnnbench.catalog.files import cache_folder


def alone() -> BaseFileLock:
    """Return a lock to measure under; another process that asks for it waits."""
    return FileLock(cache_folder("locks") / "throughput.lock")
