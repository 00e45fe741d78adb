"""Labelled texts in CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from rnnbench.contracts import DataError, UsageError

from ._files import Columns, example, read_text
from ._splits import Example


class CSV(Columns):
    """Your CSV file with a header, or a folder with files for train, validation and test.

    `text` and `label` name the columns, `delimiter` is one character (or tab). Splits without a file are carved from
    train by a hash of the text.
    """

    suffixes = (".csv", ".tsv")

    def __init__(
        self, path: str, text: str = "text", label: str = "label", delimiter: str = ",", encoding: str = "utf-8"
    ) -> None:
        super().__init__(path, text, label)
        self._delimiter = "\t" if delimiter in ("tab", "\\t") else delimiter
        self._encoding = encoding
        if len(self._delimiter) != 1:
            raise UsageError(f"dataset.delimiter={delimiter} is not one character; give e.g. , or ; or tab.")

    def _read(self, file: Path) -> Iterator[Example]:
        content = io.StringIO(read_text(file, self._encoding), newline="")
        # The module's limit of 128 KiB a cell is shorter than some documents.
        csv.field_size_limit(2**31 - 1)
        reader = csv.reader(content, delimiter=self._delimiter, strict=True)
        try:
            yield from self._rows(file, reader)
        except csv.Error as error:
            raise DataError(f"{file}:{reader.line_num}: not valid CSV ({error}).") from error

    def _rows(self, file: Path, reader: Iterator[list[str]]) -> Iterator[Example]:
        header = next(reader)
        self._check_columns(f"{file}:1", header)
        text, label = header.index(self._text), header.index(self._label)
        line = 2
        for row in reader:
            if row and len(row) != len(header):
                raise DataError(
                    f"{file}:{line}: {len(row)} columns where the header has {len(header)}; "
                    "quote texts that contain the delimiter."
                )
            if row:
                yield example(f"{file}:{line}", row[text], row[label])
            line = reader.line_num + 1  # type: ignore[attr-defined]
