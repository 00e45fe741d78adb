"""Names of countries, languages and cities in other scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rnnbench.contracts import SPLITS, TaskInfo, split_of

from . import _packages
from ._answers import Answered, fold, text_table

if TYPE_CHECKING:
    import pyarrow

_KINDS = ("languages", "scripts", "territories")


class Transliteration:
    """About 1,400 English names of languages, scripts, countries and cities, and the same in `language`'s script.

    From the package babel, which has them from the CLDR: character by character, "Tokyo" to "Токио". Some are
    translations rather than transliterations ("Germany"). The split is by a hash of the English name, 80 : 10 : 10.
    """

    info = TaskInfo(
        "transduction",
        "char",
        ("exact_match", "chrf"),
        target_tokenizer="char",
        languages=("en", "ru"),
        licence="BSD-3-Clause (package), Unicode licence (names)",
        homepage="https://babel.pocoo.org",
        citation="Unicode Common Locale Data Repository",
    )
    offline = True

    def __init__(
        self, language: Literal["ar", "el", "fa", "he", "hi", "hy", "ja", "ka", "ko", "ru", "th", "uk", "zh"] = "ru"
    ) -> None:
        self._language = language
        self.info = replace(self.info, languages=("en", language), revision=_packages.revision("babel", "data"))

    def sources(self) -> Sequence[Path]:
        """Return the data of both languages."""
        folder = _packages.folder("babel", "babel", "data") / "locale-data"
        return [folder / f"{language}.dat" for language in ("en", self._language)]

    def load(self, split: str) -> pyarrow.Table:
        """Return names in both languages."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        splits: dict[str, list[Answered]] = {split: [] for split in SPLITS}
        for name, answers in fold(pair for pair in self._pairs() if pair[0] != pair[1]):
            splits[split_of(name)].append((name, answers))
        return splits

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the names that both languages have."""
        # The files are pickles of babel's own classes, so that they cannot be read without importing it.
        from babel.localedata import load

        english, other = load("en"), load(self._language)
        for kind in _KINDS:
            for code in sorted(english[kind].keys() & other[kind].keys()):
                yield english[kind][code], other[kind][code]
        for zone, about in sorted(other["time_zones"].items()):
            if "city" in about:
                yield english["time_zones"].get(zone, {}).get("city", _city(zone)), about["city"]


def _city(zone: str) -> str:
    """Return the city of an identifier, as New York of America/New_York, where English spells it as that does."""
    return zone.rpartition("/")[2].replace("_", " ")
