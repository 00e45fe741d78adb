"""Translations of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from rnnbench.contracts import SPLITS, DataError, TaskInfo, UsageError

from ._answers import Answered, text_table
from ._hub import Repository
from ._languages import natural_tokenizer
from ._parquet import rows_of
from ._splits import divide

if TYPE_CHECKING:
    import pyarrow


class Translations(Repository):
    """Pairs of sentences in two languages, in the column `translation`, one example each as published scores count.

    Pairs with an empty side are left out. Subclasses say which `folder` holds a pair of languages.
    """

    info: TaskInfo
    columns: ClassVar[tuple[str, ...]] = ("translation",)
    commit = "refs/convert/parquet"
    held: ClassVar = {split: split for split in SPLITS}

    def __init__(self, source: str, target: str, revision: str | None, path: str | None) -> None:
        super().__init__(revision, path)
        if source == target:
            raise UsageError(f"dataset.source and dataset.target are both {source}; give two languages.")
        self._languages = (source, target)
        self.info = replace(
            self.info,
            tokenizer=natural_tokenizer(source),
            target_tokenizer=natural_tokenizer(target),
            languages=self._languages,
            revision=self._revision,
        )

    def load(self, split: str) -> pyarrow.Table:
        """Return sentences and translations; raises `DataError` if the Hub or the copy cannot be read."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        given = {split: list(self._pairs(theirs)) for split, theirs in self.held.items()}
        return divide(given, self._path or self.repository, lambda row: row[0])

    def _pairs(self, split: str) -> Iterator[Answered]:
        rows = chain.from_iterable(map(rows_of, self._tables(split)))
        for number, row in enumerate(rows, 1):
            source, target = (self._side(self._where(split, number), row, language) for language in self._languages)
            if source and target:
                yield source, [target]

    def _side(self, where: str, row: tuple[Any, ...], language: str) -> str:
        """Return the sentence in a language, which may be empty."""
        (translations,) = row
        if not isinstance(translations, dict) or not isinstance(translations.get(language), str | None):
            raise DataError(f"{where}: the translation is {translations!r}; give a copy of {self.repository}.")
        if language not in translations:
            raise DataError(f"{where} is not in {language}, but in {', '.join(translations)}; give a copy of another.")
        return (translations[language] or "").strip()
