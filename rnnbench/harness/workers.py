"""The parent's side of the workers: one per environment, started when first needed and used again."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from rnnbench.contracts import Job
from rnnbench.harness.environment import thread_environment

Event = dict[str, Any]

_GRACE_SECONDS = 10.0
"""Time for a checkpoint when the command is interrupted."""


class Worker:
    """A worker process."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rnnbench.harness.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
            text=True,
            encoding="utf-8",
        )
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def run(self, job: Job, report: Callable[[Event], None]) -> Event:
        """Run one job, pass its events on, and return its last one: done, error, crashed or timeout."""
        assert self.process.stdin is not None
        limit = job.settings.timeout
        deadline = time.monotonic() + limit if limit else None
        try:
            self.process.stdin.write(json.dumps({"job": job.as_json()}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return self._crashed()
        while True:
            try:
                event = self._events.get(timeout=deadline and max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                return {
                    "event": "timeout",
                    "status": "timeout",
                    "reason": f"it took longer than timeout={limit:g} seconds",
                }
            if event is None:
                return self._crashed()
            if event["event"] in ("done", "error"):
                return event
            report(event)

    def _crashed(self) -> Event:
        code = self.process.wait()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        hint = "; the machine may be out of memory" if code == -signal.SIGKILL else ""
        return {"event": "crashed", "status": "crashed", "reason": f"the process was ended by {how}{hint}"}

    @property
    def alive(self) -> bool:
        """Whether the process can take another job."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Let the process save what it is training, for a moment, then end it; a second interrupt ends it at once."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            self.process.wait(_GRACE_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the process at once, if it has not ended; checkpoints and records that were written stay whole."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()  # type: ignore[union-attr]


_workers: dict[tuple[tuple[str, str], ...], Worker] = {}


def environment_of(job: Job) -> dict[str, str]:
    """Return the variables that a job's libraries read when they are imported."""
    return {
        **{name: os.environ[name] for name in ("RNNBENCH_PLUGINS", "RNNBENCH_CACHE") if name in os.environ},
        **thread_environment(job.settings.threads),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "TOKENIZERS_PARALLELISM": "false",
    }


def worker_for(job: Job) -> Worker:
    """Return a live worker whose environment is the job's."""
    environment = environment_of(job)
    key = tuple(sorted(environment.items()))
    worker = _workers.get(key)
    if worker is not None and not worker.alive:
        worker.kill()
        worker = None
    if worker is None:
        worker = _workers[key] = Worker(environment)
    return worker


@atexit.register
def stop_workers() -> None:
    """End all workers."""
    for worker in _workers.values():
        worker.stop()
    _workers.clear()
