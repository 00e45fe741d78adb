"""Names of emoji and their translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rnnbench.contracts import SPLITS, TaskInfo, split_of

from . import _emoji, _packages
from ._answers import Answered, text_table
from ._languages import natural_tokenizer

if TYPE_CHECKING:
    import pyarrow


class EmojiNames:
    """1,900 names of emoji in English, and in another `language`: translations of a few words, from the package emoji.

    `skin_tones` adds the variants with "medium skin tone" and the like, twice as many. The split is by emoji, 80 : 10 :
    10, with all variants of one by skin tone and gender in the same split.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("bleu", "chrf", "exact_match"),
        target_tokenizer="word",
        languages=("en", "de"),
        licence="BSD-3-Clause (package), Unicode licence (names)",
        homepage="https://github.com/carpedm20/emoji",
        citation="Unicode Common Locale Data Repository, short names of emoji",
    )
    offline = True

    def __init__(
        self,
        language: Literal["ar", "de", "es", "fa", "fr", "id", "it", "ja", "ko", "pt", "ru", "tr", "zh"] = "de",
        skin_tones: bool = False,
    ) -> None:
        self._language, self._skin_tones = language, skin_tones
        self.info = replace(
            self.info,
            target_tokenizer=natural_tokenizer(language),
            languages=("en", language),
            revision=_packages.revision("emoji", "data"),
        )

    def sources(self) -> Sequence[Path]:
        """Return the names in both languages."""
        return [_emoji.file("en"), _emoji.file(self._language)]

    def load(self, split: str) -> pyarrow.Table:
        """Return names and translations."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        translations = _emoji.names(self._language, self._skin_tones)
        splits: dict[str, list[Answered]] = {split: [] for split in SPLITS}
        for emoji, name in _emoji.names("en", self._skin_tones).items():
            if emoji in translations:
                splits[split_of(_emoji.base(emoji))].append((name, [translations[emoji]]))
        return splits
