"""Tokenized texts, kept on disk: the same texts are tokenized once. Imports no torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from rnnbench.catalog.files import cache_folder, write_atomically
from rnnbench.contracts import DataError, Tokenizer
from rnnbench.pipeline.arrays import Ragged
from rnnbench.pipeline.splits import json_hash

VERSION = 2
"""Of the file's layout; a higher one leaves older cache files unread."""


def fingerprint(tokenizer: Tokenizer) -> str:
    """Return a hash of a fitted tokenizer."""
    return json_hash([type(tokenizer).__module__, type(tokenizer).__qualname__, tokenizer.state()])


def tokenize(tokenizer: Tokenizer, fitted: str, texts: Sequence[str]) -> Ragged:
    """Return the ids of every text, from the cache if they are there; `fitted` is the tokenizer's `fingerprint`.

    Raises `DataError` for a cache file that is corrupt.
    """
    digest = hashlib.sha256()
    for text in texts:
        digest.update(len(text).to_bytes(8, "little") + text.encode("utf-8", "surrogatepass"))
    path = cache_folder("encoded") / f"{json_hash([VERSION, digest.hexdigest(), fitted])}.arrow"
    if path.exists():
        return _read(path)
    ids = Ragged.of(tokenizer.encode(text) for text in texts)
    _write(path, ids)
    return ids


def _write(path: Path, ids: Ragged) -> None:
    rows = pa.LargeListArray.from_arrays(pa.array(ids.offsets), pa.array(ids.values))
    table = pa.table({"ids": rows}).replace_schema_metadata({"sha256": _checksum(ids)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    write_atomically(path, sink.getvalue().to_pybytes())


def _read(path: Path) -> Ragged:
    try:
        with pa.OSFile(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
        rows = table["ids"].combine_chunks()
        ids = Ragged(rows.values.to_numpy(), rows.offsets.to_numpy())
        intact = table.schema.metadata[b"sha256"].decode() == _checksum(ids)
    except (OSError, pa.ArrowException, KeyError, AttributeError, TypeError) as error:
        raise DataError(f"the cache file {path} is corrupt ({error}); delete it.") from error
    if not intact:
        raise DataError(f"the cache file {path} is corrupt (its checksum does not fit); delete it.")
    return ids


def _checksum(ids: Ragged) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(ids.values).tobytes())
    digest.update(np.ascontiguousarray(ids.offsets).tobytes())
    return digest.hexdigest()
