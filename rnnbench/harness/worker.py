"""A worker: a process that runs one job after another, so that a crash costs one run and torch is imported once.

It reads requests and writes events, one JSON document a line. A job's own output goes to log.txt in its run folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from rnnbench.contracts import Job, RnnbenchError

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


def main() -> None:
    """Serve requests until standard input ends."""
    # The parent answers an interrupt for all its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="utf-8")
    # Whatever a plugin prints must not be taken for an event.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for request in _requests():
        _send(events, _serve(request, events))


def _requests() -> Iterator[dict[str, Any]]:
    """Yield requests; when the parent has gone, end the process, even in the middle of a job."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            waiting.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield json.loads(waiting.get())


def _die_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def _send(events: TextIO, event: dict[str, Any]) -> None:
    events.write(json.dumps(event) + "\n")


def _serve(request: dict[str, Any], events: TextIO) -> dict[str, Any]:
    job = Job.from_json(request["job"])
    with _log(job.directory / "log.txt"):
        try:
            from rnnbench.pipeline.run import run

            outcome = run(job, lambda event: _send(events, event))
        except RnnbenchError as error:
            _log_traceback()
            return {
                "event": "error",
                "status": error.status,
                "reason": str(error),
                "exit_code": error.exit_code,
            }
        except MemoryError:
            return {
                "event": "error",
                "status": "failed",
                "reason": "the run needs more memory than there is; choose a smaller network or training.batch_size",
                "exit_code": 1,
            }
        except BaseException as error:
            _log_traceback()
            return {"event": "error", "status": "failed", "reason": _reason(error), "exit_code": 1}
    return {"event": "done", "outcome": vars(outcome)}


def _log_traceback() -> None:
    # On a full disk there is no log; the reason still reaches the parent.
    with contextlib.suppress(OSError):
        traceback.print_exc()


def _reason(error: BaseException) -> str:
    """Return an unexpected error as one sentence that names where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    first_line = str(error).partition("\n")[0]
    return f"{type(error).__name__}{where}: {first_line}"


@contextlib.contextmanager
def _log(path: Path) -> Iterator[None]:
    """Send everything that is printed to a file, by Python or below it, while the job runs."""
    saved = os.dup(1), os.dup(2)
    with path.open("a", encoding="utf-8") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            for descriptor, old in zip((1, 2), saved, strict=True):
                os.dup2(old, descriptor)
                os.close(old)


if __name__ == "__main__":
    main()
