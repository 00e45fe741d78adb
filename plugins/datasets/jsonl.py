"""Labelled texts in JSON Lines files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rnnbench.contracts import DataError

from ._files import Columns, example, read_lines
from ._splits import Example


class JSONL(Columns):
    """Your file with a JSON object on each line, or a folder with files for train, validation and test.

    `text` and `label` name the keys. Splits without a file are carved from train by a hash of the text.
    """

    suffixes = (".jsonl", ".ndjson")

    def _read(self, file: Path) -> Iterator[Example]:
        for number, line in read_lines(file, "utf-8"):
            where = f"{file}:{number}"
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{where}: not valid JSON ({error}); mend the line.") from error
            if not isinstance(row, dict):
                raise DataError(f"{where}: expected a JSON object, found {line[:40]}.")
            self._check_columns(where, list(row))
            text, label = example(where, row[self._text], row[self._label])
            if any("\ud800" <= character <= "\udfff" for character in text + label):
                raise DataError(f"{where}: half a surrogate pair (\\ud800 to \\udfff) is no character; remove it.")
            yield text, label
