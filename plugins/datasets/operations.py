"""Descriptions of the operations of web services, and the operations' names."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbench.contracts import SPLITS, TaskInfo, split_of

from . import _packages
from ._answers import Answered, fold, text_table
from ._splits import without_repeats

if TYPE_CHECKING:
    import pyarrow

_WORD = re.compile(r"[A-Z]+\d+|[A-Z]{2,}s?(?![a-z])|[A-Z]?[a-z]+\d*|[A-Z]|\d+")
"""A word of a name in camel case: V2, DB or ACLs, Create or create, the O of OAuth."""

_TAG = re.compile(r"<[^>]*>")


class Operations:
    """What each operation of the Amazon Web Services does, and its name in words: summaries of three words.

    From the package botocore: "Cancels the requested policy generation." is of CancelPolicyGeneration, so the answer is
    "cancel policy generation". The name itself is taken out of the description. Services are split 80 : 10 : 10; a
    description that an earlier split has too is left out of validation and test.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("rouge_l", "rouge_1", "rouge_2", "bleu", "chrf"),
        languages=("en", "en"),
        licence="Apache-2.0",
        homepage="https://github.com/boto/botocore",
    )
    offline = True

    def __init__(self) -> None:
        self.info = replace(self.info, revision=_packages.revision("botocore", "summaries"))

    def sources(self) -> Sequence[Path]:
        """Return the newest description of each service."""
        services = sorted((_packages.folder("botocore", "botocore", "summaries") / "data").iterdir())
        versions = [sorted(service.glob("*/service-2.json.gz")) for service in services]
        return [files[-1] for files in versions if files]

    def load(self, split: str) -> pyarrow.Table:
        """Return descriptions and names."""
        return text_table(self._splits[split])

    @cached_property
    def _splits(self) -> dict[str, list[Answered]]:
        pairs: dict[str, list[tuple[str, str]]] = {split: [] for split in SPLITS}
        for file in self.sources():
            service = file.parent.parent.name
            pairs[split_of(service)].extend(_operations(file))
        return without_repeats({split: fold(found) for split, found in pairs.items()}, lambda row: row[0])


def _operations(file: Path) -> Iterator[tuple[str, str]]:
    """Yield description and name of each operation that has a description."""
    for name, operation in json.loads(gzip.decompress(file.read_bytes()))["operations"].items():
        plain = html.unescape(_TAG.sub(" ", operation.get("documentation", "")))
        words = re.sub(rf"\b{re.escape(name)}\b", " ", plain).split()
        if words:
            yield " ".join(words), " ".join(_WORD.findall(name)).lower()
