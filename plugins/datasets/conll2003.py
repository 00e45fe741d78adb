"""News and the names in it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from ._hub import TaggedHub
from ._tagged import SPANS, Declaration


class CoNLL2003(TaggedHub):
    """English news of Reuters with persons, organisations, places and others: 14,041 / 3,250 / 3,453 sentences.

    The Hub's copy is in IOB2 and without the rows that begin documents. `revision` is a branch or commit of
    eriktks/conll2003 with Parquet files (null: the branch that the Hub makes), `path` a folder with a copy of them.
    """

    info = Declaration(
        replace(
            SPANS,
            languages=("en",),
            licence="for research only",
            homepage="https://huggingface.co/datasets/eriktks/conll2003",
            citation="Tjong Kim Sang and De Meulder 2003, Introduction to the CoNLL-2003 Shared Task, CoNLL",
        )
    )
    repository = "eriktks/conll2003"
    folder = "conll2003"
    columns: ClassVar = ("tokens", "ner_tags")
