"""Blame: which plugin an unexpected error comes from."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnbench.catalog import registry
from rnnbench.contracts import KINDS, Job, PluginError, RnnbenchError


@contextmanager
def blaming_plugins(job: Job) -> Iterator[None]:
    """Turn an error that a plugin of the job raised into a `PluginError` that names it and the line."""
    try:
        yield
    except RnnbenchError:
        raise
    except Exception as error:
        owners = {_file(kind, getattr(job, kind).name): kind for kind in KINDS}
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            kind = owners.get(Path(frame.filename).resolve())
            if kind is not None:
                plugin = registry.find(kind, getattr(job, kind).name)
                raise PluginError(
                    f"{kind}={plugin.name} ({plugin.origin}) raised {type(error).__name__}: {error} "
                    f"({frame.filename}, line {frame.lineno}); mend it or choose another."
                ) from error
        raise


def _file(kind: str, name: str) -> Path | None:
    file = registry.find(kind, name).file
    return file.resolve() if file else None
