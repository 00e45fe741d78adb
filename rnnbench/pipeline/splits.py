"""The splits of a data set: read, checked, and hashed by their content. Imports no torch."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pyarrow as pa

from rnnbench.contracts import SPLITS, DataError, Dataset, PluginError, TaskInfo
from rnnbench.contracts.columns import TYPES, fits


def load_splits(name: str, dataset: Dataset) -> dict[str, pa.Table]:
    """Return every split's table; raises `DataError` for an empty one, `PluginError` for one of wrong columns."""
    return {split: _checked(name, split, dataset.load(split), dataset.info) for split in SPLITS}


def _checked(name: str, split: str, table: Any, info: TaskInfo) -> pa.Table:
    if not isinstance(table, pa.Table):
        raise PluginError(f"dataset={name}: load({split!r}) gave {type(table).__name__}; it must give a pyarrow.Table.")
    missing = [column for column in info.columns if column not in table.column_names]
    if missing:
        raise PluginError(
            f"dataset={name}: the {split} split has the columns {', '.join(table.column_names) or 'none'}, "
            f"but a {info.task} data set needs {' and '.join(info.columns)}."
        )
    if not table.num_rows:
        raise DataError(f"dataset={name}: the {split} split is empty; every split needs examples.")
    for column in info.columns:
        if table[column].null_count:
            row = table[column].is_null().to_pylist().index(True)
            raise DataError(f"dataset={name}: {split} row {row + 1} has no {column}; fill it in or remove the row.")
        kind = table[column].type
        if not fits(column, kind):
            raise PluginError(
                f"dataset={name}: the {split} split's {column} is of type {kind}; it must be {TYPES[column]}."
            )
    return table


def content_hash(table: pa.Table) -> str:
    """Return the SHA-256 of a table's columns and values, the same however the table is cut into chunks."""
    digest = hashlib.sha256()
    for column in sorted(table.column_names):
        digest.update(json.dumps([column, _values(table[column])], ensure_ascii=False).encode())
    return digest.hexdigest()


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as JSON values; images and vectors, which would be long, as hashes."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [hashlib.sha256(content).hexdigest() for content in column.to_pylist()]
    if pa.types.is_nested(column.type) and pa.types.is_nested(column.type.value_type):
        vectors = column.combine_chunks()
        steps = vectors.flatten()
        numbers = np.ascontiguousarray(steps.flatten().to_numpy(zero_copy_only=False), dtype="<f8")
        lengths = [level.value_lengths().to_numpy().astype("<i8").tobytes() for level in (vectors, steps)]
        return [hashlib.sha256(part).hexdigest() for part in (*lengths, numbers.tobytes())]
    values: list[Any] = column.to_pylist()
    return values


def json_hash(document: Any) -> str:
    """Return the SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
