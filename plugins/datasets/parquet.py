"""Labelled texts in Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ._files import Columns, example
from ._parquet import read_columns
from ._splits import Example


class Parquet(Columns):
    """Your Parquet file, or a folder with files for train, validation and test, which may be in numbered parts.

    `text` and `label` name the columns. Splits without a file are carved from train by a hash of the text.
    """

    suffixes = (".parquet",)

    def _read(self, file: Path) -> Iterator[Example]:
        rows = read_columns(file, self._check_columns, self._text, self._label)
        for number, (text, label) in enumerate(rows, 1):
            yield example(f"{file}, row {number}", text, label)
