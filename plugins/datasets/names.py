"""Personal names and the country they come from."""

from __future__ import annotations

import ast
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, DataError, TaskInfo, split_of

from . import _packages
from ._splits import Example, table

if TYPE_CHECKING:
    import pyarrow

_LOCALES = (
    "az_AZ",
    "de_DE",
    "en_GB",
    "es_ES",
    "et_EE",
    "fi_FI",
    "fr_FR",
    "ga_IE",
    "hr_HR",
    "id_ID",
    "is_IS",
    "it_IT",
    "lv_LV",
    "nl_NL",
    "ro_RO",
    "sk_SK",
    "sv_SE",
    "tr_TR",
    "uz_UZ",
    "zu_ZA",
)
"""Of each language in Latin script its home locale, where at least 300 of its names occur in no other of these."""

_LISTS = ("first_names", "last_names")
_ALSO_IN_NAMES = frozenset(" -.'’ʻ")


class Names:
    """First and last names of 20 locales, from the lists of the package faker; the label is the locale.

    A name that two locales share is left out. The split is by a hash of the name, 80 : 10 : 10.
    """

    info = TaskInfo(
        "classification",
        "char",
        ("accuracy", "macro_f1"),
        labels=_LOCALES,
        languages=tuple(sorted({locale.partition("_")[0] for locale in _LOCALES})),
        licence="MIT",
        homepage="https://github.com/joke2k/faker",
    )
    offline = True

    def __init__(self) -> None:
        self.info = replace(self.info, revision=_packages.revision("faker", "data"))

    def sources(self) -> Sequence[Path]:
        """Return the modules with the lists."""
        people = _packages.folder("faker", "faker", "data") / "providers" / "person"
        return [people / locale / "__init__.py" for locale in _LOCALES]

    def load(self, split: str) -> pyarrow.Table:
        """Return names and locales."""
        return table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Example]]:
        names = {file.parent.name: sorted(set(_names(file))) for file in self.sources()}
        locales = Counter(name for found in names.values() for name in found)
        splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
        for locale, found in names.items():
            for name in found:
                if locales[name] == 1:
                    splits[split_of(name)].append((name, locale))
        return splits


def _names(file: Path) -> Iterator[str]:
    """Yield the strings in a module's lists of names; importing it would import the whole of faker."""
    if not file.is_file():
        raise DataError(f"{file} does not exist in this version of faker; update it: pip install -U faker.")
    for statement in (node for top in ast.parse(file.read_bytes()).body for node in getattr(top, "body", ())):
        targets = [*getattr(statement, "targets", ()), getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id.startswith(_LISTS) for target in targets):
            for node in ast.walk(statement):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    name = unicodedata.normalize("NFC", node.value).strip()
                    if name and all(map(_is_latin, name)):
                        yield name


def _is_latin(character: str) -> bool:
    return character in _ALSO_IN_NAMES or (character.isalpha() and "LATIN" in unicodedata.name(character, ""))
