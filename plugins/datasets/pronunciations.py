"""Words and their pronunciations, in your own files."""

from __future__ import annotations

from dataclasses import replace

from rnnbench.contracts import TaskInfo

from .parallel import Parallel


class Pronunciations(Parallel):
    """Your words and their phones: lines of a word, a tab and phones between spaces (WikiPron, SIGMORPHON 2021).

    `path` is a file, a folder with one for each split, or a pattern as data/fre_*.tsv; `language` that of the words.
    A word with several lines has several right answers. Missing splits are carved from train by a hash of the word.
    """

    info = TaskInfo("transduction", "char", ("wer", "per"), target_tokenizer="whitespace")

    def __init__(self, path: str, language: str = "", encoding: str = "utf-8") -> None:
        super().__init__(path, encoding=encoding)
        self.info = replace(self.info, languages=(language,) if language else ())
