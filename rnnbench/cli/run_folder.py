"""Find the run that a word on the command line means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rnnbench.cli.inputs import as_usage
from rnnbench.contracts import UsageError, near_matches


def load_run(word: str) -> Any:
    """Return the predictor of the run that a word means; raises `UsageError` for a run that cannot be read, too."""
    folder = find_run(word)
    if not (folder / "record.json").is_file() and any(folder.glob("attempt-*.json")):
        raise not_ended(folder)

    from rnnbench.pipeline.predict import load

    with as_usage():
        return load(folder)


def find_run(word: str) -> Path:
    """Return a run's folder from its path, its name, or its key's beginning; raises `UsageError` with near matches."""
    if _is_run(Path(word)):
        return Path(word)
    folders = sorted({path.parent for name in ("record", "attempt-*") for path in Path("runs").glob(f"*/{name}.json")})
    matches = [path for path in folders if path.name == word or path.name.rpartition("-")[2].startswith(word)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(
            f"{word} means {len(matches)} runs: {', '.join(path.name for path in matches)}; give more of it."
        )
    if Path(word).is_dir():
        raise UsageError(
            f"{word} is no run of rnnbench: it has no record.json and no attempt at one; give the folder of one run."
        )
    near = near_matches(word, [path.name for path in folders])
    raise UsageError(f"{word}: there is no such run folder, here or in runs/.{near} Give the path of a run's folder.")


def not_ended(folder: Path) -> UsageError:
    """Return what is said of a run without a record."""
    return UsageError(
        f"{folder} has no record.json: the run was interrupted, or is running still; its command goes on with it where "
        "it was interrupted."
    )


def _is_run(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("record.json", "job.json")) or any(folder.glob("attempt-*.json"))
