"""Reading two columns of a Parquet file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError


def read_columns(
    file: Path, check: Callable[[str, Sequence[str]], None], text: str, label: str
) -> Iterator[tuple[Any, Any]]:
    """Yield the text and the label of each row; `check` is given the columns and may refuse them."""
    import pyarrow
    import pyarrow.parquet

    try:
        # A ParquetFile takes nothing from the path, where read_table would see partition keys in folder names.
        with pyarrow.parquet.ParquetFile(file) as content:
            check(str(file), content.schema_arrow.names)
            rows = content.read(columns=[text, label])
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{file} is not a readable Parquet file ({str(error).splitlines()[0]}).") from error
    yield from zip(rows[text].to_pylist(), rows[label].to_pylist(), strict=True)
