"""Treebanks in the CoNLL-U format of Universal Dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from rnnbench.contracts import DataError

from ._files import Located, read_text
from ._tagged import PLAIN, Declaration, Sentence, Tagged, carve_sentences, tagged_files

_COLUMNS = {"upos": 3, "xpos": 4, "feats": 5, "deprel": 7}
_WIDTH = 10


class CoNLLU(Located, Tagged):
    """Your treebank: a folder with .conllu files for train, dev and test, which may be packed (.gz), or one such file.

    `column` is what is predicted of each word: upos, the universal part of speech; xpos, the treebank's own; feats, the
    morphological features as one tag; deprel, the relation to the head. Words are the syntactic ones: lines for tokens
    of several words (1-2) and for words that are left out in speech (1.1) are not read. Splits without a file are
    carved from train by a hash of the words. https://universaldependencies.org/format.html
    """

    info = Declaration(PLAIN)

    def __init__(self, path: str, column: Literal["upos", "xpos", "feats", "deprel"] = "upos") -> None:
        super().__init__(path)
        self._column = column

    def _files(self) -> Mapping[str, Sequence[Path]]:
        return tagged_files(self._path, lambda file: ".conllu" in file.suffixes, "*.conllu")

    @cached_property
    def _splits(self) -> Mapping[str, Sequence[Sentence]]:
        given = {
            split: [sentence for file in files for sentence in self._read(file)]
            for split, files in self._files().items()
        }
        return carve_sentences(given, f"{self._path}, column {self._column},")

    def _read(self, file: Path) -> Iterator[Sentence]:
        words: list[str] = []
        tags: list[str] = []
        for number, line in enumerate([*read_text(file, "utf-8").split("\n"), ""], 1):
            if not line.strip():
                if words:
                    yield Sentence(tuple(words), tuple(tags))
                words, tags = [], []
            elif not line.startswith("#") and (cells := _word(f"{file}:{number}", line, len(words) + 1)):
                words.append(cells[1])
                tags.append(cells[_COLUMNS[self._column]])


def _word(where: str, line: str, expected: int) -> list[str] | None:
    """Return a word's columns, None for a line that is no word; `expected` is the number that the next word has."""
    cells = line.rstrip("\r").split("\t")
    if len(cells) != _WIDTH:
        raise DataError(f"{where}: {len(cells)} columns; CoNLL-U has {_WIDTH}, with tabs between them. Fix the line.")
    if re.fullmatch(r"\d+[-.]\d+", cells[0]):
        return None
    if cells[0] != str(expected):
        raise DataError(
            f"{where}: the word is numbered {cells[0]}, expected {expected}; "
            "number words from 1 and leave a blank line after each sentence."
        )
    empty = next((name for name, column in {"form": 1, **_COLUMNS}.items() if not cells[column].strip()), None)
    if empty is not None:
        raise DataError(f"{where}: the column {empty} is empty; write _ for nothing.")
    return cells
