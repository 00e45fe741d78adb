"""Blame: which plugin an unexpected error comes from."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from rnnbench.catalog import registry
from rnnbench.contracts import KINDS, PARTS, Job, PluginError, RnnbenchError


@contextmanager
def blaming_plugins(job: Job) -> Iterator[None]:
    """Turn an error that a plugin of the job raised into a `PluginError` that names it and the line.

    Memory that runs out is nobody's fault: a `MemoryError`, whatever torch calls it.
    """
    try:
        yield
    except RnnbenchError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise MemoryError from error
        owners = {plugin.file.resolve(): (word, plugin) for word, plugin in _plugins(job) if plugin.file}
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            word, plugin = owners.get(Path(frame.filename).resolve(), ("", None))
            if plugin is not None:
                raise PluginError(
                    f"{word}={plugin.name} ({plugin.origin}) raised {type(error).__name__}: {error} "
                    f"({frame.filename}, line {frame.lineno}); fix it or choose another."
                ) from error
        raise


def _plugins(job: Job) -> Iterator[tuple[str, registry.Plugin]]:
    """Yield the word that chooses a plugin and the plugin; the four kinds last, whose word wins over a place's."""
    for place, choice in job.parts.items():
        yield f"{PARTS[place]}@{place}", registry.find(PARTS[place], choice.name)
    for kind in KINDS:
        yield kind, registry.find(kind, getattr(job, kind).name)
