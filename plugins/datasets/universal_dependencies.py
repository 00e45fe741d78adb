"""Treebanks of many languages and their parts of speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from rnnbench.contracts import TaskInfo, UsageError

from ._hub import TaggedHub
from ._tagged import PLAIN, Declaration, Sentence


class UniversalDependencies(TaggedHub):
    """Sentences of one of the treebanks of Universal Dependencies 2.7, with universal parts of speech.

    `treebank` is its folder in universal-dependencies/universal_dependencies: en_ewt, fi_tdt, fi_ftb …; `revision` is a
    branch or commit of that repository with Parquet files (null: the branch that the Hub makes), `path` a folder with
    a copy of them. Words are the syntactic ones: tokens of several words, which have no part of speech, are left out.
    Newer releases, as they are published, are read by dataset=conllu.
    """

    info = Declaration(
        replace(
            PLAIN,
            licence="of each treebank",
            homepage="https://universaldependencies.org",
            citation="Nivre et al. 2020, Universal Dependencies v2, LREC",
        )
    )
    repository = "universal-dependencies/universal_dependencies"
    columns: ClassVar = ("tokens", "upos")

    def __init__(self, treebank: str = "en_ewt", revision: str | None = None, path: str | None = None) -> None:
        super().__init__(revision, path)
        if not treebank:
            raise UsageError("dataset.treebank= is empty; give the name of a treebank, e.g. en_ewt.")
        self.folder = treebank

    def _facts(self) -> TaskInfo:
        return replace(super()._facts(), languages=(str(self.folder).partition("_")[0],))

    def _sentence(self, where: str, words: Sequence[Any] | None, tags: Sequence[Any]) -> Sentence:
        sentence = super()._sentence(where, words, tags)
        kept = [(word, tag) for word, tag in zip(*sentence, strict=True) if tag != "_"]
        return super()._sentence(where, [word for word, _ in kept], [tag for _, tag in kept])
