"""Turns of conversations and what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbench.contracts import SPLITS, TaskInfo, UsageError, split_of

from . import _packages
from ._answers import Answered, text_table
from ._splits import without_repeats

if TYPE_CHECKING:
    import pyarrow

_PACKAGE = "chitchat-dataset"

BAR = "|"
"""Stands between two turns."""


class Chitchat:
    """Each turn of 7,168 conversations of students, and the next one, from the package chitchat-dataset.

    The messages that one person writes in a row are a turn. Conversations are split 80 : 10 : 10; a turn that an
    earlier split has too, such as "hello", is left out of validation and test. With `max_words` so are pairs in which
    either turn has more words. With `turns` above 1 the turns before it stand before the answered one, each with a bar
    behind it, as far back as none has more than `max_words`. What may be answered is so open that BLEU is near 0:
    perplexity tells models apart.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("perplexity", "distinct_1", "distinct_2", "bleu", "chrf"),
        languages=("en", "en"),
        licence="MIT",
        homepage="https://github.com/BYU-PCCL/chitchat-dataset",
        citation="Myers et al. 2020, Conversational Scaffolding: An Analogy-Based Approach to Response Prioritization "
        "in Open-Domain Dialogs, ICAART",
    )
    offline = True

    def __init__(self, max_words: int | None = None, turns: int = 1) -> None:
        if max_words is not None and max_words < 1:
            raise UsageError(f"dataset.max_words={max_words} leaves no turn; give at least 1, or null for no limit.")
        if turns < 1:
            raise UsageError(f"dataset.turns={turns} leaves nothing to answer; give at least 1.")
        self._max_words, self._turns = max_words, turns
        self.info = replace(self.info, revision=_packages.revision(_PACKAGE, "data"))

    def sources(self) -> Sequence[Path]:
        """Return the file of conversations."""
        return [_packages.folder("chitchat_dataset", _PACKAGE, "data") / "dataset.json"]

    def load(self, split: str) -> pyarrow.Table:
        """Return turns and answers."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        (file,) = self.sources()
        splits: dict[str, list[Answered]] = {split: [] for split in SPLITS}
        for name, conversation in json.loads(file.read_bytes()).items():
            splits[split_of(name)].extend(self._pairs(conversation["messages"]))
        return without_repeats(splits, lambda row: row[0])

    def _pairs(self, turns: Sequence[Sequence[dict[str, Any]]]) -> Iterator[Answered]:
        said = [" ".join(message["text"] for message in turn).split() for turn in turns]
        for place, (turn, answer) in enumerate(pairwise(said), 1):
            if self._short(turn) and self._short(answer):
                before = reversed(said[max(place - self._turns, 0) : place - 1])
                history = [turn, *takewhile(self._short, before)]
                yield f" {BAR} ".join(" ".join(each) for each in reversed(history)), [" ".join(answer)]

    def _short(self, turn: Sequence[str]) -> bool:
        return 0 < len(turn) <= (self._max_words or len(turn))
