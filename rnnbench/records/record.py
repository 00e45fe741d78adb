"""The record of a run: one strict JSON document, typed, with a line of meaning for every field.

A number that is not finite (a loss that became NaN) is stored as null and read as None: "no number". Fields with a
default may be absent from a document; every other field must be there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnbench.catalog.files import write_atomically
from rnnbench.contracts import DataError
from rnnbench.records.schema import build, finite, parse

SCHEMA = 1
"""The version of the document that this code writes."""

STATUSES = ("ok", "failed", "crashed", "timeout", "skipped", "incompatible", "unavailable")
"""How a run can end; only "ok" has results that count."""


@dataclass(frozen=True)
class PluginUse:
    """One of the four plugins as the run used it."""

    name: str
    """The registered name."""
    params: dict[str, Any]
    """Its parameters, defaults included."""
    distribution: str
    """The pip distribution with its version, or the plugin folder, that it came from."""
    version: str
    """The distribution's version; empty for a file in a plugin folder."""
    source_sha256: str
    """SHA-256 of the plugin's source file; empty if it has none."""


@dataclass(frozen=True)
class What:
    """What was run."""

    plugins: dict[str, PluginUse]
    """By kind: dataset, tokenizer, cell, head; and by place, such as decoder.cell, where a head has room for more."""
    task: str
    """The data set's task, e.g. "classification"; empty if the run ended before it was known."""
    overrides: list[str]
    """The words of the command line that chose it, as typed."""
    config: dict[str, Any]
    """Every resolved setting beside the plugins' parameters."""


@dataclass(frozen=True)
class Split:
    """One split of the data."""

    rows: int
    """Examples."""
    sha256: str
    """Hash of their content."""


@dataclass(frozen=True)
class TokenizerUse:
    """The tokenizer as fitted on the training split."""

    sha256: str
    """Hash of its vocabulary or model."""
    vocabulary: int
    """Distinct ids."""


@dataclass(frozen=True)
class Data:
    """The examples."""

    revision: str
    """The data set's own version; may be empty."""
    licence: str
    """The data's licence; may be empty."""
    splits: dict[str, Split]
    """By name: train, validation, test."""
    tokenizer: TokenizerUse
    """What the texts became ids with."""
    labels: list[str] = field(default_factory=list)
    """The classes in order."""
    majority: float | None = None
    """Share of the test split that the most frequent class of the training split has: what a constant answer scores."""
    floor: float | None = None
    """What the best model without a memory reaches in the first metric, where that is known."""


@dataclass(frozen=True)
class Model:
    """The network."""

    parameters: int
    """Trained parameters."""
    embedding_parameters: int
    """Those of them in the embedding."""
    state_bytes: int
    """Bytes of recurrent state that one sequence carries."""
    backend_requested: str
    """The backend that was asked for."""
    backend_used: str
    """The backend that ran the recurrence."""
    dtype: str
    """Of the parameters, e.g. "float32"."""
    deterministic: bool
    """Whether only deterministic algorithms were allowed."""
    flops_per_token: float | None = None
    """Multiplications and additions of one forward step, where counted."""
    backend_why: str = ""
    """How that backend was chosen, and what was passed over for it."""
    embedding_coverage: float | None = None
    """Share of the vocabulary that has a pre-trained vector; None where none were read."""


@dataclass(frozen=True)
class Metric:
    """One metric over a whole split."""

    name: str
    """E.g. "accuracy"."""
    split: str
    """train, validation or test."""
    value: float | None
    """In the metric's native unit; null if it was not finite."""
    unit: str
    """"fraction" (0-1), "percent" (0-100) or a physical unit."""
    higher_is_better: bool
    """The direction."""
    low: float | None = None
    """Smallest possible value; null for none."""
    high: float | None = None
    """Largest possible value; null for none."""
    ci95: list[float | None] | None = None
    """Lower and upper end of a 95 % interval over examples."""
    n: int = 0
    """Examples behind the value."""
    signature: str = ""
    """How it was computed."""


@dataclass(frozen=True)
class Samples:
    """A file of per-example predictions, for paired tests."""

    path: str
    """Relative to the run's folder."""
    sha256: str
    """Of the file."""
    n: int
    """Examples in it."""


@dataclass(frozen=True)
class Epoch:
    """One row of the learning curve."""

    epoch: int
    """Counted from 0."""
    step: int
    """Optimiser steps so far."""
    train_loss: float | None
    """Mean loss over the epoch's batches."""
    learning_rate: float | None
    """At the end of the epoch."""
    seconds: float | None
    """Since training began."""
    validation: dict[str, float | None] = field(default_factory=dict)
    """Metric values on the validation split."""


@dataclass(frozen=True)
class Throughput:
    """Valid tokens (no padding) per second."""

    tokens_per_second: float | None
    """Median over the samples."""
    p25: float | None
    """Lower quartile."""
    p75: float | None
    """Upper quartile."""
    samples: int
    """Timed repetitions."""
    batch_size: int
    """Sequences a batch."""


@dataclass(frozen=True)
class Timing:
    """Seconds by phase, and speed."""

    data: float | None = None
    """Loading and encoding."""
    fit: float | None = None
    """Training."""
    evaluate: float | None = None
    """Test metrics."""
    throughput: dict[str, Throughput] = field(default_factory=dict)
    """By "train" (forward and backward) and "inference" (forward)."""


