"""Finnish texts and the names in them."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from ._hub import TaggedHub
from ._tagged import SPANS, Declaration


class TurkuNER(TaggedHub):
    """The Turku NER corpus 1.0: Finnish texts of ten kinds, six types of names, 12,217 / 1,364 / 1,555 sentences.

    `revision` is a branch or commit of TurkuNLP/turku_ner_corpus with Parquet files (null: the branch that the Hub
    makes), `path` a folder with a copy of them. The corpus's own files, data/conll, are read by dataset=conll.
    """

    info = Declaration(
        replace(
            SPANS,
            languages=("fi",),
            licence="CC-BY-SA-4.0",
            homepage="https://github.com/TurkuNLP/turku-ner-corpus",
            citation="Luoma et al. 2020, A Broad-coverage Corpus for Finnish Named Entity Recognition, LREC",
        )
    )
    repository = "TurkuNLP/turku_ner_corpus"
    folder = "default"
    columns: ClassVar = ("tokens", "ner_tags")
