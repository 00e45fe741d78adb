"""Photographs and their descriptions, from the Hugging Face Hub."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from rnnbench.contracts import SPLITS, DataError, TaskInfo

from ._answers import Captioned, image_table
from ._hub import Repository
from ._images import check_size, read_square
from ._languages import natural_tokenizer
from ._parquet import rows_of

if TYPE_CHECKING:
    import pyarrow


class Flickr8k(Repository):
    """8,000 photographs with five captions each, 6,000 / 1,000 / 1,000, as `size` x `size` pixels in RGB.

    `revision` is a branch or commit of jxie/flickr8k (null: the branch with Parquet files that the Hub makes), `path` a
    folder with a copy of them, which may be translated: `language` decides the natural tokenizer and how BLEU is
    counted. The set as its authors gave it is read by dataset=captions. BLEU is sacrebleu's, which is not
    coco-caption's.
    """

    info = TaskInfo(
        "captioning",
        "word",
        ("bleu", "chrf", "exact_match"),
        languages=("en",),
        licence="for non-commercial research and education",
        homepage="https://huggingface.co/datasets/jxie/flickr8k",
        citation="Hodosh, Young and Hockenmaier 2013, Framing Image Description as a Ranking Task, JAIR",
    )
    repository = "jxie/flickr8k"
    commit = "refs/convert/parquet"
    columns: ClassVar = ("image", *(f"caption_{number}" for number in range(5)))
    held: ClassVar = {split: split for split in SPLITS}

    def __init__(
        self, size: int = 64, revision: str | None = None, path: str | None = None, language: str = "en"
    ) -> None:
        super().__init__(revision, path)
        self._size = check_size(size)
        self.info = replace(
            self.info, tokenizer=natural_tokenizer(language), languages=(language,), revision=self._revision
        )

    def load(self, split: str) -> pyarrow.Table:
        """Return images and captions; raises `DataError` if the Hub or the copy cannot be read."""
        return image_table(list(self._examples(split)))

    def _examples(self, split: str) -> Iterator[Captioned]:
        rows = chain.from_iterable(map(rows_of, self._tables(self.held[split])))
        for number, (image, *captions) in enumerate(rows, 1):
            where = self._where(split, number)
            if not isinstance(image, dict) or not isinstance(image.get("bytes"), bytes):
                raise DataError(f"{where} has no image in it; give a copy of {self.repository}.")
            if not all(isinstance(caption, str) for caption in captions):
                raise DataError(f"{where} has no text in one of its captions; give a copy of {self.repository}.")
            yield read_square(io.BytesIO(image["bytes"]), where, self._size), [caption.strip() for caption in captions]
