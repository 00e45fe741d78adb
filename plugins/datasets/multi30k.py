"""Descriptions of photographs and their translations."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from rnnbench.contracts import TaskInfo

from ._translations import Translations


class Multi30k(Translations):
    """Captions of Flickr30k in English and German, the test of 2016: 29,000 / 1,014 / 1,000 pairs.

    `revision` is a commit or branch of bentrevett/multi30k (null: the one known to work), `path` a folder with Parquet
    files of it, as on its branch refs/convert/parquet; copies of its JSON Lines are read by dataset=parallel.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("bleu", "chrf", "exact_match"),
        target_tokenizer="word",
        languages=("de", "en"),
        licence="not stated; for research",
        homepage="https://huggingface.co/datasets/bentrevett/multi30k",
        citation="Elliott et al. 2016, Multi30K: Multilingual English-German Image Descriptions, VL",
    )
    repository = "bentrevett/multi30k"
    commit = "37e118600232bb5298ca011a8a7e7a44e863c36a"
    columns: ClassVar = ("de", "en")

    def __init__(
        self,
        source: Literal["de", "en"] = "de",
        target: Literal["de", "en"] = "en",
        revision: str | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(source, target, revision, path)

    def _side(self, where: str, row: tuple[Any, ...], language: str) -> str:
        return super()._side(where, (dict(zip(self.columns, row, strict=True)),), language)
