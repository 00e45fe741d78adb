"""Making a record from a job and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from rnnbench.catalog import registry
from rnnbench.contracts import KINDS, PARTS, Choice, DataError, Job, Outcome
from rnnbench.records.key import run_key, source_sha256
from rnnbench.records.portable import portable, portable_word
from rnnbench.records.record import SCHEMA, PluginUse, Provenance, Record, Testbed, What, from_json
from rnnbench.records.schema import finite


def plugin_use(kind: str, choice: Choice) -> PluginUse:
    """Return a chosen plugin with its owner, version and source hash, without importing it.

    Raises `UsageError` for a name that is not registered.
    """
    plugin = registry.find(kind, choice.name)
    return PluginUse(
        name=choice.name,
        params=portable(choice.params),
        distribution=plugin.origin,
        version=plugin.version,
        source_sha256=source_sha256(plugin.file) if plugin.file else "",
    )


def describe(job: Job, task: str = "", overrides: Sequence[str] = ()) -> What:
    """Return what a job runs; `overrides` are the words that were typed for it. Raises `UsageError` as `plugin_use`."""
    return What(
        plugins={
            **{kind: plugin_use(kind, getattr(job, kind)) for kind in KINDS},
            **{place: plugin_use(PARTS[place], choice) for place, choice in job.parts.items()},
        },
        task=task,
        overrides=[portable_word(word) for word in overrides],
        config=portable(job.as_json()["settings"]),
    )


def make_record(
    job: Job,
    *,
    status: str,
    what: What,
    testbed: Testbed,
    provenance: Provenance,
    reason: str = "",
    outcome: Outcome | None = None,
    supersedes: str | None = None,
) -> Record:
    """Return the record of a job that ended with `status`; raises `DataError` for an outcome that does not fit it."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "key": job.key,
        "suite": job.settings.suite,
        "status": status,
        "reason": reason,
        "what": dataclasses.asdict(what),
        "seeds": {"run": job.settings.seed},
        "provenance": dataclasses.asdict(provenance),
        "testbed": dataclasses.asdict(testbed),
        "supersedes": supersedes,
        **(_sections(outcome) if outcome else {}),
    }
    document = finite(document)
    try:
        return from_json({**document, "id": run_key(document)})
    except (DataError, TypeError) as error:
        raise DataError(f"the record of run {job.key} is not valid: {error}") from error


def _sections(outcome: Outcome) -> Mapping[str, Any]:
    return {field.name: getattr(outcome, field.name) for field in dataclasses.fields(outcome)}