@dataclass(frozen=True)
class Memory:
    """Peaks, in bytes."""

    peak_rss_bytes: int | None = None
    """Resident memory of the run's process."""
    peak_device_bytes: int | None = None
    """Memory on the accelerator; null on a processor."""


@dataclass(frozen=True)
class Selection:
    """Which weights the test metrics are computed with."""

    checkpoint: str
    """"best" or "last"."""
    metric: str
    """What chose it."""
    epoch: int | None
    """The epoch it is from."""
    step: int | None
    """Its optimiser step."""
    value: float | None
    """The metric's value on the validation split."""
    resumed: bool = False
    """Whether training went on from a checkpoint of an interrupted attempt."""


@dataclass(frozen=True)
class Provenance:
    """Which code, started how and when."""

    command: list[str]
    """The command line."""
    started: str
    """UTC, ISO 8601."""
    ended: str
    """UTC, ISO 8601."""
    attempt: int
    """1 for the first try of the run; earlier ones are in attempt-N.json."""
    python: str
    """Implementation and version."""
    libraries: dict[str, str]
    """Version by distribution, of those installed."""
    git_sha: str | None = None
    """Commit of the rnnbench checkout; null for an installed package."""
    git_dirty: bool | None = None
    """Whether that checkout had changes that are not committed."""


@dataclass(frozen=True)
class Testbed:
    """The machine."""

    __test__ = False  # not a test class, whatever pytest makes of the name

    fingerprint: str
    """A name for machines that time alike; made of all fields here but `load` and `release`, and of no clock speed."""
    cpu: str
    """The processor's model name."""
    cores: int
    """Physical cores."""
    threads: int
    """Logical processors."""
    memory_gib: int | None
    """Main memory, rounded; null where the system does not tell."""
    gpu: str | None
    """Model name of the accelerator in use."""
    os: str
    """System and instruction set."""
    python: str
    """Implementation and minor version."""
    release: str = ""
    """The system's release."""
    load: float | None = None
    """Load average of the last minute when the run started."""


@dataclass(frozen=True)
class Record:
    """One run. Sections that the run did not reach are null or empty."""

    schema: int
    """The version of this document's form."""
    id: str
    """This document: a hash of all its other content."""
    key: str
    """The run: a hash of everything that decides its result."""
    suite: str
    """The name under which records are compared; boards never mix two."""
    status: str
    """One of `STATUSES`."""
    reason: str
    """Why, in a sentence; empty for "ok"."""
    what: What
    seeds: dict[str, int]
    """By purpose; "run" decides initial weights, order of batches and dropout."""
    provenance: Provenance
    testbed: Testbed
    data: Data | None = None
    model: Model | None = None
    metrics: list[Metric] = field(default_factory=list)
    samples: dict[str, Samples] = field(default_factory=dict)
    """By split."""
    curve: list[Epoch] = field(default_factory=list)
    timing: Timing | None = None
    memory: Memory | None = None
    selection: Selection | None = None
    supersedes: str | None = None
    """The id of a record that this one corrects."""

    def as_json(self) -> dict[str, Any]:
        """Return the record as strict JSON values; `from_json` is the way back."""
        document: dict[str, Any] = finite(dataclasses.asdict(self))
        return document


UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""By schema version: what makes a document of that version one of the next. An entry is never removed."""


def from_json(document: Any) -> Record:
    """Return the record that a document of any schema version holds; raises `DataError` saying what is wrong."""
    record = build(Record, _upgraded(document))
    if record.status not in STATUSES:
        raise DataError(f"status {record.status!r} is not one of {', '.join(STATUSES)}")
    for index, metric in enumerate(record.metrics):
        if metric.ci95 is not None and len(metric.ci95) != 2:
            raise DataError(f"metrics[{index}].ci95 should have two ends, not {len(metric.ci95)}")
    if record.status == "ok" and (record.data is None or record.model is None or not record.metrics):
        raise DataError('a record with status "ok" needs data, model and metrics')
    return record


def _upgraded(document: Any) -> Any:
    if not isinstance(document, dict) or type(document.get("schema")) is not int:
        raise DataError("schema is missing: this is not a record of rnnbench")
    while document["schema"] != SCHEMA:
        version = document["schema"]
        if version not in UPGRADES:
            raise DataError(f"schema {version} is unknown; this rnnbench reads up to {SCHEMA}: install a newer one")
        document = {**UPGRADES[version](document), "schema": version + 1}
    return document


def dumps(record: Record, *, indent: int | None = None) -> str:
    """Return the record as strict JSON with sorted keys: one line, or indented; raises `DataError` if it is invalid."""
    document = record.as_json()
    try:
        from_json(document)
    except DataError as error:
        raise DataError(f"record {record.id}: {error}") from error
    separators = (",", ":") if indent is None else None
    return json.dumps(
        document, sort_keys=True, allow_nan=False, ensure_ascii=False, indent=indent, separators=separators
    )


def loads(text: str, where: str) -> Record:
    """Return the record in a JSON text; raises `DataError` that begins with `where`, the file it came from."""
    try:
        return from_json(parse(text))
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def read(path: Path) -> Record:
    """Return the record in a file; raises `DataError` naming the file and what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"record {path} cannot be read: {error}") from error
    return loads(text, f"record {path}")


def write(path: Path, record: Record) -> None:
    """Write the record to a file in one step; raises `DataError` if it is invalid or the disk refuses."""
    write_atomically(path, (dumps(record, indent=1) + "\n").encode())
