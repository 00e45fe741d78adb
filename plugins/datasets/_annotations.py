"""Captions of image files, in the formats that published sets come in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rnnbench.contracts import DataError

from ._files import existing, read_lines, read_text, split_in
from ._json_lines import read_objects
from ._pairs import answers

Annotation = tuple[str, Any, Any, str]
"""A split or "" where none is given, the name of an image's file, a caption, and the place where it stands."""

_LISTS = "*Images.txt"
"""Flickr8k's lists of the images of each split, as Flickr_8k.trainImages.txt."""

_LEMMAS = "Flickr8k.lemma."
"""What the name of Flickr8k's second file of the same captions begins with: their words as a dictionary has them."""

_IMAGE = ("image", "file_name")
_CAPTIONS = ("captions", "caption", "text")
"""Keys of JSON Lines: ours, and those of https://huggingface.co/docs/datasets/image_dataset#image-captioning."""

_HEADS = ("image", "image_name", "file_name", "filename")
"""What columns of images are called."""

_KARPATHY = {"train": "train", "restval": "train", "val": "validation", "test": "test"}
"""In COCO restval is what the published splits add to train."""


def read_annotations(folder: Path) -> tuple[list[Path], list[Annotation]]:
    """Return the files about images in a folder, and their captions; raises `DataError` if there are none."""
    existing(folder)
    for pattern, read in _FORMATS.items():
        if files := sorted(file for file in folder.glob(pattern) if not file.name.startswith((".", _LEMMAS))):
            found = [annotation for file in files for annotation in read(file)]
            return [*files, *sorted(folder.glob(_LISTS))], found
    raise DataError(
        f"{folder}: expected captions.jsonl, captions.txt or *.token* of Flickr8k, or *.json of COCO or of Karpathy's "
        "splits; give the folder that holds one of these and the images."
    )


def _json_lines(file: Path) -> Iterator[Annotation]:
    """Read lines {"image": NAME, "captions": [TEXT, …]}; keys may be those of the Hub's metadata.jsonl, too."""
    for where, row in read_objects(file):
        image, captions = (_one_of(where, row, names) for names in (_IMAGE, _CAPTIONS))
        for caption in answers(where, captions):
            yield split_in(file.name) or "", image, caption, where


def _token(file: Path) -> Iterator[Annotation]:
    """Read lines "NAME#0<tab>caption"; where there are lists of the splits, images in none of them are left out."""
    lists = {listed: split_in(listed.name.replace("Images", " ")) for listed in file.parent.glob(_LISTS)}
    splits = {name: split for listed, split in lists.items() if split for _, name in read_lines(listed, "utf-8")}
    for number, line in read_lines(file, "utf-8"):
        place, tab, caption = line.partition("\t")
        if not tab:
            raise DataError(f"{file}:{number}: expected NAME.jpg#0, a tab and a caption, found {line[:40]!r}.")
        name = place.rpartition("#")[0]
        if name in splits or not splits:
            yield splits.get(name, ""), name, caption, f"{file}:{number}"


def _columns(file: Path) -> Iterator[Annotation]:
    """Read Flickr8k as Kaggle has it: lines NAME,caption below "image,caption", which may be missing."""
    rows = csv.reader(io.StringIO(read_text(file, "utf-8"), newline=""), strict=True)
    try:
        for number, row in enumerate(rows):
            where = f"{file}:{rows.line_num}"
            if len(row) != 2:
                raise DataError(f'{where}: expected NAME.jpg,"caption", found {len(row)} columns; quote the caption.')
            if number or row[0].strip().lower() not in _HEADS:
                yield "", row[0], row[1], where
    except csv.Error as error:
        raise DataError(f"{file}:{rows.line_num}: not valid CSV ({error}); double quotes within captions.") from error


def _json(file: Path) -> Iterator[Annotation]:
    """Read COCO's captions_SPLIT.json, or a file of Karpathy and Fei-Fei 2015, in which each image has its split."""
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise DataError(f"{file}: not valid JSON ({error}); give another copy.") from error
    images = _list(str(file), content, "images")
    if "annotations" in content:
        yield from _coco(file, images, _list(str(file), content, "annotations"))
    else:
        yield from _karpathy(file, images)


def _coco(file: Path, images: Sequence[Any], annotations: Sequence[Any]) -> Iterator[Annotation]:
    names = {}
    for number, image in enumerate(images):
        where = f"{file}, image {number}"
        names[_id(where, image, "id")] = _field(where, image, "file_name")
    for number, annotation in enumerate(annotations):
        where = f"{file}, annotation {number}"
        image = _id(where, annotation, "image_id")
        if image not in names:
            raise DataError(f"{where}: no image of the file has the id {image!r}; give another copy.")
        yield split_in(file.name) or "", names[image], _field(where, annotation, "caption"), where


def _karpathy(file: Path, images: Sequence[Any]) -> Iterator[Annotation]:
    for number, image in enumerate(images):
        where = f"{file}, image {number}"
        split = _field(where, image, "split")
        if not isinstance(split, str) or split not in _KARPATHY:
            raise DataError(f"{where}: the split is {split!r}; expected {', '.join(_KARPATHY)}.")
        for sentence in _list(where, image, "sentences"):
            yield _KARPATHY[split], _field(where, image, "filename"), _field(where, sentence, "raw"), where


def _one_of(where: str, row: Mapping[str, Any], names: Sequence[str]) -> Any:
    found = [name for name in names if name in row]
    if len(found) != 1:
        raise DataError(
            f"{where}: expected one of the keys {', '.join(names)}, found {', '.join(row) or 'none'}; "
            'write {"image": NAME, "captions": [TEXT]}.'
        )
    return row[found[0]]


def _field(where: str, row: Any, name: str) -> Any:
    if not isinstance(row, Mapping) or name not in row:
        raise DataError(f"{where}: there is no {name!r}, which COCO or Karpathy's splits have there.")
    return row[name]


def _list(where: str, row: Any, name: str) -> list[Any]:
    value = _field(where, row, name)
    if not isinstance(value, list):
        raise DataError(f"{where}: {name!r} is {json.dumps(value)[:40]}; expected a list.")
    return value


def _id(where: str, row: Any, name: str) -> float | str:
    value = _field(where, row, name)
    if not isinstance(value, int | float | str):
        raise DataError(f"{where}: {name!r} is {json.dumps(value)[:40]}; expected a number or a text.")
    return value


_FORMATS: dict[str, Callable[[Path], Iterator[Annotation]]] = {
    "*.jsonl": _json_lines,
    "*.token*": _token,
    "captions.txt": _columns,
    "annotations/captions_*.json": _json,
    "*.json": _json,
}
"""Which files are looked for, in this order, and how one is read."""
