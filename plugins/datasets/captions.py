"""Captions of your own images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rnnbench.contracts import DataError, TaskInfo

from ._annotations import Annotation, read_annotations
from ._answers import image_table, vector_table
from ._image_files import ImageFiles
from ._images import check_size, read_square
from ._json_lines import check_characters
from ._languages import natural_tokenizer
from ._splits import divide
from ._vectors import Vectors

if TYPE_CHECKING:
    import pyarrow


class _Row(NamedTuple):
    """The path of an image, or the name of its vectors, with the place of its first caption and all its captions."""

    image: str
    where: str
    captions: list[str]


class Captions:
    """Your folder of images and their captions, in one of these layouts.

    * captions.jsonl, or a file *.jsonl for each split, with lines {"image": "a.jpg", "captions": ["one", "another"]};
      or metadata.jsonl as the Hub has it, with lines {"file_name": "a.jpg", "text": "one"}.
    * Flickr8k and Flickr30k: a file *.token*, and lists *trainImages.txt, *devImages.txt and *testImages.txt; images in
      no list are left out, as in what is published. Or captions.txt with lines NAME,caption (Kaggle).
    * COCO: annotations/captions_*.json; captions of its test images are not public, so a test split is carved.
    * The splits of Karpathy and Fei-Fei 2015: dataset_flickr8k.json and the like.

    Images may lie anywhere in the folder; of several with one name, the one is read whose folder is of the captions'
    split, as train2017. They become `size` x `size` pixels in RGB, stretched to that, upright, and on white where they
    are transparent. Missing splits are carved from train by a hash of the file's name. BLEU is sacrebleu's, on captions
    as they are written; that of coco-caption, which lowers case and leaves punctuation out, is another.

    With `vectors`, a file of NumPy (.npz) with an array (D,), or (regions, D), under the name of each image, these are
    read in place of the images.

    `language` is that of the captions, which decides their natural tokenizer (char where no spaces part words) and how
    BLEU is counted.
    """

    info = TaskInfo("captioning", "word", ("bleu", "chrf", "exact_match"), languages=("en",))
    offline = True

    def __init__(self, path: str, size: int = 64, vectors: str | None = None, language: str = "en") -> None:
        self._path = Path(path).expanduser().absolute()
        self._images = ImageFiles(self._path)
        self._size = check_size(size)
        self._vectors = Vectors(Path(vectors).expanduser().absolute()) if vectors else None
        self.info = replace(
            self.info,
            tokenizer=natural_tokenizer(language),
            modality="vectors" if vectors else "image",
            languages=(language,),
        )

    def sources(self) -> Sequence[Path]:
        """Return the files of captions and the images, or their vectors."""
        if self._vectors:
            return [*self._annotations[0], self._vectors.file]
        return [*self._annotations[0], *(Path(row.image) for rows in self._splits.values() for row in rows)]

    def load(self, split: str) -> pyarrow.Table:
        """Return images, or vectors, and captions; raises `DataError` for what is missing, empty or damaged."""
        if self._vectors:
            return vector_table([(self._vectors.of(name), found) for name, _, found in self._splits[split]])
        rows = ((Path(image), where, found) for image, where, found in self._splits[split])
        return image_table([(read_square(file, f"{where}: {file}", self._size), found) for file, where, found in rows])

    @cached_property
    def _annotations(self) -> tuple[list[Path], list[Annotation]]:
        return read_annotations(self._path)

    @cached_property
    def _splits(self) -> dict[str, list[_Row]]:
        rows: dict[str, dict[str, _Row]] = {"train": {}}
        for split, name, caption, where in self._annotations[1]:
            _check(where, name, caption)
            if self._vectors:
                image = self._vectors.named(where, name)
            else:
                image = str(self._images.named(where, name, split))
            row = rows.setdefault(split or "train", {}).setdefault(image, _Row(image, where, []))
            row.captions.append(" ".join(caption.split()))
        given = {split: list(found.values()) for split, found in rows.items()}
        return divide(given, self._path, lambda row: Path(row.image).name)


def _check(where: str, name: object, caption: object) -> None:
    """Raise `DataError` for an image that is not named by a text, or a caption that is none."""
    if not isinstance(name, str):
        raise DataError(f"{where}: the image is {name!r}; expected the name of its file.")
    check_characters(where, name)
    if not isinstance(caption, str) or not caption.strip():
        raise DataError(f"{where}: the caption of {name} is {caption!r}; write one, or remove it.")
    check_characters(where, caption)
