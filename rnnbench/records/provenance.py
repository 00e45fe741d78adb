"""Which code a run was made with, and how it was started."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import rnnbench
from rnnbench.records.portable import portable_word
from rnnbench.records.record import Provenance

LIBRARIES = (
    "rnnbench",
    "torch",
    "pytorch-lightning",
    "hydra-core",
    "omegaconf",
    "numpy",
    "pyarrow",
    "sentencepiece",
    "datasets",
    "faker",
    "home-assistant-intents",
    "onnxruntime",
    "jax",
)
"""Distributions whose version can decide a result."""


def now() -> str:
    """Return the time in UTC as ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def gather(started: str, attempt: int = 1, command: Sequence[str] | None = None) -> Provenance:
    """Return the provenance of a run that ends now; `command` is this process's own unless given."""
    sha, dirty = checkout(Path(rnnbench.__file__).resolve().parents[1])
    return Provenance(
        command=[portable_word(word) for word in (sys.argv if command is None else command)],
        started=started,
        ended=now(),
        attempt=attempt,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries=libraries(),
        git_sha=sha,
        git_dirty=dirty,
    )


@functools.cache
def libraries() -> dict[str, str]:
    """Return the versions of those of `LIBRARIES` that are installed; none is imported."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


@functools.cache
def checkout(folder: Path) -> tuple[str | None, bool | None]:
    """Return the commit checked out in `folder` and whether it was changed; (None, None) if it is no git checkout."""
    # A package installed below somebody else's repository is not that repository's.
    if not (folder / ".git").exists():
        return None, None
    try:
        sha = _git(folder, "rev-parse", "HEAD")
        return sha, bool(_git(folder, "status", "--porcelain"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(folder: Path, *words: str) -> str:
    run = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=30)
    return run.stdout.strip()
