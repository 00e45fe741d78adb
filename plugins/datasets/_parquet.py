"""Reading columns of a Parquet file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.contracts import DataError

if TYPE_CHECKING:
    import pyarrow


def read_columns(
    file: Path, check: Callable[[str, Sequence[str]], None], text: str, label: str
) -> Iterator[tuple[Any, Any]]:
    """Yield the text and the label of each row; `check` is given the columns and may refuse them."""
    yield from rows_of(read_table(file, check, (text, label)))


def read_table(file: Path, check: Callable[[str, Sequence[str]], None], columns: Sequence[str]) -> pyarrow.Table:
    """Return some columns of a file; `check` is given the names of all and may refuse them."""
    import pyarrow
    import pyarrow.parquet

    try:
        # A ParquetFile takes nothing from the path, where read_table would see partition keys in folder names.
        with pyarrow.parquet.ParquetFile(file) as content:
            check(str(file), content.schema_arrow.names)
            return content.read(columns=list(columns)).select(columns)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{file} is not a readable Parquet file ({str(error).splitlines()[0]}).") from error


def rows_of(table: pyarrow.Table) -> Iterator[tuple[Any, ...]]:
    """Yield the values of each row, in the order of the columns."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def class_names(schema: pyarrow.Schema, column: str) -> list[str] | None:
    """Return what the numbers in a column of lists stand for, None where the file does not say.

    The library datasets keeps its features in the schema's metadata: https://huggingface.co/docs/datasets/about_arrow
    """
    metadata = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    feature = metadata.get("info", {}).get("features", {}).get(column, {}).get("feature", {})
    names: list[str] | None = feature.get("names")
    return names
