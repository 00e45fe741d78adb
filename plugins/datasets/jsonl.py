"""Labelled texts in JSON Lines files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ._files import Columns, example
from ._json_lines import check_characters, read_objects
from ._splits import Example


class JSONL(Columns):
    """Your file with a JSON object on each line, or a folder with files for train, validation and test.

    `text` and `label` name the keys. Splits without a file are carved from train by a hash of the text.
    """

    suffixes = (".jsonl", ".ndjson")

    def _read(self, file: Path) -> Iterator[Example]:
        for where, row in read_objects(file):
            self._check_columns(where, list(row))
            text, label = example(where, row[self._text], row[self._label])
            check_characters(where, text + label)
            yield text, label
