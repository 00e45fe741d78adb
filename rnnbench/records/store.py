"""The store: `<results>/records/<suite>/<testbed>.jsonl`, one strict JSON record a line, appended and never changed."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from rnnbench.contracts import DataError, UsageError
from rnnbench.records.key import file_name
from rnnbench.records.lines import append, read_lines
from rnnbench.records.record import Record, dumps, loads, read

_log = logging.getLogger(__name__)


def collect(runs: Iterable[Path], results: Path) -> int:
    """Append the records of all run folders in or below `runs` that the store lacks, and return how many those were.

    Several processes may collect at once. Raises `UsageError` for a folder that is not there, and `DataError` for a
    malformed line of the store or a disk that refuses. A run's record that is malformed is left out, with a warning.
    """
    records = {record.id: record for record in itertools.chain.from_iterable(map(_runs, runs))}
    files: dict[Path, list[Record]] = {}
    for record in sorted(records.values(), key=_order):
        files.setdefault(_file(results, record), []).append(record)
    return sum(_append(file, batch) for file, batch in files.items())


def load(*folders: Path) -> list[Record]:
    """Return every record in or below `folders`, oldest first: of runs, and of stores (`records/<suite>/*.jsonl`).

    A record found twice is returned once, one that another supersedes not at all. A path may also be a single
    `record.json` or `.jsonl` file. Raises `UsageError` for a path that is not there, and `DataError` naming file and
    line for what is malformed; but in a folder of runs a malformed record is left out, with a warning.
    """
    found = {}
    for folder in folders:
        stored = itertools.chain.from_iterable(map(_read_lines, _stores(folder)))
        found.update({record.id: record for record in (*stored, *_runs(folder))})
    superseded = {record.supersedes for record in found.values()}
    return sorted((record for record in found.values() if record.id not in superseded), key=_order)


def _order(record: Record) -> tuple[str, str]:
    return record.provenance.ended, record.id


def _file(results: Path, record: Record) -> Path:
    return results / "records" / file_name(record.suite) / f"{file_name(record.testbed.fingerprint)}.jsonl"


def _runs(path: Path) -> Iterator[Record]:
    if not path.exists():
        raise UsageError(f"there is no {path}; give a folder of runs, or one with a store of records in it.")
    if path.is_dir():
        return _readable(sorted(path.rglob("record.json")))
    return iter([read(path)] if path.suffix == ".json" else [])


def _readable(files: Iterable[Path]) -> Iterator[Record]:
    for file in files:
        try:
            yield read(file)
        except DataError as error:
            _log.warning("rnnbench: %s; it is left out, and force=true runs it again.", error)


def _stores(path: Path) -> list[Path]:
    # Runs may keep JSON lines of their own, so that only a store's place makes a store.
    if path.is_dir():
        return sorted({*path.rglob("records/*/*.jsonl"), *(path.glob("*/*.jsonl") if path.name == "records" else ())})
    return [path] if path.suffix == ".jsonl" else []


def _read_lines(file: Path) -> Iterator[Record]:
    return (loads(text, where) for where, text in read_lines(file))


def _append(file: Path, records: Iterable[Record]) -> int:
    documents = {record.id: dumps(record) for record in records}
    return append(file, documents, known=lambda: (record.id for record in _read_lines(file)))
