"""Measured throughput: rows, and the append-only store `<results>/throughput/<testbed>.jsonl` of what was saved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError
from rnnbench.records.key import file_name, run_key
from rnnbench.records.lines import append, read_lines
from rnnbench.records.record import Provenance, Testbed
from rnnbench.records.schema import build, finite, parse

SCHEMA = 1
"""The version of the document that this code writes."""


@dataclass(frozen=True)
class Row:
    """One candidate in one case. What was not measured is null; a row without parity has no speed."""

    cell: str
    """The registered name."""
    params: dict[str, Any]
    """The cell's own parameters that were given; the others have their defaults."""
    backend: str
    """Who ran it: a backend of rnnbench, or a peer."""
    mode: str
    """train (forward and backward), inference, or decode (one step a call, the state carried)."""
    B: int
    """Sequences."""
    T: int
    """Steps of the longest sequence."""
    H: int
    """Hidden size, and size of the input."""
    threads: int
    """Threads of the libraries."""
    lengths: str
    """full, or uniform from 1 to T."""
    status: str
    """ok, wrong (no parity), unavailable or failed."""
    reason: str = ""
    """Why, in a sentence; for ok what slows it down, if something does."""
    parity: bool | None = None
    """Whether outputs, and in training all gradients, equal the reference's, checked in the same run."""
    difference: float | None = None
    """The largest difference from the reference, relative to each tensor's largest number."""
    median_us_per_step: float | None = None
    """Microseconds of a pass divided by T, median over the samples."""
    p10: float | None = None
    """The first decile of the same."""
    p90: float | None = None
    """The last decile of the same."""
    cpu_us_per_step: float | None = None
    """Microseconds of processor time, of all threads together: what the clock would show on an idle machine at most."""
    tokens_per_second: float | None = None
    """Valid tokens, no padding, at the median."""
    ratio_to_torch: float | None = None
    """How many times as fast as torch.nn: median over rounds of both; null where torch.nn was not measured beside."""
    cpu_ratio_to_torch: float | None = None
    """The same of processor time."""
    samples: int = 0
    """Rounds; each has one sample of every candidate."""
    first_call_seconds: float | None = None
    """Until the first result: tracing, compilation or its cache, allocation."""
    gflops: float | None = None
    """Billion multiplications and additions of matrix products in a second of processor time, which is: a core's."""
    product_gflops: float | None = None
    """The same of a large matrix product by torch, in the same rounds: near what the core can do."""
    share_of_peak: float | None = None
    """gflops / product_gflops; null for fewer than 8 sequences, whose products are limited by memory."""
    load: float | None = None
    """Load average of the last minute when the case began."""


@dataclass(frozen=True)
class Measurement:
    """The rows of one command, where and how they were measured."""

    schema: int
    """The version of this document's form."""
    id: str
    """This document: a hash of all its other content."""
    rows: list[Row]
    provenance: Provenance
    testbed: Testbed


def make_measurement(rows: Sequence[Row], provenance: Provenance, testbed: Testbed) -> Measurement:
    """Return the rows as a document with its id."""
    made = Measurement(SCHEMA, "", list(rows), provenance, testbed)
    return replace(made, id=run_key(finite(asdict(made))))


def save(measurement: Measurement, results: Path) -> Path:
    """Append a measurement to the store and return its file; raises `DataError` for a disk that refuses."""
    file = results / "throughput" / f"{file_name(measurement.testbed.fingerprint)}.jsonl"
    text = json.dumps(finite(asdict(measurement)), sort_keys=True, allow_nan=False, ensure_ascii=False)
    append(file, {measurement.id: text}, known=lambda: (stored.id for stored in load(file)))
    return file


def latest(measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return of each command the last measurement, in the order of their ends."""
    in_order = sorted(measurements, key=lambda measurement: measurement.provenance.ended)
    return list({tuple(each.provenance.command): each for each in in_order}.values())


def load(file: Path) -> list[Measurement]:
    """Return the measurements of a store's file; raises `DataError` naming file and line for what is malformed."""
    return [_read(text, where) for where, text in read_lines(file)]


def _read(text: str, where: str) -> Measurement:
    try:
        return build(Measurement, parse(text))
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
