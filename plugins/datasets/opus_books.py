"""Books and their translations."""

from __future__ import annotations

from typing import ClassVar

from rnnbench.contracts import TaskInfo

from ._translations import Translations


class OpusBooks(Translations):
    """Sentences of books whose copyright has expired, in 16 languages: 51,467 in English and German, 3,645 in Finnish.

    `source` and `target` are codes of ISO 639-1; `revision` is a branch or commit of Helsinki-NLP/opus_books with
    Parquet files (null: the branch that the Hub makes), `path` a folder with a copy of them. Validation and test are
    carved by a hash of the source; there are no published ones.
    """

    info = TaskInfo(
        "transduction",
        "word",
        ("bleu", "chrf", "exact_match"),
        target_tokenizer="word",
        languages=("en", "fi"),
        licence="for personal, educational and research use",
        homepage="https://huggingface.co/datasets/Helsinki-NLP/opus_books",
        citation="Tiedemann 2012, Parallel Data, Tools and Interfaces in OPUS, LREC",
    )
    repository = "Helsinki-NLP/opus_books"
    held: ClassVar = {"train": "train"}

    def __init__(
        self, source: str = "en", target: str = "fi", revision: str | None = None, path: str | None = None
    ) -> None:
        super().__init__(source, target, revision, path)
        self.folder = "-".join(sorted((source, target)))
